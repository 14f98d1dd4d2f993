"""What the two sides of a registration of practice do, and a practitioner with the own declaration.

A person works at a facility when both say so (Law 15/2023/QH15, Art. 36 to 38): what one side enters stands
at the level of the other, then at the facility's reviewer and the province. All of it goes through the kernel
of registers; here is what only practice knows. Each call is one transaction with its audit entry, and the
caller's transaction says whose rows there are.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import TZ, format_date, today
from khoyte.foundation.language import Text
from khoyte.legal.deadlines import deadline_on
from khoyte.practice import own
from khoyte.practice.errors import NotLinked
from khoyte.practice.models import Departure, HoursOverlap
from khoyte.registers import actions as registers
from khoyte.registers import content as contents
from khoyte.registers import queries, reviewing
from khoyte.registers.errors import NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import State
from khoyte.registers.models import Case, Record
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor, decide

OWN_WRITE = "register.own_write"
REGISTRATIONS, PRACTITIONERS = "practice_registrations", "practitioners"
LEAST_REASON = 5
NOT_DECLARED_BY_ONESELF = ("facility", "personal_number", "position")
"""What the managing facility says of a person, and the number the account was verified by."""
NOT_DISPUTED = ("facility", "personal_number", "reference")
"""Whose record it is and whom it is about is no difference of opinion; the reference is the authority's."""
PROPOSED = (
    "facility",
    "valid_from",
    "valid_to",
    "hours",
    "position",
    "department",
    "scope",
    "main_place",
    "language",
)


def declare(*, typed: Mapping[str, str], by: Actor, version: int | None, send: bool) -> Record:
    """Keep what a practitioner declares of themselves; `send` it to whom it goes to.

    That is the facility that manages the record, or without one the province. Raises NotLinked, WrongRecord,
    NotNow, Changed.
    """
    found, record = register(PRACTITIONERS), own.record_of(by)
    patch = {name: value for name, value in typed.items() if name not in NOT_DECLARED_BY_ONESELF}
    if record is None:
        number = "".join(typed.get("personal_number", "").split())
        _must_be_own(number, by)
        made = {**patch, "personal_number": number}
        record = registers.create(register=found, content=made, by=by, source="form", right=OWN_WRITE)
    else:
        record = registers.change(
            register=found, id=record.pk, patch=patch, by=by, source="form",
            expected_version=version, right=OWN_WRITE,
        )  # fmt: skip
    if send:
        record = registers.submit(register=found, id=record.pk, by=by, right=OWN_WRITE)
    return record


def say_otherwise(*, name: str, id: uuid.UUID, typed: Mapping[str, str], by: Actor) -> Case | None:
    """What the practitioner says of the own record or registration beside what stands there.

    Unlike a declaration it changes nothing by itself: the facility settles it, field by field, with grounds.
    None where both agree. Raises UnknownRecord, WrongRecord.
    """
    found = register(name)
    said = {field: words for field, words in typed.items() if field not in NOT_DISPUTED}
    own.must_be_own(queries.record_of(found, id, by), by)
    return reviewing.say_otherwise(register=found, id=id, said=said, by=by)


def propose(*, typed: Mapping[str, str], by: Actor) -> Record:
    """A practitioner proposes to work at a facility; its reviewer says yes or no. Raises WrongRecord."""
    person = own.content_of(by)
    if person is None:
        raise NotLinked(NO_FILE)
    content = {name: typed.get(name, "") for name in PROPOSED}
    content["personal_number"] = person["personal_number"]
    made = registers.create(
        register=register(REGISTRATIONS), content=content, by=by, source="form", right=OWN_WRITE
    )
    return registers.submit(register=register(REGISTRATIONS), id=made.pk, by=by, right=OWN_WRITE)


def agree(*, id: uuid.UUID, by: Actor, version: int) -> Record:
    """The practitioner confirms what a facility has entered. Raises UnknownRecord, NotNow, Changed."""
    return registers.confirm(register=register(REGISTRATIONS), id=id, by=by, version=version, right=OWN_WRITE)


def refuse(*, id: uuid.UUID, by: Actor, version: int, reason: str) -> Record:
    """The practitioner says no to what a facility has entered, and why. Raises WrongRecord without it."""
    return registers.return_for_correction(
        register=register(REGISTRATIONS), id=id, by=by, version=version, reasons={"": reason}, right=OWN_WRITE
    )


def say_leaving(*, id: uuid.UUID, last_day: date, by: Actor) -> Departure:
    """The practitioner tells the facility the last day; from then on the facility has to report it.

    Raises UnknownRecord, NotNow when it is no registration in force or was said already, WrongRecord.
    """
    record = registers.locked(register(REGISTRATIONS), id, by, OWN_WRITE)
    _must_be_in_force(record, last_day)
    if Departure.objects.filter(record=record.pk, reported_at=None).exists():
        raise NotNow(SAID_ALREADY)
    return _departure(record, last_day, by, side="practitioner")


def report_leaving(*, id: uuid.UUID, last_day: date, by: Actor) -> Record:
    """The facility reports to its province that somebody stops practising there, by which day.

    Raises UnknownRecord, Refused, NotNow, WrongRecord.
    """
    found = register(REGISTRATIONS)
    record = registers.locked(found, id, by, registers.WRITE)
    _must_be_in_force(record, last_day)
    said = Departure.objects.select_for_update().filter(record=record.pk, reported_at=None).first()
    departure = said or _departure(record, last_day, by, side="facility")
    registers.change(
        register=found, id=id, patch={"valid_to": last_day.isoformat()}, by=by, source="form",
        effective_from=today(),
    )  # fmt: skip
    sent = registers.submit(register=found, id=id, by=by)
    departure.reported_at, departure.reported_by = timezone.now(), by.name
    departure.save(update_fields=["reported_at", "reported_by"])
    _record("registration.leaver_reported", record, by, {"late": today() > departure.due_on})
    return sent


def explain_overlap(*, id: int, reason: str, by: Actor) -> HoursOverlap:
    """Say why hours at two facilities meet (an emergency): the warning ends for the side that says it.

    A practitioner says it for both. Raises UnknownRecord, Refused, WrongRecord without a reason.
    """
    row = HoursOverlap.objects.filter(pk=id, cleared_at=None).first()
    if row is None:
        raise UnknownRecord
    facts = own.facts_of(row)
    if not decide(by, "register.read", facts) and not decide(by, "register.own_read", facts):
        raise UnknownRecord
    allowed = decide(by, "register.write", facts) or decide(by, OWN_WRITE, facts)
    if not allowed:
        raise Refused(allowed.reason, anonymous=False, remedy=allowed.remedy)
    words = reason.strip()[:500]
    if len(words) < LEAST_REASON:
        raise WrongRecord({"": [NO_REASON]})
    rows = HoursOverlap.objects.filter(pk=row.pk)
    if by.person:
        pair = {row.record, row.other_record}
        rows = HoursOverlap.objects.filter(record__in=pair, other_record__in=pair)
    rows.update(reason=words, reason_by=by.name, reason_at=timezone.now())
    audit.record(
        by=by, action="registration.overlap_explained", subject_kind=REGISTRATIONS,
        subject_id=str(row.record), facility=row.facility, province=row.province,
    )  # fmt: skip
    return row


def due_on(name: str, event: date) -> date:
    """The last day in time of a legal term that runs from a day."""
    start = datetime.combine(event, time(12), TZ)
    return deadline_on(name, event).deadline.due(start).date()


def _departure(record: Record, last_day: date, by: Actor, *, side: str) -> Departure:
    # Nobody is late before they could know: what is said afterwards runs from the day it was said.
    event = max(last_day, today()) if side == "practitioner" else last_day
    made = Departure.objects.create(
        record=record.pk,
        personal_number_key=own.key_of(record),
        facility=record.facility,
        province=record.province,
        last_day=last_day,
        said_by_side=side,
        said_by=by.name,
        due_on=due_on("practice_leaver", event),
    )
    _record("registration.leaving_said", record, by, {"side": side})
    return made


def _must_be_in_force(record: Record, last_day: date) -> None:
    if record.confirmed_version is None or record.state != State.CONFIRMED:
        raise NotNow(NOT_IN_FORCE)
    content = contents.content_of(register(REGISTRATIONS).declaration, record)
    if content["valid_to"] and content["valid_to"] <= last_day.isoformat():
        ends = format_date(date.fromisoformat(content["valid_to"]))
        raise WrongRecord({"valid_to": [ENDS_SOONER.fill(day=ends)]})
    if last_day.isoformat() < content["valid_from"]:
        raise WrongRecord({"valid_to": [BEFORE_BEGIN]})


def _must_be_own(number: str, by: Actor) -> None:
    if not by.person:
        raise NotLinked(NOT_LINKED)
    if contents.blind_number(number).hex() != by.person:
        raise WrongRecord({"personal_number": [NOT_YOUR_NUMBER]})


def _record(action: str, record: Record, by: Actor, details: Mapping[str, object]) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind=REGISTRATIONS,
        subject_id=str(record.pk),
        facility=record.facility,
        province=record.province,
        details=details,
    )


NOT_LINKED = Text(
    vi="Tài khoản chưa được gắn với danh tính đã xác thực. Đề nghị cơ sở hoặc Sở Y tế xác thực danh tính.",
    en="The account is joined with no verified person yet. Ask your facility or the health department.",
)
NO_FILE = Text(
    vi="Chưa có hồ sơ người hành nghề. Kê khai hồ sơ trước khi đăng ký nơi hành nghề.",
    en="There is no record of you yet. Declare yourself first.",
)
NOT_YOUR_NUMBER = Text(
    vi="Số định danh cá nhân khác với số đã xác thực của tài khoản này. Kiểm tra lại từng chữ số.",
    en="This is not the personal number the account was verified by. Check every digit.",
)
NOT_IN_FORCE = Text(
    vi="Chỉ báo thôi hành nghề đối với đăng ký đã được xác nhận và không đang chờ rà soát.",
    en="Only a confirmed registration that is not under review can be ended.",
)
SAID_ALREADY = Text(vi="Đã báo thôi hành nghề tại cơ sở này.", en="This was said already.")
ENDS_SOONER = Text(vi="Đăng ký này đã kết thúc ngày {day}.", en="The registration ends on {day} already.")
BEFORE_BEGIN = Text(vi="Ngày cuối hành nghề trước ngày bắt đầu.", en="The last day lies before the first.")
NO_REASON = Text(
    vi="Chưa nêu lý do. Ghi rõ trường hợp cấp cứu hoặc lý do trùng giờ.",
    en="No reason is given. Say which emergency or why the hours meet.",
)
