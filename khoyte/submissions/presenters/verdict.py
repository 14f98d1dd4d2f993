"""The verdict page: one sentence, then causes by what they cure, then dossiers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.charts import bar
from khoyte.foundation.look.parts import Cell, Column, Fact, Pages, Table, Tag
from khoyte.submissions.models import Dossier, Finding, Judgement, Submission
from khoyte.submissions.presenters.spoken import Spoken, speak_finding
from khoyte.submissions.presenters.words import LEVELS, verdict_tag
from khoyte.submissions.verdict_queries import Progress, Tally
from khoyte.submissions.words import cause_words, reason_words

CAUSES_SHOWN = 10
_MOST = 0.8


@dataclass(frozen=True)
class Cause:
    """One cause as shown. `count` is what it holds back: dossiers refused, else dossiers with the warning."""

    id: str
    count: int
    bar: SafeString
    tag: Tag
    title: str
    hint: str
    rule: str
    effect: Text
    href: str
    example: str = ""
    example_href: str = ""
    record_href: str = ""


@dataclass(frozen=True)
class SpokenFinding:
    """One finding of one dossier."""

    tag: Tag
    precheck: Tag | None
    words: Spoken
    record_href: str = ""


def named_licence(row: Finding) -> str:
    """Whom a finding of the licence gate (V-050) speaks of, by licence number; "" for any other."""
    return str(row.params.get("who") or "") if row.rule.startswith("V-050") else ""


def record_address(row: Finding, records: Mapping[str, UUID]) -> str:
    """Where the register's record of that person is; "" for who may not see it."""
    record = records.get(named_licence(row))
    return f"/so-dang-ky/practitioners/{record}" if record else ""


def sentence(found: Submission, causes: Sequence[Mapping[str, Any]]) -> Text:
    """What happened to the file, in the one sentence a hurried reader needs."""
    counts = found.counts()
    wrong = [words.fill(n=formats.number(counts[name])) for name, words in _WRONG.items() if counts[name]]
    if wrong:
        if counts["rejected"]:
            wrong[0] = _with_leading_causes(wrong[0], counts["rejected"], causes)
        return Text(", ".join(part.vi for part in wrong), ", ".join(part.en for part in wrong))
    if not counts["received"]:
        return Text("Tệp không có hồ sơ nào", "The file holds no dossier")
    if counts["duplicate"] == counts["received"]:
        words = Text("Cả {n} hồ sơ đã đạt từ lần gửi trước", "All {n} dossiers were accepted before")
    elif counts["duplicate"]:
        words = Text(
            "{a} hồ sơ đạt, {d} hồ sơ trùng với lần gửi trước", "{a} dossiers accepted, {d} sent before"
        )
    else:
        words = Text("Cả {n} hồ sơ đạt", "All {n} dossiers accepted")
    number = formats.number
    return words.fill(
        n=number(counts["received"]), a=number(counts["accepted"]), d=number(counts["duplicate"])
    )


_WRONG = {
    "rejected": Text("{n} hồ sơ chưa đạt", "{n} dossiers rejected"),
    "quarantined": Text("{n} hồ sơ tạm giữ", "{n} quarantined"),
    "missing": Text("thiếu {n} hồ sơ so với số khai báo", "{n} declared but missing"),
}


def _with_leading_causes(words: Text, rejected: int, causes: Sequence[Mapping[str, Any]]) -> Text:
    """Add how few causes explain most of the refusals; the fewer, the better the news."""
    refusing = [cause for cause in causes if cause["refused"]]
    if rejected < 2 or not refusing or len(refusing) >= rejected:
        return words
    cured = 0
    for number, cause in enumerate(refusing[:3], start=1):
        cured += cause["cured"]
        if cured >= _MOST * rejected:
            added = Text("{words}, {k} nguyên nhân chiếm {share}", "{words}, {k} causes explain {share}")
            return added.fill(words=words, k=number, share=formats.share(cured / rejected))
    added = Text("{words} do {k} nguyên nhân", "{words} by {k} causes")
    return added.fill(words=words, k=len(refusing))


def counts(found: Submission, more: Tally) -> list[Fact]:
    """The figures under the sentence; each opens its dossiers."""
    warned = Text("trong đó {n} có cảnh báo", "{n} of them with warnings").fill(
        n=formats.number(more.with_warnings)
    )
    facts = [
        Fact(
            Text("Hồ sơ tiếp nhận", "Received"),
            found.received,
            "number",
            href="?#dossiers",
            note=_declared(found),
        ),
        Fact(
            Text("Đạt", "Accepted"),
            found.accepted,
            "number",
            href="?ket-qua=accepted#dossiers",
            note=warned if more.with_warnings else "",
        ),
        Fact(Text("Chưa đạt", "Rejected"), found.rejected, "number", href="?ket-qua=rejected#dossiers"),
        Fact(
            Text("Tạm giữ", "Quarantined"), found.quarantined, "number", href="?ket-qua=quarantined#dossiers"
        ),
        Fact(Text("Trùng", "Duplicates"), found.duplicate, "number", href="?ket-qua=duplicate#dossiers"),
        Fact(
            Text("Chưa đạt mức trước khi gửi BHXH", "Refused before Social Security"),
            more.refused_by_precheck,
            "number",
            href="?ket-qua=precheck#dossiers",
        ),
    ]
    return [fact if fact.value else Fact(fact.label, 0, "number", note=fact.note) for fact in facts]


def _declared(found: Submission) -> Text:
    """How many the file said it holds, when that is not what it holds."""
    if not found.missing and not found.undeclared:
        return Text("đúng số khai báo", "as declared")
    return Text("khai báo {n}", "{n} declared").fill(n=formats.number(found.declared))


def causes_shown(
    rows: Sequence[Mapping[str, Any]],
    found: Submission,
    firsts: Mapping[str, tuple[Finding, str]],
    records: Mapping[str, UUID],
) -> list[Cause]:
    """Causes as listed, in the order of the judgement (dossiers cured first).

    `firsts`: the first finding of a cause with the standard of its dossier; it is the example in words.
    `records`: records of the register by licence, of those the reader may see.
    """
    return [_with_example(_cause(row, found.rejected), found, firsts.get(row["id"]), records) for row in rows]


def _with_example(
    cause: Cause, found: Submission, first: tuple[Finding, str] | None, records: Mapping[str, UUID]
) -> Cause:
    if first is None:
        return cause
    finding, standard = first
    href = f"/goi-ho-so/{found.pk}/ho-so/{finding.position}"
    return replace(
        cause,
        example=speak_finding(finding, standard).message,
        example_href=href,
        record_href=record_address(finding, records),
    )


def _cause(row: Mapping[str, Any], rejected: int) -> Cause:
    words = cause_words(dict(row), formats.language())
    refuses = bool(row["refused"])
    count = row["refused"] if refuses else row["dossiers"]
    cured = Text(
        "Khắc phục nguyên nhân này thì {n} hồ sơ sẽ đạt.", "Correct this and {n} dossiers are accepted."
    )
    among = Text(
        "Các hồ sơ này còn nguyên nhân khác phải khắc phục.", "These dossiers have other causes as well."
    )
    warns = Text(
        "Nội dung này chỉ là cảnh báo, không làm thay đổi kết quả; nên xem lại.",
        "Does not reject the dossiers; worth a look.",
    )
    effect = warns if not refuses else cured.fill(n=formats.number(row["cured"])) if row["cured"] else among
    return Cause(
        id=row["id"],
        count=count,
        bar=bar(count if refuses else 0, rejected),
        tag=LEVELS[row["level"]],
        title=words["cause"],
        hint=words["hint"],
        rule=row["rule"],
        effect=effect,
        href=f"?nguyen-nhan={row['id']}#dossiers",
    )


def improvement(progress: Progress | None) -> list[Text]:
    """What became better and worse since last time, most welcome first."""
    if progress is None:
        return []
    lines = (
        (
            progress.cured,
            Text("{n} hồ sơ trước chưa đạt, nay đạt", "{n} dossiers rejected before are accepted now"),
        ),
        (progress.still_bad, Text("{n} hồ sơ vẫn chưa đạt", "{n} dossiers are still rejected")),
        (
            progress.newly_bad,
            Text("{n} hồ sơ trước đạt, nay chưa đạt", "{n} dossiers accepted before are rejected now"),
        ),
    )
    return [words.fill(n=formats.number(number)) for number, words in lines if number]


def dossiers_table(
    rows: Iterable[Dossier], pages: Pages | None, address: str, downloads: Sequence = ()
) -> Table:
    """One line per dossier."""
    return Table(
        title=Text("Hồ sơ trong gói", "Dossiers"),
        name="dossiers",
        columns=(
            Column("position", Text("STT", "No."), "number"),
            Column("ma_lk", Text("MA_LK", "MA_LK"), head=True),
            Column("verdict", Text("Kết quả", "Verdict"), "tag"),
            Column("errors", Text("Số nội dung phải sửa", "To correct"), "number"),
            Column("warnings", Text("Số cảnh báo", "Warnings"), "number"),
            Column("precheck", Text("Trước khi gửi BHXH", "Before Social Security"), "tag"),
            Column("day", Text("Ngày của hồ sơ", "Date of record"), "day"),
        ),
        rows=[
            {
                "position": row.position,
                "ma_lk": Cell(
                    row.ma_lk or Text("(không có)", "(none)"), href=f"{address}/ho-so/{row.position}"
                ),
                "verdict": verdict_tag(row.verdict, row.warnings),
                "errors": row.errors,
                "warnings": row.warnings,
                "precheck": verdict_tag(row.precheck_verdict),
                "day": row.record_date,
            }
            for row in rows
        ],
        total=pages.total if pages else None,
        pages=pages,
        empty=Text("Không có hồ sơ nào theo bộ lọc đã chọn.", "No dossier with this filter."),
        downloads=downloads,
    )


def findings_spoken(
    rows: Sequence[Finding], standard: str, records: Mapping[str, UUID]
) -> list[SpokenFinding]:
    """Findings of one dossier; the stricter level is shown where it differs. `records` as above."""
    return [
        SpokenFinding(
            tag=LEVELS[row.level],
            precheck=LEVELS[row.precheck_level] if row.precheck_level != row.level else None,
            words=speak_finding(row, standard),
            record_href=record_address(row, records),
        )
        for row in rows
    ]


def file_facts(found: Submission, judged: Judgement | None, facility: str) -> list[Fact]:
    """What identifies the file and its verdict, for letters and telephone calls."""
    facts = [
        Fact(Text("Mã gói hồ sơ", "Submission"), str(found.pk)),
        Fact(Text("Cơ sở", "Facility"), f"{found.facility} {facility}".strip()),
        Fact(Text("Thời điểm tiếp nhận", "Received at"), found.received_at, "moment"),
        Fact(Text("Người gửi", "Sent by"), found.sender),
        Fact(Text("Dung lượng", "Size"), _size(found.size)),
        Fact(Text("Mã kiểm tra toàn vẹn (SHA-256)", "SHA-256"), bytes(found.sha256).hex()),
    ]
    for name, label in _GATEWAY.items():
        if found.gateway.get(name):
            facts.append(Fact(label, found.gateway[name]))
    if judged is not None:
        why = reason_words(judged.reason) if judged.reason else ""
        facts += [
            Fact(Text("Thời điểm kiểm tra", "Judged at"), judged.judged_at, "moment"),
            Fact(Text("Lần kiểm tra", "Judgement"), judged.number, "number", note=why),
            Fact(Text("Bộ dữ liệu tham chiếu", "Reference pack"), judged.pack),
        ]
    return facts


_GATEWAY = {
    "maGiaoDich": Text("Mã giao dịch trên Cổng BHXH", "Gateway transaction"),
    "maKetQua": Text("Mã kết quả trên Cổng BHXH", "Gateway result"),
    "thoiGianTiepNhan": Text("Thời điểm Cổng BHXH tiếp nhận", "Gateway time of receipt"),
}


def _size(size: int) -> Text:
    kilobytes = size / 1024
    if size < 1000:
        return Text("{n} byte", "{n} bytes").fill(n=formats.number(size))
    if kilobytes < 1000:
        return Text("{n} KB", "{n} KB").fill(n=formats.number(kilobytes, 1))
    return Text("{n} MB", "{n} MB").fill(n=formats.number(kilobytes / 1024, 1))


def dossier_facts(row: Dossier) -> list[Fact]:
    """What identifies one dossier; nothing of the patient."""
    return [
        Fact(Text("Kết quả", "Verdict"), verdict_tag(row.verdict, row.warnings), "tag"),
        Fact(Text("Trước khi gửi BHXH", "Before Social Security"), verdict_tag(row.precheck_verdict), "tag"),
        Fact(Text("MA_LK", "MA_LK"), row.ma_lk),
        Fact(Text("Ngày của hồ sơ", "Date of the record"), row.record_date, "day"),
        Fact(Text("Chuẩn dữ liệu áp dụng", "Standard"), row.standard, href=_standard_address(row)),
        Fact(Text("Các bảng trong hồ sơ", "Tables present"), ", ".join(row.tables)),
    ]


def _standard_address(row: Dossier) -> str:
    return f"/quy-dinh?ngay={row.record_date.isoformat()}" if row.record_date else "/quy-dinh"
