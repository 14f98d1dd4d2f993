"""The report of the survey with its proposals, as an official paper (plan of 2025, II.1)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from khoyte.foundation.calendar import format_date
from khoyte.foundation.look import formats
from khoyte.foundation.papers import Block, Paper, PaperColumn, PaperTable, Paragraph, Signatory
from khoyte.monitor import survey_presenters as present
from khoyte.monitor.inventory import GROUPS, KINDS, WAYS
from khoyte.monitor.survey import Difference, MeasuredDatabase, Surveyed, by_owner
from khoyte.registers.papers import Issuer

_KINDS = {code.code: code.label.vi for code in KINDS}
_WAYS = {code.code: code.label.vi for code in WAYS}
RECIPIENTS = ("Lãnh đạo Bộ", "Tổ công tác Đề án 06", "Trung tâm Thông tin y tế Quốc gia")


def paper(
    *, found: Sequence[Surveyed], changed: Sequence[Difference], between: str,
    measured: Sequence[MeasuredDatabase], at: datetime, issuer: Issuer, mark: str = "",
) -> Paper:  # fmt: skip
    """Words are Vietnamese: it is an official paper. `between` names the two rounds compared, "" for none."""
    return Paper(
        issuer=issuer.name.upper(),
        above=issuer.above,
        place=issuer.place or "Hà Nội",
        day=at.date(),
        kind="BÁO CÁO",
        about="Kết quả rà soát, khảo sát các cơ sở dữ liệu và đề xuất",
        as_of=at,
        body=(
            *_summary(found),
            *(block for code in GROUPS for block in _group(found, code.code, at)),
            *_changes(changed, between),
            *_measured(measured),
            *_proposals(found),
        ),
        recipients=(*RECIPIENTS, "Lưu: VT"),
        signatories=(Signatory(("THỦ TRƯỞNG ĐƠN VỊ",)),),
        mark=mark,
        landscape=True,
    )


def _title(words: str) -> Paragraph:
    return Paragraph(words, bold=True, keep_with_next=True)


def _summary(found: Sequence[Surveyed]) -> list[Block]:
    confirmed = sum(1 for one in found if one.confirmed)
    rows = []
    for owner, number in by_owner(found).items():
        rows.append((owner, *(formats.number(number[code.code]) for code in GROUPS),
                     formats.number(sum(number.values()))))  # fmt: skip
    whole = Counter(one.group for one in found)
    foot = ("Tổng số", *(formats.number(whole[code.code]) for code in GROUPS), formats.number(len(found)))
    columns = (
        PaperColumn("Đơn vị chủ quản", 36),
        *(PaperColumn(f"Nhóm {code.label.vi}", 13, "right") for code in GROUPS),
        PaperColumn("Tổng", 10, "right"),
    )
    kinds = Counter(str(one.content.get("kind")) for one in found)
    by_kind = "; ".join(f"{label.lower()}: {formats.number(kinds[code])}" for code, label in _KINDS.items())
    return [
        _title("1. Kết quả chung"),
        Paragraph(
            f"Đã khảo sát {formats.number(len(found))} cơ sở dữ liệu ({by_kind}); "
            f"{formats.number(confirmed)} cơ sở dữ liệu đã được xác nhận."
        ),
        PaperTable(columns, rows, foot=foot, size=11),
    ]


def _group(found: Sequence[Surveyed], group: str, at: datetime) -> list[Block]:
    label = next(code.label.vi for code in GROUPS if code.code == group)
    chosen = [one for one in found if one.group == group]
    head = _title(f"Nhóm {label} ({formats.number(len(chosen))})")
    if not chosen:
        return [head, Paragraph("Không có.")]
    rows = [
        (
            str(number),
            one.name,
            one.owner,
            _stage(one, at),
            _WAYS.get(str(one.content.get("provision") or ""), ""),
            str(one.content.get("reason") or ""),
            str(one.content.get("proposal") or ""),
        )
        for number, one in enumerate(chosen, start=1)
    ]
    columns = (
        PaperColumn("TT", 5, "center"), PaperColumn("Cơ sở dữ liệu", 21), PaperColumn("Chủ quản", 16),
        PaperColumn("Giai đoạn đã qua", 16), PaperColumn("Hình thức", 10), PaperColumn("Lý do", 16),
        PaperColumn("Đề xuất", 18),
    )  # fmt: skip
    return [head, PaperTable(columns, rows, size=11)]


def _stage(one: Surveyed, at: datetime) -> str:
    words = present.stage_words(one.stage).vi
    slip = one.slip(at.date())
    return f"{words}; chậm: {present.stage_words(slip).vi.lower()}" if slip else words


def _changes(changed: Sequence[Difference], between: str) -> list[Block]:
    if not between:
        return [
            _title("2. Thay đổi so với đợt trước"),
            Paragraph("Đây là đợt khảo sát đầu tiên trên hệ thống."),
        ]
    head = [_title("2. Thay đổi so với đợt trước"), Paragraph(between)]
    if not changed:
        return [*head, Paragraph("Không có thay đổi.")]
    rows = [
        (
            one.one.owner, one.one.name, formats.said(present.DIFFERENCES[one.kind].label),
            formats.said(present.words_of(one, one.was)), formats.said(present.words_of(one, one.now)),
        )
        for one in changed
    ]  # fmt: skip
    columns = (PaperColumn("Chủ quản", 22), PaperColumn("Cơ sở dữ liệu", 26), PaperColumn("Thay đổi", 12),
               PaperColumn("Trước", 20), PaperColumn("Nay", 20))  # fmt: skip
    return [*head, PaperTable(columns, rows, size=11)]


def _measured(found: Sequence[MeasuredDatabase]) -> list[Block]:
    if not found:
        return []
    lines = [Paragraph(f"- {one.one.name}: {_counted(one)}.") for one in found]
    return [_title("3. Số liệu đo trên nền tảng"), *lines]


def _counted(one: MeasuredDatabase) -> str:
    parts = [f"{formats.number(one.confirmed)}/{formats.number(one.declared)} hồ sơ đã xác nhận"]
    if one.matched is not None:
        parts.append(f"{formats.number(one.matched)} hồ sơ khớp Cơ sở dữ liệu quốc gia về dân cư")
    parts.append(f"{formats.number(one.delivered)} hồ sơ đã đồng bộ về Trung tâm Dữ liệu quốc gia")
    said = f" (kê khai: {present.stage_words(one.one.stage).vi.lower()})" if one.is_behind else ""
    return f"{', '.join(parts)}; giai đoạn đo được: {present.stage_words(one.stage).vi.lower()}{said}"


def _proposals(found: Sequence[Surveyed]) -> list[Block]:
    """The proposals as declared, each once, with how many databases they are for."""
    counted = Counter(str(one.content.get("proposal")) for one in found if one.content.get("proposal"))
    ways = Counter(str(one.content.get("provision")) for one in found if one.content.get("provision"))
    lines = [
        Paragraph(f"- {words.rstrip('.')} ({formats.number(n)} cơ sở dữ liệu).")
        for words, n in counted.most_common()
    ]
    by_way = "; ".join(
        f"{_WAYS[way].lower()}: {formats.number(n)}" for way, n in ways.most_common() if way in _WAYS
    )
    return [
        _title("4. Đề xuất"),
        *([Paragraph(f"Hình thức thực hiện: {by_way}.")] if by_way else []),
        *(lines or [Paragraph("Chưa có đề xuất.")]),
    ]


def between_words(before: str, before_at: datetime, after: str, after_at: datetime) -> str:
    return f"So sánh {before} ({format_date(before_at)}) với {after} ({format_date(after_at)})."
