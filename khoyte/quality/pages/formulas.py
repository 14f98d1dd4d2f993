"""`/chat-luong/cong-thuc`: how each word is counted."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.quality import presenters as present
from khoyte.quality import queries
from khoyte.quality.criteria import DATABASES
from khoyte.quality.pages.scores import ACTION
from khoyte.quality.words import FORMULAS
from khoyte.units.web import READING, ActingRequest, guarded


@guarded(ACTION, methods=READING)
def formulas(request: ActingRequest) -> HttpResponse:
    context = {"table": present.formulas_table(list(FORMULAS.values())), "settled_at": queries.settled_at()}
    return render(request, "quality/formulas.html", context)


@guarded(ACTION, methods=READING)
def formula(request: ActingRequest, word: str) -> HttpResponse:
    if word not in FORMULAS:
        raise Http404
    one = FORMULAS[word]
    context = {
        "label": present.capital(one.label),
        "facts": present.formula_facts(one),
        "tables": [present.criteria_table(database, word) for database in DATABASES.values()],
        "settled_at": queries.settled_at(),
    }
    return render(request, "quality/formula.html", context)
