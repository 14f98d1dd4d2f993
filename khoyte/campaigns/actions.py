"""Writes of this room: reminding, and the ledger of inspections."""

import uuid
from datetime import date

from django.db import connection, transaction

from khoyte.audit import actions as audit
from khoyte.campaigns import queries
from khoyte.campaigns.errors import WrongEvent
from khoyte.campaigns.models import InspectionEvent
from khoyte.campaigns.plans import Step
from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.addressing import To
from khoyte.units.enums import Role
from khoyte.units.policy import Actor

KINDS = ("request", "reply", "conclusion")
_HOLD_UP = {
    "facilities_declared": ("none", "draft", "returned"),
    "facilities_confirmed": ("with_province",),
    "practitioners_declared": ("draft", "returned"),
    "practitioners_reviewed": ("with_facility",),
}
"""Measure -> whose hands keep it from being done."""


@transaction.atomic
def remind(*, step: Step, provinces: list[str], by: Actor) -> int:
    """Remind of a step: a province its facilities, the ministry the provinces; once a day for each unit.

    Returns the number of units reminded. Who was reminded of the step today already hears nothing more.
    """
    found = _facilities(step, provinces[0]) if by.unit_kind == "province" else _provinces(step, provinces)
    day = today()
    tell_all(
        Telling(
            "plan_step_due",
            to,
            subject=f"step:{step.number}:{to.unit}",
            occasion=day.isoformat(),
            facts={"step": step.number, "due": step.due, "open": count},
            href=f"/tien-do?buoc={step.number}",
        )
        for to, count in found
    )
    audit.record(
        by=by,
        action="campaign.remind",
        subject_kind="step",
        subject_id=step.number,
        province=by.province,
        details={"units": len(found)},
    )
    return len(found)


def _provinces(step: Step, provinces: list[str]) -> list[tuple[To, int]]:
    counted = queries.progress(step.measure, today())
    return [
        (addressing.role(code, Role.PROVINCE), one.open)
        for code, one in sorted(counted.items())
        if code in provinces and one.open
    ]


def _facilities(step: Step, province: str) -> list[tuple[To, int]]:
    holders = _HOLD_UP.get(step.measure, ())
    if step.measure == "facilities_confirmed":  # the province's own work
        count = sum(1 for _ in queries.facilities_held(province, holders, limit=100_000))
        return [(addressing.role(province, Role.PROVINCE), count)] if count else []
    if step.measure == "facilities_declared":
        units = [(row[0], 1) for row in queries.facilities_held(province, holders, limit=100_000)]
    else:
        units = queries.practitioners_held(province, holders)
    return [(addressing.officers(code, province), count) for code, count in units]


@transaction.atomic
def record_event(
    *,
    facility: str,
    province: str,
    kind: str,
    day: date | None,
    paper: str,
    summary: str = "",
    due: date | None = None,
    inspection: uuid.UUID | None = None,
    by: Actor,
) -> InspectionEvent:
    """Record an event of an inspection. A request begins one; replies and conclusions name theirs.

    A facility records replies alone. Raises WrongEvent.
    """
    paper, summary = paper.strip(), summary.strip()
    if kind not in KINDS or (by.facility and kind != "reply") or (not by.facility and kind == "reply"):
        raise WrongEvent(_WRONG_KIND)
    if day is None or day > today() or not paper or len(paper) > 100 or len(summary) > 500:
        raise WrongEvent(_INCOMPLETE)
    known = set(
        InspectionEvent.objects.filter(facility=facility, kind="request").values_list("inspection", flat=True)
    )
    if kind != "request" and inspection not in known:
        raise WrongEvent(_NO_INSPECTION)
    # Pressed twice it is one event: one paper of one day is written down once.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"inspection {facility}"])
    same = InspectionEvent.objects.filter(
        facility=facility, kind=kind, day=day, paper=paper, summary=summary, recorded_by=by.name
    )
    if inspection is not None and kind != "request":
        same = same.filter(inspection=inspection)
    standing = same.first()
    if standing is not None:
        return standing
    event = InspectionEvent(
        inspection=inspection if kind != "request" and inspection else time_ordered_id(),
        facility=facility,
        province=province,
        kind=kind,
        day=day,
        due=due,
        paper=paper,
        summary=summary,
        recorded_by=by.name,
        recorded_unit=by.unit_code,
    )
    event.save(force_insert=True)
    audit.record(
        by=by, action="inspection.record", subject_kind="inspection", subject_id=str(event.inspection),
        facility=facility, province=province, details={"kind": kind},
    )  # fmt: skip
    return event


_WRONG_KIND = Text(
    vi="Cơ sở chỉ ghi văn bản trả lời; cơ quan quản lý ghi yêu cầu và kết luận.",
    en="A facility records replies, an authority requests and conclusions.",
)
_INCOMPLETE = Text(
    vi="Cần ngày văn bản (không sau hôm nay) và số, ký hiệu văn bản (tối đa 100 ký tự).",
    en="It needs a day (not after today) and the number of the paper (100 signs at most).",
)
_NO_INSPECTION = Text(
    vi="Chưa chọn yêu cầu kiểm tra mà văn bản này thuộc về.", en="Choose the request this belongs to."
)
