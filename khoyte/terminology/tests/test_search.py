"""Codes found by number and by words: without marks, in any order, and by words that mean the same."""

from datetime import date

import pytest

from khoyte.terminology import load_pack
from khoyte.terminology.bundled import read_data
from khoyte.terminology.model import CatalogueRelease
from khoyte.terminology.search import find_codes

DISEASES = CatalogueRelease(
    "icd10",
    date(2026, 1, 1),
    None,
    True,
    "",
    {
        "E11.9": {"name_vi": "Bệnh đái tháo đường không phụ thuộc insuline"},
        "I10": {"name_vi": "Bệnh lý tăng huyết áp"},
        "J18.9": {"name_vi": "Viêm phổi, không đặc hiệu"},
        "A90": {"name_vi": "Sốt Dengue", "name_en": "Dengue fever"},
    },
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("J18", ["J18.9"]),
        ("j189", ["J18.9"]),
        ("J18.9", ["J18.9"]),
        ("viem phoi", ["J18.9"]),
        ("Phổi viêm", ["J18.9"]),
        ("tiểu đường", ["E11.9"]),
        ("tieu duong", ["E11.9"]),
        ("cao huyết áp", ["I10"]),
        ("sốt xuất huyết", ["A90"]),
        ("fever", ["A90"]),
        ("không có gì", []),
        ("  ", ["A90", "E11.9", "I10", "J18.9"]),
    ],
)
def test_finds(words, found):
    assert find_codes(DISEASES, words) == found


def test_the_bundled_list_is_found_in_vietnamese_and_the_index_is_kept():
    pack = load_pack()
    release = pack.on(date(2026, 11, 20)).catalogue("icd10")
    found = find_codes(release, "tieu duong", pack.digest)
    assert "E11" in found
    assert found == find_codes(release, "tieu duong")


def test_no_expression_stands_in_two_groups():
    expressions = [one for row in read_data("synonyms.csv") for one in row["words"].split("|")]
    assert len(expressions) == len(set(expressions))
