"""Reports of a day, a week, a month as official papers, and the days they are due.

Decision 1362/QĐ-BYT of 22/04/2025, III: coordinating units report before the 14th of a month (2.c), leading
units before the 15th (1.d); a day before is dated data in `data/report_days.csv`.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from khoyte.foundation.calendar import format_date
from khoyte.foundation.look import formats
from khoyte.foundation.papers import Block, Paper, PaperColumn, PaperTable, Paragraph, Signatory
from khoyte.monitor import presenters as present
from khoyte.monitor.models import Entry, SentReport
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import State
from khoyte.units.policy import Actor

PERIODS = {"day": "ngày", "week": "tuần", "month": "tháng"}
_SHOWN = (State.LATE, State.DISPUTED, State.AT_RISK, State.SOON, State.WORKING, State.DONE)
_NATIONAL = "Cục Khoa học công nghệ và Đào tạo"


@dataclass(frozen=True)
class ReportDay:
    """From a day on, monthly reports of this part are due before `before_day` of the month."""

    role: str
    valid_from: date
    before_day: int
    legal: str


@cache
def report_days() -> tuple[ReportDay, ...]:
    with (Path(__file__).parent / "data" / "report_days.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ReportDay(
                row["role"], date.fromisoformat(row["valid_from"]), int(row["before_day"]), row["legal"]
            )
            for row in csv.DictReader(file)
        )


def due_before(role: str, today: date) -> ReportDay | None:
    """The rule in force for a part ("lead", "with"); None before the first."""
    known = [one for one in report_days() if one.role == role and one.valid_from <= today]
    return max(known, key=lambda one: one.valid_from, default=None)


def next_due(role: str, today: date) -> date | None:
    """The day before which the next monthly report has to be sent, today's own included."""
    rule = due_before(role, today)
    if rule is None:
        return None
    this = today.replace(day=rule.before_day)
    if today < this:
        return this
    return (this.replace(day=1) + timedelta(days=32)).replace(day=rule.before_day)


def since(period: str, today: date) -> date:
    """The first day of the period that ends today."""
    if period == "month":
        return today.replace(day=1)
    return today - timedelta(days=today.weekday()) if period == "week" else today


def figures_of(found: Sequence[Line]) -> dict[str, object]:
    """What the next report is compared with: how many of each state, and the state of each task."""
    number = Counter(line.state.value for line in found)
    return {"counts": dict(number), "states": {str(line.task.pk): line.state.value for line in found}}


@dataclass(frozen=True)
class Change:
    line: Line
    before: State | None


def changes(found: Sequence[Line], last: SentReport | None) -> list[Change]:
    """Tasks that stand otherwise than in the last report; nothing when there was none."""
    if last is None:
        return []
    before: Mapping[str, str] = last.figures.get("states", {})
    made = []
    for line in found:
        was = before.get(str(line.task.pk))
        if was != line.state.value:
            made.append(Change(line, State(was) if was in set(State) else None))
    return made


def paper(
    *, found: Sequence[Line], matters: Sequence[Entry], last: SentReport | None, period: str, role: str,
    by: Actor, at: datetime, mark: str = "",
) -> Paper:  # fmt: skip
    """The report of the reader's unit. Words are Vietnamese: it is an official paper."""
    day = at.date()
    first = since(period, day)
    days = format_date(day) if period == "day" else f"từ {format_date(first)} đến {format_date(day)}"
    return Paper(
        issuer=by.unit_name.upper(),
        above="BỘ Y TẾ" if by.unit_kind == "department" else "",
        place="",
        day=day,
        kind="BÁO CÁO",
        about=f"Tiến độ thực hiện nhiệm vụ {PERIODS[period]} ({days})",
        as_of=at,
        body=(
            *_summary(found),
            *_changed(changes(found, last), last),
            *_listed("2. Nhiệm vụ quá hạn, số liệu khác báo cáo", found, (State.LATE, State.DISPUTED)),
            *_listed("3. Nhiệm vụ sắp đến hạn, có nguy cơ chậm", found, (State.SOON, State.AT_RISK)),
            *_matters(matters),
        ),
        recipients=(*recipients_of(by, role), "Lưu: VT"),
        signatories=(Signatory(("THỦ TRƯỞNG ĐƠN VỊ",)),),
        mark=mark,
        landscape=False,
    )


def recipients_of(by: Actor, role: str) -> tuple[str, ...]:
    """To whom the plan sends a report of this part."""
    if by.unit_kind == "ministry":
        return ("Lãnh đạo Bộ", "Tổ công tác Đề án 06")
    return (_NATIONAL, "Các đơn vị chủ trì nhiệm vụ") if role == "with" else (_NATIONAL,)


def _summary(found: Sequence[Line]) -> list[Block]:
    number = Counter(line.state for line in found)
    rows = [(formats.said(present.TAGS[state].label), formats.number(number[state])) for state in _SHOWN]
    others = len(found) - sum(number[state] for state in _SHOWN)
    rows.append(("Khác (thường xuyên, chưa có ngày, chưa bắt đầu)", formats.number(others)))
    columns = (PaperColumn("Tình trạng", 70), PaperColumn("Số nhiệm vụ", 30, "right"))
    total = ("Tổng số", formats.number(len(found)))
    return [Paragraph("1. Tình hình chung", bold=True), PaperTable(columns, rows, foot=total)]


def _changed(found: Sequence[Change], last: SentReport | None) -> list[Block]:
    if last is None:
        return [Paragraph("Đây là báo cáo đầu tiên của kỳ này trên hệ thống.")]
    sent = format_date(last.sent_at)
    if not found:
        return [Paragraph(f"So với báo cáo gửi ngày {sent}: không thay đổi.")]
    rows = [
        (
            one.line.task.name,
            formats.said(present.TAGS[one.before].label) if one.before else "–",
            formats.said(present.TAGS[one.line.state].label),
        )
        for one in found
    ]
    columns = (PaperColumn("Nhiệm vụ", 60), PaperColumn("Trước", 20), PaperColumn("Nay", 20))
    return [Paragraph(f"Thay đổi so với báo cáo gửi ngày {sent}:"), PaperTable(columns, rows)]


def _listed(title: str, found: Sequence[Line], states: Sequence[State]) -> list[Block]:
    chosen = [line for line in found if line.state in states]
    if not chosen:
        return [Paragraph(title, bold=True), Paragraph("Không có.")]
    rows = [
        (
            str(number),
            f"{line.task.name} ({line.task.document_id}, {line.task.section})",
            line.task.lead_printed,
            format_date(line.task.due_on) if line.task.due_on else line.task.due_printed,
            formats.said(present.progress_words(line)) or "–",
        )
        for number, line in enumerate(chosen, start=1)
    ]
    columns = (
        PaperColumn("TT", 7, "center"), PaperColumn("Nhiệm vụ", 45), PaperColumn("Chủ trì", 23),
        PaperColumn("Thời hạn", 15), PaperColumn("Tiến độ", 18),
    )  # fmt: skip
    return [Paragraph(title, bold=True, keep_with_next=True), PaperTable(columns, rows)]


def _matters(matters: Sequence[Entry]) -> list[Block]:
    title = Paragraph("4. Khó khăn, vướng mắc, kiến nghị", bold=True, keep_with_next=True)
    if not matters:
        return [title, Paragraph("Không có.")]
    return [title, *(Paragraph(f"- {one.task.name}: {one.words}") for one in matters)]
