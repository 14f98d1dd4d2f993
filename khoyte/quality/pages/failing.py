"""`/chat-luong/{database}/{word}`: the records that fail a word, and who has to act."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Pages
from khoyte.quality import presenters as present
from khoyte.quality import queries
from khoyte.quality.computing import criteria_of
from khoyte.quality.criteria import VISITS, Database
from khoyte.quality.models import Failing
from khoyte.quality.pages.scores import ACTION, Asked, asked_of, database_of
from khoyte.quality.queries import ToAct
from khoyte.quality.words import FORMULAS
from khoyte.submissions.pages import address, files
from khoyte.units import queries as units
from khoyte.units.policy import Actor, decide
from khoyte.units.web import READING, ActingRequest, guarded

MOST_UNITS = 5
"""Accounts are named where so few units have to act; a province opens its units one by one."""


@guarded(ACTION, methods=READING)
def failing(request: ActingRequest, name: str, word: str) -> HttpResponse:
    found, asked = database_of(name), asked_of(request)
    if word not in FORMULAS:
        raise Http404
    known = {key: one for key, one in criteria_of(found).items() if one.word == word}
    criterion = address.choice(request, "tieu-chi", known)
    context = {
        "database": found,
        "word": FORMULAS[word],
        "word_label": present.capital(FORMULAS[word].label),
        "criterion": known.get(criterion),
        "every_criterion": present.address(name, word, **asked.parameters),
        "settled_at": queries.settled_at(),
        "back": present.address(name, **asked.parameters),
    }
    if not may_open(request.actor, found):
        return _by_unit(request, found, word, criterion, asked, context)
    rows = queries.failing(name, asked.scope, word=word, criterion=criterion)
    if address.wants_sheet(request):
        shown = list(rows[: address.ROWS_OF_A_SHEET])
        _record(request.actor, found, word, shown)
        return files.sheet(request, f"chua-dat-{name}-{word}", [_table(found, shown, word, None, ())])
    pages = Pages(address.page_number(request), address.ROWS, rows.count())
    start = (pages.number - 1) * pages.size
    shown = list(rows[start : start + pages.size])
    _record(request.actor, found, word, shown)
    download = Link(address.sheet_address(request), Text("Tải danh sách (XLSX)", "Download (XLSX)"))
    context |= {
        "table": _table(found, shown, word, pages, [download]),
        "actors": present.actors_facts(_who_acts(found, word, shown, asked)),
    }
    return render(request, "quality/failing.html", context)


def _by_unit(
    request: ActingRequest, found: Database, word: str, criterion: str, asked: Asked, context: dict[str, Any]
) -> HttpResponse:
    """Visits open to their facility alone; an office sees which facilities have to act, and how often."""
    national = request.actor.unit_kind != "province" and not (asked.province or request.actor.facility)
    rows = queries.failing_by_unit(
        found.name, asked.scope, word=word, criterion=criterion, provinces=national
    )
    parameter = "tinh" if national else "co-so"
    below = {**asked.parameters, "tieu-chi": criterion}
    opens = {
        one.unit: present.address(found.name, word, **{**below, parameter: one.unit})
        for one in rows
        if one.unit and national
    }
    names = units.names_of([one.unit for one in rows])
    links = [Link(address.sheet_address(request), Text("Tải danh sách (XLSX)", "Download (XLSX)"))]
    table = present.failing_units_table(rows, names, parameter, opens, links)
    if address.wants_sheet(request):
        return files.sheet(request, f"chua-dat-{found.name}-{word}", [table])
    return render(request, "quality/failing.html", {**context, "closed": True, "table": table})


def may_open(actor: Actor, database: Database) -> bool:
    """Records of registers open with their register; visits only to those who may read visits."""
    return bool(decide(actor, "visit.read" if database.name == VISITS else "register.read"))


def _table(
    database: Database, shown: Sequence[Failing], word: str, pages: Pages | None, links: Sequence[Link]
) -> present.Table:
    names = units.names_of({one.facility or one.province for one in shown})
    return present.failing_table(
        database, shown, queries.names_of(database, shown), names, word, pages, links
    )  # fmt: skip


def _who_acts(database: Database, word: str, shown: Sequence[Failing], asked: Asked) -> list[ToAct]:
    """For the units of the rows shown, unless there are many: then each is opened by itself."""
    known = criteria_of(database)
    wanted = {
        (known[name].acts, one.facility, one.province)
        for one in shown
        for name in one.criteria
        if name in known and known[name].word == word
    }
    if len({(facility, province) for _, facility, province in wanted}) > MOST_UNITS:
        return []
    found: dict[tuple[str, str], ToAct] = {}
    for acts, facility, province in sorted(wanted):
        one = queries.who_acts(acts, facility, province)
        found.setdefault((one.acts, one.unit), one)
    return list(found.values())


def _record(actor: Actor, database: Database, word: str, shown: Sequence[Failing]) -> None:
    """That these records were shown in a list; of visits an entry for each, as everywhere."""
    details = {"word": word, "records": len(shown)}
    if database.name == VISITS:
        entries = [audit.Entry(one.record, one.facility, one.province) for one in shown]
        audit.record_all(
            by=actor, action="visit.list", subject_kind="visit", purpose=PURPOSE, entries=entries
        )
        return
    audit.record(
        by=actor, action="quality.failing", subject_kind="register", subject_id=database.name,
        facility=actor.facility, province=actor.province, details=details,
    )  # fmt: skip


PURPOSE = "facility.review"
