"""`/chat-luong`: the six words of every database, of one of them, of one unit."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Words
from khoyte.quality import presenters as present
from khoyte.quality import queries
from khoyte.quality.criteria import DATABASES, Database
from khoyte.quality.queries import Scope
from khoyte.submissions.pages import address, files
from khoyte.units import queries as units
from khoyte.units.models import Unit
from khoyte.units.policy import Actor
from khoyte.units.web import READING, ActingRequest, guarded

ACTION = "register.quality"


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as far as the reader may ask for it."""

    scope: Scope
    province: str = ""
    facility: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        return {"tinh": self.province, "co-so": self.facility}


def asked_of(request: ActingRequest) -> Asked:
    """A national reader chooses a province and a unit in it, a province a unit, a facility nothing."""
    actor = request.actor
    if actor.facility:
        return Asked(queries.scope_of(actor))
    facility = request.GET.get("co-so", "").strip().upper()[:20]
    province = ""
    if actor.unit_kind != "province":
        province = address.choice(request, "tinh", [unit.code for unit in units.provinces()])
    return Asked(queries.scope_of(actor, province, facility), province, facility)


def known_provinces(actor: Actor) -> list[Unit]:
    """Those a national reader may choose from."""
    return units.provinces() if actor.unit_kind in ("ministry", "department") else []


def database_of(name: str) -> Database:
    """Raises Http404."""
    if name not in DATABASES:
        raise Http404
    return DATABASES[name]


@guarded(ACTION, methods=READING)
def overview(request: ActingRequest) -> HttpResponse:
    asked = asked_of(request)
    found = queries.totals(asked.scope)
    if address.wants_sheet(request):
        lines: list[tuple[Words, queries.Total]] = [
            (DATABASES[name].label, one) for name, one in found.items()
        ]
        title = Text("Chất lượng dữ liệu", "Data quality")
        return files.sheet(request, "chat-luong", [present.sheet_of(title, lines, Text("CSDL", "Database"))])
    context = {
        "table": present.overview_table(found, asked.parameters, [_sheet_link(request)]),
        "settled_at": queries.settled_at(),
        "provinces": known_provinces(request.actor),
        "province": asked.province,
    }
    return render(request, "quality/overview.html", context)


@guarded(ACTION, methods=READING)
def database(request: ActingRequest, name: str) -> HttpResponse:
    found, asked = database_of(name), asked_of(request)
    total, course = queries.totals(asked.scope)[name], queries.course(name, asked.scope)
    parts, names, parameter = _units(request.actor, found, asked)
    if address.wants_sheet(request):
        label = Text("Đơn vị", "Unit")
        lines: list[tuple[Words, queries.Total]] = [(found.label, total)]
        lines += [(names.get(one.unit, one.unit), one) for one in parts]
        causes = present.causes_table(found, queries.causes(name, asked.scope), {}, most=None)
        sheets = [present.sheet_of(found.label, lines, label), causes, present.days_sheet(course)]
        return files.sheet(request, f"chat-luong-{name}", sheets)
    context = {
        "database": found,
        "unit": _named(asked),
        "table": present.words_table(found, total, course, asked.parameters, [_sheet_link(request)]),
        "causes": present.causes_table(found, queries.causes(name, asked.scope), asked.parameters),
        "units": present.units_table(parts, names, parameter, name, asked.parameters) if parameter else None,
        "counted": total.counted,
        "settled_at": queries.settled_at(),
        "provinces": known_provinces(request.actor),
        "province": asked.province,
        "back": "/chat-luong?" + urlencode({"tinh": asked.province}) if asked.province else "/chat-luong",
    }
    return render(request, "quality/database.html", context)


def _units(actor: Actor, found: Database, asked: Asked) -> tuple[list[queries.Total], dict[str, str], str]:
    """What stands below the total: provinces of the nation, units of a province; nothing below one unit."""
    if actor.facility or asked.facility:
        return [], {}, ""
    national = actor.unit_kind != "province" and not asked.province
    parts = queries.by_unit(found.name, asked.scope, provinces=national)
    names = units.names_of([one.unit for one in parts])
    return parts, names, "tinh" if national else "co-so"


def _named(asked: Asked) -> str:
    code = asked.facility or asked.province
    return units.names_of([code]).get(code, "") if code else ""


def _sheet_link(request: ActingRequest) -> Link:
    return Link(address.sheet_address(request), Text("Tải số liệu (XLSX)", "Download (XLSX)"))
