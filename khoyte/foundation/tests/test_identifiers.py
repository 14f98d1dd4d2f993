import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.identifiers import (
    birthplaces,
    mask,
    parse_facility_code,
    parse_insurance_number,
    parse_personal_number,
)

DIGITS = "0123456789"


@pytest.mark.parametrize(
    ("number", "sex", "birth_year"),
    [
        ("999085012345", "1", 1985),
        ("999185012345", "2", 1985),
        ("999203012345", "1", 2003),
        ("999326012345", "2", 2026),
        ("999999012345", "2", 2399),
    ],
)
def test_reads_what_a_personal_number_says(number, sex, birth_year):
    parsed = parse_personal_number(f" {number} ")
    assert (parsed.number, parsed.place, parsed.sex, parsed.birth_year) == (number, "999", sex, birth_year)
    assert parsed.is_invented


@pytest.mark.parametrize(
    "written", ["", "99908501234", "9990850123456", "99908501234A", "999 085012345", "٩٩٩٠٨٥٠١٢٣٤٥"]
)
def test_what_is_not_twelve_digits_is_no_personal_number(written):
    assert parse_personal_number(written) is None


@given(st.text(DIGITS, min_size=12, max_size=12))
def test_every_twelve_digits_are_a_personal_number(number):
    parsed = parse_personal_number(number)
    assert parsed.number == number
    assert parsed.birth_year % 100 == int(number[4:6])
    assert parsed.disagreements(parsed.sex, parsed.birth_year) == ()


def test_a_number_may_disagree_with_its_holder():
    parsed = parse_personal_number("999162034567")
    assert parsed.disagreements(sex="1", birth_year=1964) == ("sex", "birth_year")
    assert parsed.disagreements(sex="3") == ()
    assert parsed.disagreements() == ()


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("001", True),
        ("096", True),
        ("000", False),
        ("003", False),
        ("097", False),
        ("127", True),
        ("999", True),
    ],
)
def test_knows_the_places_of_birth_registration(place, known):
    assert parse_personal_number(f"{place}085012345").place_known is known


def test_places_are_the_63_provinces_of_before_the_merger():
    assert len(birthplaces()) == 63
    assert birthplaces()["079"] == "Hồ Chí Minh"


def test_reads_an_insurance_card():
    card = parse_insurance_number("dn4010123456789")
    assert (card.kind, card.group, card.benefit_level, card.province, card.social_insurance) == (
        "card",
        "DN",
        "4",
        "01",
        "0123456789",
    )


def test_a_temporary_card_of_a_child_holds_no_social_insurance_number():
    card = parse_insurance_number("TE101KT26000123")
    assert (card.kind, card.social_insurance, card.is_placeholder) == ("card", None, False)


def test_reads_the_newer_insurance_numbers():
    assert parse_insurance_number("0123456789").social_insurance == "0123456789"
    assert parse_insurance_number("999085012345").kind == "personal"


def test_ten_zeros_are_no_number_of_anybody():
    assert parse_insurance_number("0000000000").is_placeholder
    assert parse_insurance_number("TE1010000000000").is_placeholder
    assert not parse_insurance_number("0123456789").is_placeholder


@pytest.mark.parametrize("written", ["", "DN9010123456789", "DN401012345678", "D14010123456789", "0" * 11])
def test_other_shapes_are_no_insurance_number(written):
    assert parse_insurance_number(written) is None


def test_reads_both_facility_codes_and_never_mixes_them():
    short, national = parse_facility_code("99001"), parse_facility_code("8930000000019")
    assert (short.kind, short.province, short.check_digit_right) == ("short", "99", None)
    assert (national.kind, national.province) == ("national", None)


@pytest.mark.parametrize(("code", "right"), [("4006381333931", True), ("4006381333932", False)])
def test_tells_a_wrong_check_digit_of_a_national_code(code, right):
    assert parse_facility_code(code).check_digit_right is right


@pytest.mark.parametrize("written", ["", "9900", "990011", "AB001", "400638133393", "99-01"])
def test_other_shapes_are_no_facility_code(written):
    assert parse_facility_code(written) is None


def test_masks_a_number_as_pages_show_it():
    assert mask("999123456789") == "999•••••••89"
    assert mask("12345678") == "••••••••"


@given(st.text(DIGITS + "ABC", max_size=20))
def test_a_mask_keeps_the_length_and_shows_at_most_five_signs(number):
    shown = mask(number)
    assert len(shown) == len(number)
    assert len(shown.replace("•", "")) in (0, 5)
