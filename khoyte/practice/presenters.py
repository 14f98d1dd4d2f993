"""Registrations, duties and a practitioner's own file as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khoyte.foundation.calendar import format_date
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.practice.duties import LABELS, Duty
from khoyte.practice.models import HoursOverlap
from khoyte.practice.own import Here, OwnFile, Place
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import STATE_LABELS, State
from khoyte.registers.presenters import TONES, due_tag, reason_lines, value_words

NO_DAY = Text(vi="Chưa ghi ngày cuối hành nghề. Chọn ngày.", en="The last day is missing. Choose a day.")


def problem_words(problem: KhoyteError | None) -> list[tuple[str, None, Text]]:
    """What was wrong with what was typed, each line leading to the acts of the page."""
    if not isinstance(problem, WrongRecord):
        return []
    return [("acts", None, text) for texts in problem.problems.values() for text in texts]


def duty_table(duties: Sequence[Duty], names: Mapping[str, str], today: date, *, may_review: bool) -> Table:
    return Table(
        title=Text(vi="Việc phải làm theo thời hạn", en="To do in time"),
        name="duties",
        columns=(
            Column("what", Text(vi="Việc", en="What")),
            Column("person", Text(vi="Người hành nghề", en="Practitioner"), head=True),
            Column("facility", Text(vi="Cơ sở", en="Facility")),
            Column("event", Text(vi="Tính từ ngày", en="From"), "day"),
            Column("due", Text(vi="Thời hạn", en="Due"), "tag"),
        ),
        rows=[
            {
                "what": LABELS[one.kind],
                "person": Cell(one.person, href=_address(one, may_review)),
                "facility": names.get(one.facility, one.facility),
                "event": one.event,
                "due": due_tag(one.due, today),
            }
            for one in duties
        ],
        empty=Text(
            vi="Không còn việc nào phải làm về đăng ký hành nghề.", en="Nothing to do about registrations."
        ),
    )


def _address(duty: Duty, may_review: bool) -> str:
    if duty.case and may_review:
        return f"/ra-soat/{duty.case}"
    if duty.kind == "leaver":
        return f"/dang-ky-hanh-nghe/{duty.record}"
    return f"/so-dang-ky/practice_registrations/{duty.record}"


@dataclass(frozen=True)
class OverlapLine:
    """Hours of one person that meet hours elsewhere, for the warning."""

    id: int
    words: Text


def overlap_lines(
    found: Sequence[tuple[HoursOverlap, str, str]], names: Mapping[str, str]
) -> list[OverlapLine]:
    text = Text(
        vi="{person}: giờ hành nghề tại {here} ({hours}) trùng với giờ đã đăng ký tại {there}.",
        en="{person}: hours at {here} ({hours}) meet hours registered at {there}.",
    )
    return [
        OverlapLine(
            one.pk,
            text.fill(
                person=person,
                here=_named(one.facility, names),
                hours=hours,
                there=_named(one.other_facility, names),
            ),
        )
        for one, person, hours in found
    ]


def _named(code: str, names: Mapping[str, str]) -> str:
    return f"{names[code]} ({code})" if code in names else code


# A practitioner's own file


def headline(own: OwnFile) -> Text:
    """Where the person may practise at this moment, in a sentence."""
    if own.licence is not None and own.licence.refuses:
        return own.licence.text
    may = sum(one.answer.may for one in own.here)
    if may:
        return Text(vi="Hiện được hành nghề tại {n} cơ sở", en="You may practise at {n} facilities now").fill(
            n=may
        )
    if own.here:
        return Text(vi="Hiện không trong giờ đã đăng ký hành nghề", en="Now is outside your registered hours")
    return Text(
        vi="Chưa có đăng ký hành nghề được xác nhận", en="No registration of practice is confirmed yet"
    )


def to_do(own: OwnFile, day: date) -> list[Text]:
    """What needs the person now, most costly first."""
    lines = []
    waiting = sum(one.waits_for_person for one in own.places)
    if waiting:
        lines.append(
            Text(
                vi="{n} đăng ký hành nghề chờ ông/bà xác nhận.", en="{n} registrations wait for your word."
            ).fill(n=waiting)
        )
    soon = own.expires_soon(day)
    if soon:
        lines.append(
            Text(
                vi="Giấy phép hành nghề hết hạn ngày {day}. Chuẩn bị hồ sơ gia hạn.",
                en="Your licence expires on {day}. Prepare its renewal.",
            ).fill(day=format_date(soon))
        )
    if own.returned:
        reasons = reason_lines(register("practitioners").declaration, own.returned.reasons)
        lines += [
            Text(vi="Hồ sơ được trả lại: {why}", en="Your record was returned: {why}").fill(why=why)
            for why in reasons
        ]
    elif own.record.state == State.DRAFT:
        lines.append(
            Text(vi="Hồ sơ có nội dung chưa gửi rà soát.", en="Your record was not sent for review.")
        )
    return lines


def here_table(here: Sequence[Here], names: Mapping[str, str]) -> Table:
    """What, where, when: worked out from licence and registrations, now."""
    return Table(
        title=Text(vi="Được hành nghề gì, ở đâu, khi nào", en="What, where and when you may practise"),
        name="here",
        columns=(
            Column("facility", Text(vi="Cơ sở", en="Facility"), head=True),
            Column("scope", Text(vi="Phạm vi", en="Scope")),
            Column("hours", Text(vi="Thời gian", en="Hours")),
            Column("now", Text(vi="Lúc này", en="Now"), "tag"),
        ),
        rows=[
            {
                "facility": _named(one.facility, names),
                "scope": "; ".join(part.scope for part in one.registrations if part.scope)
                or Text(vi="Theo giấy phép hành nghề", en="As the licence says"),
                "hours": Cell(
                    "; ".join(part.hours or "–" for part in one.registrations),
                    note="; ".join(_period(part.valid_from, part.valid_to) for part in one.registrations),
                ),
                "now": _now(one),
            }
            for one in here
        ],
        empty=Text(
            vi="Đăng ký hành nghề đã được xác nhận sẽ hiển thị tại đây.",
            en="Confirmed registrations will stand here.",
        ),
    )


def _now(one: Here) -> Tag:
    if one.answer.may:
        unsure = next((reason for reason in one.answer.reasons if reason.code == "hours-unknown"), None)
        return Tag("warn" if unsure else "good", Text(vi="Được hành nghề", en="You may"))
    return Tag("bad", one.answer.refusals[0].text)


def _period(first: date, last: date | None) -> str:
    return f"{format_date(first)} – {format_date(last) if last else '…'}"


def place_table(places: Sequence[Place], names: Mapping[str, str], leaving: Mapping[Any, Any]) -> Table:
    return Table(
        title=Text(vi="Đăng ký hành nghề của tôi", en="My registrations of practice"),
        name="places",
        columns=(
            Column("facility", Text(vi="Cơ sở", en="Facility"), head=True),
            Column("position", Text(vi="Vị trí chuyên môn", en="Position")),
            Column("period", Text(vi="Thời hạn", en="Period")),
            Column("state", Text(vi="Trạng thái", en="State"), "tag"),
        ),
        rows=[
            {
                "facility": Cell(
                    _named(one.content["facility"], names), href=f"/hanh-nghe/dang-ky/{one.record.pk}"
                ),
                "position": one.content.get("position") or "",
                "period": _period(
                    date.fromisoformat(one.content["valid_from"]), _day(one.content.get("valid_to"))
                ),
                "state": place_tag(one, leaving),
            }
            for one in places
        ],
        empty=Text(vi="Chưa đăng ký hành nghề tại cơ sở nào.", en="You are registered at no facility yet."),
    )


def place_tag(one: Place, leaving: Mapping[Any, Any]) -> Tag:
    """Where the registration stands, and whom it waits for."""
    if one.record.pk in leaving:
        return Tag("wait", Text(vi="Chờ cơ sở báo thôi hành nghề", en="The facility has to report it"))
    if one.waits_for_person:
        return Tag("warn", Text(vi="Chờ ông/bà xác nhận", en="Waits for your word"))
    state = State(one.record.state)
    if state == State.IN_REVIEW:
        level = register("practice_registrations").declaration.level(one.record.level)
        return Tag("wait", Text(vi="Chờ: {level}", en="Waits: {level}").fill(level=level.label))
    if state == State.RETURNED:
        return Tag("bad", Text(vi="Bị từ chối hoặc trả lại", en="Refused or returned"))
    return Tag(TONES[state], STATE_LABELS[state])


def registration_facts(one: Place, names: Mapping[str, str]) -> list[Fact]:
    declaration = register("practice_registrations").declaration
    return [
        Fact(
            field.label,
            _named(one.content["facility"], names)
            if field.name == "facility"
            else value_words(field, one.content[field.name]),
        )
        for field in declaration.fields
        if not field.sealed and one.content.get(field.name) not in (None, "", [])
    ]


def refusal_lines(one: Place) -> list[Text]:
    if one.refused is None:
        return []
    return reason_lines(register("practice_registrations").declaration, one.refused.reasons)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
