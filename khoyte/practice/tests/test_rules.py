"""Rules of the registers of practice: what a form is told when it says the impossible."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.calendar import today
from khoyte.foundation.identifiers import gs1_check_digit
from khoyte.registers.checking import check
from khoyte.registers.known import register


def broken(name: str, **values: str | None) -> dict[str, str]:
    """Rules that a record with these values breaks, with their levels."""
    declaration = register(name).declaration
    given = {field.name: values.get(field.name) for field in declaration.fields}
    found = check(declaration, pl.DataFrame([given], schema=dict.fromkeys(given, pl.String)))
    names = {rule.id for rule in declaration.rules}
    return {one.cause: one.level for one in found.problems if one.cause in names}


@pytest.mark.parametrize("name", ["facilities", "practitioners"])
def test_no_licence_was_given_tomorrow(name: str):
    tomorrow = str(today() + timedelta(days=1))
    assert broken(name, licence_date=tomorrow)["licence_not_in_future"] == "E"
    assert "licence_not_in_future" not in broken(name, licence_date=str(today()))
    assert "licence_not_in_future" not in broken(name)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(1, 9))
def test_a_code_of_thirteen_digits_ends_with_its_check_digit(digits: str, off: int):
    right = gs1_check_digit(digits)
    wrong = str((int(right) + off) % 10)
    assert "national_code_check_digit" not in broken("facilities", national_code=digits + right)
    assert broken("facilities", national_code=digits + wrong)["national_code_check_digit"] == "W"


@pytest.mark.parametrize("written", [None, "", "123", "không rõ"])
def test_what_are_not_thirteen_digits_is_told_otherwise(written: str | None):
    assert "national_code_check_digit" not in broken("facilities", national_code=written)
