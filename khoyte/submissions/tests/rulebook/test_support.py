"""Taking support off a line: every lawful split adds up, and nobody pays less than nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.submissions.rulebook.support import Split, lawful_splits

CENTS = st.integers(1, 10**9).map(lambda cents: cents / 100)


@given(CENTS, st.floats(0, 1), st.sampled_from((0, 40, 80, 95, 100)), st.floats(0, 1))
def test_a_lawful_split_covers_the_line_and_nobody_pays_less_than_nothing(amount, share, level, part):
    insured, support = round(amount * share, 2), round(amount * part, 2)
    for split in lawful_splits(amount, insured, level, support):
        assert sum(split) + support == pytest.approx(amount, abs=0.02)
        assert min(split) >= -0.011


def test_support_of_the_patient_spares_the_own_part_first():
    assert next(lawful_splits(1200, 1000, 80, 150)) == Split(fund=800, copayment=200, own=50)
    assert next(lawful_splits(1200, 1000, 80, 250)) == Split(fund=800, copayment=150, own=0)
    assert next(lawful_splits(1200, 1000, 80, 500)) == Split(fund=700, copayment=0, own=0)


def test_an_antiretroviral_leaves_the_own_part_alone():
    assert Split(fund=800, copayment=0, own=200) in list(lawful_splits(1200, 1000, 80, 200))
    assert Split(fund=800, copayment=0, own=200) not in list(lawful_splits(1200, 1000, 80, 100))


def test_a_line_that_costs_nothing_has_nothing_to_split():
    assert set(lawful_splits(0, 0, 80, 0)) == {Split(0, 0, 0)}
