"""The rules of the rulebook as criteria of visits: every rule counts under its own word."""

from datetime import date, timedelta
from functools import lru_cache

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.quality.criteria import WINDOW_DAYS, Criterion
from khoyte.rules.declaration import Rule
from khoyte.standards import standard_on
from khoyte.submissions.rulebook import RULEBOOK


_SEE = Text("Xem cách sửa ở trang quy tắc {rule}.", "The page of rule {rule} says how to put it right.")


def rules() -> dict[str, Criterion]:
    """ "V-012.future" -> criterion, of all rules that judged records of the days that count."""
    return _rules(today())


@lru_cache(maxsize=2)
def _rules(day: date) -> dict[str, Criterion]:
    found: dict[str, Criterion] = {}
    for when in (day, day - timedelta(days=WINDOW_DAYS)):
        for rule in RULEBOOK.rules_on(when, standard_on(when)):
            found.setdefault(name_of(rule.id, rule.part), _criterion(rule))
    return found


def _criterion(rule: Rule) -> Criterion:
    label = Text("{rule}. {label}.", "{rule}. {label}.").fill(rule=rule.id, label=rule.label)
    # The hint of a rule for many fields has places that only a finding fills.
    fix = _SEE.fill(rule=rule.id) if "{" in rule.hint.vi else rule.hint
    return Criterion(name_of(rule.id, rule.part), rule.quality, label, fix, legal=rule.legal)


def name_of(id: str, part: str) -> str:
    return f"{id}.{part}" if part else id
