"""The licence gate: the register as of the minute of care."""

import pytest

from khoyte.rules.book import RuleBook
from khoyte.submissions.rulebook import gate
from khoyte.submissions.rulebook.gate import REGISTER, Permit, standing_of
from khoyte.submissions.rulebook.requirements import name_requirement
from khoyte.submissions.tests.rulebook.dossiers import DAY, PACK, columns_of, findings_of, overlaid

REGISTERED = {
    "A": [Permit(100, 200, "valid", "99001"), Permit(150, 160, "stopped")],
    "B": [Permit(0, 1000, "valid", None)],
}


@pytest.mark.parametrize(
    ("licence", "facility", "minute", "standing"),
    [
        ("A", "99001", 100, "licensed"),
        ("A", "99002", 100, "outside"),
        ("A", "99001", 99, "unlicensed"),
        ("A", "99001", 200, "unlicensed"),
        ("A", "99001", 150, "unlicensed"),
        ("A", "99001", 160, "licensed"),
        ("B", "99002", 5, "licensed"),
        ("C", "99001", 5, "unknown"),
    ],
)
def test_standing_is_that_of_the_minute(licence, facility, minute, standing):
    assert standing_of(REGISTERED, licence, facility, minute) == standing


def order(people, minute="202608100930"):
    return overlaid({"XML2": [{"MA_BAC_SI": people, "NGAY_YL": minute}], "XML3": [{"NGUOI_THUC_HIEN": ""}]})


def found(people, register, minute="202608100930"):
    facts = {REGISTER: register}
    rules = [rule for rule in gate.RULES if rule.check is not None]
    return {rule for rule, *_ in findings_of(order(people, minute), rules, DAY, facts)}


def test_one_of_several_people_is_enough_to_be_found():
    register = {"A": [Permit(0, 10**9, "valid", "99001")], "B": [Permit(0, 10**9, "valid", "99009")]}
    assert found("A", register) == set()
    assert found("A;B", register) == {"V-050b"}


def test_someone_we_do_not_know_is_never_a_finding():
    assert found("C", {"A": []}) == set()


def test_an_order_without_people_or_time_is_left_to_other_rules():
    assert found("", {}) == set()
    assert found("A", {"A": []}, minute="") == set()


def test_without_a_register_the_gate_is_not_judged():
    book = RuleBook(gate.RULES, lambda standard: [], name_requirement)
    judged = book.judge(columns_of(order("A")), [DAY], PACK)
    assert [(line.rule, line.dossiers) for line in judged.not_judged] == [
        ("V-050a", 1),
        ("V-050b", 1),
        ("V-050c", 1),
    ]
    assert len(judged.findings) == 0
