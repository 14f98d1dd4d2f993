"""Issued papers and those that may be issued, as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.registers.known import Register
from khoyte.registers.models import IssuedPaper, PaperSignature, Record
from khoyte.registers.papers import PaperKind, kinds_of, paper_kind
from khoyte.signing import wording
from khoyte.units.policy import Actor


@dataclass(frozen=True)
class Offer:
    """A paper that may be issued of a record, or why not now."""

    kind: PaperKind
    href: str
    refusal: Text | None


def paper_offers(found: Register, record: Record, content: Mapping[str, Any], actor: Actor) -> list[Offer]:
    offers = []
    for kind in kinds_of(found.name, actor.unit_kind):
        refusal = (
            NOT_CONFIRMED if kind.from_confirmed and not content else kind.refusal(record, content, actor)
        )
        if refusal is not None and not kind.from_confirmed:
            continue  # a letter of return is offered only while there is something to return
        href = f"/so-dang-ky/{found.name}/{record.pk}/van-ban/{kind.name}"
        offers.append(Offer(kind, href, refusal))
    return offers


NOT_CONFIRMED = Text(
    vi="Lập được sau khi hồ sơ được xác nhận.", en="Can be made once the record is confirmed."
)


def paper_table(papers: Sequence[IssuedPaper]) -> Table:
    return Table(
        title=Text(vi="Văn bản đã lập", en="Issued papers"),
        name="papers",
        columns=(
            Column("label", Text(vi="Văn bản", en="Paper"), head=True),
            Column("number", Text(vi="Số", en="Number")),
            Column("edition", Text(vi="Lần lập", en="Edition"), "number"),
            Column("unit", Text(vi="Đơn vị lập", en="Issued by")),
            Column("at", Text(vi="Tính đến", en="As of"), "moment"),
        ),
        rows=[
            {
                "label": Cell(paper_kind(one.kind).label, href=f"/van-ban/{one.pk}"),
                "number": one.number or None,
                "edition": one.edition,
                "unit": one.unit_name,
                "at": one.as_of,
            }
            for one in papers
        ],
        empty=Text(
            vi="Chưa lập văn bản nào từ hồ sơ này. Văn bản đã lập được giữ nguyên tại đây.",
            en="No paper was made of this record yet. Issued papers are kept here unchanged.",
        ),
    )


def paper_facts(one: IssuedPaper, kind: PaperKind) -> list[Fact]:
    facts = [
        Fact(Text(vi="Số, ký hiệu", en="Number"), one.number or Text(vi="ghi tay", en="by hand")),
        Fact(Text(vi="Đơn vị lập", en="Issued by"), one.unit_name),
        Fact(Text(vi="Người ký ghi trên văn bản", en="Signatory"), one.signer or formats.NOTHING),
        Fact(Text(vi="Tính đến", en="As of"), one.as_of, "moment"),
        Fact(Text(vi="Lập lúc", en="Issued at"), one.issued_at, "moment", note=one.issued_by),
        Fact(Text(vi="Lần lập", en="Edition"), one.edition, "number"),
        Fact(Text(vi="Lý do lập lại", en="Why again"), one.reason),
        Fact(Text(vi="Căn cứ", en="Legal source"), kind.legal),
        Fact(PDF_DIGEST, bytes(one.pdf_sha256).hex()),
        Fact(DOCX_DIGEST, bytes(one.docx_sha256).hex()),
    ]  # fmt: skip
    return [fact for fact in facts if fact.value]


PDF_DIGEST = Text(vi="Mã kiểm tra toàn vẹn bản PDF (SHA-256)", en="SHA-256 of the PDF")
DOCX_DIGEST = Text(vi="Mã kiểm tra toàn vẹn bản DOCX (SHA-256)", en="SHA-256 of the DOCX")
SIGNATURE_STATES = {
    "holds": Tag("good", wording.STATES["holds"]),
    "refused": Tag("bad", wording.STATES["refused"]),
    "unchecked": Tag("warn", wording.STATES["unchecked"]),
}


def signature_table(signatures: Sequence[PaperSignature]) -> Table:
    ways = {"server": Text(vi="khóa của đơn vị trên máy chủ", en="the unit's key on the server"),
            "upload": Text(vi="ký ngoài hệ thống, gửi lại", en="signed outside, handed in")}  # fmt: skip
    return Table(
        title=Text(vi="Chữ ký số trên bản PDF", en="Signatures on the PDF"),
        name="signatures",
        columns=(
            Column("holder", Text(vi="Người ký, đơn vị ký", en="Signed by"), head=True),
            Column("state", Text(vi="Kết quả kiểm tra", en="Check"), "tag"),
            Column("way", Text(vi="Cách ký", en="How")),
            Column("at", Text(vi="Lúc", en="At"), "moment"),
        ),
        rows=[
            {
                "holder": one.holder or None,
                "state": SIGNATURE_STATES[one.state],
                "way": ways[one.way],
                "at": one.at,
            }
            for one in signatures
        ],
        empty=Text(
            vi="Bản PDF chưa có chữ ký số. Tải bản PDF, ký bằng chứng thư của đơn vị rồi gửi lại tại đây.",
            en="The PDF bears no signature yet. Download it, sign it and hand it in here.",
        ),
    )
