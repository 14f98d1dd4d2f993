"""Every word of the language: what it means, said by the referee, and that compiled rules answer alike."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.rules import (
    Expression,
    F,
    H,
    T,
    choose,
    constant,
    days_between,
    head,
    implies,
    minutes_between,
    position,
)
from khoyte.rules.tests.worlds import compiled_rows, plain_rows

# Fields A, B of the row and of XML1 as text, numbers, times and lists in turn.
CHECKS = {
    "filled": F.A.filled,
    "empty": F.A.empty,
    "equal": F.A == F.B,
    "unequal": F.A != "1",
    "length": F.A.length <= 3,
    "left": F.A.left(2) == "20",
    "slice": F.A.slice(1, 2) == "02",
    "matches": F.A.matches("[0-9]+"),
    "each matches": F.A.parts.each_matches("[0-9]|A00"),
    "number": F.A.number >= F.B.number,
    "sum": F.A.number + F.B.number == 3,
    "minus": F.A.number - 1 < F.B.number,
    "product": (F.A.number * F.B.number).rounded.close_to(2),
    "quotient": F.A.number / F.B.number < 1,
    "zero": F.A.number.or_zero > 0,
    "minute": F.A.minute <= F.B.minute,
    "day": F.A.day == F.B.day,
    "birth": F.A.birth <= F.B.minute,
    "minutes": minutes_between(F.A, F.B) <= 60,
    "days": days_between(F.A, F.B).between(0, 3),
    "date8": F.A.is_date("date8"),
    "date12": F.A.is_date("date12", "date8"),
    "birth12": F.A.is_date("birth12"),
    "each date": F.A.parts.each_is_date("date8"),
    "in": F.A.is_in("1", "A00"),
    "in list": F.A.in_list("SMALL"),
    "in large list": F.A.in_list("LARGE"),
    "in catalogue": F.A.in_catalogue("diseases"),
    "marked": ~F.A.in_catalogue("diseases", "mark"),
    "lacking list": F.A.in_list("NONE"),
    "each in": F.A.parts.each_in("1", "2"),
    "any in": F.A.parts.any_in("1", "A00"),
    "each in list": F.A.parts.each_in_list("LARGE"),
    "each in catalogue": F.A.parts.each_in_catalogue("diseases"),
    "any in catalogue": F.A.parts.any_in_catalogue("diseases", "mark"),
    "count": F.A.parts.count <= 2,
    "part": F.A.parts[1] == "1",
    "distinct": F.A.parts.distinct,
    "contain": F.A.parts.contain(F.B),
    "repeated": ~F.A.repeated,
    "repeated number": ~F.A.number.repeated,
    "position": F.A.number == position,
    "and": (F.A == "1") & (F.B == "1"),
    "or": (F.A == "1") | (F.B == "1"),
    "not": ~(F.A == "1"),
    "implies": implies(F.A == "1", F.B == "2"),
    "or false": (F.A == "1").or_false,
    "or true": (F.A == "1").or_true,
    "choose": choose(F.A == "1", F.B.number, 7) > 1,
    "head": H.A == F.A,
    "head number": H.A.number >= F.A.number,
    "head minute": F.A.minute <= H.B.minute,
    "head expression": head(F.A.number + F.B.number) > 1,
    "table sum": T.XML3.sum(F.A.number) == F.A.number,
    "table sum where": T.XML3.sum(F.A.number.or_zero, F.B == "1") > 0,
    "table count": T.XML3.count() > 1,
    "table count where": T.XML3.count(F.A == "1") < 1,
    "table exists": T.XML3.exists(),
    "table exists where": ~T.XML3.exists(F.A == H.A),
    "table max": T.XML3.max(F.A.number) <= F.B.number,
    "table min": T.XML3.min(F.A.minute) >= F.B.minute,
    "own table": T.XML2.count() == 1,
    "among": F.A.among(T.XML3.A),
    "among where": F.A.among(T.XML3.A, F.B.filled),
    "close": F.A.number.close_to(T.XML3.sum(F.A.number.or_zero)),
    "constant": constant(3.0) > F.A.number,
}
VALUES = st.sampled_from(
    [
        None,
        "",
        "1",
        "2",
        "01",
        "1.5",
        "2.005",
        "-1",
        "0",
        "1e5",
        "150",
        "abc",
        "A00",
        "B01",
        "1;2",
        "1;1",
        "1;",
        ";",
        "A00;B01",
        "2026",
        "20260815",
        "20260230",
        "202608150930",
        "202608152400",
        "198500000000",
        "20260815;20260816",
        "Viên nén",
        "đ" * 4,
        "999999999999999999",
        "٣",
    ]
)
ROW = st.fixed_dictionaries({"A": VALUES, "B": VALUES})
DOSSIERS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "XML1": st.lists(ROW, min_size=1, max_size=1),
            "XML2": st.lists(ROW, min_size=1, max_size=3),
            "XML3": st.lists(ROW, min_size=1, max_size=3),
        },
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("name", CHECKS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers=DOSSIERS)
def test_both_evaluators_answer_alike(name: str, dossiers):
    check: Expression = CHECKS[name]
    for table in ("XML2", "XML1"):
        assert compiled_rows(check, dossiers, table=table) == plain_rows(check, dossiers, table=table)


def found(check: Expression, *rows: dict, **tables: list) -> list[int]:
    """Rows of XML2 that break the check, both evaluators being asked."""
    dossier = {"XML2": list(rows), **tables}
    assert compiled_rows(check, [dossier]) == plain_rows(check, [dossier])
    return [row for _, row in plain_rows(check, [dossier])]


def test_unknown_gives_no_finding():
    assert found(F.A.number > 5, {"A": ""}, {"A": None}, {"A": "x"}, {"A": "4"}) == [4]


def test_one_false_side_is_enough_whatever_the_other():
    assert found((F.A == "1") & (F.B == "1"), {"A": "2", "B": ""}, {"A": "1", "B": ""}) == [1]


def test_when_unknown_there_is_no_finding():
    dossier = {"XML2": [{"A": "", "B": "x"}, {"A": "1", "B": "x"}]}
    given_when = {"when": F.A == "1"}
    assert compiled_rows(F.B == "y", [dossier], **given_when) == [(0, 2)]
    assert plain_rows(F.B == "y", [dossier], **given_when) == [(0, 2)]


def test_half_is_rounded_up():
    check = F.A.number.rounded.close_to(2.01, tolerance=0)
    assert found(check, {"A": "2.005"}, {"A": "2.0149"}, {"A": "2.004"}, {"A": "2.015"}) == [3, 4]


def test_tolerance_includes_its_end():
    assert found(F.A.number.close_to(100), {"A": "100.01"}, {"A": "99.99"}, {"A": "100.02"}) == [3]


def test_a_sum_with_an_unreadable_line_is_unknown():
    assert found(T.XML3.sum(F.A.number) == 0, {"A": "1"}, XML3=[{"A": "1"}, {"A": "x"}]) == []
    assert found(T.XML3.sum(F.A.number) == 0, {"A": "1"}, XML3=[{"A": "1"}, {"A": "2"}]) == [1]


def test_a_table_that_is_not_there_sums_to_zero():
    assert found(T.XML3.sum(F.A.number) == 1, {"A": "1"}) == [1]


def test_values_of_other_dossiers_are_not_mixed_in():
    dossiers = [{"XML2": [{"A": "1"}], "XML3": [{"A": "2"}]}, {"XML2": [{"A": "2"}], "XML3": [{"A": "1"}]}]
    assert compiled_rows(F.A.among(T.XML3.A), dossiers) == [(0, 1), (1, 1)]
