"""The rules by which claims and check-ins are judged, each declared once (see khoyte.rules).

`RULEBOOK.judge(tables, days, pack, facts)` judges a batch, `RULEBOOK.render(finding, lang, standard)` makes
words of a finding, `RULEBOOK.rules_on(day, standard)` lists every rule with its examples.
"""
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from khoyte.rules.book import RuleBook
from khoyte.rules.declaration import Rule
from khoyte.standards import epochs, standard_on
from khoyte.standards.model import Standard
from khoyte.submissions.rulebook import (
    content,
    dates,
    documents,
    formats,
    gate,
    money,
    presence,
    structure,
    totals,
)
from khoyte.submissions.rulebook.generated import generate
from khoyte.submissions.rulebook.requirements import name_requirement
from khoyte.submissions.rulebook.switched import Switch, read, refuse_unknown, switched

_MODULES = (structure, formats, presence, dates, content, gate, money, totals, documents)

DECLARED = [rule for module in _MODULES for rule in module.RULES]
LEVELS_FILE = os.environ.get("KHOYTE_RULE_LEVELS", "").strip()


def book_of(declared: Iterable[Rule], switches: Sequence[Switch]) -> RuleBook:
    """The rulebook with the levels that an installation has switched."""

    def generated(standard: Standard) -> list[Rule]:
        return switched(generate(standard), switches)

    return RuleBook(switched(declared, switches), generated, name_requirement)


def _switches() -> list[Switch]:
    if not LEVELS_FILE:
        return []
    switches = read(Path(LEVELS_FILE))
    made = (rule.id for epoch in epochs() for rule in generate(standard_on(epoch)))
    refuse_unknown(Path(LEVELS_FILE), switches, {*(rule.id for rule in DECLARED), *made})
    return switches


RULEBOOK = book_of(DECLARED, _switches())
