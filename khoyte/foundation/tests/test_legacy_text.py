"""TCVN3 and VNI: every letter there and back, and proper text left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.legacy_text import (
    TCVN3,
    VNI,
    from_tcvn3,
    from_vni,
    is_syllable,
    legacy_way,
    samples,
)

# TCVN3 has no capital Á: "Ánh" typed with its ordinary font is "ánh", and stays so.
SMALL = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
NAMES = ["Nguyễn Thị Hằng", "Trần Văn Bổn", "Lê Đình Quý", "Phạm Ngọc Uyên", "Đỗ Hữu Khoẻ", "Hồ Ơn", "Bác sỹ"]
_TO_TCVN3 = {letter: sign for sign, letter in TCVN3.items()}
_TO_VNI = {letter: written for written, letter in VNI.items()}


def to_tcvn3(text: str) -> str:
    """As typed with a TCVN3 font; capitals with tones in its capital font."""
    return "".join(_TO_TCVN3.get(sign, _TO_TCVN3.get(sign.lower(), sign)) for sign in text)


def to_vni(text: str) -> str:
    return "".join(_TO_VNI.get(sign, sign) for sign in text)


def test_tables_hold_every_letter():
    assert sorted(letter for letter in TCVN3.values() if letter.islower()) == sorted(SMALL)
    assert set(VNI.values()) == set(SMALL + SMALL.upper())


@pytest.mark.parametrize("letter", SMALL)
def test_every_letter_comes_back_in_both_cases(letter):
    assert from_tcvn3(to_tcvn3(f"t{letter}n")) == f"t{letter}n"
    assert from_tcvn3(to_tcvn3(f"T{letter.upper()}N")) == f"T{letter.upper()}N"
    for one in (letter, letter.upper()):
        assert from_vni(to_vni(f"T{one}N")) == f"T{one}N"
        assert from_vni(to_vni(one)) == one


@given(st.lists(st.sampled_from([*NAMES, "Khoa Nội tổng hợp", "phường Mỹ Đình", "24 giờ"]), min_size=1))
def test_a_column_written_for_a_font_is_known_and_comes_back(texts):
    for way, write, read in (("tcvn3", to_tcvn3, from_tcvn3), ("vni", to_vni, from_vni)):
        written = [write(text) for text in texts]
        assert [read(text) for text in written] == texts
        if any("ễ" in text or "ổ" in text or "ộ" in text for text in texts):
            assert legacy_way(written) == way


SYLLABLES = st.builds(
    lambda *parts: unicodedata.normalize("NFC", "".join(parts)),
    st.sampled_from(["", "b", "c", "đ", "gi", "h", "ngh", "th", "tr", "v", "x"]),
    st.sampled_from(list("aăâeêioôơuưy")),
    st.sampled_from(["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]),
    st.sampled_from(["", "n", "ng", "m", "c", "t"]),
)


@given(st.lists(SYLLABLES, min_size=1, max_size=8))
def test_proper_vietnamese_is_never_taken_for_it(words):
    assert all(map(is_syllable, words))
    assert legacy_way([" ".join(words)]) == ""
    assert legacy_way(words) == ""


@pytest.mark.parametrize(
    "text",
    ["François Müller", "Ðào Thị Hà", "José", "Điều § 5 «x» ½", "25 °C × 3", "Nguyễn Thị Á", "cô giáo",
     "café", "", "Øystein Ångström", "Straße"],
)  # fmt: skip
def test_other_scripts_and_signs_are_left(text):
    assert legacy_way([text]) == ""


def test_samples_are_single_words():
    assert list(samples([to_tcvn3("Nguyễn Thị Ánh")], "tcvn3", 2)) == [
        (to_tcvn3("Nguyễn"), "Nguyễn"),
        (to_tcvn3("Thị"), "Thị"),
    ]
