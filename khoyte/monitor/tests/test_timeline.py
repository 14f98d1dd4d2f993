"""The timeline: where days stand, where bars begin, which form tells which state."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from khoyte.monitor.models import Assignment, Document, Task
from khoyte.monitor.overview import Brief
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import Measured, State
from khoyte.monitor.timeline import Begin, Window, begins, drawing, heads, moved, split, told

TODAY = date(2026, 3, 16)
WINDOW = Window.around(TODAY)  # December 2025 to November 2026
ENTERED = datetime(2026, 1, 9, 20, tzinfo=UTC)  # the tenth in Vietnam


def line(state: State, due: str, *, percent: int = 0, printed: str = "", kind: str = "day") -> Line:
    task = Task(pk=1, name="Việc", due_on=date.fromisoformat(due), due_kind=kind, due_printed=printed,
                recorded_at=ENTERED)  # fmt: skip
    return Line(task, state, [Assignment(state="working", percent=percent)], [])


def brief(pk: int, state: State, due: str | None) -> Brief:
    return Brief(pk, "KH", date.fromisoformat(due) if due else None, "", state, False, 0)


def classes(drawn: str) -> list[str]:
    return re.findall('<path class="([a-z ]+)"', drawn)


@pytest.mark.parametrize(
    ("day", "place"),
    [
        ("2025-11-30", 0), ("2025-12-01", 0), ("2026-01-01", 100), ("2026-02-15", 250),
        ("2026-11-30", 1197), ("2026-12-01", 1200), ("2030-01-01", 1200),
    ],
)  # fmt: skip
def test_a_day_stands_in_its_month(day: str, place: int) -> None:
    assert WINDOW.place(date.fromisoformat(day)) == place


@pytest.mark.parametrize(
    ("first", "months", "then"),
    [("2026-01-01", -1, "2025-12-01"), ("2026-01-01", 23, "2027-12-01"), ("2025-12-01", 1, "2026-01-01")],
)
def test_months_are_counted_over_years(first: str, months: int, then: str) -> None:
    assert moved(date.fromisoformat(first), months) == date.fromisoformat(then)


def test_the_head_names_years_and_the_month_that_is() -> None:
    found = heads(WINDOW, TODAY)
    assert [one.number for one in found] == [12, *range(1, 12)]
    assert [one.year for one in found] == [2025, 2026, *[None] * 10]
    assert [one.number for one in found if one.is_now] == [3]


def test_what_ends_within_comes_first_then_what_runs_on_from_before() -> None:
    found = [
        brief(1, State.LATE, "2024-01-05"), brief(2, State.OPEN, "2026-08-01"),
        brief(3, State.DONE, "2025-11-30"), brief(4, State.WORKING, "2026-04-01"),
        brief(5, State.OPEN, "2026-12-01"), brief(6, State.UNDATED, None),
        brief(7, State.DISPUTED, "2023-01-01"),
    ]  # fmt: skip
    parted = split(found, WINDOW, TODAY)
    assert [one.pk for one in parted.shown] == [4, 2, 7, 1]
    assert (parted.before, parted.after) == (1, 1)
    # Seen from a later year, nothing of today is there.
    assert split(found, Window(date(2028, 1, 1)), TODAY).shown == []


DOCUMENTS = {
    "day": Document(day_printed="22/4/2025"),
    "year": Document(day_printed="ngày … tháng … năm 2025 (để trống)"),
    "": Document(day_printed=""),
}


@pytest.mark.parametrize(
    ("document", "waits", "due", "expected"),
    [
        ("day", None, "2026-05-01", Begin(date(2025, 4, 22), printed=True)),
        ("day", "2026-02-01", "2026-05-01", Begin(date(2026, 2, 1), printed=True)),
        ("day", "2024-02-01", "2026-05-01", Begin(date(2025, 4, 22), printed=True)),
        ("day", None, "2025-03-31", Begin(None)),  # the plan of 2025 sets days before its own
        ("year", None, "2026-05-01", Begin(date(2025, 1, 1))),
        ("", None, "2026-05-01", Begin(date(2026, 1, 10))),
        ("", None, "2025-05-01", Begin(None)),
    ],
)
def test_where_a_task_begins(document: str, waits: str | None, due: str, expected: Begin) -> None:
    until = date.fromisoformat(waits) if waits else None
    assert begins(line(State.OPEN, due), DOCUMENTS[document], until) == expected


def test_a_term_of_years_begins_with_its_first() -> None:
    one = line(State.LATE, "2025-12-31", printed="2022-2025", kind="term")
    assert begins(one, DOCUMENTS["year"], None) == Begin(date(2022, 1, 1), printed=True)


@pytest.mark.parametrize(
    ("state", "due", "begin", "forms"),
    [
        (State.OPEN, "2026-06-30", Begin(date(2026, 1, 1), True), ["span", "last", "now"]),
        (State.OPEN, "2026-06-30", Begin(date(2026, 1, 1)), ["span vague", "last", "now"]),
        (State.OPEN, "2026-06-30", Begin(None), ["last", "now"]),
        (State.DONE, "2026-06-30", Begin(date(2026, 1, 1), True), ["span", "fill", "last", "now"]),
        (State.LATE, "2026-02-28", Begin(date(2026, 1, 1), True), ["span", "over", "last", "now"]),
        (State.LATE, "2024-02-28", Begin(None), ["over", "now"]),
        (State.DISPUTED, "2026-06-30", Begin(date(2026, 1, 1), True), ["span", "against", "last", "now"]),
    ],
)
def test_each_state_has_its_form(state: State, due: str, begin: Begin, forms: list[str]) -> None:
    assert classes(drawing(line(state, due), begin, WINDOW, TODAY)) == forms


def test_a_bar_is_filled_by_what_is_done_and_cut_at_the_edge() -> None:
    half = line(State.WORKING, "2026-06-30", percent=50)
    drawn = drawing(half, Begin(date(2026, 1, 1), True), WINDOW, TODAY)
    assert 'class="fill" d="M100 4H400V16H100Z"' in drawn  # January to March of six months
    measured = replace(half, measured=Measured(1, 4))
    assert "M100 4H250V16" in drawing(measured, Begin(date(2026, 1, 1), True), WINDOW, TODAY)
    # What began before has no left edge, what ends later no right one.
    through = drawing(line(State.OPEN, "2027-06-30"), Begin(date(2024, 1, 1), True), WINDOW, TODAY)
    assert 'd="M0 4H1200M0 16H1200"' in through
    assert classes(through) == ["span", "now"]


def test_the_drawing_says_what_it_shows() -> None:
    late = line(State.LATE, "2026-02-28", percent=40)
    begin = Begin(date(2026, 1, 1), printed=True)
    words = "Từ 01/01/2026 đến 28/02/2026, xong 40%, quá 16 ngày"
    assert str(told(late, begin, TODAY)) == words
    assert f'role="img" aria-label="{words}"' in drawing(late, begin, WINDOW, TODAY)
    assert str(told(late, Begin(date(2026, 1, 1)), TODAY)).startswith("Đến 28/02/2026")


def test_words_of_documents_do_not_get_into_the_drawing_unescaped() -> None:
    one = line(State.OPEN, "2026-06-30")
    one.task.name = '"><script>'
    assert "script" not in drawing(one, Begin(None), WINDOW, TODAY)
