"""May a facility operate on a day: examples of the law, and spans held against each day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.practice.may_operate import (
    STOPPED_CODES,
    OperatingAct,
    OperatingLicence,
    operating_on,
    stopped_spans,
)

FIRST = date(2026, 1, 1)
OWN = OperatingLicence("a", date(2024, 1, 1))


def act(kind: str, first: str, last: str = "", *, key: str = "a", scope: str = "") -> OperatingAct:
    until = date.fromisoformat(last) if last else None
    return OperatingAct(key, kind, date.fromisoformat(first), until, "1/QĐ", scope)


SUSPENDED = act("suspend", "2026-03-01", "2026-03-31")
OPEN_END = act("suspend", "2026-03-01")
REVOKED = act("revoke", "2026-03-01")


@pytest.mark.parametrize(
    ("acts", "day", "code"),
    [
        ([], "2023-12-31", "not-yet"),
        ([], "2026-03-01", "valid"),
        ([SUSPENDED], "2026-02-28", "valid"),
        ([SUSPENDED], "2026-03-01", "suspended"),
        ([SUSPENDED], "2026-03-31", "suspended"),
        ([SUSPENDED], "2026-04-01", "valid"),
        ([OPEN_END], "2030-01-01", "suspended"),
        ([OPEN_END, act("lift", "2026-03-10")], "2026-03-09", "suspended"),
        ([OPEN_END, act("lift", "2026-03-10")], "2026-03-10", "valid"),
        ([act("suspend", "2026-03-01", scope="Khoa Ngoại")], "2026-03-02", "suspended-in-part"),
        ([REVOKED], "2026-02-28", "valid"),
        ([REVOKED], "2030-01-01", "revoked"),
        ([REVOKED, act("reissue", "2026-05-01")], "2026-04-30", "revoked"),
        ([REVOKED, act("reissue", "2026-05-01")], "2026-05-01", "valid"),
        ([REVOKED, act("issue", "2026-03-01", key="b")], "2026-03-01", "valid"),
        ([act("revoke", "2026-03-01", key="b")], "2026-03-01", "valid"),
        ([SUSPENDED, REVOKED], "2026-03-15", "revoked"),
    ],
)  # fmt: skip
def test_a_licence_is_worth_what_the_acts_say(acts: list[OperatingAct], day: str, code: str):
    assert operating_on([OWN], acts, date.fromisoformat(day)).code == f"operating-{code}"


def test_of_whom_nothing_is_recorded_nothing_is_said():
    found = operating_on([], [], FIRST)
    assert (found.code, found.refuses) == ("operating-unknown", False)


def test_decision_and_last_day_are_said():
    words = operating_on([OWN], [SUSPENDED], date(2026, 3, 5)).text.vi
    assert words == "Bị đình chỉ hoạt động từ 01/03/2026 đến 31/03/2026 (quyết định 1/QĐ)."


DAYS = st.integers(0, 40).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def acts(draw: st.DrawFn) -> OperatingAct:
    first = draw(DAYS)
    last = draw(st.none() | st.integers(0, 9).map(lambda number: first + timedelta(days=number)))
    kind = draw(st.sampled_from(("issue", "reissue", "adjust", "suspend", "lift", "revoke")))
    return OperatingAct(
        draw(st.sampled_from("ab")), kind, first, last, scope=draw(st.sampled_from(("", "x"))),
        since=draw(st.none() | DAYS),
    )  # fmt: skip


LICENCES = st.lists(st.builds(OperatingLicence, st.sampled_from("ab"), st.none() | DAYS), max_size=2)


@given(LICENCES, st.lists(acts(), max_size=6), st.integers(-2, 60))
def test_spans_say_of_every_day_what_the_day_itself_says(
    licences: list[OperatingLicence], given_acts: list[OperatingAct], number: int
):
    day = FIRST + timedelta(days=number)
    by_day = STOPPED_CODES.get(operating_on(licences, given_acts, day).code, "")
    spans = [
        what
        for first, last, what in stopped_spans(licences, given_acts)
        if first <= day and (last is None or day <= last)
    ]
    assert spans == ([by_day] if by_day else [])
    assert (
        operating_on(licences[::-1], given_acts[::-1], day).code
        == operating_on(licences, given_acts, day).code
    )


TAKEN = date(2026, 3, 10)
"""The day on which the facility took over another."""


def of_predecessor(one: OperatingAct) -> OperatingAct:
    return replace(one, since=TAKEN)


@pytest.mark.parametrize(
    ("licences", "acts", "day", "code"),
    [
        # The licence went over: what was decided about it holds on from that day, not before.
        ([OWN], [of_predecessor(OPEN_END)], "2026-03-09", "valid"),
        ([OWN], [of_predecessor(OPEN_END)], "2026-03-10", "suspended"),
        ([OWN], [of_predecessor(SUSPENDED)], "2026-04-01", "valid"),
        ([OWN], [of_predecessor(REVOKED)], "2026-03-10", "revoked"),
        ([OWN], [of_predecessor(REVOKED), of_predecessor(act("reissue", "2026-03-05"))], "2026-03-10",
         "valid"),
        ([OWN], [of_predecessor(OPEN_END), act("lift", "2026-03-20")], "2026-03-20", "valid"),
        # Its licence ended with it: it neither stops the successor nor lets it operate.
        ([OperatingLicence("b")], [of_predecessor(REVOKED)], "2026-03-10", "valid"),
        ([], [of_predecessor(REVOKED)], "2026-03-10", "unknown"),
        ([OWN], [OPEN_END, of_predecessor(act("issue", "2020-01-01", key="b"))], "2026-03-10", "suspended"),
    ],
)  # fmt: skip
def test_what_was_decided_of_a_predecessor_holds_where_its_licence_went_over(
    licences: list[OperatingLicence], acts: list[OperatingAct], day: str, code: str
):
    assert operating_on(licences, acts, date.fromisoformat(day)).code == f"operating-{code}"


def test_spans_of_what_was_taken_over_begin_with_the_takeover():
    assert stopped_spans([OWN], [of_predecessor(SUSPENDED)]) == [(TAKEN, date(2026, 3, 31), "suspended")]
    assert stopped_spans([OperatingLicence("b")], [of_predecessor(REVOKED)]) == []
