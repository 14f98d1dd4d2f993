"""The desk: queue of requests, breaches, consents, as tables and facts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Tag
from khoyte.legal.purposes import purposes_on
from khoyte.protection import queries
from khoyte.protection.enums import BreachAct, Channel, DataKind, Refusal, Relation, RequestKind, RequestState
from khoyte.protection.models import Breach, Consent, RequestEvent, SubjectRequest
from khoyte.protection.presenters.words import event_name, name_of, state_tag, urgency_tag
from khoyte.protection.subjects import Subject
from khoyte.visits.models import ProcessingLimit

ADDRESS = "/bao-ve-du-lieu"


def headline(waiting: int, late: int, unreported: int) -> Text:
    """What the officer must know first, in one sentence."""
    if late and unreported:
        return Text(
            f"{late} yêu cầu và {unreported} thông báo vi phạm quá hạn",
            f"{late} requests and {unreported} breach notices overdue",
        )
    if unreported:
        return Text(f"{unreported} thông báo vi phạm quá hạn", f"{unreported} breach notices overdue")
    if late:
        return Text(f"{late} yêu cầu quá hạn", f"{late} requests overdue")
    if waiting:
        return Text(f"{waiting} yêu cầu đang chờ giải quyết", f"{waiting} requests waiting")
    return Text("Không có yêu cầu nào đang chờ", "No request is waiting")


def requests_table(rows: Iterable[SubjectRequest], at: datetime, *, title: Text, sheet: str = "") -> Table:
    return Table(
        title=title,
        name="requests",
        columns=(
            Column("kind", Text("Yêu cầu", "Request"), head=True),
            Column("received", Text("Tiếp nhận lúc", "Received at"), "moment"),
            Column("due", Text("Hạn", "Due"), "moment"),
            Column("state", Text("Trạng thái", "State"), "tag"),
            Column("urgency", Text("Thời hạn", "Term"), "tag"),
        ),
        rows=[_request_row(row, at) for row in rows],
        empty=Text(
            "Chưa có yêu cầu nào. Khi nhận được yêu cầu của người dân, chọn “Ghi nhận yêu cầu”.",
            "No request. When a person asks, choose “Enter a request”.",
        ),
        downloads=(Link(sheet, Text("Tải danh sách (XLSX)", "Download (XLSX)")),) if sheet else (),
    )


def _request_row(row: SubjectRequest, at: datetime) -> dict[str, object]:
    state = RequestState(row.state)
    is_open = state in (RequestState.RECEIVED, RequestState.ANSWERED, RequestState.EXTENDED)
    late = (
        Tag("bad", Text("Quá hạn", "Late"))
        if queries.was_late(row)
        else Tag("good", Text("Đúng hạn", "In time"))
    )
    return {
        "kind": Cell(name_of(RequestKind(row.kind)), href=f"{ADDRESS}/yeu-cau/{row.pk}"),
        "received": row.received_at,
        "due": queries.next_due(row),
        "state": state_tag(state),
        "urgency": urgency_tag(queries.urgency(row, at)) if is_open else late,
    }


def request_facts(
    row: SubjectRequest, subject: Subject, held: queries.Held, limit: ProcessingLimit | None
) -> list[Fact]:
    """The whole file but the person's number, which is masked: the paper beside it shows it."""
    facts = [
        Fact(Text("Người yêu cầu", "Requester"), subject.name, note=name_of(Relation(row.relation))),
        Fact(Text("Số định danh cá nhân", "Personal number"), mask(subject.number)),
        Fact(Text("Liên hệ", "Contact"), subject.contact or None),
        Fact(Text("Người đại diện", "Representative"), subject.representative or None),
        Fact(Text("Nội dung yêu cầu", "What is asked"), subject.statement or None),
        Fact(Text("Cách tiếp nhận", "Received"), name_of(Channel(row.channel))),
        Fact(Text("Tiếp nhận lúc", "Received at"), row.received_at, "moment"),
        Fact(Text("Hạn trả lời tiếp nhận", "First answer due"), row.answer_due, "moment"),
        Fact(Text("Hạn giải quyết", "Due"), row.due, "moment"),
        Fact(Text("Lượt khám, điều trị đang lưu", "Visits stored"), held.visits, "number"),
        Fact(Text("Sự đồng ý đang có hiệu lực", "Consents in force"), held.consents, "number"),
    ]
    if limit is not None:
        facts.append(Fact(Text("Hạn chế xử lý từ", "Processing limited since"), limit.began_at, "moment"))
        facts.append(Fact(Text("Bỏ hạn chế lúc", "Limit lifted"), limit.ended_at, "moment"))
    if row.refusal:
        facts.append(Fact(Text("Lý do từ chối", "Reason of refusal"), name_of(Refusal(row.refusal))))
    return [fact for fact in facts if fact.value is not None]


def request_events(events: Sequence[tuple[RequestEvent, str]]) -> list[tuple[Text, RequestEvent, str]]:
    return [(event_name(event.act), event, note) for event, note in events]


def breaches_table(rows: Iterable[Breach], at: datetime) -> Table:
    return Table(
        title=Text("Vi phạm về dữ liệu cá nhân", "Breaches of personal data"),
        name="breaches",
        columns=(
            Column("discovered", Text("Phát hiện lúc", "Discovered"), "moment", head=True),
            Column("summary", Text("Nội dung", "What happened")),
            Column("subjects", Text("Người bị ảnh hưởng", "Persons"), "number"),
            Column("due", Text("Hạn thông báo", "To be told by"), "moment"),
            Column("state", Text("Trạng thái", "State"), "tag"),
        ),
        rows=[
            {
                "discovered": Cell(row.discovered_at, href=f"{ADDRESS}/vi-pham/{row.pk}"),
                "summary": row.summary[:200],
                "subjects": row.subjects,
                "due": min(duty.due for duty in queries.duties(row)),
                "state": breach_tag(row, at),
            }
            for row in rows
        ],
        empty=Text("Chưa có vi phạm nào được ghi nhận.", "No breach has been recorded."),
    )


def breach_tag(row: Breach, at: datetime) -> Tag:
    if queries.is_closed(row):
        return Tag("good", Text("Đã kết thúc", "Ended"))
    waiting = [duty for duty in queries.duties(row) if duty.done is None]
    if any(duty.is_late(at) for duty in waiting):
        return Tag("bad", Text("Quá hạn thông báo", "Notice overdue"))
    if waiting:
        return Tag("warn", Text("Chưa thông báo đủ", "Notices outstanding"))
    return Tag("wait", Text("Đang xử lý", "In hand"))


def breach_facts(row: Breach) -> list[Fact]:
    facts = [
        Fact(Text("Phát hiện lúc", "Discovered at"), row.discovered_at, "moment"),
        Fact(
            Text("Loại dữ liệu", "Kinds of data"),
            Text(
                "; ".join(name_of(DataKind(kind)).vi for kind in row.data_kinds),
                "; ".join(name_of(DataKind(kind)).en for kind in row.data_kinds),
            ),
        ),
        Fact(Text("Số người bị ảnh hưởng", "Persons affected"), row.subjects, "number"),
    ]
    for duty in queries.duties(row):
        label = name_of(duty.act)
        note = (
            Text("quá hạn", "late")
            if duty.is_late(row.recorded_at if duty.done is None else duty.done)
            else ""
        )
        if duty.done:
            facts.append(Fact(label, duty.done, "moment", note=note))
        else:
            facts.append(Fact(_BEFORE.fill(act=label), duty.due, "moment"))
    return facts


_BEFORE = Text("Hạn: {act}", "Due: {act}")


def breach_events(row: Breach) -> list[tuple[Text, object]]:
    return [
        (name_of(BreachAct(event.act)), event) for event in sorted(row.events.all(), key=lambda one: one.pk)
    ]


def consents_table(rows: Iterable[tuple[Consent, Subject]], day) -> Table:  # type: ignore[no-untyped-def]
    purposes = purposes_on(day)
    return Table(
        title=Text("Sự đồng ý đã ghi nhận", "Consents"),
        name="consents",
        columns=(
            Column("subject", Text("Người đồng ý", "Person"), head=True),
            Column("purpose", Text("Mục đích", "Purpose")),
            Column("given", Text("Đồng ý lúc", "Given at"), "moment"),
            Column("proof", Text("Mã kiểm tra toàn vẹn", "Hash of the words")),
            Column("state", Text("Trạng thái", "State"), "tag"),
        ),
        rows=[
            {
                "subject": Cell(subject.name, href=f"{ADDRESS}/dong-y/{row.pk}", note=mask(subject.number)),
                "purpose": purposes[row.purpose].label if row.purpose in purposes else row.purpose,
                "given": row.given_at,
                "proof": bytes(row.text_sha256).hex()[:16],
                "state": consent_tag(row),
            }
            for row, subject in rows
        ],
        empty=Text("Chưa ghi nhận sự đồng ý nào.", "No consent has been recorded."),
    )


def consent_tag(row: Consent) -> Tag:
    if row.withdrawn_at:
        return Tag("info", Text("Đã rút lại", "Withdrawn"))
    return Tag("good", Text("Đang có hiệu lực", "In force"))


def consent_facts(row: Consent, subject: Subject) -> list[Fact]:
    purposes: Mapping[str, object] = purposes_on(row.given_at.date())
    purpose = purposes.get(row.purpose)
    facts = [
        Fact(Text("Người đồng ý", "Person"), subject.name, note=name_of(Relation(row.relation))),
        Fact(Text("Số định danh cá nhân", "Personal number"), mask(subject.number)),
        Fact(Text("Người đại diện", "Representative"), subject.representative or None),
        Fact(Text("Mục đích", "Purpose"), getattr(purpose, "label", row.purpose)),
        Fact(Text("Nội dung đồng ý", "The words"), row.text),
        Fact(
            Text("Mã kiểm tra toàn vẹn của nội dung (SHA-256)", "SHA-256 of the words"),
            bytes(row.text_sha256).hex(),
        ),
        Fact(
            Text("Mã kiểm tra toàn vẹn của văn bản (SHA-256)", "SHA-256 of the signed paper"),
            bytes(row.evidence_sha256).hex() if row.evidence_sha256 else None,
        ),
        Fact(Text("Đồng ý lúc", "Given at"), row.given_at, "moment", note=name_of(Channel(row.channel))),
        Fact(Text("Rút lại lúc", "Withdrawn at"), row.withdrawn_at, "moment"),
    ]
    return [fact for fact in facts if fact.value is not None]
