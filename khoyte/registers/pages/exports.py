"""`…/xuat`: files for systems that take files, and what comes back; `…/bi-tra-lai`: what is to correct."""

import uuid
from typing import Any, cast

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Table
from khoyte.registers import content as contents
from khoyte.registers import exporting, queries, rejections
from khoyte.registers.api import XLSX
from khoyte.registers.errors import NotNow, UnknownRecord
from khoyte.registers.known import Register, register
from khoyte.registers.layouts import Layout, layout, layouts_of
from khoyte.registers.models import Export, Rejection
from khoyte.registers.pages.imports import NO_FILE
from khoyte.registers.reading import Source
from khoyte.registers.strangers import strangers_noted
from khoyte.units.exports import admit
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

SHOWN = 200
NO_LAYOUT = Text(
    vi="Chưa khai báo biểu mẫu xuất cho sổ này.", en="No layout is declared for exports of this register."
)


@guarded("register.write")
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: ActingRequest, name: str) -> HttpResponse:
    """The layouts of a register, the files made so far; making another."""
    found = register(name)
    problem: KhoyteError | None = None
    if request.method == "POST":
        chosen, wanted = request.POST.get("chon", ""), layout(name, request.POST.get("mau", ""))
        try:
            if wanted is None or wanted.way != "out" or chosen not in exporting.CHOICES:
                raise NotNow(NO_LAYOUT)
            made = exporting.export(
                register=found, layout=wanted, chosen=cast(exporting.Chosen, chosen), by=request.actor
            )
            return HttpResponseRedirect(f"/so-dang-ky/{name}/xuat/{made.pk}")
        except NotNow as refused:
            problem = refused
    offers = [_offer(found, one, request) for one in layouts_of(name, "out")]
    context = {
        "declaration": found.declaration,
        "offers": offers,
        "problem": problem,
        "open": exporting.open_rejections(found, request.actor).count(),
        "as_of": timezone.now(),
    }
    return render(request, "registers/exports.html", context, status=409 if problem else 200)


def _offer(found: Register, one: Layout, request: ActingRequest) -> dict[str, Any]:
    counts = exporting.counts(found, one, request.actor)
    return {
        "layout": one,
        "choices": [(chosen, exporting.CHOICES[chosen], count) for chosen, count in counts.items()],
        "table": _exports(list(exporting.exports_of(found, one.name, request.actor)[:SHOWN]), found.name),
    }


def _exports(rows: list[Export], name: str) -> Table:
    return Table(
        title=Text(vi="Các tệp đã xuất", en="Files made"),
        name="exports",
        columns=(
            Column("made_at", Text(vi="Lúc", en="At"), kind="moment", head=True),
            Column("chosen", Text(vi="Nội dung", en="What")),
            Column("rows", Text(vi="Số hồ sơ", en="Records"), kind="number"),
            Column("made_by", Text(vi="Người xuất", en="By")),
        ),
        rows=[
            {
                "made_at": Cell(row.made_at, href=f"/so-dang-ky/{name}/xuat/{row.pk}"),
                "chosen": exporting.CHOICES[cast(exporting.Chosen, row.chosen)],
                "rows": row.rows,
                "made_by": row.made_by,
            }
            for row in rows
        ],
        empty=Text(vi="Chưa xuất tệp nào.", en="No file yet."),
    )


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    """One file: download it, hand in what came back of it."""
    found = register(name)
    problem: KhoyteError | None = None
    taken: rejections.Taken | None = None
    with strangers_noted(request.actor, name, id), speaking_as(request.actor):
        made = exporting.export_of(found, id, request.actor)
        wanted = _layout_of(made)
    if request.method == "POST":
        try:
            file = request.FILES.get("tep")
            if file is None:
                raise NO_FILE
            source = Source(file.name or "", b"".join(file.chunks()))
            with speaking_as(request.actor):
                taken = rejections.take(
                    register=found, layout=wanted, export=made, source=source, by=request.actor
                )
        except KhoyteError as refused:
            problem = refused
    with speaking_as(request.actor):
        lines = exporting.rejections_in(made)
        context = {
            "declaration": found.declaration,
            "made": made,
            "layout": wanted,
            "facts": [
                Fact(Text(vi="Hồ sơ trong tệp", en="Records"), made.rows, "number"),
                Fact(
                    Text(vi="Hồ sơ bị trả lại", en="Sent back"),
                    lines.values("record").distinct().count(),
                    "number",
                ),
                Fact(
                    Text(vi="Đã xuất lại", en="Sent again"),
                    lines.exclude(sent_again=None).values("record").distinct().count(),
                    "number",
                ),
            ],
            "table": _rejections(found, list(lines[:SHOWN]), lines.count()),
            "problem": problem,
            "lines": problem.lines if isinstance(problem, rejections.LinesNotUnderstood) else [],
            "taken": taken,
        }
        status = getattr(problem, "status", 422) if problem else 200
        return render(request, "registers/export.html", context, status=status)


def _layout_of(made: Export) -> Layout:
    """The layout the file was made by, as it is declared now. Raises UnknownRecord when it is no more."""
    found = layout(made.register, made.layout, made.layout_from)
    if found is None:
        raise UnknownRecord
    return found


def _rejections(found: Register, rows: list[Rejection], total: int) -> Table:
    declaration = found.declaration
    records = exporting.records_of(found, rows)
    titles = {
        pk: queries.name_of(declaration, contents.content_of(declaration, one)) for pk, one in records.items()
    }
    confirmed = {pk: one.confirmed_version or 0 for pk, one in records.items()}
    whole = Text(vi="Cả hồ sơ", en="The whole record")
    return Table(
        title=Text(vi="Hồ sơ bị trả lại", en="Sent back"),
        name="rejections",
        columns=(
            Column("record", Text(vi="Hồ sơ", en="Record"), head=True),
            Column("field", Text(vi="Nội dung", en="Field")),
            Column("reason", Text(vi="Lý do", en="Reason")),
            Column("facility", Text(vi="Cơ sở", en="Facility")),
            Column("state", Text(vi="Tình trạng", en="State")),
        ),
        rows=[
            {
                "record": Cell(titles.get(row.record, "–"), href=f"/so-dang-ky/{found.name}/{row.record}"),
                "field": declaration.by_name[row.field].label if row.field in declaration.by_name else whole,
                "reason": row.reason,
                "facility": row.facility or "–",
                "state": _state(row, confirmed.get(row.record, 0)),
            }
            for row in rows
        ],
        total=total,
        empty=Text(vi="Chưa có hồ sơ nào bị trả lại.", en="Nothing was sent back."),
    )


def _state(row: Rejection, confirmed: int) -> Text:
    if row.sent_again is not None:
        return Text(vi="Đã sửa, đã xuất lại", en="Corrected and sent again")
    if confirmed > row.version:
        return Text(vi="Đã sửa, chờ xuất lại", en="Corrected, to be sent again")
    return Text(vi="Chờ sửa", en="To correct")


@guarded("register.write")
@require_http_methods(["GET", "HEAD"])
def export_file(request: ActingRequest, name: str, id: uuid.UUID) -> HttpResponse:
    found = register(name)
    made = exporting.export_of(found, id, request.actor)
    admit(request.actor, name=f"{name}-{made.layout}", rows=made.rows, reference=request.reference)
    response = HttpResponse(exporting.workbook(found, _layout_of(made), made), content_type=XLSX)
    day = f"{made.made_at:%Y%m%d}"
    response["Content-Disposition"] = f'attachment; filename="{name}-{made.layout}-{day}.xlsx"'
    return response


@guarded("register.write", methods=READING)
def rejected(request: ActingRequest, name: str) -> HttpResponse:
    """What the unit has to correct, whoever sent the file."""
    found = register(name)
    rows = exporting.open_rejections(found, request.actor).order_by("id")
    context = {
        "declaration": found.declaration,
        "table": _rejections(found, list(rows[:SHOWN]), rows.count()),
        "as_of": timezone.now(),
    }
    return render(request, "registers/rejected.html", context)
