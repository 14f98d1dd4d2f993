"""`/so-dang-ky`: the registers, and the list of each with search and filters."""

from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Pages
from khoyte.foundation.look.spreadsheet import workbook
from khoyte.registers import actions, presenters, queries
from khoyte.registers.api import XLSX
from khoyte.registers.errors import ResponsibilityWanted, WrongRecord
from khoyte.registers.known import Register, register, registers
from khoyte.registers.ladder import STATE_LABELS, State
from khoyte.registers.layouts import layouts_of
from khoyte.registers.models import Record
from khoyte.registers.template import file_name, template
from khoyte.registers.tenants import Tenants
from khoyte.units.exports import admit
from khoyte.units.policy import decide
from khoyte.units.queries import names_of
from khoyte.units.web import READING, ActingRequest, guarded

ROWS = 50
ROWS_OF_A_SHEET = 20_000
SENT_AT_ONCE = 500
STATES = {
    queries.UNCONFIRMED: Text(vi="Chưa xác nhận", en="Not confirmed"),
    **{one.value: label for one, label in STATE_LABELS.items()},
}


WHEN = {
    queries.RUNNING: Text(vi="Đang trong thời hạn", en="Running today"),
    queries.COMING: Text(vi="Chưa đến ngày bắt đầu", en="Not begun"),
    queries.ENDED: Text(vi="Đã kết thúc", en="Ended"),
}


@guarded("register.read", methods=READING)
def overview(request: ActingRequest) -> HttpResponse:
    lines = []
    for one in registers():
        lines.append((one.declaration, *queries.numbers(one, request.actor)))
    context = {
        "table": presenters.register_rows(lines),
        "may_review": decide(request.actor, "register.review"),
    }
    return render(request, "registers/overview.html", context)


@guarded("register.read", methods=READING)
def record_list(request: ActingRequest, name: str) -> HttpResponse:
    found = register(name)
    state = request.GET.get("trang-thai", "")
    when = request.GET.get("thoi-gian", "") if found.declaration.valid_time else ""
    facility = request.GET.get("co-so", "")[:20]
    asked = queries.Asked(
        words=request.GET.get("q", "")[:200],
        filters={"facility": facility} if facility else None,
        state=state if state in STATES else "",
        when=when if when in WHEN else "",
    )
    if request.GET.get("tai") == "xlsx":
        return _sheet(request, found, queries.search(found, asked, request.actor))
    number = page_number(request)
    rows, count = queries.listed(found, asked, request.actor, (number - 1) * ROWS, ROWS)
    pages = Pages(number, ROWS, min(count, queries.MOST_COUNTED), more=count > queries.MOST_COUNTED)
    may_write = Tenants(found.declaration, request.actor).is_authority and bool(
        decide(request.actor, "register.write")
    )
    new = Link(f"/so-dang-ky/{name}/moi", Text(vi="Kê khai hồ sơ mới", en="Declare a record"))
    table = presenters.record_table(
        found.declaration,
        rows,
        pages=pages,
        downloads=[Link(_sheet_address(request), Text(vi="Tải danh sách (XLSX)", en="Download (XLSX)"))],
        links=[new] if may_write else [],
    )
    context = {
        "declaration": found.declaration,
        "table": table,
        "q": asked.words,
        "state": asked.state,
        "states": STATES,
        "when": asked.when,
        "whens": WHEN if found.declaration.valid_time else {},
        "facility": facility,
        "facility_name": names_of([facility]).get(facility, facility),
        "may_write": may_write,
        "has_layouts": bool(layouts_of(name, "out")),
        "drafts": queries.drafts(found, request.actor) if may_write else 0,
        "refused": request.GET.get("chua-gui", ""),
    }
    return render(request, "registers/list.html", context)


def _sheet(request: ActingRequest, found: Register, rows: QuerySet[Record]) -> HttpResponse:
    table = presenters.record_table(found.declaration, list(rows[:ROWS_OF_A_SHEET]), whole=True)
    mark = admit(request.actor, name=found.name, rows=len(table.rows), reference=request.reference)
    heading = [request.actor.unit_name, mark.say(request.LANGUAGE_CODE)]
    response = HttpResponse(workbook([table], heading, timezone.now()), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{found.name}.xlsx"'
    return response


def _sheet_address(request: ActingRequest) -> str:
    asked = {
        name: request.GET[name] for name in ("q", "trang-thai", "thoi-gian", "co-so") if request.GET.get(name)
    }
    return "?" + urlencode({**asked, "tai": "xlsx"})


def page_number(request: ActingRequest) -> int:
    asked = request.GET.get("trang", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1


@guarded("register.read", methods=READING)
def template_file(request: ActingRequest, name: str) -> HttpResponse:
    declaration = register(name).declaration
    response = HttpResponse(template(declaration), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file_name(declaration)}"'
    return response


@guarded("register.write")
@require_POST
def submit_all(request: ActingRequest, name: str) -> HttpResponse:
    """Send drafts of the unit for review, some hundreds at a time."""
    found = register(name)
    drafts = queries.visible(found, request.actor).filter(state=State.DRAFT.value)
    refused = 0
    for record in list(drafts.order_by("id")[:SENT_AT_ONCE]):
        try:
            actions.submit(register=found, id=record.pk, by=request.actor)
        except (WrongRecord, ResponsibilityWanted):  # each is answered for on its own page
            refused += 1
    return HttpResponseRedirect(f"/so-dang-ky/{name}" + (f"?chua-gui={refused}" if refused else ""))
