"""Every field of the standard has its class, and what identifies is never taken for less."""

from datetime import date

import pytest

from khoyte.protection.sensitivity import LABELS, labels_on
from khoyte.standards import standard_on

DAY = date(2026, 8, 15)


def classes() -> dict[tuple[str, str], str]:
    return {(one.table, one.field): one.sensitivity for one in labels_on(DAY)}


def test_every_field_of_every_table_stands_in_the_list_once() -> None:
    fields = [(table.name, spec.name) for table in standard_on(DAY).tables.values() for spec in table.fields]
    assert len(fields) > 400
    assert [(one.table, one.field) for one in labels_on(DAY)] == fields
    assert set(classes().values()) == set(LABELS)


def test_what_the_standard_marks_as_identifying_is_so() -> None:
    marked = {
        (table.name, spec.name)
        for table in standard_on(DAY).tables.values()
        for spec in table.fields
        if spec.identifying
    }
    assert marked == {place for place, kind in classes().items() if kind == "identifying"}
    assert {("XML1", "HO_TEN"), ("XML1", "SO_CCCD"), ("XML1", "MA_THE_BHYT")} <= marked


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (("XML1", "MA_BENH_CHINH"), "health"),
        (("XML2", "TEN_THUOC"), "health"),
        (("XML4", "GIA_TRI"), "health"),
        (("XML1", "T_TONGCHI_BV"), "money"),
        (("XML3", "THANH_TIEN_BH"), "money"),
        (("XML1", "STT"), "technical"),
    ],
)
def test_classes_of_some_fields(field: tuple[str, str], kind: str) -> None:
    assert classes()[field] == kind
