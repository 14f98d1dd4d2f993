"""The rules of the rulebook as criteria of visits: every rule counts under its own word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.quality.criteria import WINDOW_DAYS, Criterion
from khoyte.rules.declaration import PROFILES, Rule
from khoyte.standards import standard_on
from khoyte.submissions.rulebook import RULEBOOK

_SEE = Text("Xem cách sửa ở trang quy tắc {rule}.", "The page of rule {rule} says how to put it right.")


@dataclass(frozen=True)
class Counted:
    """`criteria`: name -> criterion; `findings`: (rule, part) of a finding -> name of its criterion."""

    criteria: Mapping[str, Criterion]
    findings: Mapping[tuple[str, str], str]


def rules() -> Counted:
    """The rules that judged visits of the days that count.

    A rule is one criterion for each word its parts stand under: "V-012.live". What belongs to a whole file
    (table "") or only informs is none of a visit.
    """
    return _rules(today())


@lru_cache(maxsize=2)
def _rules(day: date) -> Counted:
    criteria: dict[str, Criterion] = {}
    findings: dict[tuple[str, str], str] = {}
    for when in (day, day - timedelta(days=WINDOW_DAYS)):
        for rule in RULEBOOK.rules_on(when, standard_on(when)):
            if rule.table and any(rule.level_on(profile, when) != "I" for profile in PROFILES):
                name = f"{rule.id}.{rule.quality}"
                criteria.setdefault(name, _criterion(name, rule))
                findings.setdefault((rule.id, rule.part), name)
    return Counted(criteria, findings)


def _criterion(name: str, rule: Rule) -> Criterion:
    label = Text("{rule}. {label}.", "{rule}. {label}.").fill(rule=rule.id, label=rule.label)
    # The hint of a rule for many fields has places that only a finding fills.
    fix = _SEE.fill(rule=rule.id) if "{" in rule.hint.vi else rule.hint
    return Criterion(name, rule.quality, label, fix, legal=rule.legal)
