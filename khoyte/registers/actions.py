"""Writes of registers: create, change, send for review, confirm, return, withdraw.

Each is one call in the caller's transaction: the row, its version, its keys, its step, its case and what is
published change together, with the audit entry.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import add_working_days, today
from khoyte.foundation.language import Text
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.notices import addressing
from khoyte.notices.actions import tell
from khoyte.registers import attaching, telling
from khoyte.registers import content as contents
from khoyte.registers.checking import check
from khoyte.registers.content import Content
from khoyte.registers.declaration import KEY, Declaration
from khoyte.registers.errors import (
    Changed,
    NotNow,
    OwnFile,
    ResponsibilityWanted,
    UnknownRecord,
    WrongRecord,
)
from khoyte.registers.known import Register
from khoyte.registers.ladder import ABOVE, REFUSALS, TRANSITIONS, Act, State
from khoyte.registers.models import Case, Draft, Evidence, Key, Published, Record, Step, Version
from khoyte.registers.queries import facts_of, may_read, names_of
from khoyte.registers.tenants import Tenants
from khoyte.units.errors import Refused
from khoyte.units.persons import accounts_of
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.training import FIELDS, is_training, looks_real

TYPED = ("form", "api")
"""Ways of entering one record, by a page or a program; files come by others."""
WRITE, REVIEW = "register.write", "register.review"
"""The acts of units; a person acts on what is about them by another right (`register.own_write`)."""


def create(
    *,
    register: Register,
    content: Content,
    by: Actor,
    source: str,
    confirmed: bool = False,
    right: str = WRITE,
) -> Record:
    """Make a record as a draft (or, `confirmed`, as already reviewed). Raises WrongRecord, Refused."""
    declaration = register.declaration
    values, owner = _settled(declaration, content, by, right, instead_of={} if source in TYPED else None)
    record = register.model(
        id=time_ordered_id(), facility=owner.facility, province=owner.province, recorded_by=by.name
    )
    attaching.check(declaration, values, record, by)
    fill(declaration, record, values)
    _claim_keys(declaration, record, values)
    with _constraints_as_sentences(declaration):
        record.save(force_insert=True)
    attaching.attach(declaration, record, values, by)
    _write_version(declaration, record, values, sorted(_filled(values)), by, source, today())
    _record_audit("register.create", record, declaration, by, {"source": source})
    if confirmed:
        _confirm_finally(declaration, record, values, by, "command")
        record.save()
    return record


def change(
    *,
    register: Register,
    id: uuid.UUID,
    patch: Mapping[str, Any],
    by: Actor,
    source: str,
    expected_version: int | None = None,
    effective_from: date | None = None,
    right: str = WRITE,
) -> Record:
    """Apply a merge patch (RFC 7396: null empties a field) as a new version.

    Raises UnknownRecord, Changed when another version than expected stands, WrongRecord, NotNow, Refused.
    A patch that changes nothing makes no version.
    """
    declaration = register.declaration
    record = locked(register, id, by, right)
    if expected_version is not None and expected_version != record.version:
        raise Changed(_changed_since(declaration, record, expected_version))
    before = contents.content_of(declaration, record)
    standing = before if source in TYPED else None
    values, owner = _settled(declaration, {**before, **patch}, by, right, instead_of=standing)
    changed = [name for name in declaration.by_name if _differs(before.get(name), values.get(name))]
    if not changed:
        return record
    state = _target(record, Act.CHANGE)
    attaching.check(declaration, values, record, by)
    record.facility, record.province = owner.facility, owner.province
    record.version += 1
    record.state = str(state)
    record.recorded_at, record.recorded_by = timezone.now(), by.name
    key_before = bytes(record.key_digest)
    fill(declaration, record, values)
    _claim_keys(declaration, record, values, key_before)
    with _constraints_as_sentences(declaration):
        record.save(force_update=True)
    attaching.attach(declaration, record, values, by)
    _write_version(declaration, record, values, changed, by, source, effective_from or today())
    _record_audit("register.change", record, declaration, by, {"version": record.version, "fields": changed})
    return record


@dataclass(frozen=True)
class Responsibility:
    """The sentence somebody confirmed, as shown to them, and how they proved who they are."""

    sentence: str
    proof: str


def submit(
    *,
    register: Register,
    id: uuid.UUID,
    by: Actor,
    responsibility: Responsibility | None = None,
    right: str = WRITE,
    settled_at: str = "",
    reason: str = "",
) -> Record:
    """Send a draft for review: to the lowest level of the ladder that it concerns.

    `settled_at`: a level whose reviewer has just decided the change; it goes on above. `reason`: why it is
    sent, for whoever reviews it. Raises ResponsibilityWanted where the register asks a person to answer for
    it and nothing was confirmed.
    """
    record = locked(register, id, by, right)
    _target(record, Act.SUBMIT)
    tenants = Tenants(register.declaration, by)
    if not tenants.is_authority:  # a draft of before the register asked
        raise WrongRecord({"": [tenants.refusal]})
    content = contents.content_of(register.declaration, record)
    checked(register.declaration, content)
    if register.declaration.responsibility and by.kind == "account" and responsibility is None:
        raise ResponsibilityWanted
    declared = register.declaration
    above = declared.after(settled_at) if settled_at else None
    first = above or declared.first(facility=record.facility, role=by.role, changed=_changed(record))
    if above is not None:
        _attest(declared, record, content, by, settled_at)
    record.state, record.level = State.IN_REVIEW.value, first.name
    record.save(update_fields=["state", "level"])
    why = {"": reason.strip()[:1000]} if reason.strip() else None
    _step(register.declaration, record, Act.SUBMIT, "", by, why, responsibility=responsibility)
    telling.handed_in(register.declaration, [(record, content)])
    _open_case(register.declaration, record, content, by)
    _tell_side(declared, record, content)
    return record


def confirm(
    *, register: Register, id: uuid.UUID, by: Actor, version: int | None = None, right: str = REVIEW
) -> Record:
    """Confirm at the level where the record stands; above the highest it is official and published.

    Raises OwnFile when the actor entered or sent this version, Changed when it is another version than seen.
    """
    declaration = register.declaration
    record = _under_review(register, id, by, version, right)
    target, level = _target(record, Act.CONFIRM), record.level
    above = declaration.after(level)
    content = contents.content_of(declaration, record)
    if declaration.level(level).four_eyes and not _second_pair(declaration, record, level, by):
        return record
    if target == ABOVE and above is not None:
        record.level = above.name
        _attest(declaration, record, content, by, level)
        record.save(update_fields=["level"])
        _step(declaration, record, Act.CONFIRM, level, by)
        _close_case(record)
        _open_case(declaration, record, content, by)
        return record
    _confirm_finally(declaration, record, content, by, level)
    record.save()
    _close_case(record)
    return record


def _second_pair(declaration: Declaration, record: Record, level: str, by: Actor) -> bool:
    """Whether somebody else has confirmed at this level before; else this was the first of two.

    Raises OwnFile for the same person, also in another's place.
    """
    case = Case.objects.select_for_update().get(record=record.pk, closed_at=None, kind="review")
    seen = set(filter(None, case.seen_by.split("\n")))
    if seen & by.names:
        raise OwnFile
    if seen:
        return True
    Case.objects.filter(pk=case.pk).update(seen_by="\n".join(sorted(by.names)))
    _step(declaration, record, Act.CONFIRM, level, by)
    return False


def _tell_side(declaration: Declaration, record: Record, content: Content) -> None:
    """The person whose word a record waits for hears of it, where they have an account."""
    number = content.get("personal_number")
    if not declaration.level(record.level).is_side or not number:
        return
    case = Case.objects.get(record=record.pk, closed_at=None, kind="review")
    tell(
        "registration_waiting",
        to=[addressing.account(name) for name in accounts_of(contents.blind_number(number))],
        subject=str(record.pk),
        occasion=f"v{record.version}",
        facts={"facility": record.facility, "due": case.due_on},
        href=declaration.own_page.format(id=record.pk),
    )


def confirm_on_paper(
    *, register: Register, id: uuid.UUID, paper: str, by: Actor, version: int | None = None
) -> Record:
    """Go on with a record whose other side has signed a paper instead (`paper` says which, and when).

    For a side without an account: whoever has one says it themselves. The levels above look at the record
    all the same. Raises WrongRecord without the paper, NotNow at a level that is no side or where the person
    has an account, Changed.
    """
    if len(paper.strip()) < LEAST_PAPER:
        raise WrongRecord({"": [NO_PAPER]})
    record = locked(register, id, by, WRITE)
    declaration = register.declaration
    if version is not None and version != record.version:
        raise Changed(_changed_since(declaration, record, version))
    _target(record, Act.CONFIRM)
    level = declaration.level(record.level)
    above = declaration.after(level.name)
    if not level.is_side or above is None:
        raise NotNow(NO_SIDE)
    content = contents.content_of(declaration, record)
    number = content.get("personal_number")
    if number and accounts_of(contents.blind_number(number)):
        raise NotNow(HAS_ACCOUNT)
    _attest(declaration, record, content, by, PAPER)
    record.level = above.name
    record.save(update_fields=["level"])
    _step(declaration, record, Act.CONFIRM, level.name, by, {"": paper.strip()[:1000]})
    _close_case(record)
    _open_case(declaration, record, content, by)
    return record


PAPER, LEAST_PAPER = "paper", 5
NO_PAPER = Text(
    vi="Chưa ghi văn bản mà người hành nghề đã ký. Ghi số, ngày của hợp đồng hoặc bản xác nhận.",
    en="The signed paper is not named. Give its number and date.",
)
HAS_ACCOUNT = Text(
    vi="Người này có tài khoản và tự xác nhận. Văn bản chỉ thay cho người chưa có tài khoản.",
    en="This person has an account and confirms themselves. A paper stands in for those without one.",
)
NO_SIDE = Text(
    vi="Hồ sơ không ở bước chờ người hành nghề xác nhận.",
    en="The record does not wait for the practitioner.",
)


def confirm_at_once(*, register: Register, record: Record, by: Actor) -> Record:
    """Enter a version as already reviewed: for what an operator takes over from a register kept elsewhere."""
    content = contents.content_of(register.declaration, record)
    _confirm_finally(register.declaration, record, content, by, "command")
    record.save()
    _close_case(record)
    return record


def return_for_correction(
    *,
    register: Register,
    id: uuid.UUID,
    reasons: Mapping[str, str],
    by: Actor,
    version: int | None = None,
    right: str = REVIEW,
) -> Record:
    """Send a record back with a reason per field ("" for the whole). Raises WrongRecord without any."""
    given = {name: words.strip()[:1000] for name, words in reasons.items() if words.strip()}
    known = {name: words for name, words in given.items() if not name or name in register.declaration.by_name}
    if not known:
        raise WrongRecord({"": [NO_REASON]})
    record = _under_review(register, id, by, version, right)
    _target(record, Act.RETURN)
    level = record.level
    record.state, record.level = State.RETURNED.value, ""
    record.save(update_fields=["state", "level"])
    _step(register.declaration, record, Act.RETURN, level, by, known)
    _close_case(record)
    _tell_returned(register.declaration, record, len(known))
    return record


def _tell_returned(declaration: Declaration, record: Record, points: int) -> None:
    """Whoever sent the record hears why it came back; where software sent it, the officers of its unit."""
    sent = Step.objects.filter(record=record.pk, act=Act.SUBMIT.value).order_by("-id").first()
    to = addressing.officers(record.facility, record.province)
    page = f"/so-dang-ky/{declaration.name}/{record.pk}"
    if sent and ":" not in sent.by:
        to = addressing.account(sent.by)
        if declaration.own_page and sent.by in _persons(record):
            page = declaration.own_page.format(id=record.pk)
    tell(
        "file_returned",
        to=[to],
        subject=str(record.pk),
        occasion=timezone.now().isoformat(),
        facts={"register": declaration.name, "points": points},
        href=page,
    )


def _persons(record: Record) -> list[str]:
    """Accounts of the person a record is about."""
    key = getattr(record, "personal_number_key", None)
    return accounts_of(bytes(key)) if key else []


def withdraw(*, register: Register, id: uuid.UUID, by: Actor, right: str = WRITE) -> Record:
    """Take back a record that never was official; its numbers become free again."""
    record = locked(register, id, by, right)
    _target(record, Act.WITHDRAW)
    if record.confirmed_version is not None:
        raise NotNow(REFUSALS[State.CONFIRMED, Act.WITHDRAW])
    record.state, record.level = State.WITHDRAWN.value, ""
    record.save(update_fields=["state", "level"])
    Key.objects.filter(record=record.pk).delete()
    _step(register.declaration, record, Act.WITHDRAW, "", by)
    _close_case(record)
    return record


def keep_draft(*, register: Register, record: uuid.UUID | None, sealed: bytes, by: Actor) -> None:
    """Keep what an account has typed so far, in place of what it typed before."""
    Draft.objects.filter(account=by.name, register=register.name, record=record).delete()
    Draft.objects.bulk_create(
        [
            Draft(
                register=register.name,
                record=record,
                account=by.name,
                facility=by.facility,
                province=by.province,
                typed_sealed=sealed,
                saved_at=timezone.now(),
            )
        ]
    )


NO_REASON = Text(
    vi="Chưa nêu lý do trả lại. Ghi lý do ở ít nhất một nội dung.",
    en="No reason is given. Say at least one.",
)


def checked(
    declaration: Declaration, content: Content, *, instead_of: Content | None = None
) -> dict[str, Any]:
    """The content normalised. Raises WrongRecord for what the declaration does not allow.

    `instead_of`: what stood there before somebody typed this; what they left alone may stay as it was.
    """
    return _checked(declaration, contents.frame_of(declaration, [content]), instead_of)


def _checked(
    declaration: Declaration, raw: pl.DataFrame, instead_of: Content | None = None
) -> dict[str, Any]:
    found = check(declaration, raw)
    values = found.values.row(0, named=True)
    refused = set[str]()
    if instead_of is not None:
        refused = {
            rule.id
            for rule in declaration.rules
            if rule.refused_where_typed and _differs(instead_of.get(rule.field), values.get(rule.field))
        }
    problems: dict[str, list[Text]] = {}
    for problem in found.problems:
        if problem.level == "E" or problem.cause in refused:
            problems.setdefault(problem.field, []).append(
                Text(vi=f"{problem.message.vi} {problem.fix.vi}", en=f"{problem.message.en} {problem.fix.en}")
            )
    if problems:
        raise WrongRecord(problems)
    return values


def locked(register: Register, id: uuid.UUID, by: Actor, action: str) -> Record:
    """The record, held until the transaction ends. Raises UnknownRecord, Refused."""
    record = register.model.objects.select_for_update().filter(pk=id).first()
    if record is None:
        raise UnknownRecord
    decision = decide(by, action, facts_of(record, by))
    if not decision:
        if not may_read(by, record):  # not theirs is answered as not there
            raise UnknownRecord
        raise Refused(decision.reason, anonymous=False, remedy=decision.remedy)
    return record


def _under_review(register: Register, id: uuid.UUID, by: Actor, version: int | None, right: str) -> Record:
    record = locked(register, id, by, right)
    if version is not None and version != record.version:
        raise Changed(_changed_since(register.declaration, record, version))
    if record.state == State.IN_REVIEW:
        level = register.declaration.level(record.level)
        if by.kind != "system" and by.role not in level.acting:
            raise NotNow(
                Text(
                    vi="Hồ sơ đang ở bước “{level}”, không thuộc vai trò của ông/bà.",
                    en='The record stands at "{level}", which is not for your role.',
                ).fill(level=level.label)
            )
        if by.names & _authors(record):
            raise OwnFile
    return record


def _authors(record: Record) -> set[str]:
    """Who entered or sent what is not confirmed yet."""
    since = record.confirmed_version or 0
    versions = Version.objects.filter(record=record.pk, number__gt=since)
    steps = Step.objects.filter(record=record.pk, version__gt=since, act=Act.SUBMIT.value)
    pairs = [
        *versions.values_list("recorded_by", "on_behalf_of"),
        *steps.values_list("by", "on_behalf_of"),
    ]
    return {name for pair in pairs for name in pair if name}


def _target(record: Record, act: Act) -> State | str:
    state = State(record.state)
    if (state, act) in TRANSITIONS:
        return TRANSITIONS[state, act]
    raise NotNow(REFUSALS[state, act])


def _settled(
    declaration: Declaration, content: Content, by: Actor, right: str, *, instead_of: Content | None
) -> tuple[dict[str, Any], Facts]:
    """The content normalised and completed by whose it is. Raises WrongRecord, also for another unit's."""
    tenants = Tenants(declaration, by)
    raw = tenants.prefilled(contents.frame_of(declaration, [content]))
    values, owner = tenants.settle(_checked(declaration, raw, instead_of))
    if not tenants.may_write(owner, right):
        raise WrongRecord({declaration.facility_from or declaration.province_from: [tenants.refusal]})
    if is_training(owner.province):
        problems = {name: [why] for name in FIELDS if (why := looks_real(name, str(values.get(name) or "")))}
        if problems:
            raise WrongRecord(problems)
    return values, owner


def fill(declaration: Declaration, record: Record, values: Content) -> None:
    for name, value in contents.row_values(declaration, values).items():
        setattr(record, name, value)
    record.key_digest = contents.key_digest(declaration, values)
    record.content_digest = contents.content_digest(declaration, values)
    record.words = contents.words_of(declaration, values)
    record.sort_key = contents.sort_key_of(declaration, values)


def _claim_keys(
    declaration: Declaration, record: Record, values: Content, key_before: bytes | None = None
) -> None:
    """Keep the record's unique combinations, in the name of the whole country. Raises WrongRecord.

    `key_before`: the digest of the key the record had. Two records of one key that stood before this was
    asked may still be corrected in all but the key.
    """
    wanted = contents.unique_digests(declaration, values)
    held = {key.rule: key for key in Key.objects.filter(record=record.pk)}
    for rule in declaration.once:
        digest, key = wanted.get(rule.name), held.get(rule.name)
        if key is not None and (digest is None or bytes(key.digest) != digest):
            key.delete()
            key = None
        if (
            digest is not None
            and key is None
            and not _claimed(declaration.name, rule.name, digest, record.pk)
            and not (rule.name == KEY and digest == key_before)
        ):
            raise WrongRecord({rule.fields[0]: [rule.sentence]})


_CLAIM = """
INSERT INTO register_key (register, rule, digest, record) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


def _claimed(register: str, rule: str, digest: bytes, record: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [register, rule, digest, record])
        return cursor.rowcount == 1


class _constraints_as_sentences:  # noqa: N801 - read as a word in `with`
    """A constraint of the database that refuses a row says its sentence. Inside a savepoint."""

    def __init__(self, declaration: Declaration):
        self.sentences = declaration.sentences or {}
        self.savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.savepoint.__exit__(kind, error, trace)
        if isinstance(error, IntegrityError):
            found = sentence_of(error, self.sentences)
            if found is not None:
                raise WrongRecord({found[0]: [found[1]]}) from None


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused; "" where the database names none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def sentence_of(error: IntegrityError, sentences: Mapping[str, Text]) -> tuple[str, Text] | None:
    """(field, sentence) of the constraint that refused; constraints are named `field__what`."""
    name = constraint_of(error)
    if name not in sentences:
        return None
    return re.sub(r"__.*", "", name), sentences[name]


def _write_version(
    declaration: Declaration,
    record: Record,
    values: Content,
    changed: Sequence[str],
    by: Actor,
    source: str,
    effective_from: date,
) -> None:
    Version.objects.bulk_create(
        [
            Version(
                register=declaration.name,
                record=record.pk,
                number=record.version,
                facility=record.facility,
                province=record.province,
                **contents.kept_content(declaration, values),
                changed=list(changed),
                words=record.words,
                sort_key=record.sort_key,
                effective_from=effective_from,
                recorded_by=by.name,
                recorded_unit=by.unit_code,
                on_behalf_of=by.on_behalf_of,
                source=source,
            )
        ]
    )


def _confirm_finally(
    declaration: Declaration, record: Record, content: Content, by: Actor, level: str
) -> None:
    record.state, record.level = State.CONFIRMED.value, ""
    content = _with_issued(declaration, record, content, by)
    _attest(declaration, record, content, by, level)
    record.confirmed_version = record.version
    _step(declaration, record, Act.CONFIRM, level, by)
    publish(declaration, record, content)
    telling.confirmed(declaration, [(record, content)])


def _with_issued(declaration: Declaration, record: Record, content: Content, by: Actor) -> Content:
    """The content with what the platform issues on confirmation, as one more version where that is new."""
    issued = {
        name: issue(record.facility, str(content.get(name) or ""), by)
        for name, issue in (declaration.issued or {}).items()
    }
    changed = [name for name, value in issued.items() if _differs(content.get(name), value)]
    if not changed:
        return content
    values = {**content, **issued}
    record.version += 1
    record.recorded_at, record.recorded_by = timezone.now(), by.name
    key_before = bytes(record.key_digest)
    fill(declaration, record, values)
    _claim_keys(declaration, record, values, key_before)
    _write_version(declaration, record, values, changed, by, "issued", today())
    return values


def publish(declaration: Declaration, record: Record, content: Content) -> None:
    """Put what the public may read of the version in force into the public look-up."""
    if declaration.is_public and is_published(record):
        Published.objects.bulk_create(
            [published_row(declaration, record, content)],
            update_conflicts=True,
            unique_fields=["record"],
            update_fields=["version", "content", "about", "words", "sort_key", "published_at"],
        )


def is_published(record: Record) -> bool:
    """Whether the public may hear of it at all: not of what was tried in the training province."""
    return not (is_training(record.facility) or is_training(record.province))


def publish_again(*, register: Register, by: Actor) -> int:
    """Publish every confirmed record anew, after the declaration was changed; returns how many."""
    declaration, count = register.declaration, 0
    rows = register.model.objects.exclude(confirmed_version=None)
    for record in rows.iterator(2_000):
        version = Version.objects.get(record=record.pk, number=record.confirmed_version)
        publish(declaration, record, contents.opened_content(declaration, version))
        count += 1
    audit.record(
        by=by,
        action="register.publish",
        subject_kind="register",
        subject_id=register.name,
        details={"records": count},
    )
    return count


def published_row(declaration: Declaration, record: Record, content: Content) -> Published:
    return Published(
        record=record.pk,
        register=declaration.name,
        version=record.confirmed_version or record.version,
        content=contents.public_content(declaration, content),
        about=contents.about_digest(declaration.published_about(content))
        if declaration.published_about
        else None,
        words=contents.words_of(declaration, content, only_public=True),
        sort_key=record.sort_key,
        published_at=timezone.now(),
    )


def _attest(declaration: Declaration, record: Record, content: Content, by: Actor, source: str) -> None:
    fields = _changed(record)
    Evidence.objects.bulk_create(
        [
            Evidence(
                register=declaration.name,
                record=record.pk,
                facility=record.facility,
                province=record.province,
                version=record.version,
                fields=sorted(fields),
                source=source,
                attested_by=by.name,
                attested_unit=by.unit_code,
                document_sha256=_document(declaration, content),
            )
        ]
    )


def _document(declaration: Declaration, content: Content) -> bytes | None:
    """The digest of the document that whoever attests has before them; of several the first."""
    found = (content.get(field.name) for field in declaration.documents)
    return next((bytes.fromhex(digest) for digest in found if digest), None)


def _changed(record: Record) -> set[str]:
    """Fields that differ from what is confirmed; all that are filled when nothing is."""
    since = record.confirmed_version or 0
    later = Version.objects.filter(record=record.pk, number__gt=since).values_list("changed", flat=True)
    return {name for changed in later for name in changed}


def _step(
    declaration: Declaration,
    record: Record,
    act: Act,
    level: str,
    by: Actor,
    reasons: Mapping[str, str] | None = None,
    responsibility: Responsibility | None = None,
) -> None:
    Step.objects.bulk_create(
        [
            Step(
                register=declaration.name,
                record=record.pk,
                facility=record.facility,
                province=record.province,
                version=record.version,
                act=act.value,
                level=level,
                state=record.state,
                reasons=dict(reasons or {}),
                by=by.name,
                by_unit=by.unit_code,
                on_behalf_of=by.on_behalf_of,
                sentence=responsibility.sentence if responsibility else "",
                proof=responsibility.proof if responsibility else "",
            )
        ]
    )
    details = {"version": record.version, "level": level, "state": record.state}
    _record_audit(f"register.{act.value}", record, declaration, by, details)


def _open_case(declaration: Declaration, record: Record, content: Content, by: Actor) -> None:
    level = declaration.level(record.level)
    Case.objects.create(
        register=declaration.name,
        record=record.pk,
        facility=record.facility,
        province=record.province,
        level=level.name,
        title=_case_title(declaration, content),
        version=record.version,
        opened_by=by.name,
        due_on=add_working_days(today(), level.working_days),
    )


def _case_title(declaration: Declaration, content: Content) -> str:
    own = contents.title_of(declaration, content)
    pointed = names_of(declaration, [content])[0]
    return f"{pointed} – {own}"[:600] if pointed else own


def _close_case(record: Record) -> None:
    rows = Case.objects.filter(record=record.pk, closed_at=None, kind="review")
    rows.update(closed_at=timezone.now())


def _changed_since(declaration: Declaration, record: Record, version: int) -> list[Text]:
    later = Version.objects.filter(record=record.pk, number__gt=version).values_list("changed", flat=True)
    names = {name for changed in later for name in changed}
    return [field.label for field in declaration.fields if field.name in names]


def _differs(before: Any, after: Any) -> bool:
    return (before or None) != (after or None) if not isinstance(after, bool) else before is not after


def _filled(values: Content) -> set[str]:
    return {name for name, value in values.items() if value not in (None, "", [])}


def _record_audit(
    action: str, record: Record, declaration: Declaration, by: Actor, details: Mapping[str, Any]
) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind=declaration.name,
        subject_id=str(record.pk),
        facility=record.facility,
        province=record.province,
        details=details,
    )
