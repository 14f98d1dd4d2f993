"""Writes of the data-protection desk. Each act is one transaction with its audit entry; audit and logs hold
kinds, states and identifiers of files, never a word about the person.
"""

import hashlib
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.language import Text
from khoyte.foundation.text import nfc
from khoyte.legal.deadlines import deadline_on
from khoyte.legal.purposes import purposes_on
from khoyte.protection import subjects
from khoyte.protection.enums import (
    DEADLINE_OF,
    FIRST_ANSWER,
    REFUSABLE,
    BreachAct,
    Channel,
    DataKind,
    Relation,
    RequestAct,
    RequestKind,
    RequestState,
    transitions_of,
)
from khoyte.protection.errors import NotPossible
from khoyte.protection.models import Breach, BreachEvent, Consent, Owned, RequestEvent, SubjectRequest
from khoyte.protection.subjects import Subject
from khoyte.units.policy import Actor
from khoyte.visits.models import ProcessingLimit

MOST_SUBJECTS = 100_000_000


@transaction.atomic
def register_request(
    *, kind: str, received_at: datetime, channel: str, relation: str, subject: Subject, by: Actor
) -> SubjectRequest:
    """Enter what a person asks of the unit of `by`; its terms run from `received_at`.

    Raises NotPossible for an unknown kind, channel or relation, a time to come, or a subject that cannot be.
    """
    kind = RequestKind(_known(kind, RequestKind))
    _must_be_past(received_at)
    subject = subjects.checked(subject, _known(relation, Relation))
    keyring = Keyring.load()
    made = SubjectRequest.objects.create(
        **_owner(by),
        kind=kind,
        received_at=received_at,
        channel=_known(channel, Channel),
        relation=relation,
        subject_key=subjects.key_of(subject.number, keyring),
        subject_sealed=subjects.seal(subject, keyring),
        answer_due=_due(FIRST_ANSWER, received_at),
        due=_due(DEADLINE_OF[kind], received_at),
    )
    _note(made, "received", "", by)
    _record("data_request.register", made, by, kind=kind)
    return made


@transaction.atomic
def act_on_request(
    *, request: SubjectRequest, act: str, note: str = "", refusal: str = "", by: Actor
) -> SubjectRequest:
    """Do the next thing about a request. `note` is what the person is told, needed but for a first answer.

    Completing the withdrawal of a consent withdraws the person's consents to this unit; completing a limit on
    processing takes the person's visits out of all that it binds (`visits.limits`), until it is lifted.
    Raises NotPossible for an act that the state, the kind or a missing word does not allow.
    """
    act = RequestAct(_known(act, RequestAct))
    found = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    after = transitions_of(RequestKind(found.kind)).get((RequestState(found.state), act))
    if after is None:
        state = RequestState(found.state).label
        raise NotPossible(_WRONG_STATE.fill(act=act.label, state=state), remedy=_LOAD_AGAIN)
    if act is not RequestAct.ANSWER and not note.strip():
        raise NotPossible(_NOTE_MISSING, code="note-missing")
    if len(note) > subjects.LONGEST_TEXT:
        raise NotPossible(_TOO_LONG.fill(longest=subjects.LONGEST_TEXT), code="wrong-text")
    if act is RequestAct.REFUSE and refusal not in REFUSABLE[RequestKind(found.kind)]:
        raise NotPossible(_WRONG_REASON, code="wrong-reason")
    found.state, found.refusal = after, refusal if act is RequestAct.REFUSE else ""
    if act is RequestAct.EXTEND:
        # The extension is as long as the term itself and begins where that ends.
        found.due = _due(DEADLINE_OF[RequestKind(found.kind)], found.due)
    found.save(update_fields=["state", "refusal", "due"])
    _note(found, act, note, by)
    if found.kind == RequestKind.WITHDRAW and act is RequestAct.COMPLETE:
        _withdraw_all(found, by)
    if found.kind == RequestKind.LIMIT and act is RequestAct.COMPLETE:
        _limit(found, by)
    if act is RequestAct.LIFT:
        ProcessingLimit.objects.filter(request=found.pk).update(ended_at=timezone.now(), ended_by=by.name)
    _record("data_request.act", found, by, act=act, state=after)
    return found


@transaction.atomic
def record_consent(
    *,
    purpose: str,
    subject: Subject,
    relation: str,
    channel: str,
    given_at: datetime,
    text: str,
    child_agreed: bool | None = None,
    evidence: bytes | None = None,
    by: Actor,
) -> Consent:
    """Keep a consent with its proof: the words agreed to, who, how, when, and the hash of the signed paper.

    Raises NotPossible for a purpose that rests on no consent, a child without representative or own
    agreement, words that are missing, or a time to come.
    """
    known = purposes_on(in_vietnam(given_at).date()).get(purpose)
    if known is None or not known.needs_consent:
        raise NotPossible(_NO_CONSENT_NEEDED, code="wrong-purpose")
    _must_be_past(given_at)
    subject = subjects.checked(subject, _known(relation, Relation))
    words = nfc(text).strip()
    if not words or len(words) > subjects.LONGEST_TEXT:
        raise NotPossible(_WORDS_MISSING.fill(longest=subjects.LONGEST_TEXT), code="wrong-text")
    _check_child(subject, relation, child_agreed, in_vietnam(given_at).date())
    keyring = Keyring.load()
    made = Consent.objects.create(
        **_owner(by),
        subject_key=subjects.key_of(subject.number, keyring),
        subject_sealed=subjects.seal(subject, keyring),
        purpose=purpose,
        relation=relation,
        child_agreed=child_agreed,
        channel=_known(channel, Channel),
        given_at=given_at,
        text=words,
        text_sha256=hashlib.sha256(words.encode()).digest(),
        evidence_sha256=hashlib.sha256(evidence).digest() if evidence else None,
    )
    _record("consent.record", made, by, purpose=purpose)
    return made


@transaction.atomic
def withdraw_consent(*, consent: Consent, at: datetime | None = None, by: Actor) -> Consent:
    """End a consent from `at` (now) on; what was done before stays lawful. Raises NotPossible when ended."""
    found = Consent.objects.select_for_update().get(pk=consent.pk)
    moment = at or timezone.now()
    if found.withdrawn_at is not None:
        raise NotPossible(_WITHDRAWN_ALREADY, code="withdrawn-already")
    if moment < found.given_at:
        raise NotPossible(_WITHDRAWN_BEFORE, code="wrong-time")
    found.withdrawn_at, found.withdrawn_by = moment, by.name
    found.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _record("consent.withdraw", found, by, purpose=found.purpose)
    return found


@transaction.atomic
def open_breach(
    *, discovered_at: datetime, summary: str, data_kinds: Collection[str], persons: int, by: Actor
) -> Breach:
    """Begin the file of a breach; 72 hours run from `discovered_at`. `summary` names no person.

    Raises NotPossible for a time to come, no summary, no kind of data, or a number that cannot be.
    """
    _must_be_past(discovered_at)
    words = nfc(summary).strip()
    if not words or len(words) > subjects.LONGEST_TEXT:
        raise NotPossible(_WORDS_MISSING.fill(longest=subjects.LONGEST_TEXT), code="wrong-text")
    kinds = sorted({_known(kind, DataKind) for kind in data_kinds})
    if not kinds:
        raise NotPossible(_NO_KIND, code="wrong-kind")
    if not 0 <= persons <= MOST_SUBJECTS:
        raise NotPossible(_WRONG_COUNT, code="wrong-number")
    made = Breach.objects.create(
        **_owner(by), discovered_at=discovered_at, summary=words, data_kinds=kinds, subjects=persons
    )
    _record("breach.open", made, by, kinds=kinds)
    return made


@transaction.atomic
def write_breach(*, breach: Breach, act: str, at: datetime, note: str = "", by: Actor) -> BreachEvent:
    """Add to a breach file; nothing of it is ever changed.

    Raises NotPossible after its end, for an end before the authority was told, or a time before discovery.
    """
    act = BreachAct(_known(act, BreachAct))
    found = _held(breach)
    acts = set(found.events.values_list("act", flat=True))
    if BreachAct.CLOSED in acts:
        raise NotPossible(_CLOSED, code="closed")
    if act is BreachAct.CLOSED and BreachAct.AUTHORITY_TOLD not in acts:
        raise NotPossible(_NOT_TOLD, code="authority-not-told")
    if act is BreachAct.MEASURE and not note.strip():
        raise NotPossible(_NOTE_MISSING, code="note-missing")
    _must_be_past(at)
    if at < found.discovered_at:
        raise NotPossible(_BEFORE_DISCOVERY, code="wrong-time")
    made = BreachEvent.objects.create(
        breach=found,
        facility=found.facility,
        province=found.province,
        at=at,
        by=by.name,
        act=act,
        note=nfc(note).strip()[: subjects.LONGEST_TEXT],
    )
    _record("breach.write", found, by, act=act)
    return made


def _held(breach: Breach) -> Breach:
    """The file while nobody else writes to it. Its row is never changed, so nothing of it can be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"breach {breach.pk}"])
    return Breach.objects.get(pk=breach.pk)


def _limit(request: SubjectRequest, by: Actor) -> None:
    """Visits held by the unit, by the facilities of its province, or by all for the ministry."""
    if by.unit_kind not in ("facility", "province", "ministry"):
        raise NotPossible(_NO_VISITS, code="no-visits")
    ProcessingLimit.objects.create(
        request=request.pk,
        unit=request.unit,
        facility=request.facility,
        province=request.province,
        person_key=bytes(request.subject_key),
        began_by=by.name,
    )


def _withdraw_all(request: SubjectRequest, by: Actor) -> None:
    """Those given to a unit that was taken over, too: who holds them now would go on by them."""
    open_consents = Consent.objects.filter(
        unit__in={request.unit, *by.units},
        subject_key=bytes(request.subject_key),
        withdrawn_at__isnull=True,
    )
    for consent in open_consents:
        withdraw_consent(consent=consent, by=by)


def _check_child(subject: Subject, relation: str, child_agreed: bool | None, on: date) -> None:
    age = subjects.age_by_number(subject.number, on)
    if age is None or age >= subjects.CHILD_UNDER:
        return
    if relation not in (Relation.PARENT, Relation.GUARDIAN):
        raise NotPossible(_CHILD, code="child-without-representative")
    if age >= subjects.CHILD_CONSENTS_FROM and not child_agreed:
        raise NotPossible(_CHILD_TOO, code="child-did-not-agree")


def _owner(by: Actor) -> dict[str, str]:
    return {"unit": by.unit_code, "facility": by.facility, "province": by.province, "recorded_by": by.name}


def _note(request: SubjectRequest, act: str, note: str, by: Actor) -> None:
    RequestEvent.objects.create(
        request=request,
        facility=request.facility,
        province=request.province,
        by=by.name,
        act=act,
        note_sealed=subjects.seal_note(note, Keyring.load()),
    )


def _record(action: str, about: Owned, by: Actor, **details: object) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind=action.partition(".")[0],
        subject_id=str(about.pk),
        facility=about.facility,
        province=about.province,
        purpose=_PURPOSES[action.partition(".")[0]],
        details=details,
    )


_PURPOSES = {"data_request": "subject.access", "consent": "consent.keep", "breach": "breach.handle"}


def _due(term: str, event: datetime) -> datetime:
    return deadline_on(term, in_vietnam(event).date()).deadline.due(event)


def _known(value: str, choices: type) -> str:
    if value not in choices.values:  # type: ignore[attr-defined]
        raise NotPossible(_WRONG_CHOICE, code="wrong-choice")
    return value


def _must_be_past(at: datetime) -> None:
    if at > timezone.now():
        raise NotPossible(_FUTURE, code="wrong-time")


_NO_VISITS = Text(
    "Đơn vị này không quản lý hồ sơ khám bệnh, chữa bệnh nên không hạn chế được. Chuyển yêu cầu đến cơ sở, "
    "Sở Y tế hoặc Bộ Y tế.",
    "This unit holds no records of care to limit. Pass the request to the facility, its health department or "
    "the ministry.",
)
_WRONG_CHOICE = Text("Lựa chọn không có trong danh sách.", "There is no such choice.")
_FUTURE = Text(
    "Thời điểm ghi nhận ở tương lai. Nhập lại thời điểm.", "The time lies in the future. Enter it again."
)
_WRONG_STATE = Text(
    "Không thực hiện được “{act}”: yêu cầu đang ở trạng thái “{state}”.",
    "“{act}” is not possible: the request is “{state}”.",
)
_LOAD_AGAIN = Text("Tải lại trang để xem trạng thái hiện tại.", "Load the page again to see how it stands.")
_NOTE_MISSING = Text(
    "Chưa nhập nội dung. Nhập nội dung rồi thực hiện lại.", "The words are missing. Add them and retry."
)
_TOO_LONG = Text("Nội dung không quá {longest} ký tự.", "No more than {longest} characters.")
_WRONG_REASON = Text(
    "Chọn một lý do từ chối phù hợp với loại yêu cầu này.", "Choose a reason that fits this kind of request."
)
_NO_CONSENT_NEEDED = Text(
    "Mục đích này không dựa trên sự đồng ý. Chọn một mục đích cần sự đồng ý.",
    "This purpose rests on no consent. Choose one that does.",
)
_WORDS_MISSING = Text(
    "Nội dung không được để trống và không quá {longest} ký tự.",
    "The words must not be empty nor longer than {longest} characters.",
)
_WITHDRAWN_ALREADY = Text("Sự đồng ý này đã được rút lại.", "This consent has been withdrawn already.")
_WITHDRAWN_BEFORE = Text(
    "Thời điểm rút lại không được trước thời điểm đồng ý.", "It cannot end before it was given."
)
_CHILD = Text(
    "Người này chưa đủ 16 tuổi: cha, mẹ hoặc người giám hộ phải đồng ý.",
    "This person is under 16: a parent or guardian must consent.",
)
_CHILD_TOO = Text(
    "Trẻ từ đủ 7 tuổi cũng phải đồng ý. Hỏi ý kiến của trẻ rồi ghi nhận.",
    "A child of 7 or more must agree too. Ask the child and record it.",
)
_NO_KIND = Text("Chọn ít nhất một loại dữ liệu bị ảnh hưởng.", "Choose at least one kind of data.")
_WRONG_COUNT = Text("Số người bị ảnh hưởng không hợp lệ.", "The number of persons cannot be.")
_CLOSED = Text(
    "Hồ sơ vi phạm đã kết thúc, không ghi thêm được.", "The breach file has ended; nothing can be added."
)
_NOT_TOLD = Text(
    "Chưa ghi nhận việc thông báo cơ quan chuyên trách nên chưa kết thúc được.",
    "It cannot end before the authority has been told.",
)
_BEFORE_DISCOVERY = Text(
    "Thời điểm này trước thời điểm phát hiện vi phạm.", "This lies before the breach was discovered."
)
