"""Issuing official papers: composed, written, signed where the unit's key is here, kept for good.

What was issued is never changed: a correction is a new edition with its reason, the old one stays. The ledger
keeps number, digests and both files (sealed); a signed copy from outside must begin with the very bytes that
were issued, as PAdES adds to a file and changes nothing.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils import translation

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import now
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import home
from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper, as_docx, as_pdf
from khoyte.foundation.text import repair
from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.errors import NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import Register
from khoyte.registers.models import IssuedPaper, PaperSignature, Record
from khoyte.registers.papers import Issuer, Known, Occasion, PaperKind
from khoyte.signing import pdf, wording
from khoyte.signing.checking import Answer
from khoyte.signing.signers import Signer, open_key
from khoyte.signing.trust import load_trust
from khoyte.units.errors import Refused
from khoyte.units.models import Unit
from khoyte.units.policy import Actor, Decision, Facts, decide

SEALED_FOR = "register.paper"
FIELDS = ("number", "day", "place", "authority", "signer", "reason")
PDF_BYTES = pdf.PDF_BYTES


def issuer_of(actor: Actor) -> Issuer:
    """The unit of the actor as papers name it.

    What stands above a facility is left to the paper: only its register says who runs it.
    """
    unit = Unit.objects.select_related("under").filter(pk=actor.unit_code).first()
    if unit is None:
        raise UnknownRecord
    # A department and a hospital of the ministry stand under no province: their seat is not known from it.
    province = next((one for one in (unit, unit.under) if one is not None and one.kind == "province"), None)
    named = re.sub(r"(?i)^Sở Y tế\s+", "", province.name) if province else ""
    place = re.sub(r"(?i)^(tỉnh|thành phố|tp\.?)\s+", "", named)
    above = {"province": f"Ủy ban nhân dân {named}", "department": "Bộ Y tế"}.get(unit.kind, "")
    return Issuer(unit.code, unit.name, above.upper(), place)


def _refused(decision: Decision) -> Refused:
    """Another's record, or (allowed there) a paper that units of another kind issue."""
    if decision:
        return Refused(NOT_YOUR_PAPER, anonymous=False, remedy=ISSUED_ELSEWHERE)
    return Refused(decision.reason, anonymous=False, remedy=decision.remedy)


def occasion(
    *, register: Register, record: Record, kind: PaperKind, by: Actor, asked: Mapping[str, str]
) -> Occasion:
    """What the paper is composed from. Raises Refused, NotNow, WrongRecord."""
    facts = Facts(facility=record.facility, province=record.province)
    decision = decide(by, "paper.issue", facts)
    if not decision or by.unit_kind not in kind.unit_kinds:
        raise _refused(decision)
    content = in_force(register, record)
    if kind.from_confirmed and not content:
        raise NotNow(NOT_CONFIRMED)
    refusal = kind.refusal(record, content, by)
    if refusal is not None:
        raise NotNow(refusal)
    known = kind.known(content)
    return Occasion(
        record=record,
        content=content,
        actor=by,
        issuer=issuer_of(by),
        at=now(),
        number=known.number or _line(asked, "number", 60),
        day=known.day or _day(asked, "day"),
        place=_line(asked, "place", 60),
        authority=[repair(one).upper() for one in asked.get("authority", "").splitlines() if one.strip()][:4],
        signer=known.signer or _line(asked, "signer", 120),
        asked={option.name: _answer(asked, option) for option in kind.options},
    )


def in_force(register: Register, record: Record) -> dict[str, Any]:
    """The confirmed content; {} where nothing was confirmed."""
    version = queries.confirmed_version(record)
    return contents.opened_content(register.declaration, version) if version else {}


def known_of(register: Register, record: Record, kind: PaperKind) -> Known:
    return kind.known(in_force(register, record))


def preview(
    *, register: Register, record: Record, kind: PaperKind, by: Actor, asked: Mapping[str, str]
) -> Paper:
    """The paper as it would be, marked as not issued."""
    what = occasion(register=register, record=record, kind=kind, by=by, asked=asked)
    return _composed(kind, replace(what, mark=PREVIEW))[0]


def issue(
    *, register: Register, record: Record, kind: PaperKind, by: Actor, asked: Mapping[str, str]
) -> IssuedPaper:
    """Write the paper, sign it where the unit's key is here, and keep it. In the caller's transaction.

    A number the unit has used before for this kind in this year makes a new edition, for which a reason must
    be given. Raises Refused, NotNow, WrongRecord.
    """
    what = occasion(register=register, record=record, kind=kind, by=by, asked=asked)
    id = time_ordered_id()
    what = replace(what, mark=MARK.format(id=str(id)))
    before = _earlier(kind, record, what)
    reason = repair(asked.get("reason", ""))[:500]
    if before is not None and not reason:
        raise WrongRecord({"reason": [SECOND_EDITION.fill(number=before.number)]})
    paper, lines = _composed(kind, what)
    docx, written = as_docx(paper), as_pdf(paper)
    made = IssuedPaper(
        id=id,
        kind=kind.name,
        register=register.name,
        record=record.pk,
        record_version=record.confirmed_version or record.version,
        facility=record.facility,
        province=record.province,
        unit=by.unit_code,
        unit_name=what.issuer.name,
        number=what.number,
        year=(what.day or what.at.date()).year,
        edition=before.edition + 1 if before else 1,
        replaces=before.pk if before else None,
        reason=reason if before else "",
        title=paper.title[:300],
        signer=what.signer,
        lines=lines,
        options=dict(what.asked),
        as_of=what.at,
        issued_by=by.name,
        docx_sha256=hashlib.sha256(docx).digest(),
        pdf_sha256=hashlib.sha256(written).digest(),
        docx_sealed=contents.keyring().seal(docx, SEALED_FOR),
        pdf_sealed=contents.keyring().seal(written, SEALED_FOR),
    )
    made.save(force_insert=True)
    _record("paper.issue", made, by, {"kind": kind.name, "number": made.number, "edition": made.edition,
                                      "pdf": made.pdf_sha256.hex(), "lines": lines})  # fmt: skip
    signer = key_of(by.unit_code)
    if signer is not None:
        _keep_signature(made, pdf.sign(written, signer, slot="ToChuc"), by, "server")
    return made


def _composed(kind: PaperKind, what: Occasion) -> tuple[Paper, int]:
    """Official papers are in Vietnamese, whatever the language of the page."""
    with translation.override("vi"):
        return kind.compose(what)


def add_signed_copy(*, paper: IssuedPaper, data: bytes, by: Actor) -> PaperSignature:
    """Keep a copy that was signed outside. Raises WrongCopy, Refused."""
    decision = decide(by, "paper.issue", Facts(facility=paper.facility, province=paper.province))
    if not decision or by.unit_code != paper.unit:
        raise _refused(decision)
    if not data.startswith(latest_pdf(paper)):
        raise WrongCopy(OTHER_BYTES)
    return _keep_signature(paper, data, by, "upload")


def key_of(unit: str) -> Signer | None:
    """The key the server holds for a unit: `KHOYTE_HOME/paper-keys/<code>.pem` or `.p12`, readable by its
    owner alone; None where there is none, and the paper is then signed outside."""
    for ending in ("pem", "p12"):
        path = home() / "paper-keys" / f"{unit}.{ending}"
        if re.fullmatch(r"[0-9A-Za-z]+", unit) and path.is_file():
            return open_key(path)
    return None


def latest_pdf(paper: IssuedPaper) -> bytes:
    """With every signature it has so far."""
    signed = PaperSignature.objects.filter(paper=paper.pk).order_by("-id").first()
    return opened(signed.pdf_sealed if signed else paper.pdf_sealed)


def opened(sealed: Any) -> bytes:
    return contents.keyring().open(bytes(sealed), SEALED_FOR)


def _keep_signature(paper: IssuedPaper, data: bytes, by: Actor, way: str) -> PaperSignature:
    answers = pdf.check(data, load_trust(), now())
    if not answers:
        raise WrongCopy(NO_SIGNATURE)
    refused = [answer for _, answer in answers if answer.problems]
    if refused and way == "upload":
        raise WrongCopy(BAD_SIGNATURE.fill(why=wording.spoken(refused[0].problems[0])))
    answer: Answer = answers[-1][1]
    facts = answer.signer or {}
    made = PaperSignature(
        paper=paper.pk,
        facility=paper.facility,
        province=paper.province,
        way=way,
        by=by.name,
        state=answer.state,
        holder=str(facts.get("name", ""))[:300],
        fingerprint=str(facts.get("fingerprint", ""))[:64],
        pdf_sha256=hashlib.sha256(data).digest(),
        pdf_sealed=contents.keyring().seal(data, SEALED_FOR),
    )
    made.save(force_insert=True)
    _record("paper.sign", paper, by, {"way": way, "state": answer.state, "pdf": made.pdf_sha256.hex()})
    return made


def _earlier(kind: PaperKind, record: Record, what: Occasion) -> IssuedPaper | None:
    """The newest edition under this number of this unit in this year."""
    if not what.number:
        return None
    year = (what.day or what.at.date()).year
    found = IssuedPaper.objects.filter(
        kind=kind.name, unit=what.actor.unit_code, number=what.number, year=year
    )
    last = found.order_by("-edition").first()
    if last is not None and last.record != record.pk:
        raise WrongRecord({"number": [NUMBER_TAKEN]})
    return last


def _record(action: str, paper: IssuedPaper, by: Actor, details: Mapping[str, Any]) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="paper",
        subject_id=str(paper.pk),
        facility=paper.facility,
        province=paper.province,
        details=details,
    )


def note_read(by: Actor, paper: IssuedPaper) -> None:
    _record("paper.read", paper, by, {"kind": paper.kind})


def paper_of(id: uuid.UUID, actor: Actor) -> IssuedPaper:
    """Raises UnknownRecord for not there and not yours alike."""
    found = IssuedPaper.objects.filter(pk=id).first()
    if found is None or not decide(
        actor, "register.read", Facts(facility=found.facility, province=found.province)
    ):
        raise UnknownRecord
    return found


def papers_of(record: Record) -> list[IssuedPaper]:
    """Newest first; without the files."""
    rows = IssuedPaper.objects.filter(record=record.pk)
    return list(rows.defer("docx_sealed", "pdf_sealed").order_by("-as_of"))


def signatures_of(paper: IssuedPaper) -> list[PaperSignature]:
    return list(PaperSignature.objects.filter(paper=paper.pk).defer("pdf_sealed").order_by("id"))


# What the officer typed


def _line(asked: Mapping[str, str], name: str, longest: int) -> str:
    return repair(asked.get(name, ""))[:longest]


def _answer(asked: Mapping[str, str], option: Any) -> str:
    given = asked.get(option.name, "")
    if option.choices:
        return given if given in option.choices else next(iter(option.choices))
    found = _day(asked, option.name)
    return found.isoformat() if found else ""


def _day(asked: Mapping[str, str], name: str) -> date | None:
    """yyyy-mm-dd or dd/mm/yyyy. Raises WrongRecord."""
    given = asked.get(name, "").strip()
    if not given:
        return None
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(given, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise WrongRecord({name: [NO_DAY]})


class WrongCopy(KhoyteError):
    """A file handed in as the signed copy that is not."""

    code = "wrong-copy"
    status = 422


MARK = "Mã tra cứu văn bản: {id}"
PREVIEW = "BẢN XEM TRƯỚC, CHƯA BAN HÀNH"
NOT_YOUR_PAPER = Text(
    vi="Văn bản này do đơn vị khác ban hành.", en="This paper is issued by another kind of unit."
)
ISSUED_ELSEWHERE = Text(
    vi="Đề nghị đơn vị có thẩm quyền ban hành văn bản này lập văn bản từ hồ sơ.",
    en="Ask the unit that issues it to make the paper from the record.",
)
NOT_CONFIRMED = Text(
    vi="Hồ sơ chưa được xác nhận nên chưa lập được văn bản. Gửi rà soát và chờ xác nhận.",
    en="The record is not confirmed, so no paper can be made of it yet. Send it for review first.",
)
SECOND_EDITION = Text(
    vi="Số {number} đã dùng cho văn bản này. Ghi lý do lập lại; bản trước vẫn được giữ.",
    en="The number {number} was used for this paper. Say why it is issued again; the earlier one is kept.",
)
NUMBER_TAKEN = Text(
    vi="Số này đã dùng cho văn bản của hồ sơ khác trong năm. Lấy số khác trong sổ văn thư.",
    en="This number stands on another record's paper of the year. Take another one.",
)
NO_DAY = Text(vi="Ngày không có thật. Ghi như 05/03/2026.", en="No such day. Write it like 05/03/2026.")
OTHER_BYTES = Text(
    vi="Tệp này không phải bản PDF đã ban hành có thêm chữ ký. Tải bản PDF từ trang này, ký số rồi gửi lại.",
    en="This file is not the issued PDF with a signature added. Download it here, sign it, send that.",
)
NO_SIGNATURE = Text(
    vi="Tệp PDF chưa có chữ ký số. Ký số tệp rồi gửi lại.", en="The PDF bears no signature. Sign it first."
)
BAD_SIGNATURE = Text(
    vi="Chữ ký số trên tệp không hợp lệ: {why}. Ký lại bằng chứng thư còn hiệu lực.",
    en="The signature on the file does not hold: {why}. Sign it again with a certificate in force.",
)
