"""The rules by which claims and check-ins are judged, each declared once (see khoyte.rules).

`RULEBOOK.judge(tables, days, pack, facts)` judges a batch, `RULEBOOK.render(finding, lang, standard)` makes
words of a finding, `catalogue.documentation` lists every rule for docs and the rules page.
"""
from importlib import import_module
from importlib.util import find_spec

from khoyte.rules import Rule
from khoyte.rules.book import RuleBook
from khoyte.submissions.rulebook.generated import generate
from khoyte.submissions.rulebook.requirements import name_requirement

# In the order of the rule numbers; each holds a list RULES.
MODULES = ("structure", "formats", "presence", "dates", "content", "gate", "money", "totals", "documents")


def _declared() -> list[Rule]:
    modules = (import_module(f"{__name__}.{name}") for name in MODULES if find_spec(f"{__name__}.{name}"))
    return [rule for module in modules for rule in module.RULES]


RULEBOOK = RuleBook(_declared(), generate, name_requirement)
