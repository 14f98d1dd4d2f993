"""The rules by which claims and check-ins are judged, each declared once (see khoyte.rules).

`RULEBOOK.judge(tables, days, pack, facts)` judges a batch, `RULEBOOK.render(finding, lang, standard)` makes
words of a finding, `catalogue.documentation` lists every rule for docs and the rules page.
"""
from importlib import import_module
from pkgutil import iter_modules

from khoyte.rules import Rule
from khoyte.rules.book import RuleBook
from khoyte.submissions.rulebook.generated import generate
from khoyte.submissions.rulebook.requirements import name_requirement


def _declared() -> list[Rule]:
    names = (module.name for module in iter_modules(__path__) if not module.ispkg)
    modules = (import_module(f"{__name__}.{name}") for name in names)
    return [rule for module in modules for rule in getattr(module, "RULES", ())]


RULEBOOK = RuleBook(_declared(), generate, name_requirement)
