"""What reviewers do beside deciding one file: many at once by a sample, mismatches, and what is overdue."""

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import add_working_days, today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.notices import addressing
from khoyte.notices.actions import tell
from khoyte.registers import actions
from khoyte.registers import content as contents
from khoyte.registers.checking import check
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import NotNow, NotOpened, OwnFile, UnknownRecord, WrongRecord
from khoyte.registers.known import Register, register, registers
from khoyte.registers.ladder import Act, State
from khoyte.registers.models import Batch, Case, Record, Step
from khoyte.registers.queries import case_to_review, facts_of, levels_of, unheld, waiting_cases
from khoyte.units.enums import Role
from khoyte.units.policy import Actor, decide

LARGEST_BATCH = 500
OWN_WRITE = "register.own_write"
_SEALED_FOR = "register.mismatch"
_SOURCE = ""
"""Beside the fields of what is sealed: who said it."""
_DRAWN = random.SystemRandom()
SAMPLE_FIRST = Text(
    vi="Còn {n} hồ sơ mẫu chưa mở. Mở từng hồ sơ rồi xác nhận cả đợt.",
    en="{n} files of the sample were not opened. Open each of them, then confirm the whole.",
)
BROKEN = Text(
    vi="Một hồ sơ mẫu đã bị trả lại hoặc thay đổi, nên đợt này dừng. Rà soát từng hồ sơ hoặc lập đợt mới.",
    en="A file of the sample was returned or changed: this ends here. Look at each, or begin anew.",
)
NOTHING_CHOSEN = Text(
    vi="Chưa chọn được hồ sơ nào: ghi số hồ sơ từ 1 đến 500 và kiểm tra danh sách còn hồ sơ chờ rà soát.",
    en="Nothing is chosen: write a number from 1 to 500, and see that records still wait.",
)


# Many at once


@transaction.atomic
def begin_batch(*, cases: Sequence[uuid.UUID], by: Actor) -> Batch:
    """Choose open cases of one's queue to be confirmed together, and draw the sample to be opened first.

    Those with a warning are told apart: they are confirmed with the others only once they were opened, too.
    Cases that are not in the actor's queue are left out without a word. Raises NotOpened when none is left.
    """
    chosen = list(waiting_cases(by).filter(pk__in=list(cases)[:LARGEST_BATCH], kind="review"))
    levels = {case.level for case in chosen}
    if not chosen or len(levels) != 1:
        raise NotOpened(NOTHING_CHOSEN)
    share = max(register(case.register).declaration.level(case.level).sample for case in chosen)
    drawn = _DRAWN.sample(chosen, min(len(chosen), max(1, ceil(len(chosen) * share / 100))))
    batch = Batch.objects.create(
        facility=by.facility,
        province=by.province,
        level=chosen[0].level,
        cases=[[str(case.pk), case.version] for case in chosen],
        sample=sorted(str(case.pk) for case in drawn),
        doubtful=sorted(str(case.pk) for case in _doubtful(chosen)),
        made_at=timezone.now(),
        made_by=by.name,
    )
    _record_batch("begin", batch, by)
    return batch


def _doubtful(cases: Sequence[Case]) -> Iterator[Case]:
    """Cases of records that rules or other records speak against, or that follow one that is not there."""
    by_register: dict[str, dict[uuid.UUID, Case]] = {}
    for case in cases:
        by_register.setdefault(case.register, {})[case.record] = case
    for name, found in by_register.items():
        known = register(name)
        declaration, model = known.declaration, known.model
        records = list(model.objects.filter(pk__in=list(found)))
        told = [contents.content_of(declaration, record) for record in records]
        problems = check(declaration, contents.frame_of(declaration, told)).problems
        warned = [problem.rows.to_list() for problem in problems if problem.level == "W"]
        for place, record in enumerate(records):
            if (
                any(rows[place] for rows in warned)
                or unheld(declaration, told[place])
                or known.doubts(record, told[place])
            ):
                yield found[record.pk]


def batch_of(id: uuid.UUID, by: Actor) -> Batch:
    """One's own batch. Raises UnknownRecord."""
    found = Batch.objects.filter(pk=id, made_by=by.name).first()
    if found is None:
        raise UnknownRecord
    return found


@transaction.atomic
def note_opened(id: uuid.UUID, case: uuid.UUID, *, by: Actor) -> None:
    """The reviewer has a file of the sample before their eyes."""
    batch = Batch.objects.select_for_update().filter(pk=id, made_by=by.name, state="open").first()
    if batch is not None and str(case) in (*batch.sample, *batch.doubtful) and str(case) not in batch.opened:
        batch.opened = sorted([*batch.opened, str(case)])
        batch.save(update_fields=["opened"])


@transaction.atomic
def confirm_batch(id: uuid.UUID, *, by: Actor) -> Batch:
    """Confirm all that is as it was chosen. Files of one's own, those changed or decided since, and those
    with a warning that nobody has opened stay.

    Raises UnknownRecord, NotOpened while the sample is not opened or when one of it was sent back.
    """
    batch = Batch.objects.select_for_update().filter(pk=id, made_by=by.name, state="open").first()
    if batch is None:
        raise UnknownRecord
    missing = len(set(batch.sample) - set(batch.opened))
    if missing:
        raise NotOpened(SAMPLE_FIRST.fill(n=missing))
    counts = {"confirmed": 0, "left": 0, "doubtful": 0}
    unopened = set(batch.doubtful) - set(batch.opened)
    for pk, version in batch.cases:
        if pk in unopened:
            counts["doubtful"] += 1
        else:
            counts["confirmed" if _confirmed(uuid.UUID(pk), version, by) else "left"] += 1
    batch.state, batch.outcome, batch.ended_at = "done", counts, timezone.now()
    batch.save(update_fields=["state", "outcome", "ended_at"])
    _record_batch("confirm", batch, by)
    return batch


def is_broken(batch: Batch) -> bool:
    """Whether a file of the sample was sent back or changed: then the sample speaks against the whole."""
    versions = dict(batch.cases)
    rows = Case.objects.filter(pk__in=batch.sample).values_list("pk", "record", "version", "closed_at")
    for pk, record, version, closed_at in rows:
        if version != versions[str(pk)]:
            return True
        returned = Step.objects.filter(record=record, version=version, act=Act.RETURN.value)
        if closed_at is not None and returned.filter(at__gte=batch.made_at).exists():
            return True
    return False


@transaction.atomic
def end_broken(batch: Batch, *, by: Actor) -> Batch:
    """The batch is of the past; nothing of it is confirmed."""
    Batch.objects.filter(pk=batch.pk, state="open").update(state="broken", ended_at=timezone.now())
    _record_batch("break", batch, by)
    batch.refresh_from_db()
    return batch


def _confirmed(pk: uuid.UUID, version: int, by: Actor) -> bool:
    try:
        with transaction.atomic():
            case = case_to_review(pk, by)
            if case.closed_at is not None or case.version != version:
                return False
            actions.confirm(register=register(case.register), id=case.record, by=by, version=version)
            return True
    except KhoyteError:
        return False


def _record_batch(act: str, batch: Batch, by: Actor) -> None:
    audit.record(
        by=by,
        action=f"register.batch.{act}",
        subject_kind="register_batch",
        subject_id=str(batch.pk),
        facility=batch.facility,
        province=batch.province,
        details={
            "cases": len(batch.cases),
            "sample": batch.sample,
            "opened": batch.opened,
            **batch.outcome,
        },
    )


# What the facility says and what the person says


@dataclass(frozen=True)
class Difference:
    """One field of which facility and person say different things."""

    field: str
    listed: str
    said: str


PERSON, INSURANCE = "person", "insurance"
"""Who says something else than the register: whom the record is about, or the list at Social Security."""


@transaction.atomic
def say_otherwise(
    *, register: Register, id: uuid.UUID, said: Mapping[str, str], by: Actor, source: str = PERSON
) -> Case | None:
    """What the person says of the own record, or another list of it, beside what the facility has listed.

    Where they differ a case of its own is opened at the level that settles it (once a record; a later saying
    of the same source replaces the earlier); those who settle hear of it, and the province. A person's word
    takes the place of a list's, never the other way round. Returns None when they agree, which closes what
    the same source had opened. Raises UnknownRecord, Refused, WrongRecord for what could not stand in the
    record.
    """
    declaration = register.declaration
    record = actions.locked(register, id, by, OWN_WRITE if source == PERSON else actions.WRITE)
    content = contents.content_of(declaration, record)
    told = _told(declaration, content, said, typed=source == PERSON)
    before = Case.objects.filter(record=record.pk, kind="mismatch", closed_at=None).first()
    if before is not None and said_by(before) != source:
        if source != PERSON or not told:
            return before if told else None
        _take_back(before, by)
        before = None
    if not told:
        if before is not None:
            _take_back(before, by)
        return None
    sealed = Keyring.held().seal(orjson.dumps({_SOURCE: source, **told}), _SEALED_FOR)
    if before is not None:
        Case.objects.filter(pk=before.pk).update(told_sealed=sealed, version=record.version)
        _record_mismatch("say_again", before, sorted(told), by)
        return Case.objects.get(pk=before.pk)
    level = declaration.for_mismatch(record.facility)
    case = Case(
        register=register.name,
        record=record.pk,
        facility=record.facility,
        province=record.province,
        level=level.name,
        title=contents.title_of(declaration, contents.content_of(declaration, record)),
        version=record.version,
        opened_by=by.name,
        opened_at=timezone.now(),
        due_on=add_working_days(today(), level.working_days),
        kind="mismatch",
        told_sealed=sealed,
    )
    case.save(force_insert=True)
    _record_mismatch("open", case, sorted(told), by)
    _tell_said(case, len(told), source)
    return case


def _take_back(case: Case, by: Actor) -> None:
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now())
    _record_mismatch("take_back", case, [], by)


def _told(
    declaration: Declaration, content: contents.Content, said: Mapping[str, str], *, typed: bool
) -> dict[str, list[str]]:
    """Field → what is listed and what is said, of those that differ, as the register writes both."""
    known = {name: words.strip() for name, words in said.items() if name in declaration.by_name}
    values = actions.checked(declaration, {**content, **known}, instead_of=content if typed else None)
    listed, now = contents.raw_of(declaration, content), contents.raw_of(declaration, values)
    pairs = {name: [str(listed.get(name) or ""), str(now.get(name) or "")] for name in known}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _tell_said(case: Case, points: int, source: str) -> None:
    """Those who settle it, and the office above them, which sees to it that it is settled."""
    to = [addressing.role(case.province, Role.PROVINCE)]
    if case.facility:
        to.append(addressing.role(case.facility, Role.FACILITY, Role.FACILITY_REVIEWER))
    tell(
        "mismatch_said" if source == PERSON else "mismatch_listed",
        to=to,
        subject=str(case.pk),
        occasion="open",
        facts={"register": case.register, "points": points, "due": case.due_on},
        href=_page_of(case),
    )


def open_mismatch(record: Record) -> Case | None:
    """The open case about what the person says of this record, or a list elsewhere."""
    return Case.objects.filter(record=record.pk, closed_at=None, kind="mismatch").first()


def said_by_person(record: Record) -> Case | None:
    """The open case about what the person says: theirs to see, where another list's is the facility's."""
    case = open_mismatch(record)
    return case if case is not None and said_by(case) == PERSON else None


def differences(case: Case) -> list[Difference]:
    """Both sides, opened for whoever reviews the case."""
    return [Difference(name, *both) for name, both in _opened(case).items() if name != _SOURCE]


def said_by(case: Case) -> str:
    """The source of the other side; cases from before other lists were compared are the person's."""
    return str(_opened(case).get(_SOURCE, PERSON))


def _opened(case: Case) -> dict[str, Any]:
    if case.told_sealed is None:
        return {}
    return dict(orjson.loads(Keyring.held().open(bytes(case.told_sealed), _SEALED_FOR)))


@transaction.atomic
def settle_mismatch(id: uuid.UUID, *, chosen: Sequence[str], reason: str, by: Actor) -> Case:
    """Take what the person said in the `chosen` fields, keep the list in the others, and close the case.

    What is taken over is a new version. Where nothing else was changed it goes on to the level above: both
    sides have said it. Else it stays with the changes under way, which are sent as ever. Raises
    UnknownRecord, WrongRecord, NotNow.
    """
    case = case_to_review(id, by)
    if case.kind != "mismatch" or case.closed_at is not None or case.level not in levels_of(by):
        raise UnknownRecord
    if not reason.strip():
        raise WrongRecord({"": [NO_GROUNDS]})
    found = register(case.register)
    record = actions.locked(found, case.record, by, actions.REVIEW)
    if by.names & {case.opened_by}:
        raise OwnFile
    # Asked again with the record held: somebody else may have settled it meanwhile.
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.closed_at is not None:
        raise NotNow(SETTLED_ALREADY)
    told = differences(case)
    patch = {one.field: one.said for one in told if one.field in chosen}
    if patch:
        alone = record.state == State.CONFIRMED and record.confirmed_version == record.version
        record = actions.change(register=found, id=case.record, patch=patch, by=by, source="form")
        if alone and record.state == State.DRAFT:
            actions.submit(register=found, id=record.pk, by=by, settled_at=case.level)
    record = found.model.objects.get(pk=case.record)
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now())
    Step.objects.bulk_create(
        [
            Step(
                register=case.register,
                record=case.record,
                facility=record.facility,
                province=record.province,
                version=record.version,
                act="settle",
                level=case.level,
                state=record.state,
                reasons={"": reason.strip()[:1000]},
                at=timezone.now(),
                by=by.name,
                by_unit=by.unit_code,
                on_behalf_of=by.on_behalf_of,
            )
        ]
    )
    _record_mismatch("settle", case, sorted(patch), by)
    _tell_settled(case, found.declaration, taken=len(patch), kept=len(told) - len(patch))
    case.refresh_from_db()
    return case


def _tell_settled(case: Case, declaration: Declaration, *, taken: int, kept: int) -> None:
    """Whoever said it: the person, or who compared the list and now corrects it there."""
    of_person = said_by(case) == PERSON
    tell(
        "mismatch_settled" if of_person else "mismatch_listed_settled",
        to=[addressing.account(case.opened_by)],
        subject=str(case.pk),
        occasion="settled",
        facts={"register": case.register, "taken": taken, "kept": kept},
        href=declaration.own_page.format(id=case.record) if of_person else _page_of(case),
    )


def _page_of(case: Case) -> str:
    return f"/so-dang-ky/{case.register}/{case.record}"


NO_GROUNDS = Text(
    vi="Chưa ghi căn cứ giải quyết. Ghi giấy tờ hoặc lý do đã đối chiếu.",
    en="No grounds are given. Name the paper or the reason.",
)
SETTLED_ALREADY = Text(vi="Khác biệt này đã được giải quyết.", en="This difference was settled already.")


def may_settle(case: Case, by: Actor) -> bool:
    """Whether the case is a mismatch the actor decides now."""
    record = register(case.register).model.objects.filter(pk=case.record).first()
    return (
        case.kind == "mismatch"
        and case.closed_at is None
        and case.level in levels_of(by)
        and record is not None
        and bool(decide(by, "register.review", facts_of(record, by)))
    )


def _record_mismatch(act: str, case: Case, fields: Sequence[str], by: Actor) -> None:
    audit.record(
        by=by,
        action=f"register.mismatch.{act}",
        subject_kind=case.register,
        subject_id=str(case.record),
        facility=case.facility,
        province=case.province,
        details={"case": str(case.pk), "fields": list(fields)},
    )


# What is overdue


@transaction.atomic
def escalate(*, by: Actor, on: date | None = None) -> int:
    """Hand cases whose day has passed to the lead of their level; once each. A task of every day.

    Levels without a lead keep theirs. Returns how many were handed on.
    """
    levels = {level.name for one in registers() for level in one.declaration.ladder if level.lead_roles}
    rows = Case.objects.filter(closed_at=None, escalated_at=None, level__in=levels, due_on__lt=on or today())
    late = list(rows.values_list("pk", "register", "record", "facility", "province", "level"))
    Case.objects.filter(pk__in=[row[0] for row in late]).update(escalated_at=timezone.now())
    entries = [
        audit.Entry(str(record), facility, province, {"case": str(pk), "register": name, "level": level})
        for pk, name, record, facility, province, level in late
    ]
    if entries:
        audit.record_all(by=by, action="register.escalate", subject_kind="case", entries=entries)
    return len(late)
