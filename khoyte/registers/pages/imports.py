"""`…/nhap`: a file into a register. First it is checked and nothing stored; storing is a second decision.

`…/nhap/ghep-cot`: what the columns of a unit's own files mean, said once and used again (`mapping`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Column, Fact, Table
from khoyte.foundation.text import fold
from khoyte.registers import importing, mapping, presenters
from khoyte.registers.declaration import Code, Declaration
from khoyte.registers.errors import HeadingsUnknown, WrongRequest
from khoyte.registers.known import register
from khoyte.registers.models import ColumnMapping
from khoyte.registers.reading import Headings, Source
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

ERRORS_SHOWN = 50
NO_FILE = WrongRequest(
    Text(vi="Chưa chọn tệp. Chọn một tệp XLSX hoặc CSV.", en="No file chosen. Choose an XLSX or CSV file.")
)


@guarded("register.write", transaction=False)
@require_http_methods(["GET", "POST"])
def import_file(request: ActingRequest, name: str) -> HttpResponse:
    found = register(name)
    if request.method == "GET":
        kept = request.GET.get("da-ghep", "")
        empty = {"declaration": found.declaration, "kept": kept if kept.isdecimal() else ""}
        return render(request, "registers/import.html", empty)
    store = request.POST.get("viec") == "nhap"
    accept = importing.accepted(request.POST.getlist("sua-ho"))
    context: dict[str, Any] = {"declaration": found.declaration, "store": store}
    status = 200
    try:
        file = request.FILES.get("tep")
        if file is None:
            raise NO_FILE
        source = Source(file.name or "", b"".join(file.chunks()))
        with speaking_as(request.actor):
            report = importing.run(found, source, by=request.actor, dry=not store, accept=accept)
        status = 422 if store and report.bad else 200
        document = report.document(formats.language())
        for cause in document["causes"]:
            cause["name"] = cause["cause"].partition(":")[0]
        context |= {
            "report": document,
            "counts": _counts(document),
            "table": _errors(document),
            "accept": accept,
            "mapped": report.headings.mapped if report.headings else None,
            "preview": _preview(found.declaration, report.preview) if not store else None,
        }
        if report.headings is not None:
            context |= mapping_form(found.declaration, report.headings, report.unread)
    except HeadingsUnknown as problem:
        context |= {"problem": problem, **mapping_form(found.declaration, problem.headings, {})}
        status = problem.status
    except KhoyteError as problem:
        context["problem"], status = problem, getattr(problem, "status", 422)
    return render(request, "registers/import.html", context, status=status)


def _counts(document: dict) -> list[Fact]:
    return [
        Fact(Text(vi="Dòng trong tệp", en="Rows"), document["rows"], "number"),
        Fact(Text(vi="Đạt", en="Good"), document["good"], "number"),
        Fact(Text(vi="Cần sửa", en="To correct"), document["bad"], "number"),
        Fact(Text(vi="Trùng, không đổi", en="Duplicate"), document["duplicate"], "number"),
        Fact(Text(vi="Đã lưu", en="Stored"), document["stored"], "number"),
    ]


def _errors(document: dict) -> Table:
    return Table(
        title=Text(vi="Các ô cần sửa", en="Cells to correct"),
        name="cells",
        columns=(
            Column("cell", Text(vi="Ô", en="Cell"), head=True),
            Column("column", Text(vi="Cột", en="Column")),
            Column("value_shown", Text(vi="Giá trị", en="Value")),
            Column("message", Text(vi="Nội dung", en="What is wrong")),
        ),
        rows=[
            {name: error[name] for name in ("cell", "column", "value_shown", "message")}
            for error in document["errors"][:ERRORS_SHOWN]
        ],
        total=sum(cause["rows"] for cause in document["causes"]),
        empty=Text(vi="Không có ô nào cần sửa.", en="Nothing to correct."),
    )


PREVIEW_COLUMNS = 6


def _preview(declaration: Declaration, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> Table:
    """The first rows as the register would keep them, personal numbers masked."""
    wanted = [field for field in declaration.fields if field.listed or field.required]
    shown = [field for field in wanted if any(row.get(field.name) for _, row in rows)][:PREVIEW_COLUMNS]
    return Table(
        title=Text(vi="Xem trước các dòng đầu", en="The first rows"),
        name="preview",
        columns=(
            Column("row", Text(vi="Dòng", en="Row"), kind="number", head=True),
            *(Column(field.name, field.label) for field in shown),
        ),
        rows=[
            {
                "row": number,
                **{
                    field.name: presenters.value_words(
                        field, row.get(field.name), masked=True, names=presenters.CODES_ALONE
                    )
                    for field in shown
                },
            }
            for number, row in rows
        ],
        empty=Text(vi="Tệp không có dòng dữ liệu.", en="No rows."),
    )


# What columns mean


def mapping_form(
    declaration: Declaration, headings: Headings, unread: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    """What the page needs to ask for the meaning of columns and of writings nobody declared."""
    missing = [
        field.label for field in declaration.fields if field.required and field.name not in headings.columns
    ]
    said = headings.mapped.values if headings.mapped else {}
    return {
        "columns": mapping.columns_of(declaration, headings),
        "all_headings": headings.cells,
        "meanings": mapping.meanings_of(declaration),
        "missing": missing,
        # Asked for when it matters, offered otherwise.
        "asks": bool(missing or not headings.columns or unread),
        "writings": _writings(declaration, unread, said),
    }


def _writings(
    declaration: Declaration,
    unread: Mapping[str, Mapping[str, int]],
    said: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """A line per writing: those not understood, then those explained before."""
    lines = []
    for name in [*unread, *(one for one in said if one not in unread)]:
        field = declaration.by_name.get(name)
        if field is None:
            continue
        codes = field.codes or (Code("1", presenters.YES), Code("0", presenters.NO))
        known = said.get(name, {})
        common = {"field": field, "codes": codes}
        lines += [
            {**common, "writing": writing, "rows": rows, "code": ""}
            for writing, rows in unread.get(name, {}).items()
        ]
        lines += [
            {**common, "writing": writing, "rows": None, "code": code} for writing, code in known.items()
        ]
    return lines


@guarded("register.write")
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: ActingRequest, name: str) -> HttpResponse:
    """The mappings of the unit with their versions; and keeping what a form says."""
    found = register(name)
    problem: KhoyteError | None = None
    if request.method == "POST":
        try:
            headings = request.POST.getlist("tieu-de")
            if not headings:
                raise WrongRequest(mapping.NOT_KNOWN)
            made = mapping.keep(
                register=found,
                headings=headings,
                columns=mapping.given_columns(
                    found.declaration,
                    headings,
                    [request.POST.get(f"cot-{place}", "") for place in range(len(headings))],
                ),
                values=_given_values(request),
                by=request.actor,
            )
            if not made.columns:
                return HttpResponseRedirect(request.path)
            return HttpResponseRedirect(f"/so-dang-ky/{name}/nhap?da-ghep={made.number}")
        except WrongRequest as refused:
            problem = refused
    kept = mapping.said_by(name, request.actor)
    context = {
        "declaration": found.declaration,
        "mappings": [(row, _meanings_said(found.declaration, row)) for row in kept if row.columns],
        "versions": _versions(mapping.versions_of(name, request.actor)),
        "problem": problem,
    }
    return render(request, "registers/mappings.html", context, status=422 if problem else 200)


def _given_values(request: HttpRequest) -> dict[str, dict[str, str]]:
    given = zip(
        request.POST.getlist("gt-truong"),
        request.POST.getlist("gt-viet"),
        request.POST.getlist("gt-ma"),
        strict=False,
    )
    found: dict[str, dict[str, str]] = {}
    for name, writing, code in given:
        if code and fold(writing):
            found.setdefault(name, {})[writing[:200]] = code
    return found


def _meanings_said(declaration: Declaration, row: ColumnMapping) -> list[tuple[str, Text]]:
    labels = {one.name: one.label for one in mapping.meanings_of(declaration)}
    return [
        (row.headings[place], labels[name])
        for name, place in sorted(row.columns.items(), key=lambda one: one[1])
        if name in labels
    ]


def _versions(rows: Sequence[ColumnMapping]) -> Table:
    return Table(
        title=Text(vi="Các bản đã lưu", en="Versions kept"),
        name="versions",
        columns=(
            Column("made_at", Text(vi="Lúc", en="At"), kind="moment", head=True),
            Column("headings", Text(vi="Tiêu đề cột", en="Headings")),
            Column("number", Text(vi="Bản", en="Version"), kind="number"),
            Column("columns", Text(vi="Số cột đã ghép", en="Columns"), kind="number"),
            Column("made_by", Text(vi="Người lưu", en="By")),
        ),
        rows=[
            {
                "made_at": row.made_at,
                "headings": ", ".join(cell for cell in row.headings if cell)[:120],
                "number": row.number,
                "columns": len(row.columns),
                "made_by": row.made_by,
            }
            for row in rows
        ],
        empty=Text(
            vi="Chưa lưu cách ghép cột nào. Khi nhập tệp có tiêu đề khác biểu mẫu, trang nhập hỏi ý nghĩa "
            "từng cột và lưu lại cho lần sau.",
            en="None yet. The page of imports asks when a file has headings of its own.",
        ),
    )
