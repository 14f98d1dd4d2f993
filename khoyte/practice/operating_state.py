"""What a facility's operating licences are worth as of a day: for the public, for its record and for itself.

From what is published, so that everybody reads the same; nothing of it is stored (`practice.may_operate`).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khoyte.foundation.calendar import format_date, now, today
from khoyte.foundation.language import Text
from khoyte.practice import departments, in_force, opening
from khoyte.practice.may_operate import OperatingAct, OperatingLicence, operating_on
from khoyte.practice.may_practise import Reason
from khoyte.practice.models import FacilityService, InForce
from khoyte.practice.registers.facility_licence_events import FACILITY_LICENCE_EVENTS, about_facility
from khoyte.practice.successors import predecessors, successors
from khoyte.registers import queries
from khoyte.registers.content import key_text
from khoyte.registers.models import Published, Record
from khoyte.registers.presenters import Fact, PublicNotice, Section
from khoyte.units.queries import names_of

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One published act; `since`: the day on which the facility it is about was taken over."""

    content: Content
    since: date | None = None


def ledger_of(facility: str) -> list[Entry]:
    """The published acts on a facility's licences and on those of whom it took over, newest first."""
    line: dict[str, date | None] = {facility: None, **predecessors(facility, successors())}
    found = [
        Entry(row.content, since)
        for code, since in line.items()
        for row in queries.published_about(FACILITY_LICENCE_EVENTS.name, about_facility(code))
    ]
    return sorted(found, key=lambda one: one.content["valid_from"], reverse=True)


def state_of(content: Content, acts: Sequence[Entry], day: date) -> Reason:
    """The worth of the licences on a day; `content` is the facility's own record."""
    number = content.get("licence_number")
    own = [OperatingLicence(key_text([number]), _day(content.get("licence_date")))] if number else []
    return operating_on(own, [act_of(one) for one in acts], day)


def act_of(entry: Entry) -> OperatingAct:
    content = entry.content
    return OperatingAct(
        key_text([content["licence_number"]]),
        content["kind"],
        date.fromisoformat(content["valid_from"]),
        _day(content.get("valid_to")),
        content.get("decision") or "",
        content.get("scope") or "",
        entry.since,
    )


def stopped_on(facility: str, day: date) -> Reason | None:
    """Why the facility may not, or not wholly, operate on a day; None where it may, or is not known."""
    if not in_force.has_been_stopped(facility):
        return None
    state = state_of(published_facility(facility), ledger_of(facility), day)
    return state if state.refuses or state.code == "operating-suspended-in-part" else None


def published_facility(code: str) -> Content:
    """What is published of a facility; {} where nothing is."""
    held = InForce.objects.filter(register=in_force.FACILITIES, place=code)
    ids = list(held.values_list("record", flat=True))
    row = Published.objects.filter(register=in_force.FACILITIES, record__in=ids).first()
    return row.content if row else {}


def public_notices(_record: uuid.UUID, content: Content) -> list[PublicNotice]:
    """What whoever looks up a facility is told first: may it operate, is it open."""
    found = []
    state = state_of(content, ledger_of(content["code"]), today())
    if state.code not in SAYS_NOTHING:
        tone = "bad" if state.refuses else "good" if state.code == "operating-valid" else "warn"
        found.append(PublicNotice(tone, state.text))
    moment = now()
    open_now = opening.opening(content.get("hours"), content.get("holiday_hours"), moment)
    words = opening.words(open_now, moment)
    if words is not None and not state.refuses:
        found.append(PublicNotice("info", words))
    return found


SAYS_NOTHING = ("operating-unknown",)


def section(record: Record, content: Content) -> Section | None:
    """On the page of a facility's record: may it operate, each act, techniques, unknown departments."""
    facility = content.get("code") or ""
    if not facility:
        return None
    acts = ledger_of(facility)
    state = state_of(content, acts, today())
    facts = [Fact(STATE, state.text)]
    names = names_of({one.content["facility"] for one in acts if one.since})
    facts += [_act_fact(one, names) for one in acts]
    services = FacilityService.objects.filter(facility=facility).exclude(state="withdrawn").count()
    facts.append(Fact(SERVICES, services, "number", href=f"/so-dang-ky/facility_services?q={facility}"))
    facts += [
        Fact(
            UNKNOWN_DEPARTMENT,
            NEAREST.fill(code=code, near=near) if (near := departments.nearest(code)) else code,
        )
        for code in departments.strangers(content.get("departments") or ())
    ]
    return Section(OPERATING, facts)


def _act_fact(entry: Entry, names: Mapping[str, str]) -> Fact:
    content = entry.content
    kind = FACILITY_LICENCE_EVENTS.by_name["kind"].labels_by_code[content["kind"]]
    until = content.get("valid_to")
    told = UNTIL if until else DECIDED
    words = told.fill(
        kind=kind,
        decision=content.get("decision") or "",
        until=format_date(date.fromisoformat(until or "0001-01-01")),
    )
    code = content["facility"]
    of = OF_PREDECESSOR.fill(
        number=content["licence_number"], name=names.get(code, code), code=code,
        day=format_date(entry.since),
    ) if entry.since else ""  # fmt: skip
    return Fact(SINCE.fill(day=format_date(date.fromisoformat(content["valid_from"]))), words, note=of)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


OPERATING = Text(vi="Giấy phép hoạt động, danh mục kỹ thuật", en="Operating licence, techniques")
STATE = Text(vi="Tình trạng hiện tại", en="As of now")
SERVICES = Text(vi="Số kỹ thuật trong danh mục được phê duyệt", en="Approved techniques")
UNKNOWN_DEPARTMENT = Text(vi="Mã khoa không có trong danh mục", en="Not in the list of departments")
NEAREST = Text(vi="{code}; mã gần nhất là {near}", en="{code}; the nearest is {near}")
OF_PREDECESSOR = Text(
    vi="giấy phép {number} của {name} ({code}), sáp nhập từ ngày {day}",
    en="licence {number} of {name} ({code}), merged on {day}",
)
SINCE = Text(vi="Từ ngày {day}", en="From {day}")
DECIDED = Text(vi="{kind}, quyết định {decision}", en="{kind}, decision {decision}")
UNTIL = Text(
    vi="{kind} đến ngày {until}, quyết định {decision}", en="{kind} until {until}, decision {decision}"
)
