"""`…/nhap`: a file into a register. First it is checked and nothing stored; storing is a second decision."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Column, Fact, Table
from khoyte.registers import importing
from khoyte.registers.errors import WrongRequest
from khoyte.registers.known import register
from khoyte.registers.reading import Source
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
        return render(request, "registers/import.html", {"declaration": found.declaration})
    store = request.POST.get("viec") == "nhap"
    accept = importing.accepted(request.POST.getlist("sua-ho"))
    context: dict[str, object] = {"declaration": found.declaration, "store": store}
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
        }
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
