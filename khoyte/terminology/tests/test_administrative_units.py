"""Units across reforms, on an invented country: one becomes one, one becomes several, and back again."""

from datetime import date

import pytest

from khoyte.terminology import administrative_units as units
from khoyte.terminology import load_pack
from khoyte.terminology.errors import CatalogueRefused
from khoyte.terminology.importing import import_file, import_folder
from khoyte.terminology.sheets import Row

REFORM, SECOND = date(2025, 7, 1), date(2026, 4, 30)
LINES = """old_code,new_code,kind,effective_on,legal
90001,91001,whole,2025-07-01,Nghị quyết A
90002,91001,part,2025-07-01,Nghị quyết A
90002,91002,part,2025-07-01,Nghị quyết A
90003,90003,unchanged,2025-07-01,
91002,92002,whole,2026-04-30,Nghị quyết B
"""


@pytest.fixture
def country(own_home, tmp_path):
    place = tmp_path / "lists"
    place.mkdir()
    (place / "changes.csv").write_text(LINES)
    (place / "units.csv").write_text(
        "province_code,province,commune_code,commune,commune_type,legal\n"
        "97,Tỉnh Chín Bảy,91001,Phường Một,phường,Nghị quyết A\n"
        "97,Tỉnh Chín Bảy,91002,Xã Hai,xã,Nghị quyết A\n"
    )
    return import_folder(place)


def codes(mapped):
    return [unit.code for unit in mapped.units], mapped.certainty


def test_one_unit_becomes_one(country):
    assert codes(units.units_after("90001", REFORM)) == (["91001"], "exact")
    (unit,) = units.units_after("90001", REFORM).units
    assert (unit.kinds, unit.legal) == (("whole",), ("Nghị quyết A",))
    assert codes(units.units_after("90003", REFORM)) == (["90003"], "exact")


def test_one_that_was_split_is_a_list_of_candidates(country):
    assert codes(units.units_after("90002", REFORM)) == (["91001", "91002"], "candidate_list")


def test_a_second_reform_is_followed_too(country):
    found = units.units_after("90002", SECOND)
    assert codes(found) == (["91001", "92002"], "candidate_list")
    assert [unit.kinds for unit in found.units] == [("part",), ("part", "whole")]


def test_before_the_reform_the_unit_is_itself(country):
    assert codes(units.units_after("90002", date(2025, 6, 30))) == (["90002"], "exact")
    assert codes(units.units_after("90002", SECOND, since=REFORM)) == (["90002"], "exact")


def test_the_way_back(country):
    assert codes(units.units_before("91001", date(2025, 6, 30))) == (["90001", "90002"], "candidate_list")
    assert codes(units.units_before("92002", date(2025, 6, 30))) == (["90002"], "exact")
    assert codes(units.units_before("92002", REFORM)) == (["91002"], "exact")
    day = date(2025, 6, 30)
    assert codes(units.units_before("91001", day, until=day)) == (["91001"], "exact")


def test_without_a_list_nothing_is_claimed(own_home):
    assert codes(units.units_after("90001", REFORM)) == (["90001"], "unknown")
    assert units.units_before("90001", REFORM).certainty == "unknown"


def test_the_units_of_two_tiers_are_catalogues(country):
    reference = load_pack().on(date(2026, 1, 1))
    assert reference.catalogue("communes").attributes("91001") == {
        "name_vi": "Phường Một",
        "type": "phường",
        "province": "97",
        "legal": "Nghị quyết A",
    }
    assert reference.catalogue("provinces").attributes("97") == {"name_vi": "Tỉnh Chín Bảy"}


def test_every_wrong_cell_is_named():
    rows = [
        Row(number, tuple(line.split(",")))
        for number, line in enumerate(
            (
                "old_code,new_code,kind,effective_on",
                "9x,91001,whole,2025-07-01",
                "90001,91001,most,2025-07-01",
                "90002,91001,whole,1/7/2025",
                "90003,91001,part,2025-07-01",
                "90003,91001,part,2025-07-01",
                "90004,91001,whole,2025-07-01",
                "90004,91002,whole,2025-07-01",
            ),
            1,
        )
    ]
    with pytest.raises(CatalogueRefused) as refused:
        units.codes_of_changes("changes.csv", rows)
    assert [one.cell for one in refused.value.problems] == ["A2", "C3", "D4", "A6", "A8"]


@pytest.mark.parametrize("text", ["code,name\n1,a\n", "old_code,new_code,kind,effective_on\n"])
def test_a_table_of_another_kind_is_refused(own_home, tmp_path, text):
    (tmp_path / "changes.csv").write_text(text)
    with pytest.raises(CatalogueRefused):
        import_file("unit_changes", tmp_path / "changes.csv", REFORM)
