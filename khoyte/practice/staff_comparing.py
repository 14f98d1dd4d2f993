"""Reading a facility's list of health workers, comparing it, keeping the outcome, opening cases about it."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.practice import queries
from khoyte.practice.models import PracticeRegistration, Practitioner, StaffComparison
from khoyte.practice.registers.groups import about_person
from khoyte.practice.staff_list import (
    DIFFERS,
    OF_PERSON,
    OF_REGISTRATION,
    SAME,
    Line,
    Ours,
    Theirs,
    compare,
    hours_of,
)
from khoyte.registers import content as contents
from khoyte.registers import reviewing
from khoyte.registers.checking import REPAIRABLE, check
from khoyte.registers.content import key_text
from khoyte.registers.declaration import Declaration, Field, Kind
from khoyte.registers.errors import FileRefused, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.layouts import Layout, layout
from khoyte.registers.models import Case
from khoyte.registers.queries import published_about
from khoyte.registers.reading import Source, read
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor

LAYOUT, OF_REGISTER = "nhan-vien-bhxh", "practice_registrations"
KEPT = 12
"""Comparisons kept of a facility: a year of months."""

_SEALED_FOR = "practice.staff_comparison"
_KINDS: dict[str, Kind] = {
    "personal_number": "personal_number",
    "birth_date": "partial_date",
    "licence_number": "identifier",
    "licence_date": "date",
    "valid_from": "date",
    "valid_to": "date",
}
NOT_A_FACILITY = Text(
    vi="Chỉ cơ sở so sánh danh mục của mình. Đăng nhập bằng tài khoản của cơ sở.",
    en="A facility compares its own list. Sign in with its account.",
)
ANOTHERS = Text(
    vi="Tệp là danh mục của cơ sở {code}, không phải của cơ sở mình. Chọn đúng tệp.",
    en="This is the list of facility {code}, not your own. Choose the right file.",
)
NO_NAMES = Text(
    vi="Tệp thiếu cột số chứng chỉ hành nghề (MACCHN) hoặc họ tên (HO_TEN).",
    en="The file lacks the column of licences (MACCHN) or of names (HO_TEN).",
)
NO_LAYOUT = Text(
    vi="Chưa khai báo mẫu danh mục nhân viên y tế.", en="No layout of the list of health workers is declared."
)


def declared(one: Layout) -> Declaration:
    """The layout of the list as a declaration, so that it is read and checked like any table."""
    label = one.label
    fields = tuple(
        Field(
            column.field,
            Text(column.heading, column.heading),
            _KINDS.get(column.field, "text"),
            headings=column.headings,
            longest=2_000,
            sensitivity="personal",
        )
        for column in one.columns
        if column.field
    )
    return Declaration(
        name="staff_list", label=label, one=label, steward=label, legal=(one.source,), fields=fields,
        key=(fields[0].name,), title=(fields[0].name,),
    )  # fmt: skip


@dataclass(frozen=True)
class StaffFile:
    """A list as read: its lines, and the fields it has a column for."""

    lines: Sequence[Theirs]
    compared: frozenset[str]


def read_list(source: Source, facility: str) -> StaffFile:
    """Raises FileRefused, also for the list of another facility."""
    found = layout(OF_REGISTER, LAYOUT)
    if found is None:
        raise FileRefused(NO_LAYOUT)
    declaration = declared(found)
    headings, pieces = read(declaration, source)
    columns = set(headings.columns)
    if not columns & {"licence_number", "full_name", "personal_number"}:
        raise FileRefused(NO_NAMES)
    lines: list[Theirs] = []
    for piece in pieces:
        # What Excel did is undone: nothing is stored, the two lists are shown beside each other.
        values = check(declaration, piece.rows, REPAIRABLE).values
        lines += [
            Theirs(row, _with_hours(one))
            for row, one in zip(piece.numbers, values.iter_rows(named=True), strict=True)
        ]
    others = {line.value("facility") for line in lines} - {"", facility}
    if others:
        raise FileRefused(ANOTHERS.fill(code=sorted(others)[0][:20]))
    if {"day_hours", "week_days"} <= columns:
        columns.add("hours")
    return StaffFile(lines, frozenset(columns))


def _with_hours(one: Mapping[str, Any]) -> dict[str, Any]:
    hours = hours_of(str(one.get("day_hours") or ""), str(one.get("week_days") or ""))
    return {**one, "hours": hours}


def registered(facility: str) -> list[Ours]:
    """Confirmed registrations of the facility with the persons and both records."""
    pairs = queries.registered_at(facility)
    numbers = {one["personal_number"] for one, _ in pairs}
    keys = {contents.blind_number(number): number for number in numbers}
    people = Practitioner.objects.filter(personal_number_key__in=list(keys)).exclude(confirmed_version=None)
    person_record = {keys[bytes(row.personal_number_key)]: str(row.pk) for row in people}
    rows = PracticeRegistration.objects.filter(facility=facility).exclude(confirmed_version=None)
    registration_record = {bytes(row.key_digest): str(row.pk) for row in rows}
    declaration = register(OF_REGISTER).declaration
    return [
        Ours(
            registration,
            person or _published(registration["personal_number"]),
            registration_record.get(contents.key_digest(declaration, registration), ""),
            person_record.get(registration["personal_number"], ""),
        )
        for registration, person in pairs
    ]


def _published(number: str) -> dict[str, Any]:
    """What anybody may read of a person whose record another facility keeps."""
    rows = published_about("practitioners", about_person(number))
    return dict(rows[0].content) if rows else {}


@transaction.atomic
def compare_list(*, source: Source, by: Actor) -> StaffComparison:
    """Compare a list with what is registered at the actor's facility today, and keep the outcome.

    Raises FileRefused.
    """
    if not by.facility:
        raise FileRefused(NOT_A_FACILITY, status=422)
    found = read_list(source, by.facility)
    licences = sorted({line.value("licence_number") for line in found.lines} - {""})
    known = {key_text([licence]) for licence in queries.persons_by_licence(licences)}
    lines = compare(registered(by.facility), found.lines, day=today(), compared=found.compared, known=known)
    made = StaffComparison(
        facility=by.facility,
        province=by.province,
        rows=len(found.lines),
        counts=dict(Counter(line.kind for line in lines)),
        lines_sealed=Keyring.held().seal(orjson.dumps([line.document() for line in lines]), _SEALED_FOR),
        made_at=timezone.now(),
        made_by=by.name,
    )
    made.save(force_insert=True)
    _close_cases(lines, by)
    older = StaffComparison.objects.filter(facility=by.facility).order_by("-made_at", "-id")[KEPT:]
    StaffComparison.objects.filter(pk__in=[row.pk for row in older]).delete()
    _record("compare", made, by, made.counts)
    return made


def comparisons(by: Actor) -> list[StaffComparison]:
    """Of the actor's facility, or of the facilities of its province; newest first."""
    rows = StaffComparison.objects.order_by("-made_at")
    if by.facility:
        return list(rows.filter(facility__in=by.units)[:KEPT])
    return list(rows.filter(province__in=by.provinces)[:200]) if by.unit_kind == "province" else []


def comparison_of(id: uuid.UUID, by: Actor) -> StaffComparison:
    """Raises UnknownRecord for another's as for none."""
    found = StaffComparison.objects.filter(pk=id).first()
    mine = found is not None and (
        found.facility in by.units
        if by.facility
        else by.unit_kind == "province" and found.province in by.provinces
    )
    if found is None or not mine:
        raise UnknownRecord
    return found


def lines_of(made: StaffComparison) -> list[Line]:
    kept = orjson.loads(Keyring.held().open(bytes(made.lines_sealed), _SEALED_FOR))
    return [Line.of(one) for one in kept]


_PARTS = (("practitioners", OF_PERSON), (OF_REGISTER, OF_REGISTRATION))


@transaction.atomic
def open_cases(made: StaffComparison, *, by: Actor) -> int:
    """Open a case of mismatch for every record that differs; how many records have one now.

    Once a record, however often it is asked; a person's own saying that waits is not replaced. What could not
    stand in the register stays in the comparison alone, as do records that another facility keeps.
    """
    opened: set[Any] = set()
    for line in lines_of(made):
        for name, record, said in _told_of(line):
            case = _say(name, record, said, by)
            if case is not None:
                opened.add(case.pk)
    _record("cases", made, by, {"cases": len(opened)})
    return len(opened)


def may_be_reviewed(line: Line) -> bool:
    """Whether the list says something else of a record of the facility: what it leaves out opens no case."""
    return bool(_told_of(line))


def _told_of(line: Line) -> list[tuple[str, str, dict[str, str]]]:
    """Register, record and what the list says otherwise of it."""
    if line.kind != DIFFERS:
        return []
    told = [
        (
            name,
            line.record_in(name),
            {one.field: one.theirs for one in line.differences if one.field in fields and one.theirs},
        )
        for name, fields in _PARTS
    ]
    return [(name, record, said) for name, record, said in told if record and said]


def _close_cases(lines: Sequence[Line], by: Actor) -> None:
    """Cases of an earlier comparison about records that agree by now are of the past."""
    agreeing = {
        line.record_in(name): name
        for line in lines
        for name, fields in _PARTS
        if line.kind in (SAME, DIFFERS) and not any(one.field in fields for one in line.differences)
    }
    open_ones = Case.objects.filter(kind="mismatch", closed_at=None, record__in=[pk for pk in agreeing if pk])
    for case in open_ones:
        if reviewing.said_by(case) == reviewing.INSURANCE:
            _say(agreeing[str(case.record)], str(case.record), {}, by)


def _say(name: str, record: str, said: Mapping[str, str], by: Actor) -> Case | None:
    kept = dict(said)
    try:
        while True:
            try:
                return _say_once(name, record, kept, by)
            except WrongRecord as wrong:
                unfit = kept.keys() & wrong.problems.keys()
                kept = {field: words for field, words in kept.items() if field not in unfit}
                if not unfit or not kept:
                    return None
    except (Refused, UnknownRecord):
        return None


def _say_once(name: str, record: str, said: Mapping[str, str], by: Actor) -> Case | None:
    return reviewing.say_otherwise(
        register=register(name), id=uuid.UUID(record), said=said, by=by, source=reviewing.INSURANCE
    )


def _record(act: str, made: StaffComparison, by: Actor, details: Mapping[str, Any]) -> None:
    audit.record(
        by=by,
        action=f"staff_list.{act}",
        subject_kind="staff_comparison",
        subject_id=str(made.pk),
        facility=made.facility,
        province=made.province,
        details=dict(details),
    )


def note_read(made: StaffComparison, *, by: Actor) -> None:
    """Who looks at a comparison reads persons of the facility."""
    _record("read", made, by, {})
