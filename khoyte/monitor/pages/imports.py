"""`/ke-hoach/nhap`: a spreadsheet of tasks. Read, shown, doubtful cells confirmed, stored."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from khoyte.foundation.language import Text
from khoyte.monitor import actions, queries
from khoyte.monitor.dates import read_due
from khoyte.monitor.errors import PlanProblem
from khoyte.monitor.sheet_reading import HEADINGS, ReadRow, read_sheet
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

MOST_DOUBTFUL = 300
LABELS: Mapping[str, Text] = {
    "number": Text("Số thứ tự", "Number"),
    "name": Text("Tên nhiệm vụ", "Task"),
    "lead": Text("Đơn vị chủ trì", "Lead"),
    "with": Text("Đơn vị phối hợp", "Coordinating"),
    "product": Text("Sản phẩm", "Product"),
    "due": Text("Thời gian hoàn thành", "Deadline"),
}
_NO_FILE = Text("Chưa chọn tệp XLSX.", "No XLSX file chosen.")
_NOT_CONFIRMED = Text(
    "Còn {n} dòng có ô chưa xác nhận. Chưa lưu dòng nào.", "{n} rows are not confirmed. Nothing was stored."
)
_NO_CODE = Text(
    "Mã văn bản gồm chữ không dấu, số, gạch nối; cần cả tên văn bản.",
    "The document needs code and title.",
)
_KNOWN = Text("Mã văn bản này đã có nhiệm vụ.", "There are tasks under this code already.")
_MANY = Text("Quá nhiều dòng có ô chưa rõ; sửa trong tệp trước.", "Too many doubtful rows; correct the file.")


@guarded("plan.manage", transaction=False)
def import_tasks(request: ActingRequest) -> HttpResponse:
    if request.method in READING:
        return _page(request)
    try:
        if request.POST.get("viec") == "nhap":
            with speaking_as(request.actor):
                code = _store(request)
            return HttpResponseRedirect(f"/ke-hoach?van-ban={code}&pham-vi=tat-ca")
        file = request.FILES.get("tep")
        if file is None:
            raise PlanProblem(_NO_FILE)
        found = read_sheet(b"".join(file.chunks()))
        if sum(1 for row in found if row.doubts) > MOST_DOUBTFUL:
            raise PlanProblem(_MANY)
        return _page(request, rows=[_carried(row) for row in found])
    except PlanProblem as problem:
        carried = _given(request) if request.POST.get("viec") == "nhap" else []
        return _page(request, rows=carried, problem=problem, status=problem.status)


def _page(
    request: ActingRequest, *, rows: Sequence[dict[str, Any]] = (), problem: PlanProblem | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    doubtful = [
        {**row, "doubts": [_shown(one) for one in row["doubts"]],
         "inputs": [(name, LABELS[name], row["values"].get(name, "")) for name in HEADINGS
                    if any(one["field"] == name for one in row["doubts"])],
         "confirmed": request.POST.get(f"xac-nhan-{row['line']}") == "1"}
        for row in rows if row["doubts"]
    ]  # fmt: skip
    context = {
        "rows": rows,
        "doubtful": doubtful,
        "clear": len(rows) - len(doubtful),
        "carried": json.dumps(rows, ensure_ascii=False),
        "problem": problem,
        "typed": {name: request.POST.get(name, "") for name in ("ma", "ten", "co-quan")},
        "code": request.POST.get("ma", ""),
        "title": request.POST.get("ten", ""),
        "agency": request.POST.get("co-quan", ""),
    }
    return render(request, "monitor/import.html", context, status=status)


def _shown(doubt: Mapping[str, Any]) -> dict[str, Any]:
    return {**doubt, "label": LABELS[doubt["field"]], "why": Text(**doubt["why"])}


def _carried(row: ReadRow) -> dict[str, Any]:
    """A row as plain values, in the page's language for its doubts."""
    doubts = [
        {"cell": one.cell, "field": one.field, "printed": one.printed,
         "why": {"vi": one.why.vi, "en": one.why.en},
         "read_as": one.read_as}
        for one in row.doubts
    ]  # fmt: skip
    return {"line": row.line, "values": row.values, "doubts": doubts}


def _given(request: ActingRequest) -> list[dict[str, Any]]:
    """The rows the page carried, with what was typed over them. Raises PlanProblem for anything else."""
    try:
        rows = json.loads(request.POST.get("dong", ""))
        for row in rows:
            row["line"] = int(row["line"])
            for name in HEADINGS:
                typed = request.POST.get(f"{row['line']}.{name}", row["values"].get(name, ""))
                row["values"][name] = str(typed).strip()
            row["doubts"] = [one for one in row["doubts"] if one["field"] in HEADINGS]
            for one in row["doubts"]:
                one["why"] = {"vi": str(one["why"]["vi"]), "en": str(one["why"]["en"])}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PlanProblem(_NO_FILE) from None
    return list(rows)


def _store(request: ActingRequest) -> str:
    """Everything or nothing. Raises PlanProblem while a doubtful row is not confirmed."""
    rows = _given(request)
    code, title = request.POST.get("ma", "").strip(), request.POST.get("ten", "").strip()
    if not re.fullmatch(r"[A-Za-z0-9-]{2,40}", code) or not title:
        raise PlanProblem(_NO_CODE)
    open_ = [row for row in rows if row["doubts"] and request.POST.get(f"xac-nhan-{row['line']}") != "1"]
    if open_ or not rows:
        raise PlanProblem(_NOT_CONFIRMED.fill(n=len(open_)))
    if queries.has_tasks(code):
        raise PlanProblem(_KNOWN)
    agency = request.POST.get("co-quan", "").strip()[:200] or request.actor.unit_name
    document = actions.enter_document(code=code, title=title, agency=agency, by=request.actor)
    actions.enter_tasks(document=document, rows=_under_headings(map(_task_row, rows)), by=request.actor)
    return code


def _under_headings(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Tasks under the heading above them; not where a task bears the heading's number, too."""
    found = list(rows)
    numbers = Counter(row["number"] for row in found)
    heading = ""
    for row in found:
        if row["kind"] == "group":
            heading = row["number"] if numbers[row["number"]] == 1 else ""
        else:
            row["parent"] = heading
    return found


def _task_row(row: Mapping[str, Any]) -> dict[str, str]:
    values = row["values"]
    due = values.get("due", "")[:300]
    is_group = not values.get("lead") and not values.get("with") and read_due(due).kind == "none"
    return {
        "number": (values.get("number") or str(row["line"]))[:40],
        "section": f"dòng {row['line']}",
        "kind": "group" if is_group else "task",
        "name": values.get("name", ""),
        "lead": values.get("lead", ""),
        "with": values.get("with", ""),
        "product": values.get("product", ""),
        "due": due,
    }
