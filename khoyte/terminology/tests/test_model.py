from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.terminology.model import CatalogueRelease, ReleaseHeader, bare_code, is_set, official_code

FIRST = date(2026, 1, 1)
ICD10_CODES = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,2})?", fullmatch=True)


def release(codes, name="icd10", complete=True):
    return CatalogueRelease(name, FIRST, None, complete, "invented", codes)


PNEUMONIA = release(
    {
        "J18": {"not_as_main": "1"},
        "J18.9": {"name_vi": "Viêm phổi", "not_as_main": "1"},
        "E11.9": {"name_vi": "Đái tháo đường", "not_as_main": "no"},
    }
)


@pytest.mark.parametrize("code", ["J18.9", "J189", "J18"])
def test_icd10_is_found_with_and_without_its_dot(code):
    assert PNEUMONIA.has(code)
    assert PNEUMONIA.holds(code)


@pytest.mark.parametrize("code", ["", "J18.8", "J.189", "J1.89", "j18.9", "J18.9 ", "Z99"])
def test_a_complete_release_knows_only_its_codes(code):
    assert not PNEUMONIA.has(code)


@pytest.mark.parametrize(
    ("code", "may_stand"), [("J18.8", True), ("J188", True), ("J18", True), ("Z99.9", False), ("", False)]
)
def test_an_incomplete_icd10_refuses_only_unknown_categories(code, may_stand):
    incomplete = release({"J18.9": {}}, complete=False)
    assert incomplete.has(code) is may_stand
    assert not incomplete.holds(code)


def test_any_other_incomplete_catalogue_refuses_nothing_but_an_empty_code():
    drugs = release({"40.1": {}}, name="drugs", complete=False)
    assert drugs.has("40.2")
    assert not drugs.has("")
    assert not drugs.holds("401")


def test_attributes_are_found_in_either_form():
    assert PNEUMONIA.attributes("J189") == {"name_vi": "Viêm phổi", "not_as_main": "1"}
    assert PNEUMONIA.attributes("J188") is None
    assert PNEUMONIA.written_form("J189") == "J18.9"
    assert PNEUMONIA.written_form("J188") is None


def test_an_attribute_that_does_not_exist_is_no_silent_nothing():
    with pytest.raises(KeyError):
        PNEUMONIA.with_attribute("not_as_mian")
    assert release({"1": {}}, name="drugs").with_attribute("anything") == frozenset()


def test_codes_bearing_an_attribute_come_in_every_form():
    assert PNEUMONIA.with_attribute("not_as_main") == {"J18", "J18.9", "J189"}
    assert PNEUMONIA.with_attribute("male_only") == frozenset()
    assert PNEUMONIA.all_forms == {"J18", "J18.9", "J189", "E11.9", "E119"}


@given(ICD10_CODES)
def test_forms_of_an_icd10_code_lead_to_each_other(code):
    assert official_code("icd10", bare_code("icd10", code)) == code
    assert official_code("icd10", f"{code}†") == official_code("icd10", f" {code}*") == code
    assert release({code: {}}).has(bare_code("icd10", code))


@given(st.text(max_size=8))
def test_codes_of_other_catalogues_stay_as_they_are(code):
    assert official_code("services", code) == bare_code("services", code) == code


@pytest.mark.parametrize(
    ("value", "yes"),
    [
        ("1", True),
        ("x", True),
        ("có", True),
        ("", False),
        ("0", False),
        ("No", False),
        ("không", False),
        (" ", False),
    ],
)
def test_knows_what_says_yes(value, yes):
    assert is_set(value) is yes


def test_an_overlay_speaks_alone_of_its_attributes():
    overlay = release({"J189": {"not_as_main": "1"}, "B98.1": {"male_only": "1"}}, complete=False)
    laid = overlay.overlaid_on(release({"J18.9": {"name_vi": "Viêm phổi"}, "A00": {"not_as_main": "1"}}))
    assert laid.codes == {
        "J18.9": {"name_vi": "Viêm phổi", "not_as_main": "1"},
        "A00": {},
        "B98.1": {"male_only": "1"},
    }
    assert not laid.complete
    assert overlay.overlaid_on(None) is overlay


def test_a_release_holds_from_its_first_to_its_last_day():
    header = ReleaseHeader("drugs", date(2026, 1, 1), date(2026, 6, 30), True, False, "", 1, "")
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [header.holds_on(day) for day in days] == [False, True, True, False]
