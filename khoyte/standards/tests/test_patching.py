"""Patches change a draft as declared, share nothing between periods, and refuse what does not exist."""

from datetime import date

import pytest

from khoyte.foundation.language import Text
from khoyte.standards.model import Layer
from khoyte.standards.patching import OPERATIONS, Draft
from khoyte.standards.sources import StandardDataError, layers, read_rows

LAYER = Layer(
    id="x",
    valid_from=date(2030, 1, 1),
    issued=date(2029, 1, 1),
    legal="Quyết định X",
    title=Text(vi="x", en="x"),
)
PATCH = {
    "op": "set",
    "table": "XML1",
    "field": "HO_TEN",
    "property": "max_length",
    "value": "300",
    "vi": "",
    "en": "",
    "confidence": "secondary",
    "note": "seen once",
}


@pytest.fixture
def draft():
    return Draft.base(layers()[0])


def row_of(draft, table, name):
    return draft.tables[table][draft.place_of(table, name)]


def test_a_set_field_keeps_its_history_of_instruments(draft):
    said = OPERATIONS["set"](draft, PATCH, LAYER)
    row = row_of(draft, "XML1", "HO_TEN")
    assert said == Text(vi="Độ dài tối đa: 255 → 300", en="Maximum length: 255 → 300")
    assert (row["max_length"], row["legal"]) == ("300", "Quyết định 4750/QĐ-BYT; Quyết định X")
    assert (row["confidence"], row["note"]) == ("secondary", "seen once")


def test_a_patch_never_reaches_an_earlier_copy(draft):
    earlier = draft.copy()
    OPERATIONS["set"](draft, PATCH, LAYER)
    OPERATIONS["remove"](draft, PATCH | {"field": "STT"}, LAYER)
    OPERATIONS["end-code"](draft, PATCH | {"table": "GIOI_TINH", "field": "3"}, LAYER)
    OPERATIONS["complete-list"](draft, PATCH | {"table": "MA_DOITUONG_KCB", "field": ""}, LAYER)
    assert row_of(earlier, "XML1", "HO_TEN")["max_length"] == "255"
    assert len(earlier.tables["XML1"]) == 66
    assert set(earlier.codes["GIOI_TINH"]) == {"1", "2", "3"}
    assert earlier.incomplete == {"MA_DOITUONG_KCB"}
    assert len(draft.tables["XML1"]) == 65
    assert draft.incomplete == set()


def test_a_renamed_field_keeps_its_place(draft):
    place = draft.place_of("XML1", "HO_TEN")
    OPERATIONS["rename"](draft, PATCH | {"value": "HO_VA_TEN"}, LAYER)
    assert draft.place_of("XML1", "HO_VA_TEN") == place


def test_a_condition_is_changed_silently(draft):
    assert OPERATIONS["set"](draft, PATCH | {"property": "condition", "value": "never"}, LAYER) is None
    assert row_of(draft, "XML1", "HO_TEN")["condition"] == "never"


@pytest.mark.parametrize("operation", ["set", "rename", "remove"])
def test_a_patch_of_an_unknown_field_is_our_fault_and_says_so(draft, operation):
    with pytest.raises(StandardDataError) as refused:
        OPERATIONS[operation](draft, PATCH | {"field": "KHONG_CO"}, LAYER)
    assert (refused.value.table, refused.value.name) == ("XML1", "KHONG_CO")


def test_every_patch_file_uses_known_operations_and_rates_its_source():
    for layer in layers():
        for row in read_rows(layer.patch) if layer.patch else ():
            assert row["op"] in OPERATIONS
            assert row["confidence"] in {"source-seen", "secondary"}
