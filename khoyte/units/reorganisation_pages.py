"""`/sap-xep`: propose to merge, split or rename units, see what would move, have somebody else confirm it."""

import uuid
from datetime import date

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import forms
from khoyte.foundation.look.forms import Fault, Field
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.units import reorganising
from khoyte.units.enums import ReorganisationKind
from khoyte.units.errors import Refused, UnknownUnit, WrongUnit
from khoyte.units.models import Reorganisation
from khoyte.units.policy import Facts
from khoyte.units.policy import decide as may
from khoyte.units.queries import names_of
from khoyte.units.web import ActingRequest, guarded

SHOWN = 50
KINDS = {
    ReorganisationKind.MERGE: Text(vi="Hợp nhất, sáp nhập", en="Merge"),
    ReorganisationKind.SPLIT: Text(vi="Chia, tách", en="Split"),
    ReorganisationKind.RENAME: Text(vi="Đổi tên", en="Rename"),
    ReorganisationKind.REVERSAL: Text(vi="Khôi phục như trước", en="Put back"),
}
STATES = {
    "proposed": Tag("wait", Text(vi="Chờ xác nhận", en="Waiting to be confirmed")),
    "done": Tag("good", Text(vi="Đã thực hiện", en="Carried out")),
    "dropped": Tag("bad", Text(vi="Đã bỏ", en="Dropped")),
}
CODES = Text(vi="Các mã cách nhau bằng dấu cách", en="Codes parted by blanks")
FORM = (
    Field(
        "loai",
        Text(vi="Việc sắp xếp", en="What happens"),
        "choice",
        [(kind.value, label) for kind, label in KINDS.items() if kind != ReorganisationKind.REVERSAL],
    ),
    Field(
        "nguon",
        Text(vi="Mã đơn vị được sáp nhập hoặc chia tách", en="Units that are merged or split"),
        required=False,
        hint=CODES,
    ),
    Field("dich", Text(vi="Mã đơn vị nhận, hoặc đơn vị đổi tên", en="Unit that takes over or is renamed")),
    Field("ten", Text(vi="Tên mới", en="New name"), required=False),
    Field(
        "co-so",
        Text(vi="Khi chia tách: mã các cơ sở chuyển đi", en="In a split: facilities that go"),
        "long",
        required=False,
        hint=CODES,
    ),
    Field(
        "tai-khoan",
        Text(vi="Khi chia tách: tên đăng nhập chuyển đi", en="In a split: accounts that go"),
        "long",
        required=False,
        hint=CODES,
    ),
    Field("quyet-dinh", Text(vi="Số, ngày của quyết định", en="Number and date of the decision")),
    Field("hieu-luc", Text(vi="Có hiệu lực từ ngày", en="In force from"), "day"),
)
NOT_A_DAY = Text(vi="Ngày có hiệu lực chưa đúng.", en="This is no day.")


@guarded("reorganisation.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: ActingRequest) -> HttpResponse:
    """What was proposed and done; POST writes a proposal down with its dry run."""
    typed: dict[str, str] = {}
    faults: list[Fault] = []
    if request.method == "POST":
        typed, faults = forms.read(FORM, request.POST)
        made = None if faults else _proposed(request, typed, faults)
        if made is not None:
            return HttpResponseRedirect(f"/sap-xep/{made.pk}")
    rows = reorganising.visible(request.actor)
    context = {
        "table": _table(list(rows[:SHOWN]), rows.count()),
        "fields": [(field, typed.get(field.name, "")) for field in FORM],
        "faults": faults,
    }
    return render(request, "units/reorganisations.html", context, status=422 if faults else 200)


def _proposed(request: ActingRequest, typed: dict[str, str], faults: list[Fault]) -> Reorganisation | None:
    sources, kind = typed["nguon"].upper().split(), typed["loai"]
    target = typed["dich"].upper()
    if kind == ReorganisationKind.SPLIT:
        facilities, accounts = typed["co-so"].upper().split(), typed["tai-khoan"].split()
        plan = reorganising.split_plan(" ".join(sources), target, facilities, accounts)
    elif kind == ReorganisationKind.MERGE:
        plan = reorganising.merge_plan(sources, target, typed["ten"])
    else:
        plan = reorganising.rename_plan(target, typed["ten"])
    try:
        day = date.fromisoformat(typed["hieu-luc"])
    except ValueError:
        faults.append(Fault("hieu-luc", NOT_A_DAY))
        return None
    try:
        return reorganising.propose(
            kind=kind, plan=plan, decision=typed["quyet-dinh"], effective_on=day, by=request.actor
        )
    except (WrongUnit, UnknownUnit) as refused:
        faults.append(Fault("", refused.text))
        return None


def _table(rows: list[Reorganisation], total: int) -> Table:
    return Table(
        title=Text(vi="Các lần sắp xếp", en="Reorganisations"),
        columns=[
            Column("what", Text(vi="Việc", en="What"), head=True),
            Column("decision", Text(vi="Quyết định", en="Decision")),
            Column("day", Text(vi="Hiệu lực", en="In force"), "day"),
            Column("state", Text(vi="Trạng thái", en="State"), "tag"),
        ],
        rows=[
            {
                "what": Cell(KINDS[ReorganisationKind(row.kind)], f"/sap-xep/{row.pk}", _units(row)),
                "decision": row.decision,
                "day": row.effective_on,
                "state": STATES[row.state],
            }
            for row in rows
        ],
        empty=Text(
            vi="Chưa có lần sắp xếp nào. Lập đề nghị ở mẫu dưới đây.",
            en="Nothing was reorganised yet. Propose it with the form below.",
        ),
        total=total,
    )


def _units(row: Reorganisation) -> str:
    sources = ", ".join(row.plan["sources"])
    return f"{sources} → {row.plan['target']}" if sources else row.plan["target"]


@guarded("reorganisation.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """One reorganisation: units, counts, and what may be done about it."""
    problem: KhoyteError | None = None
    if request.method == "POST":
        try:
            return HttpResponseRedirect(f"/sap-xep/{_acted(request, id).pk}")
        except (WrongUnit, UnknownUnit, reorganising.NotThisPerson, Refused) as refused:
            problem = refused
    row = reorganising.reorganisation_of(id, request.actor)
    names = names_of([*row.plan["sources"], row.plan["target"]])
    confirms = bool(may(request.actor, "reorganisation.confirm", Facts(province=row.province)))
    context = {
        "row": row,
        "kind": KINDS[ReorganisationKind(row.kind)],
        "state": STATES[row.state],
        "sources": [(code, names.get(code, "")) for code in row.plan["sources"]],
        "target": (row.plan["target"], names.get(row.plan["target"], "")),
        "moves": _facts(row.counts["moves"], _labels()),
        "follows": _facts(row.counts["follows"], reorganising.FOLLOWING),
        "may_confirm": confirms and row.proposed_by not in request.actor.names,
        "is_due": row.effective_on <= today(),
        "reversed_by": getattr(row, "reversed_by", None),
        "problem": problem,
    }
    status = (getattr(problem, "status", None) or 422) if problem else 200
    return render(request, "units/reorganisation.html", context, status=status)


def _acted(request: ActingRequest, id: uuid.UUID) -> Reorganisation:
    act = request.POST.get("viec", "")
    if act == "xac-nhan":
        return reorganising.confirm(id, by=request.actor)
    if act == "khoi-phuc":
        decision = request.POST.get("quyet-dinh", "")
        return reorganising.propose_reversal(id, decision=decision, by=request.actor)
    if act == "bo":
        return reorganising.drop(id, by=request.actor)
    raise WrongUnit(Text(vi="Chưa chọn việc cần làm.", en="Nothing was chosen."))


def _labels() -> dict[str, Text]:
    return {carrier.name: carrier.label for carrier in reorganising.CARRIERS} | {
        "code": Text(vi="mã hết hiệu lực", en="codes of the past")
    }


def _facts(counts: dict[str, int], labels: dict[str, Text]) -> list[Fact]:
    return [Fact(labels.get(name, Text(vi=name, en=name)), n, "number") for name, n in counts.items() if n]
