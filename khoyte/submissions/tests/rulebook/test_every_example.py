"""Every example of every rule through the whole rulebook: compiled plans and the referee agree."""

from collections import defaultdict
from functools import cache

import pytest

from khoyte.rules import Example, Rule
from khoyte.rules.referee import breaches
from khoyte.standards import standard_on
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.rulebook.examples import EXAMPLE_DAY, Dossier, as_tables, lay
from khoyte.submissions.tests.rulebook.dossiers import PACK

STANDARD = standard_on(EXAMPLE_DAY)
GENERATED = [rule for rule in RULEBOOK.rules_on(EXAMPLE_DAY, STANDARD) if rule not in set(RULEBOOK.declared)]
Place = tuple[str, str, str, str]


def place_of(rule: Rule) -> Place:
    return rule.id, rule.part, rule.table, rule.field


def cases(rules: list[Rule]) -> list[tuple[Rule, Example, bool, Dossier]]:
    """Rule, example, whether it must be found, dossier."""
    return [
        (rule, example, fails, lay(overlay, standard_on(example.on or EXAMPLE_DAY)))
        for rule in rules
        for example in rule.examples
        for fails, overlay in ((True, example.fails), (False, example.passes))
        if overlay
    ]


def judged(given: list[tuple[Rule, Example, bool, Dossier]]) -> list[list[tuple[Place, int]]]:
    """Per case what the compiled rulebook finds: (place, row). Cases with the same facts are one batch."""
    batches = defaultdict(list)
    for number, (_, example, _, _) in enumerate(given):
        batches[id(example.facts) if example.facts else 0].append(number)
    found: list[list[tuple[Place, int]]] = [[] for _ in given]
    for numbers in batches.values():
        days = [given[number][1].on or EXAMPLE_DAY for number in numbers]
        tables = as_tables([given[number][3] for number in numbers])
        for finding in RULEBOOK.judge(tables, days, PACK, given[numbers[0]][1].facts).findings:
            place = (finding.rule, finding.part, finding.table, finding.field)
            found[numbers[finding.dossier]].append((place, finding.row))
    return found


DECLARED_CASES = cases(list(RULEBOOK.declared))
GENERATED_CASES = cases(GENERATED)


@cache
def declared_findings() -> list[list[tuple[Place, int]]]:
    return judged(DECLARED_CASES)


@cache
def generated_findings() -> list[list[tuple[Place, int]]]:
    return judged(GENERATED_CASES)


def name_of(number: int) -> str:
    rule, _, fails, _ = DECLARED_CASES[number]
    return f"{'-'.join(place_of(rule))}-{'fails' if fails else 'passes'}-{number}"


@pytest.mark.parametrize("number", range(len(DECLARED_CASES)), ids=name_of)
def test_an_example_is_found_just_when_it_fails_and_both_evaluators_agree(number):
    rule, example, fails, dossier = DECLARED_CASES[number]
    found = declared_findings()[number]
    assert (place_of(rule) in {place for place, _ in found}) == fails
    day = example.on or EXAMPLE_DAY
    reference = PACK.on(day)
    plain = [
        (place_of(one), row)
        for one in RULEBOOK.rules_on(day, reference.standard)
        for row in breaches(one, dossier, reference, example.facts)
    ]
    assert sorted(pair for pair in found if pair[0][0] != "V-007") == sorted(plain)


def test_examples_of_generated_rules_are_found_just_when_they_fail():
    wrong = [
        (place_of(rule), fails)
        for (rule, _, fails, _), found in zip(GENERATED_CASES, generated_findings(), strict=True)
        if not rule.layout
        and all(item.startswith("list:") for item in rule.requires)
        and (place_of(rule) in {place for place, _ in found}) != fails
    ]
    assert wrong == []


def test_examples_of_missing_and_unknown_tags_are_found():
    wrong = [
        (place_of(rule), fails)
        for (rule, _, fails, _), found in zip(GENERATED_CASES, generated_findings(), strict=True)
        if rule.layout and (place_of(rule)[:3] in {place[:3] for place, _ in found}) != fails
    ]
    assert wrong == []


def test_the_valid_dossiers_break_nothing():
    tables = as_tables([lay({}, STANDARD), lay({"CHECKIN": [{}]}, STANDARD), lay({"XML5": [{}]}, STANDARD)])
    assert [
        (one.rule, one.part, one.field) for one in RULEBOOK.judge(tables, [EXAMPLE_DAY] * 3, PACK).findings
    ] == []


def test_every_rule_with_a_check_has_a_failing_example():
    checked = [rule for rule in RULEBOOK.declared if rule.check is not None and rule.unjudged is None]
    assert [place_of(rule) for rule in checked if not rule.examples] == []


def test_numbers_run_from_1_to_90():
    ids = {rule.id.rstrip("abc") for rule in RULEBOOK.rules_on(EXAMPLE_DAY, STANDARD)}
    missing = {f"V-{number:03d}" for number in range(1, 91)} - ids
    assert missing == {"V-019"}  # ended with 2024


@pytest.mark.parametrize(
    "rule", RULEBOOK.rules_on(EXAMPLE_DAY, STANDARD)[::7], ids=lambda rule: "-".join(place_of(rule))
)
def test_words_stand_in_both_languages(rule):
    for words in (rule.label, rule.message, rule.hint):
        assert words.vi
        assert words.en
    assert rule.legal


def test_the_store_refuses_only_structure_identity_and_impossible_dates():
    refusing = {
        rule.id
        for rule in RULEBOOK.rules_on(EXAMPLE_DAY, STANDARD)
        if rule.level_on("store", EXAMPLE_DAY) == "E"
    }
    identity = {
        rule.field for rule in GENERATED if rule.id == "V-014" and rule.level_on("store", EXAMPLE_DAY) == "E"
    }
    assert refusing == {f"V-{number:03d}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 14, 25, 26)}
    assert identity == {"MA_BN", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "NGAY_VAO", "MA_CSKCB"}
