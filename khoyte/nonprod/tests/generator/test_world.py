"""The invented country: nothing in it can be taken for a real place, facility or person."""

import re

import pytest

from khoyte.nonprod.generator.world import (
    COMMUNES,
    FACILITIES,
    PROFILES,
    demo_units,
    first_facilities,
    machine_code,
    of_title,
    staff,
)  # fmt: skip

# The highest codes ever given: provinces 96, districts 973, communes 32248.
LAST_REAL_PROVINCE, LAST_REAL_DISTRICT, LAST_REAL_COMMUNE = 96, 973, 33000


def test_no_place_has_a_code_of_a_real_place():
    for commune in (commune for communes in COMMUNES.values() for commune in communes):
        assert int(commune.province) > LAST_REAL_PROVINCE
        assert int(commune.district_code) > LAST_REAL_DISTRICT
        assert int(commune.code) > LAST_REAL_COMMUNE


def test_communes_have_codes_and_names_of_their_own():
    communes = [commune for group in COMMUNES.values() for commune in group]
    assert len({commune.code for commune in communes}) == len(communes)
    assert len({(commune.province, commune.name) for commune in communes}) == len(communes)


def test_province_97_has_forty_facilities_98_three_and_99_two():
    counts = [sum(f.province == province for f in FACILITIES.values()) for province in ("97", "98", "99")]
    assert counts == [40, 3, 2]


def test_facility_codes_run_from_99001_without_a_gap():
    assert sorted(FACILITIES) == [str(code) for code in range(99001, 99046)]
    assert all(facility.refers_to in FACILITIES for facility in FACILITIES.values())
    assert all(facility.refers_to != facility.code for facility in FACILITIES.values())


def test_first_facilities_are_a_mixture():
    assert [facility.profile_name for facility in first_facilities(5)] == [
        "hospital", "centre", "station", "station", "private",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, 46])
def test_more_facilities_than_there_are_is_an_error(count):
    with pytest.raises(ValueError, match="facilities"):
        first_facilities(count)


def test_every_unit_comes_after_the_one_it_is_under():
    seen = set()
    for unit in demo_units():
        assert unit.under is None or unit.under in seen
        assert unit.code not in seen
        seen.add(unit.code)


def test_units_of_the_demonstration_by_kind():
    kinds = [unit.kind for unit in demo_units()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "ministry": 1, "department": 1, "province": 3, "facility": 45,
    }  # fmt: skip


def test_staff_is_the_same_every_time_and_as_large_as_the_profile_says():
    people = staff("99002")
    profile = PROFILES["centre"]
    assert people == staff.__wrapped__("99002")
    assert len(people) == profile.doctors + profile.nurses + profile.technicians
    assert len(of_title("99002", "bác sỹ")) == profile.doctors


def test_practitioners_have_numbers_that_no_person_has():
    people = [person for code in FACILITIES for person in staff(code)]
    assert len({person.licence for person in people}) == len(people)
    assert len({person.personal_number for person in people}) == len(people)
    for person in people:
        assert re.fullmatch(r"[0-9]{6}/DEMO-GPHN", person.licence)
        assert re.fullmatch(r"999[0-3][0-9]{8}", person.personal_number)
        assert re.fullmatch(r"9[789][0-9]{8}", person.insurance_number)


def test_personal_number_tells_sex_and_year_of_birth():
    for person in staff("99001"):
        assert int(person.personal_number[3]) % 2 == (0 if person.sex == 1 else 1)
        assert int(person.personal_number[4:6]) == person.birth_year % 100


def test_departments_of_staff_exist_in_their_facility():
    assert all(person.department in PROFILES["hospital"].departments for person in staff("99001"))


@pytest.mark.parametrize("group", ["SH", "HH", "XQ", "ĐT"])
def test_machine_code_has_group_funding_facility_and_serial(group):
    assert re.fullmatch(rf"{group}\.[12]\.99001\.[0-9]{{5}}", machine_code("99001", group))
