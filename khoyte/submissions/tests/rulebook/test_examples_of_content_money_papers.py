"""The examples of V-038 to V-089 are their tests: the referee and the compiled rules must both agree."""

import pytest

from khoyte.rules import Rule
from khoyte.submissions.rulebook import content, documents, gate, money, totals
from khoyte.submissions.tests.rulebook.dossiers import DAY, VALID, fails_by_hand, findings_of, overlaid

RULES = [rule for module in (content, gate, money, totals, documents) for rule in module.RULES]
CASES = [(rule, example) for rule in RULES for example in rule.examples]


def case_name(case: object) -> str:
    if isinstance(case, Rule):
        return f"{case.id}-{case.part}-{case.table}.{case.field}"
    return "example"


@pytest.mark.parametrize(("rule", "example"), CASES, ids=case_name)
def test_a_failing_example_is_found_and_a_passing_one_is_not(rule, example):
    day = example.on or DAY
    wrong, right = overlaid(example.fails), overlaid(example.passes)
    faults = fails_by_hand(rule, wrong, day, example.facts)
    assert faults >= 1
    assert fails_by_hand(rule, right, day, example.facts) == 0
    assert len(findings_of(wrong, [rule], day, example.facts)) == faults
    assert findings_of(right, [rule], day, example.facts) == []


def test_a_valid_dossier_breaks_none_of_them():
    assert findings_of(VALID, RULES) == []


def test_every_rule_that_judges_has_an_example():
    # What finds nobody but a gap of ours has nothing to show in a file.
    judging = [rule for rule in RULES if rule.check is not None and rule.unjudged is None]
    assert [f"{rule.id} {rule.part}" for rule in judging if not rule.examples] == []


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_every_rule_speaks_both_languages_and_names_its_source(rule):
    for text in (rule.label, rule.message, rule.hint):
        assert text.vi
        assert text.en
        assert text.vi != text.en
    assert rule.message.vi.startswith("{where}")
    assert rule.legal


@pytest.mark.parametrize("rule", RULES, ids=case_name)
def test_none_of_them_keeps_a_lawful_visit_out_of_the_store(rule):
    assert rule.level_on("store", DAY) in {"W", "I"}


def test_money_is_strict_before_sending():
    strict = {rule.id for rule in RULES if rule.level_on("precheck", DAY) == "E"}
    money_ids = {f"V-{number:03d}" for number in range(56, 75)} - {"V-060", "V-065", "V-066", "V-074"}
    assert money_ids | {"V-077", "V-078"} <= strict
    assert not strict & {"V-044", "V-051", "V-053", "V-060", "V-065", "V-076", "V-080", "V-088", "V-089"}
