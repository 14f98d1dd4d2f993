"""`/quy-tac`: every rule, and each one with its law and examples."""

from datetime import date
from functools import lru_cache

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today
from khoyte.rules.declaration import Rule
from khoyte.standards import standard_on
from khoyte.submissions.pages import address, files
from khoyte.submissions.presenters import rules as present
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.units.web import READING, ActingRequest, guarded


@lru_cache(maxsize=8)
def rules_of(day: date) -> dict[str, list[Rule]]:
    """Rules in force on a day by number. Those of the field list are a thousand, made from the standard."""
    return present.by_number(RULEBOOK.rules_on(day, standard_on(day)))


@guarded("rules.read", methods=READING)
def rules(request: ActingRequest) -> HttpResponse:
    day = address.day(request, "ngay", today())
    standard = standard_on(day)
    words = request.GET.get("q", "")[:100]
    table = address.choice(request, "bang", list(standard.tables))
    chosen = present.matching(rules_of(day), words, table)
    shown = present.rules_table(chosen, day, address.sheet_address(request))
    if address.wants_sheet(request):
        return files.sheet(request, f"quy-tac-{day.isoformat()}", [shown])
    context = {
        "day": day,
        "table": shown,
        "words": words,
        "chosen_table": table,
        "tables": {name: spec.label for name, spec in standard.tables.items()},
    }
    return render(request, "submissions/rules.html", context)


@guarded("rules.read", methods=READING)
def rule(request: ActingRequest, number: str) -> HttpResponse:
    day = address.day(request, "ngay", today())
    grouped = rules_of(day)
    if number not in grouped:
        raise Http404
    context = {"number": number, "day": day, "checks": present.checks_of(grouped[number], day)}
    return render(request, "submissions/rule.html", context)
