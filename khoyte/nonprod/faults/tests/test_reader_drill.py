"""The drill of the quick reader in its short form, and that it has teeth: a quick way made careless is found.

The full form is `khoyte fault reader --n 1000000`.
"""

import pytest

from khoyte.nonprod.faults.reading import drill
from khoyte.submissions.reader import learned, quick_index


def test_no_damaged_document_is_read_otherwise_than_by_lxml():
    document = drill.run_reader_drill(n=12_000, seed=21)
    assert document["figures"]["remarks"] == []
    assert document["holds"]
    read = document["figures"]["read"]
    assert sum(read.values()) == document["acknowledged"] == 12_000
    for way in ("table quick", "table parser", "table refused", "envelope quick", "envelope parser",
                "envelope refused"):  # fmt: skip
        assert read[way] > 50, "every way must have been gone"


def test_the_same_seed_damages_alike():
    first, second = (drill.run_reader_drill(n=1500, seed=7)["figures"] for _ in range(2))
    assert (first["read"], first["harms"]) == (second["read"], second["harms"])


CARELESS = (
    (learned, "_is_plain", lambda data, special: True),
    (learned, "_settled", lambda value: value),
    (learned, "_one_kind_of_line_end", lambda text: text),
    (quick_index, "_is_base64", lambda content: True),
    (quick_index, "_BEFORE", quick_index.re.compile(
        rb"<FILEHOSO>\s*<LOAIHOSO>([ -;=-~]*)</LOAIHOSO>\s*<NOIDUNGFILE>")),
    (quick_index, "_AFTER", quick_index.re.compile(rb"</NOIDUNGFILE>[^<]*</FILEHOSO>[^<]*")),
)  # fmt: skip


@pytest.mark.parametrize("careless", CARELESS, ids=[f"{name}" for _, name, _ in CARELESS])
def test_a_quick_way_made_careless_is_found(careless, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(*careless)
    document = drill.run_reader_drill(n=12_000, seed=22)
    assert document["errors"] > 0
    assert not document["holds"]
    assert document["figures"]["remarks"]
