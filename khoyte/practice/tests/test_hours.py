import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.practice.hours import DAY, WEEK, contains, merged, spans, week_of

MONDAY_TO_FRIDAY = range(5)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("T2-T6 7:00-11:00", [(d * DAY + 420, d * DAY + 660) for d in MONDAY_TO_FRIDAY]),
        ("T2-T6 7-11h; T7, CN nghỉ", [(d * DAY + 420, d * DAY + 660) for d in MONDAY_TO_FRIDAY]),
        ("Thứ hai 7h30 - 11h30, 13h - 16h30", [(450, 690), (780, 990)]),
        ("thứ 7 và chủ nhật 8:00–9:00", [(5 * DAY + 480, 5 * DAY + 540), (6 * DAY + 480, 6 * DAY + 540)]),
        ("T2 7:00-9:00, T3 8:00-9:00", [(420, 540), (DAY + 480, DAY + 540)]),
        ("CN 22:00-6:00", [(0, 360), (6 * DAY + 1320, WEEK)]),
        ("24/7", [(0, WEEK)]),
        ("Hàng ngày 0:00-24:00", [(0, WEEK)]),
    ],
)
def test_hours_as_people_write_them(written: str, expected: list[tuple[int, int]]) -> None:
    assert spans(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", None, "giờ hành chính", "T2 25:00-26:00", "7:00-11:00", "T9 7-8h", "T2 8:00-10:00, T8 8:00-10:00",
     "T2 8:00-10:00, 25:00-26:00", "T2 8:00-10:00; T3 8:70-9:00"],
)  # fmt: skip
def test_what_is_not_understood_has_no_minutes(written: str | None) -> None:
    assert spans(written) is None
    assert week_of(written) is None
    assert contains(written, 0) is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, WEEK - 1), st.integers(1, DAY)), min_size=1, max_size=12))
def test_merged_spans_hold_the_same_minutes_in_order(found: list[tuple[int, int]]) -> None:
    given_spans = [(start, start + length) for start, length in found]
    joined = merged(given_spans)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(joined))
    probes = {minute for start, end in given_spans for minute in (start, end - 1, start - 1, end)}
    for probe in probes:
        inside = any(start <= probe < end or start <= probe + WEEK < end for start, end in given_spans)
        if 0 <= probe < WEEK:
            assert inside == any(start <= probe < end for start, end in joined)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=80))
def test_no_words_break_the_reading(written: str) -> None:
    found = spans(written)
    assert found is None or all(0 <= start < end <= WEEK for start, end in found)
