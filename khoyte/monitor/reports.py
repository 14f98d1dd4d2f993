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
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.papers import Block, Paper, PaperColumn, PaperTable, Paragraph, Signatory
from khoyte.foundation.text import repair
from khoyte.monitor import presenters as present
from khoyte.monitor import queries
from khoyte.monitor.errors import PlanProblem
from khoyte.monitor.models import Entry, SentReport
from khoyte.monitor.overview import Brief
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import State
from khoyte.registers.papers import Issuer
from khoyte.units.policy import Actor

PERIODS = {"day": "Ngày", "week": "Tuần", "month": "Tháng", "asked": "Theo yêu cầu"}
_ABOUT = {
    "day": "Tiến độ thực hiện nhiệm vụ ngày {until}",
    "week": "Tiến độ thực hiện nhiệm vụ tuần (từ {since} đến {until})",
    "month": "Tiến độ thực hiện nhiệm vụ tháng (từ {since} đến {until})",
    "asked": "Tiến độ thực hiện nhiệm vụ đến ngày {until}",
}
_SHOWN = (State.LATE, State.DISPUTED, State.AT_RISK, State.SOON, State.WORKING, State.DONE)
_NATIONAL = "Cục Khoa học công nghệ và Đào tạo"
# To whom the ministry reports on the project (the plan of databases of 2025, list of recipients; Decision
# 1362/QĐ-BYT, III.1(d)).
_ABOVE_THE_MINISTRY = ("Văn phòng Chính phủ", "Tổ công tác Đề án 06", "Lãnh đạo Bộ")
MOST_RECIPIENTS = 20
_HEADS = {
    "ministry": "BỘ TRƯỞNG",
    "province": "GIÁM ĐỐC",
    "facility": "GIÁM ĐỐC",
    "department": "THỦ TRƯỞNG ĐƠN VỊ",
}


NOBODY_ASKED = Text(
    "Chưa ghi cơ quan yêu cầu báo cáo. Ghi tên cơ quan và số văn bản yêu cầu nếu có.",
    "Who asked for the report is missing. Name the agency, and its letter where there is one.",
)


NO_RECIPIENT = Text(
    "Chưa ghi nơi nhận báo cáo. Ghi tên từng nơi nhận, mỗi nơi một dòng.",
    "To whom the report goes is missing. Name each recipient on a line of its own.",
)
TOO_MANY_RECIPIENTS = Text(
    "Nơi nhận quá nhiều (tối đa 20 dòng) hoặc một dòng dài quá 300 ký tự. Ghi gọn lại, mỗi nơi một dòng.",
    "More than 20 recipients, or a line longer than 300 characters. Shorten them, each on a line of its own.",
)


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
    if period in ("month", "asked"):
        return today.replace(day=1)
    return today - timedelta(days=today.weekday()) if period == "week" else today


def figures_of(found: Sequence[Line]) -> dict[str, object]:
    """What the next report is compared with: how many of each state, and the state of each task."""
    number = Counter(line.state.value for line in found)
    return {"counts": dict(number), "states": {str(line.pk): line.state.value for line in found}}


@dataclass(frozen=True)
class Change:
    line: Line
    before: State | None


def turned(found: Sequence[Line] | Sequence[Brief], last: SentReport | None) -> dict[int, State | None]:
    """Task -> its state in the last report, of those that stand otherwise now; {} when there was none."""
    before: Mapping[str, str] = last.figures.get("states", {}) if last else {}
    made: dict[int, State | None] = {}
    for one in found if last else ():
        was = before.get(str(one.pk))
        if was != one.state.value:
            made[one.pk] = State(was) if was in set(State) else None
    return made


def changes(found: Sequence[Line], last: SentReport | None) -> list[Change]:
    """The same with the tasks themselves."""
    before = turned(found, last)
    return [Change(line, before[line.pk]) for line in found if line.pk in before]


def paper(
    *, found: Sequence[Line], matters: Sequence[Entry], last: SentReport | None, period: str, role: str,
    by: Actor, at: datetime, issuer: Issuer, to: Sequence[str], mark: str = "", asked_by: str = "",
) -> Paper:  # fmt: skip
    """The report of the reader's unit to those it goes to. Words are Vietnamese: it is an official paper."""
    day = at.date()
    about = _ABOUT[period].format(since=format_date(since(period, day)), until=format_date(day))
    return Paper(
        issuer=issuer.name.upper(),
        above=issuer.above,
        place=issuer.place or ("Hà Nội" if by.unit_kind in ("department", "ministry") else ""),
        day=day,
        kind="BÁO CÁO",
        about=about,
        as_of=at,
        body=(
            *([Paragraph(f"Thực hiện yêu cầu của {asked_by}, {issuer.name} báo cáo như sau:")] if asked_by
              else []),
            *_summary(found),
            *_changed(changes(found, last), last),
            *_listed("2. Nhiệm vụ quá hạn, số liệu khác báo cáo", found, (State.LATE, State.DISPUTED)),
            *_listed("3. Nhiệm vụ sắp đến hạn, có nguy cơ chậm", found, (State.SOON, State.AT_RISK)),
            *_matters(matters),
        ),
        recipients=(*to, "Lưu: VT"),
        signatories=(Signatory((_HEADS.get(by.unit_kind, "THỦ TRƯỞNG ĐƠN VỊ"),)),),
        mark=mark,
    )  # fmt: skip


def recipients_of(by: Actor, role: str, asked_by: str = "") -> tuple[str, ...]:
    """To whom the plans send a report of this part (Decision 1362/QĐ-BYT, III.1(d), III.2(c); the plan of
    practice management of 2025, III.4)."""
    if by.unit_kind == "ministry":
        return (asked_by, "Lãnh đạo Bộ") if asked_by else _ABOVE_THE_MINISTRY
    if asked_by:
        return (asked_by, _NATIONAL)
    if by.unit_name.startswith(_NATIONAL):
        return ("Lãnh đạo Bộ", "Tổ công tác Đề án 06")
    if by.unit_kind == "facility":
        return ("Sở Y tế quản lý trên địa bàn",)
    if by.unit_kind == "province":
        return (_NATIONAL, "Cục Quản lý Khám, chữa bệnh")
    return (_NATIONAL, "Các đơn vị chủ trì nhiệm vụ") if role == "with" else (_NATIONAL,)


def read_recipients(typed: str) -> tuple[str, ...]:
    """Recipients as typed, one a line, each once. Raises PlanProblem."""
    lines = [repair(line).strip(" -;,.") for line in typed.splitlines()]
    found = tuple(dict.fromkeys(line for line in lines if line))
    if not found:
        raise PlanProblem(NO_RECIPIENT)
    if len(found) > MOST_RECIPIENTS or any(len(one) > 300 for one in found):
        raise PlanProblem(TOO_MANY_RECIPIENTS)
    return found


MOST_LATE, MOST_COMING, MOST_MATTERS, MOST_CHANGES, LONGEST = 7, 5, 4, 5, 110


def meeting_paper(
    *, found: Sequence[Line], matters: Sequence[Entry], last: SentReport | None, by: Actor, at: datetime,
    issuer: Issuer, mark: str = "",
) -> Paper:  # fmt: skip
    """One page of A4 for the weekly meeting: what to decide, most urgent first, the rest by number."""
    urgent = queries.by_urgency(found)  # as on the board: what is in dispute first
    late = [line for line in urgent if line.state in (State.LATE, State.DISPUTED)]
    coming = [line for line in urgent if line.state in (State.SOON, State.AT_RISK)]
    number = Counter(line.state for line in found)
    figures = "; ".join(f"{_say(state).lower()} {formats.number(number[state])}" for state in _SHOWN)
    changed = changes(found, last)
    states = Counter(one.line.state for one in changed)
    moved = "; ".join(
        f"{_say(state).lower()} {formats.number(states[state])}" for state in _SHOWN if states[state]
    )
    return Paper(
        issuer=issuer.name.upper(),
        above=issuer.above,
        number=None,
        place=None,
        kind="TÀI LIỆU HỌP GIAO BAN TUẦN",
        about="Tiến độ thực hiện nhiệm vụ",
        as_of=at,
        body=(
            _line(f"Tổng số {formats.number(len(found))} nhiệm vụ: {figures}."),
            _line(
                f"So với báo cáo tuần gửi ngày {format_date(last.sent_at)}: {moved or 'không thay đổi'}."
                if last else "Chưa có báo cáo tuần trước trên hệ thống để so sánh."
            ),
            *_briefly("1. Số liệu khác báo cáo, quá hạn", late, MOST_LATE),
            *_briefly("2. Sắp đến hạn, sẽ muộn theo tốc độ hiện nay", coming, MOST_COMING),
            _head(f"3. Khó khăn, kiến nghị cần xử lý ({formats.number(len(matters))})"),
            *(_line(f"- {_short(one.words)} ({one.unit_name})") for one in matters[:MOST_MATTERS]),
            *([] if matters else [_line("Không có.")]),
        ),
        mark=mark,
    )  # fmt: skip


def _briefly(title: str, found: Sequence[Line], most: int) -> list[Block]:
    head = _head(f"{title} ({formats.number(len(found))})")
    if not found:
        return [head, _line("Không có.")]
    rows = [
        (
            _short(line.task.name),
            _short(line.task.lead_printed, 60) or "(văn bản để trống)",
            format_date(line.task.due_on) if line.task.due_on else line.task.due_printed,
            formats.said(present.progress_words(line)) or "–",
        )
        for line in found[:most]
    ]
    columns = (PaperColumn("Nhiệm vụ", 50), PaperColumn("Chủ trì", 24), PaperColumn("Thời hạn", 12),
               PaperColumn("Tiến độ", 14))  # fmt: skip
    left = len(found) - most
    more = [_line(f"Và {formats.number(left)} nhiệm vụ khác, xem trên hệ thống.")] if left > 0 else []
    return [head, PaperTable(columns, rows, size=9.5), *more]


def _head(words: str) -> Paragraph:
    return Paragraph(words, bold=True, indent=False, size=11, keep_with_next=True)


def _line(words: str) -> Paragraph:
    return Paragraph(words, indent=False, size=11)


def _short(words: str, longest: int = LONGEST) -> str:
    return present.shortened(words, longest)


def _say(state: State) -> str:
    return formats.said(present.TAGS[state].label)


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
