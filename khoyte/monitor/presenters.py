"""Plans as pages, sheets and papers show them."""

from calendar import Calendar
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.utils.html import format_html

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Kind, Link, Pages, Table, Tag, Words
from khoyte.monitor.escalation import LEVELS
from khoyte.monitor.measures import MEASURES
from khoyte.monitor.models import Entry, Escalation, ReportFile, SentReport
from khoyte.monitor.overview import Brief, by_urgency
from khoyte.monitor.queries import Line, UnitForecast
from khoyte.monitor.standing import Forecast, State, next_of
from khoyte.signing.wording import STATES

TAGS: Mapping[State, Tag] = {
    State.DISPUTED: Tag("bad", Text("Số liệu khác báo cáo", "Data say otherwise")),
    State.LATE: Tag("bad", Text("Quá hạn", "Late")),
    State.AT_RISK: Tag("warn", Text("Sẽ muộn theo tốc độ hiện nay", "Will be late at this rate")),
    State.SOON: Tag("warn", Text("Sắp đến hạn", "Due soon")),
    State.WORKING: Tag("info", Text("Đang thực hiện", "Under way")),
    State.OPEN: Tag("wait", Text("Chưa bắt đầu", "Not begun")),
    State.RUNNING: Tag("info", Text("Thường xuyên, định kỳ", "Continuous")),
    State.UNDATED: Tag("wait", Text("Chưa có ngày hoàn thành", "No day set")),
    State.UNSEEN: Tag("wait", Text("Do đơn vị khác báo cáo", "Reported by another unit")),
    State.DONE: Tag("good", Text("Hoàn thành", "Done")),
}
# What the board shows together, as a filter of the list.
LATE_OR_DISPUTED, COMING = f"{State.LATE},{State.DISPUTED}", f"{State.SOON},{State.AT_RISK}"
TOGETHER: Mapping[str, Text] = {
    LATE_OR_DISPUTED: Text("Quá hạn hoặc số liệu khác báo cáo", "Late or disputed"),
    COMING: Text("Sắp đến hạn hoặc sẽ muộn", "Due soon or will be late"),
}
SAID: Mapping[str, Text] = {
    "open": Text("Chưa bắt đầu", "Not begun"),
    "working": Text("Đang thực hiện", "Under way"),
    "done": Text("Báo cáo hoàn thành", "Said to be done"),
}
KINDS: Mapping[str, Text] = {
    "progress": Text("Cập nhật tiến độ", "Progress"),
    "difficulty": Text("Khó khăn, vướng mắc", "Difficulty"),
    "proposal": Text("Kiến nghị, đề xuất", "Proposal"),
    "settled": Text("Đã xử lý", "Settled"),
    "change": Text("Thay đổi kế hoạch", "Plan changed"),
}
FIELDS: Mapping[str, Text] = {
    "state": Text("Tình trạng", "State"),
    "percent": Text("Tỷ lệ (%)", "Percent"),
    "person": Text("Người chịu trách nhiệm", "Person"),
    "authority": Text("Thẩm quyền", "Authority"),
    "criterion": Text("Tiêu chí định lượng", "Criterion"),
    "product": Text("Sản phẩm", "Product"),
    "due_printed": Text("Thời hạn", "Deadline"),
}
NOT_PRINTED = Text("(văn bản để trống)", "(left empty)")
EMPTY = Text("Không có nhiệm vụ nào theo bộ lọc này.", "No task matches this filter.")


def due_words(line: Line, today: date) -> tuple[Words, Words]:
    """The day, and the words as printed where they say more."""
    task = line.task
    if task.recurs:
        following = next_of(task.recurs, today)
        note = Text("kỳ tới {day}", "next {day}").fill(day=formats.day(following)) if following else ""
        return task.due_printed or Text("Thường xuyên", "Continuous"), note
    if task.due_on is None:
        return task.due_printed or Text("Văn bản không nêu", "Not in the document"), ""
    return formats.day(task.due_on), "" if task.due_kind == "day" else task.due_printed


def progress_words(line: Line) -> Words:
    """ "37/40 (92 %), đo từ dữ liệu", or what the unit typed, marked as such."""
    if line.measured is not None:
        done, total = formats.number(line.measured.done), line.measured.total
        if not total:
            return Text("{done}, đo từ dữ liệu", "{done}, measured").fill(done=done)
        return Text("{done}/{total} ({share}), đo từ dữ liệu", "{done}/{total} ({share}), measured").fill(
            done=done, total=formats.number(total), share=formats.share(line.measured.share)
        )
    if line.state is State.UNSEEN:
        return ""
    if line.percent is None or all(one.state == "open" and not one.percent for one in line.leads):
        return Text("chưa báo cáo", "nothing reported")
    return Text("{n}%, đơn vị tự nhập", "{n}%, typed by the unit").fill(n=line.percent)


def tasks_table(found: Sequence[Line], today: date, downloads: Sequence[Link] = ()) -> Table:
    rows = []
    for line in found:
        day, note = due_words(line, today)
        gaps = formats.number(len(line.gaps))
        missing = Text("thiếu {n}/6 rõ", "{n} of 6 unclear").fill(n=gaps) if line.gaps else ""
        rows.append(
            {
                "name": Cell(line.task.name, f"/ke-hoach/{line.task.pk}", missing),
                "source": f"{line.task.document_id}, {line.task.section}",
                "lead": line.task.lead_printed or NOT_PRINTED,
                "due": Cell(format_html("<time>{}</time>", day) if line.task.due_on else day, note=note),
                "progress": progress_words(line),
                "state": TAGS[line.state],
            }
        )
    return Table(
        title=Text("Nhiệm vụ", "Tasks"), name="tasks", rows=rows, empty=EMPTY, downloads=downloads,
        columns=(
            Column("name", Text("Nhiệm vụ", "Task"), head=True),
            Column("source", Text("Văn bản, mục", "Document, section")),
            Column("lead", Text("Chủ trì", "Lead")),
            Column("due", Text("Thời hạn", "Deadline")),
            Column("progress", Text("Tiến độ", "Progress")),
            Column("state", Text("Tình trạng", "State"), "tag"),
        ),
    )  # fmt: skip


def tasks_sheet(found: Sequence[Line], today: date) -> Table:
    """Everything of the tasks for a spreadsheet; the six columns of the printed annex come first."""
    columns: dict[str, tuple[Words, object]] = {}
    rows = []
    for line in found:
        task = line.task
        columns = {
            "number": (Text("TT", "No."), task.number),
            "name": (Text("Tên nhiệm vụ", "Task"), task.name),
            "lead": (Text("Đơn vị chủ trì", "Lead"), task.lead_printed),
            "with": (Text("Đơn vị phối hợp", "Coordinating"), task.with_printed),
            "product": (Text("Sản phẩm", "Product"), task.product),
            "due": (Text("Thời gian hoàn thành", "Deadline"), task.due_printed),
            "day": (Text("Ngày cuối", "Last day"), formats.day(task.due_on) if task.due_on else ""),
            "state": (Text("Tình trạng", "State"), TAGS[line.state].label),
            "progress": (Text("Tiến độ", "Progress"), progress_words(line)),
            "person": (FIELDS["person"], task.person or ", ".join(a.person for a in line.leads if a.person)),
            "authority": (FIELDS["authority"], task.authority),
            "criterion": (FIELDS["criterion"], task.criterion),
            "gaps": (Text("Chưa rõ", "Unclear"), ", ".join(formats.said(one.label) for one in line.gaps)),
            "document": (Text("Văn bản", "Document"), task.document_id),
            "section": (Text("Mục", "Section"), task.section),
            "note": (Text("Ghi chú đối chiếu", "Conflicts noted"), task.note),
        }
        rows.append({name: value for name, (_, value) in columns.items()})
    return Table(
        title=Text("Nhiệm vụ", "Tasks"),
        columns=[Column(name, label) for name, (label, _) in columns.items()],
        rows=rows,
        empty=EMPTY,
    )


def counts(found: Sequence[Line] | Sequence[Brief], scope: str = "tat-ca", document: str = "") -> list[Fact]:
    """What is late and what will be, each opening to the very tasks that were counted."""
    number = Counter(line.state for line in found)
    shown = (State.LATE, State.DISPUTED, State.AT_RISK, State.SOON, State.DONE)
    among = f"pham-vi={scope}" + (f"&van-ban={document}" if document else "")
    facts = [
        Fact(TAGS[state].label, number[state], "number", f"/ke-hoach?trang-thai={state}&{among}")
        for state in shown
    ]
    unclear = sum(1 for line in found if line.gaps)
    label = Text("Chưa đủ 6 rõ", "Not clear in six")
    return [*facts, Fact(label, unclear, "number", f"/ke-hoach?thieu=1&{among}")]


def shortened(words: str, longest: int = 120) -> str:
    """At most so many characters, cut between words."""
    words = " ".join(words.split())
    return words if len(words) <= longest else f"{words[:longest].rsplit(' ', 1)[0]} …"


def urgent_table(found: Sequence[Line], today: date, state: State, total: int) -> Table:
    """A few tasks in few columns, for the board; the title opens to all."""
    late = state is State.LATE
    rows = [
        {
            "name": Cell(shortened(line.task.name), f"/ke-hoach/{line.task.pk}", line.task.document_id),
            "lead": shortened(line.task.lead_printed, 70) or NOT_PRINTED,
            "due": line.task.due_on or due_words(line, today)[0],
            "progress": progress_words(line),
            "state": TAGS[line.state],
        }
        for line in found
    ]
    return Table(
        title=Text("Quá hạn, số liệu khác báo cáo", "Late or disputed") if late
        else Text("Sắp đến hạn, sẽ muộn", "Due soon, will be late"),
        name="late" if late else "coming", rows=rows, total=total,
        empty=Text("Không có nhiệm vụ quá hạn.", "No task is late.") if late
        else Text("Không có nhiệm vụ sắp đến hạn.", "No task is due soon."),
        columns=(
            Column("name", Text("Nhiệm vụ", "Task"), head=True),
            Column("lead", Text("Chủ trì", "Lead")),
            Column("due", Text("Thời hạn", "Deadline"), "day"),
            Column("progress", Text("Tiến độ", "Progress")),
            Column("state", Text("Tình trạng", "State"), "tag"),
        ),
    )  # fmt: skip


def unit_address(name: str) -> str:
    return f"/ke-hoach?{urlencode({'q': name, 'pham-vi': 'tat-ca'})}"


def leads_table(found: Sequence["UnitCount"], most: int) -> Table:
    """Leading units with what is late, will be and is done, the worst first."""
    rows = [
        {
            "unit": Cell(one.name or NOT_PRINTED, unit_address(one.name) if one.name else ""),
            "late": one.number(State.LATE, State.DISPUTED),
            "coming": one.number(State.SOON, State.AT_RISK),
            "done": one.number(State.DONE),
            "all": len(one.tasks),
        }
        for one in found[:most]
    ]
    return Table(
        title=Text("Theo đơn vị chủ trì", "By leading unit"), name="leads", rows=rows, total=len(found),
        empty=EMPTY,
        columns=(
            Column("unit", Text("Đơn vị", "Unit"), head=True),
            Column("late", Text("Quá hạn", "Late"), "number"),
            Column("coming", Text("Sắp đến hạn, sẽ muộn", "Due soon"), "number"),
            Column("done", Text("Hoàn thành", "Done"), "number"),
            Column("all", Text("Tổng", "All"), "number"),
        ),
    )  # fmt: skip


def facts_table(title: Text, name: str, facts: Sequence[Fact]) -> Table:
    """Figures of a page as a sheet: each with what it counts and of what."""
    rows = [{"label": one.label, one.kind: one.value, "note": one.note} for one in facts]
    kinds: Sequence[tuple[Kind, Text]] = (
        ("number", Text("Số", "Number")),
        ("share", Text("Tỷ lệ", "Share")),
    )
    return Table(
        title=title, name=name, rows=rows, empty=EMPTY,
        columns=(
            Column("label", Text("Chỉ tiêu", "Figure"), head=True),
            *(Column(kind, label, kind) for kind, label in kinds if any(one.kind == kind for one in facts)),
            Column("note", Text("Ghi chú", "Note")),
        ),
    )  # fmt: skip


def matters_table(found: Sequence[Entry]) -> Table:
    """Difficulties and proposals that nobody has settled, as a sheet."""
    rows = [
        {
            "at": one.at,
            "unit": one.unit_name,
            "kind": KINDS[one.kind],
            "words": one.words,
            "task": one.task.name,
            "document": f"{one.task.document_id}, {one.task.section}",
        }
        for one in found
    ]
    return Table(
        title=Text("Khó khăn, kiến nghị", "Difficulties and proposals"), name="matters", rows=rows,
        empty=Text("Không có.", "None."),
        columns=(
            Column("at", Text("Ghi lúc", "Written"), "moment"),
            Column("unit", Text("Đơn vị", "Unit"), head=True),
            Column("kind", Text("Loại", "Kind")),
            Column("words", Text("Nội dung", "Words")),
            Column("task", Text("Nhiệm vụ", "Task")),
            Column("document", Text("Văn bản, mục", "Document, section")),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Tasks under one heading; `total` may be more than the `lines` shown, `href` opens to all of them."""

    name: Words
    href: str
    total: int
    tags: Sequence[tuple[Tag, int]]
    lines: Sequence[tuple[Line, Tag, Words]]


@dataclass(frozen=True)
class UnitCount:
    """A leading unit and its tasks, most urgent first."""

    name: str
    tasks: Sequence[Brief]

    def number(self, *states: State) -> int:
        return sum(1 for one in self.tasks if one.state in states)


def unit_counts(by_unit: Mapping[str, Sequence[Brief]]) -> list[UnitCount]:
    """By leading unit as printed; units with most that is late first."""
    counted = [UnitCount(name, by_urgency(own)) for name, own in by_unit.items()]
    return sorted(counted, key=lambda one: (-one.number(State.LATE, State.DISPUTED), one.name))


def tags_of(found: Sequence[Brief]) -> list[tuple[Tag, int]]:
    number = Counter(one.state for one in found)
    return [(TAGS[state], number[state]) for state in State if number[state]]


def month_words(year: int, month: int) -> Text:
    return Text(f"Tháng {month}/{year}", f"{month:02}/{year}")


def by_day(found: Iterable[Brief], year: int, month: int) -> dict[date, list[Brief]]:
    """The days of a month on which tasks end or come again."""
    days: defaultdict[date, list[Brief]] = defaultdict(list)
    for one in found:
        due = one.due_on or next_of(one.recurs, date(year, month, 1))
        if due and (due.year, due.month) == (year, month):
            days[due].append(one)
    return dict(sorted(days.items()))


@dataclass(frozen=True)
class Day:
    """A day of a month's sheet: `tags` are what ends or comes again on it, each with how often."""

    on: date
    tags: Sequence[tuple[Tag, int]]
    is_today: bool


def weeks(
    year: int, month: int, found: Mapping[date, Sequence[Brief]], today: date
) -> list[list[Day | None]]:
    """The month as a sheet of weeks, Monday first; None for days of other months."""
    return [
        [Day(on, tags_of(found.get(on, ())), on == today) if on.month == month else None for on in week]
        for week in Calendar().monthdatescalendar(year, month)
    ]


def forecast_facts(found: Forecast | None) -> list[Fact]:
    if found is None:
        return []
    expected: Words = Text("Không đạt được với tốc độ này", "Never at this rate")
    if found.eta:
        expected = formats.day(found.eta)
    spread: Words = ""
    if found.first and found.last:
        spread = Text("từ {a} đến {b}", "{a} to {b}").fill(
            a=formats.day(found.first), b=formats.day(found.last)
        )
    tried: Words = Text("chưa đủ số liệu các tuần trước để kiểm", "too few weeks to tell")
    if found.missed is not None:
        tried = Text("trung vị của {n} tuần đã kiểm", "median of {n} weeks tried").fill(n=found.tried)
    facts = [
        Fact(Text("Tốc độ 4 tuần qua", "Rate of four weeks"), Text("{n}/ngày", "{n} a day").fill(
            n=formats.number(round(found.rate, 1)))),
        Fact(Text("Dự báo hoàn thành", "Expected"), expected, note=spread),
        Fact(Text("Sai số của dự báo một tuần", "Error a week ahead"),
             formats.share(found.missed, 1) if found.missed is not None else formats.NOTHING, note=tried),
    ]  # fmt: skip
    if found.slack is not None:
        label = Text("Dư (ngày làm việc)", "Slack, working days")
        facts.insert(2, Fact(label, found.slack, "number"))
    return facts


def _will_be(one: UnitForecast, target: int) -> Tag:
    """What is foretold of a unit: there already, in time, late, or nothing that can be said."""
    if one.measured.reaches(target):
        return TAGS[State.DONE]
    if one.forecast is None:
        return Tag("wait", Text("Chưa đủ số liệu để dự báo", "Too little to foretell"))
    if one.forecast.eta is None or (one.forecast.slack or 0) < 0:
        return TAGS[State.AT_RISK]
    return Tag("good", Text("Kịp theo tốc độ hiện nay", "In time at this rate"))


def units_table(found: Sequence[UnitForecast], target: int, downloads: Sequence[Link] = ()) -> Table:
    rows = [
        {
            "unit": one.unit.name,
            "done": one.measured.done,
            "total": one.measured.total,
            "share": one.measured.share,
            "eta": one.forecast.eta if one.forecast else None,
            "slack": one.forecast.slack if one.forecast else None,
            "missed": one.forecast.missed if one.forecast else None,
            "state": _will_be(one, target),
        }
        for one in found
    ]
    return Table(
        title=Text("Theo đơn vị", "By unit"), name="units", rows=rows, empty=EMPTY, downloads=downloads,
        columns=(
            Column("unit", Text("Đơn vị", "Unit"), head=True),
            Column("done", Text("Đã đạt", "Done"), "number"),
            Column("total", Text("Tổng", "Of"), "number"),
            Column("share", Text("Tỷ lệ", "Share"), "share"),
            Column("eta", Text("Dự báo hoàn thành", "Expected"), "day"),
            Column("slack", Text("Dư (ngày làm việc)", "Slack"), "number"),
            Column("missed", Text("Sai số dự báo một tuần", "Error a week ahead"), "share"),
            Column("state", Text("Dự báo", "Forecast"), "tag"),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One line of a task's history."""

    entry: Entry
    label: Text
    changes: Sequence[tuple[Text, str, str]]
    is_open: bool


def history(found: Sequence[Entry]) -> list[Event]:
    return [
        Event(
            one,
            KINDS[one.kind],
            [
                (FIELDS[name], _written(name, one.before.get(name)), _written(name, value))
                for name, value in one.after.items()
            ],
            one.kind in ("difficulty", "proposal") and not one.answered.all(),
        )
        for one in found
    ]


def _written(name: str, value: object) -> str:
    if name == "state" and value in SAID:
        return formats.said(SAID[str(value)])
    return str(value) if value not in (None, "") else formats.NOTHING


def measure_of(line: Line) -> object:
    return MEASURES.get(line.task.measure)


def sent_table(found: Sequence[SentReport], downloads: Sequence[Link] = ()) -> Table:
    periods = {
        "day": Text("Ngày", "Day"),
        "week": Text("Tuần", "Week"),
        "month": Text("Tháng", "Month"),
        "asked": Text("Theo yêu cầu", "Asked for"),
        "survey": Text("Khảo sát cơ sở dữ liệu", "Survey of databases"),
    }
    rows = [
        {
            "sent": one.sent_at,
            "unit": one.unit_name,
            "period": Cell(periods[one.period], note=one.asked_by),
            "file": _sent_file(one),
            "until": one.until,
            "to": "; ".join(one.recipients),
            "on_time": Tag("warn", Text("Muộn", "Late"))
            if one.due_on and one.sent_at.date() >= one.due_on
            else Tag("good", Text("Đúng hạn", "On time")),
        }
        for one in found
    ]
    return Table(
        title=Text("Báo cáo đã gửi", "Reports sent"), name="sent", rows=rows, downloads=downloads,
        empty=Text("Chưa gửi báo cáo nào.", "No report sent yet."),
        columns=(
            Column("sent", Text("Gửi lúc", "Sent"), "moment", head=True),
            Column("unit", Text("Đơn vị", "Unit")),
            Column("period", Text("Kỳ", "Period")),
            Column("until", Text("Đến ngày", "Until"), "day"),
            Column("to", Text("Nơi nhận", "To")),
            Column("file", Text("Bản đã gửi", "As sent")),
            Column("on_time", Text("Thời hạn", "Deadline"), "tag"),
        ),
    )  # fmt: skip


def sent_sheet(found: Sequence[SentReport]) -> Table:
    """The same as a sheet, where there are no second lines: who asked and the signature have columns."""
    shown = sent_table(found)
    rows = [
        {**row, "asked": one.asked_by, "file": _signed(one.file) if hasattr(one, "file") else "",
         "sha256": one.sha256}
        for one, row in zip(found, shown.rows, strict=True)
    ]  # fmt: skip
    more = (
        Column("asked", Text("Cơ quan yêu cầu", "Asked for by")),
        Column("sha256", Text("SHA-256", "SHA-256")),
    )
    columns = [replace(one, label=Text("Chữ ký số", "Signature")) if one.name == "file" else one
               for one in shown.columns]  # fmt: skip
    return replace(shown, rows=rows, columns=[*columns, *more])


def _sent_file(report: SentReport) -> Cell | str:
    """The PDF as it was sent, and what its signature is worth."""
    file = getattr(report, "file", None)
    if file is None:
        return ""
    return Cell("PDF", f"/bao-cao?tep={report.pk}", _signed(file))


def _signed(file: ReportFile) -> Words:
    if file.way == "unsigned":
        return Text("chưa ký số", "not signed")
    return Text("{state}: {holder}", "{state}: {holder}").fill(
        state=STATES[file.state], holder=file.holder or formats.NOTHING
    )


def escalations_of_task(found: Sequence[Escalation], most: int = 12) -> Table:
    """The same for the page of the task itself: without its name, the newest of them."""
    whole = escalations_table(found[:most])
    return replace(
        whole, columns=[replace(one, head=one.name == "unit") for one in whole.columns if one.name != "task"],
        total=len(found),
    )  # fmt: skip


def escalations_table(
    found: Sequence[Escalation], downloads: Sequence[Link] = (), pages: Pages | None = None
) -> Table:
    rows = [
        {
            "task": Cell(
                shortened(one.task.name) if pages else one.task.name,
                f"/ke-hoach/{one.task_id}",
                f"{one.task.document_id}, {one.task.section}",
            ),
            "unit": one.unit_name or NOT_PRINTED,
            "due": one.due_on,
            "days": one.days,
            "level": _capital(LEVELS[one.level]),
            "told": one.told_on,
        }
        for one in found
    ]
    return Table(
        title=Text("Đã chuyển cấp", "Told to a level"), name="escalations", rows=rows, downloads=downloads,
        pages=pages if pages and pages.count > 1 else None, total=pages.total if pages else len(rows),
        empty=Text("Chưa có nhiệm vụ nào phải chuyển cấp.", "No task had to be told to a level yet."),
        columns=(
            Column("task", Text("Nhiệm vụ", "Task"), head=True),
            Column("unit", Text("Đơn vị", "Unit")),
            Column("due", Text("Thời hạn", "Deadline"), "day"),
            Column("days", Text("Số ngày làm việc chậm khi chuyển", "Working days late when told"), "number"),
            Column("level", Text("Chuyển đến", "Told to")),
            Column("told", Text("Ngày chuyển", "Told on"), "day"),
        ),
    )  # fmt: skip


def _capital(words: Text) -> Text:
    return Text(words.vi[:1].upper() + words.vi[1:], words.en[:1].upper() + words.en[1:])
