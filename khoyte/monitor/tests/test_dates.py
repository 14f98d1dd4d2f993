"""Deadlines as documents print them: what is read, what is doubtful, and that nothing is invented."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.monitor.dates import read_due

QUIETLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
READ = (
    ("31/7/2025", "day", date(2025, 7, 31), ""),
    ("ngày 31 tháng 7 năm 2025", "day", date(2025, 7, 31), ""),
    ("Tháng 12/2025", "month", date(2025, 12, 31), ""),
    ("tháng 2 năm 2028", "month", date(2028, 2, 29), ""),
    ("Quý IV/2026", "quarter", date(2026, 12, 31), ""),
    ("Quý I/2026", "quarter", date(2026, 3, 31), ""),
    ("Quí 2 năm 2026", "quarter", date(2026, 6, 30), ""),
    ("Năm 2026", "year", date(2026, 12, 31), ""),
    ("Thực hiện thường xuyên.", "continuous", None, "always"),
    ("Trước ngày 15 hằng tháng và theo yêu cầu đột xuất", "monthly", None, "month:15"),
    ("trước ngày 14 hàng tháng", "monthly", None, "month:14"),
    ("hằng ngày", "daily", None, "day"),
    ("hàng tuần", "weekly", None, "week"),
    ("Theo tiến độ Tổ công tác giao", "relative", None, ""),
    ("", "none", None, ""),
)
DOUBTFUL = (
    ("trước ngày 01/8/2025", date(2025, 8, 1)),
    ("Tháng 4/2025; Tháng 12/2025", date(2025, 12, 31)),
    ("31/2/2025", None),
    ("Tháng 13/2025", None),
    ("trước ngày 45 hằng tháng", None),
    ("Quý IV", None),
    ("tháng 12", None),
    ("sớm nhất có thể", None),
    ("45962", date(2025, 11, 1)),
    ("12", None),
    ("2024-2030", date(2030, 12, 31)),
    ("2022 – 2025", date(2025, 12, 31)),
    ("Giai đoạn 2022- 2023", date(2023, 12, 31)),
    ("2025-2022", None),
)


@pytest.mark.parametrize(("printed", "kind", "on", "recurs"), READ)
def test_a_phrase_is_read(printed: str, kind: str, on: date | None, recurs: str) -> None:
    due = read_due(printed)
    assert (due.kind, due.on, due.recurs, due.doubt) == (kind, on, recurs, None)


@pytest.mark.parametrize(("printed", "on"), DOUBTFUL)
def test_what_is_doubtful_says_so(printed: str, on: date | None) -> None:
    due = read_due(printed)
    assert due.on == on
    assert due.doubt is not None


@QUIETLY
@given(DAYS)
def test_every_way_to_write_a_day_is_that_day(day: date) -> None:
    long = f"ngày {day.day:02} tháng {day.month:02} năm {day.year}"
    for written in (f"{day.day}/{day.month}/{day.year}", f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", long):
        assert read_due(written).on == day
    assert read_due(day).on == day


@QUIETLY
@given(DAYS)
def test_a_month_and_a_quarter_end_on_their_last_day(day: date) -> None:
    month = read_due(f"Tháng {day.month}/{day.year}").on
    assert month is not None
    assert (month.month, (month + timedelta(days=1)).day) == (day.month, 1)
    quarter = read_due(f"Quý {('I', 'II', 'III', 'IV')[(day.month - 1) // 3]}/{day.year}").on
    assert quarter is not None
    assert day <= quarter
    assert quarter.month == 3 * ((day.month - 1) // 3 + 1)


@QUIETLY
@given(st.integers(1, 31), st.sampled_from(("hằng", "hàng", "mỗi")))
def test_a_recurrence_is_never_a_day(day: int, every: str) -> None:
    due = read_due(f"trước ngày {day} {every} tháng")
    assert (due.on, due.recurs) == (None, f"month:{day}")


@QUIETLY
@given(st.text(max_size=60) | st.integers() | st.floats() | st.none() | DAYS)
def test_anything_is_answered_and_no_day_comes_from_nothing(cell: object) -> None:
    """A day is given only where its year stands in the cell, or the cell is a number, marked doubtful."""
    due = read_due(cell)  # type: ignore[arg-type]
    if due.on is not None and str(due.on.year) not in due.printed:
        assert due.doubt is not None
    if due.kind == "unread":
        assert due.doubt is not None
        assert due.on is None


@QUIETLY
@given(DAYS, DAYS)
def test_of_two_days_the_later_is_taken_and_the_other_kept(one: date, other: date) -> None:
    due = read_due(f"{one:%d/%m/%Y}; {other:%d/%m/%Y}")
    assert due.on == max(one, other)
    assert due.also == ((min(one, other),) if one != other else ())
    assert (due.doubt is not None) == (one != other)


@QUIETLY
@given(DAYS, DAYS, st.sampled_from(("-", " -", "– ", " – ", " đến ")))
def test_a_term_of_years_ends_with_the_last_and_is_doubted(one: date, other: date, between: str) -> None:
    first, last = sorted((one.year, other.year))
    due = read_due(f"{first}{between}{last}")
    assert (due.kind, due.on, due.doubt is not None) == ("term", date(last, 12, 31), True)
