"""The rules by which claims and check-ins are judged, each declared once (see khoyte.rules).

`RULEBOOK.judge(tables, days, pack, facts)` judges a batch, `RULEBOOK.render(finding, lang, standard)` makes
words of a finding, `RULEBOOK.rules_on(day, standard)` lists every rule with its examples.
"""
from khoyte.rules.book import RuleBook
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

_MODULES = (structure, formats, presence, dates, content, gate, money, totals, documents)

RULEBOOK = RuleBook((rule for module in _MODULES for rule in module.RULES), generate, name_requirement)
