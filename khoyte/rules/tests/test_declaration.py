import datetime

import pytest

from khoyte.rules import DeclarationError, F, H, T, custom
from khoyte.rules.tests.worlds import declare


@pytest.mark.parametrize(
    "write",
    [
        lambda: F.A.number == F.B,
        lambda: F.A > F.B,
        lambda: F.A.minute == 5,
        lambda: F.A & F.B,
        lambda: F.A.matches(r"\d+"),
        lambda: F.A.matches("(?i)x"),
        lambda: F.A.is_in(),
        lambda: F.A.among(F.B),
        lambda: T.XML2.sum(F.A),
        lambda: F.A.number.number,
        lambda: (F.A == "1") and (F.B == "1"),
        lambda: object() == F.A,
        lambda: F.A.number / 0,
    ],
)
def test_what_cannot_be_compiled_is_refused_while_declaring(write):
    with pytest.raises(DeclarationError):
        write()


@pytest.mark.parametrize(
    "given",
    [
        {"level": {"precheck": "E"}},
        {"level": {"precheck": "X", "store": "E"}},
        {"quality": "good"},
        {"level": {"precheck": ((datetime.date(2025, 1, 1), "E"),), "store": "E"}},
        {"needs": "moon"},
        {"needs": "register"},
        {"cause": "weather"},
    ],
)
def test_a_wrong_declaration_is_refused(given):
    with pytest.raises(DeclarationError):
        declare(F.A.filled, **given)


def test_what_a_rule_requires_is_read_from_its_conditions():
    (rule,) = declare(F.A.in_catalogue("drugs"), when=F.B.in_list("MA_NHOM") & H.C.filled)
    assert rule.requires == {"catalogue:drugs", "list:MA_NHOM"}


def test_a_condition_on_other_rows_requires_too():
    (rule,) = declare(T.XML3.exists(F.A.in_catalogue("services")))
    assert rule.requires == {"catalogue:services"}


def test_several_tables_make_several_rules():
    assert [rule.table for rule in declare(F.A.filled, table=("XML2", "XML3"))] == ["XML2", "XML3"]


def test_levels_change_on_their_day():
    (rule,) = declare(
        F.A.filled, level={"precheck": ((None, "E"), (datetime.date(2025, 1, 1), "W")), "store": "I"}
    )
    assert rule.level_on("precheck", datetime.date(2024, 12, 31)) == "E"
    assert rule.level_on("precheck", datetime.date(2025, 1, 1)) == "W"
    assert rule.level_on("store", datetime.date(2025, 1, 1)) == "I"
    assert rule.turning_days() == {datetime.date(2025, 1, 1)}


def test_a_rule_holds_from_its_first_to_its_last_day():
    first, last = datetime.date(2025, 1, 1), datetime.date(2025, 6, 30)
    (rule,) = declare(F.A.filled, valid_from=first, valid_to=last)
    assert [
        rule.in_force(day) for day in (datetime.date(2024, 12, 31), first, last, datetime.date(2025, 7, 1))
    ] == [False, True, True, False]
    assert rule.turning_days() == {first, datetime.date(2025, 7, 1)}


def test_custom_conditions_are_flags():
    written = custom(
        F.A, whole=lambda inputs, dossier, facts: inputs["0"] == "1", row=lambda inputs, facts: True
    )
    assert declare(written)[0].check is not None
