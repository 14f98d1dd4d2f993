"""What one question may read: the newest months that fit, or a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.warehouse.budget import Budget, budget, first_month
from khoyte.warehouse.errors import QuestionTooLarge
from khoyte.warehouse.tables import DataFile

MONTHS = ("2026-06", "2026-07", "2026-08", "2026-09")
FILES = st.lists(st.builds(DataFile, st.just("f"), st.sampled_from(MONTHS), st.just("97"), st.integers(0, 50),
                           st.integers(0, 50)), max_size=20)  # fmt: skip


@given(FILES, FILES, st.builds(Budget, st.integers(0, 300), st.integers(0, 300)))
def test_the_months_chosen_fit_and_no_more_would(visits: list, drugs: list, allowed: Budget) -> None:
    files = {"visit": visits, "visit_drug": drugs}
    together = [*visits, *drugs]

    def since(month: str) -> list[DataFile]:
        return [one for one in together if one.month >= month]

    try:
        first = first_month(files, allowed)
    except QuestionTooLarge:
        assert not allowed.holds(since(max(one.month for one in together)))
        return
    assert allowed.holds(since(first))
    earlier = [one.month for one in together if one.month < first]
    if earlier:
        assert not allowed.holds(since(max(earlier)))


def test_the_budget_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert budget() == Budget()
    monkeypatch.setenv("KHOYTE_QUESTION_ROWS", "5")
    monkeypatch.setenv("KHOYTE_QUESTION_BYTES", "7")
    assert budget() == Budget(5, 7)
