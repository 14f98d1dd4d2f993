"""Writes of this room: asking for support and answering; sessions of training and who attended."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from khoyte import __version__
from khoyte.audit import actions as audit
from khoyte.foundation.calendar import today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.guidance import asked_from, queries
from khoyte.guidance.catalogue import kinds, topics
from khoyte.guidance.errors import AlreadyClosed, UnknownSession, WrongRequest
from khoyte.guidance.models import Attendance, SupportEntry, SupportRequest, TrainingSession
from khoyte.notices import addressing
from khoyte.notices.actions import tell
from khoyte.units.enums import Role
from khoyte.units.models import Account
from khoyte.units.policy import Actor, Facts, decide

WORDS_MOST, SUBJECT_MOST = 4_000, 200
SENT_TWICE = timedelta(minutes=10)
SEALED_FOR = "support.words"


@dataclass(frozen=True)
class Context:
    """Where a request was asked from, as the page's link said; kept only as far as it names nobody."""

    address: str = ""
    reference: str = ""
    language: str = ""


@transaction.atomic
def ask(
    *, kind: str, subject: str, words: str, context: Context, by: Actor, picture: bytes | None = None
) -> SupportRequest:
    """Ask for support: the office above a facility answers, for everybody else the operators.

    The same words sent again within minutes, as by a second press, are the request that stands already.
    Raises WrongRequest. `picture` has been judged (`pictures.judged`).
    """
    subject, words = " ".join(subject.split()), words.strip()
    if kind not in kinds():
        raise WrongRequest("loai", _NO_KIND)
    if not subject or len(subject) > SUBJECT_MOST:
        raise WrongRequest("tieu-de", _NO_SUBJECT)
    _check_words(words)
    at = timezone.now()
    standing = _asked_just_now(kind, subject, words, by, at)
    if standing is not None:
        return standing
    made = SupportRequest(
        facility=by.facility,
        province=by.province,
        unit=by.unit_code,
        asked_by=by.name,
        asked_role=by.role,
        asked_at=at,
        changed_at=at,
        kind=kind,
        subject_sealed=_sealed(subject.encode()),
        page=asked_from.page_of(context.address),
        reference=asked_from.reference_of(context.reference),
        language=asked_from.language_of(context.language),
        version=__version__[:40],
        desk=_first_desk(by),
        due_at=kinds()[kind].due(at),
    )
    made.save(force_insert=True)
    _write(made, "ask", by, words, picture)
    _tell_desk(made, "asked")
    return made


def _asked_just_now(kind: str, subject: str, words: str, by: Actor, at: datetime) -> SupportRequest | None:
    """What the same person has asked in the same words a moment ago; one sending of a person at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"support {by.name}"])
    rows = SupportRequest.objects.filter(asked_by=by.name, kind=kind, asked_at__gt=at - SENT_TWICE)
    for row in rows.order_by("asked_at"):
        first = row.entries.order_by("pk").first()
        told = (queries.opened(row.subject_sealed), queries.opened(first.words_sealed) if first else b"")
        if told == (subject.encode(), words.encode()):
            return row
    return None


def _written_just_now(found: SupportRequest, words: str, picture: bytes | None, by: Actor) -> bool:
    """Whether the newest entry is this one, sent a moment ago by a first press. The request is held."""
    last = found.entries.order_by("-pk").first()
    if last is None or last.by != by.name or last.act not in ("add", "answer"):
        return False
    told = queries.opened(last.words_sealed), queries.opened(last.picture_sealed)
    return last.at > timezone.now() - SENT_TWICE and told == (words.encode(), picture or b"")


def _first_desk(by: Actor) -> str:
    """The office above facilities and practitioners answers them; everybody else asks the operators."""
    below = bool(by.facility) or by.role == Role.PRACTITIONER
    return "province" if below and by.province else "operator"


@transaction.atomic
def write(*, id: uuid.UUID, words: str, by: Actor, picture: bytes | None = None) -> SupportRequest:
    """Write on: the asker adds something, the desk answers.

    Raises UnknownRequest, AlreadyClosed, WrongRequest.
    """
    found = _open(id, by)
    _check_words(words.strip())
    if _written_just_now(found, words.strip(), picture, by):
        return found
    if found.asked_by == by.name:
        again = found.state == "answered"
        _change(found, state="waiting", **({"due_at": _due(found)} if again else {}))
        entry = _write(found, "add", by, words.strip(), picture)
        _tell_desk(found, str(entry.pk))
    else:
        _check_desk(found, by)
        _change(found, state="answered")
        entry = _write(found, "answer", by, words.strip(), picture)
        _tell_asker(found, "support_answered", str(entry.pk))
    return found


@transaction.atomic
def pass_on(*, id: uuid.UUID, words: str, by: Actor) -> SupportRequest:
    """The office hands the request to the operators, with what it found; their term begins now."""
    found = _open(id, by)
    _check_desk(found, by)
    if found.desk == "operator":
        raise WrongRequest("", _HIGHEST)
    _change(found, desk="operator", state="waiting", due_at=_due(found))
    _write(found, "pass_on", by, words.strip()[:WORDS_MOST], None)
    _tell_desk(found, "passed")
    return found


@transaction.atomic
def close(*, id: uuid.UUID, by: Actor) -> SupportRequest:
    """Whoever asked, or the desk after it has answered, calls it settled."""
    found = _open(id, by)
    if found.asked_by != by.name:
        _check_desk(found, by)
        if found.state != "answered":
            raise WrongRequest("", _ANSWER_FIRST)
    _change(found, state="closed", closed_at=timezone.now())
    entry = _write(found, "close", by, "", None)
    if found.asked_by != by.name:
        _tell_asker(found, "support_closed", str(entry.pk))
    return found


def _open(id: uuid.UUID, by: Actor) -> SupportRequest:
    found = queries.request_of(id, by, locked=True)
    if found.state == "closed":
        raise AlreadyClosed
    return found


def _check_desk(found: SupportRequest, by: Actor) -> None:
    if not queries.answers(found, by):
        raise WrongRequest("", _NOT_YOUR_DESK)


def _due(found: SupportRequest):
    return kinds()[found.kind].due(timezone.now())


def _change(found: SupportRequest, **values: object) -> None:
    values["changed_at"] = timezone.now()
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))


def _write(found: SupportRequest, act: str, by: Actor, words: str, picture: bytes | None) -> SupportEntry:
    entry = SupportEntry(
        request=found,
        facility=found.facility,
        province=found.province,
        by=by.name,
        by_unit=by.unit_code,
        act=act,
        words_sealed=_sealed(words.encode()) if words else None,
        picture_sealed=_sealed(picture) if picture else None,
    )
    entry.save(force_insert=True)
    audit.record(
        by=by,
        action=f"support.{act}",
        subject_kind="support_request",
        subject_id=str(found.pk),
        facility=found.facility,
        province=found.province,
        details={"desk": found.desk, "state": found.state, "kind": found.kind},
    )
    return entry


def _sealed(data: bytes) -> bytes:
    return Keyring.held().seal(data, SEALED_FOR)


def _check_words(words: str) -> None:
    if not words or len(words) > WORDS_MOST:
        raise WrongRequest("noi-dung", _NO_WORDS)


def _tell_desk(found: SupportRequest, occasion: str) -> None:
    to = queries.desk_of(found)
    tell(
        "support_waiting",
        to=[addressing.role(unit, *roles) for unit, roles in to],
        subject=str(found.pk),
        occasion=f"{found.desk} {occasion}",
        facts={"kind": found.kind, "due": found.due_at.date()},
        href=f"/ho-tro/{found.pk}",
    )


def _tell_asker(found: SupportRequest, kind: str, occasion: str) -> None:
    tell(
        kind,
        to=[addressing.account(found.asked_by)],
        subject=str(found.pk),
        occasion=occasion,
        facts={"kind": found.kind},
        href=f"/ho-tro/{found.pk}",
    )


# Training


@transaction.atomic
def record_session(
    *, topic: str, day: date | None, is_online: bool, place: str, trainer: str, by: Actor
) -> TrainingSession:
    """Record a session of the actor's province, or of the ministry. Raises WrongRequest.

    Sent twice, as by a second press, it is one session.
    """
    place, trainer = " ".join(place.split()), " ".join(trainer.split())
    if topic not in topics():
        raise WrongRequest("chu-de", _NO_TOPIC)
    if day is None or not today() - LONGEST_AGO <= day <= today() + FARTHEST:
        raise WrongRequest("ngay", _NO_DAY)
    if not place or len(place) > 200:
        raise WrongRequest("dia-diem", _NO_PLACE)
    if not trainer or len(trainer) > 150:
        raise WrongRequest("giang-vien", _NO_TRAINER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"session {by.name}"])
    same = TrainingSession.objects.filter(
        unit=by.unit_code, topic=topic, day=day, is_online=is_online, place=place, trainer=trainer,
        recorded_by=by.name, recorded_at__gt=timezone.now() - SENT_TWICE,
    ).first()  # fmt: skip
    if same is not None:
        return same
    made = TrainingSession(
        province=by.province,
        unit=by.unit_code,
        topic=topic,
        day=day,
        is_online=is_online,
        place=place,
        trainer=trainer,
        code="".join(secrets.choice(_CODE_SIGNS) for _ in range(6)),
        recorded_by=by.name,
    )
    made.save(force_insert=True)
    audit.record(
        by=by,
        action="training.session",
        subject_kind="training_session",
        subject_id=str(made.pk),
        province=by.province,
        details={"topic": topic},
    )
    return made


LONGEST_AGO, FARTHEST = timedelta(days=730), timedelta(days=366)
# Read aloud and typed on a phone: nothing that looks like something else.
_CODE_SIGNS = "ABCDEFGHKMNPQRTUVXY346789"


@transaction.atomic
def mark_present(*, session: TrainingSession, accounts: Sequence[str], by: Actor) -> int:
    """Record that these accounts attended; how many are new. Those that are not the actor's are left out.

    Raises WrongRequest before the day of the session, and where none of them is the actor's or there at all.
    """
    _check_day(session)
    rows = Account.objects.select_related("unit").filter(username__in=accounts, is_active=True)
    chosen = [one for one in rows if _may_mark(one, by)]
    if accounts and not chosen:
        raise WrongRequest("nguoi", _NOBODY_OF_YOURS)
    return _attend(session, chosen, by)


@transaction.atomic
def check_in(*, code: str, by: Actor) -> TrainingSession:
    """Record one's own attendance by the code shown in the session, on its day. Raises WrongRequest."""
    written = "".join(code.split()).upper()
    found = TrainingSession.objects.filter(code=written, day=today()).first() if written else None
    if found is None or not queries.is_for(found, by):
        raise WrongRequest("ma", _NO_CODE)
    _attend(found, list(Account.objects.select_related("unit").filter(username=by.name)), by)
    return found


@transaction.atomic
def answer_check(*, session: TrainingSession, answers: Sequence[int], by: Actor) -> Attendance:
    """The short check of somebody who attended; the first answers count. Raises UnknownSession."""
    own = Attendance.objects.select_for_update().filter(session=session, account=by.name).first()
    questions = topics()[session.topic].check
    if own is None or not questions:
        raise UnknownSession
    if own.asked is None:
        pairs = zip(questions, answers, strict=False)
        own.right = sum(question.right == given for question, given in pairs)
        own.asked = len(questions)
        own.save(update_fields=["right", "asked"])
    return own


def _check_day(session: TrainingSession) -> None:
    if session.day > today():
        raise WrongRequest("nguoi", _NOT_YET)


def _may_mark(account: Account, by: Actor) -> bool:
    unit = account.unit
    facts = Facts(facility=unit.code if unit.kind == "facility" else "", province=unit.province)
    return account.role != Role.CITIZEN and bool(decide(by, "training.record", facts))


def _attend(session: TrainingSession, accounts: Sequence[Account], by: Actor) -> int:
    known = set(Attendance.objects.filter(session=session).values_list("account", flat=True))
    rows = [
        Attendance(
            session=session,
            account=one.username,
            unit=one.unit_id,
            facility=one.unit_id if one.unit.kind == "facility" else "",
            province=one.unit.province,
            marked_by=by.name,
        )
        for one in accounts
        if one.username not in known
    ]
    Attendance.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        audit.record(
            by=by,
            action="training.attend",
            subject_kind="training_session",
            subject_id=str(session.pk),
            facility=by.facility,
            province=by.province,
            details={"accounts": len(rows), "topic": session.topic},
        )
    return len(rows)


_NO_KIND = Text(vi="Chưa chọn loại yêu cầu.", en="Choose what kind of request it is.")
_NO_SUBJECT = Text(
    vi="Ghi ngắn gọn vấn đề, tối đa 200 ký tự.", en="Say in a few words what it is about (200 signs at most)."
)
_NO_WORDS = Text(
    vi="Ghi việc đang làm, điều đã xảy ra; tối đa 4.000 ký tự.",
    en="Say what was being done and what happened (4,000 signs at most).",
)
_HIGHEST = Text(vi="Yêu cầu này đã ở đơn vị vận hành.", en="The request stands with the operators already.")
_ANSWER_FIRST = Text(vi="Trả lời trước khi đóng yêu cầu.", en="Answer before closing the request.")
_NOT_YOUR_DESK = Text(
    vi="Yêu cầu này không thuộc bộ phận trả lời của đơn vị.", en="This request is not yours to answer."
)
_NO_TOPIC = Text(vi="Chưa chọn chủ đề tập huấn.", en="Choose a topic.")
_NO_DAY = Text(
    vi="Ngày tập huấn cần có dạng ngày/tháng/năm, trong 2 năm qua hoặc 1 năm tới.",
    en="The day lies within the last two years or the next one.",
)
_NO_PLACE = Text(
    vi="Ghi địa điểm, hoặc phòng họp trực tuyến; tối đa 200 ký tự.", en="Say where, or in which online room."
)
_NO_TRAINER = Text(vi="Ghi họ tên hoặc đơn vị giảng viên.", en="Say who the trainer is.")
_NO_CODE = Text(
    vi="Mã điểm danh không đúng, hoặc buổi tập huấn không diễn ra hôm nay.",
    en="The code is not right, or the session is not today.",
)
_NOBODY_OF_YOURS = Text(
    vi="Không có tài khoản nào trong số đã chọn thuộc phạm vi của đơn vị. Chọn lại trong danh sách.",
    en="None of the chosen accounts is of your units. Choose from the list.",
)
_NOT_YET = Text(
    vi="Buổi tập huấn chưa diễn ra nên chưa điểm danh được.", en="The session has not been held yet."
)
