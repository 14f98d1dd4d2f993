"""The cockpit in words, tables and papers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from khoyte.campaigns.forecast import Forecast, forecast
from khoyte.campaigns.models import InspectionEvent
from khoyte.campaigns.plans import Campaign, Step
from khoyte.campaigns.queries import HOLDERS, Progress
from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Tag
from khoyte.foundation.papers import Paper, PaperColumn, PaperTable, Paragraph, Signatory

HOLDER_WORDS: Mapping[str, Text] = {
    "none": Text("Chưa kê khai", "Not begun"),
    "draft": Text("Đang kê khai, chưa gửi", "Being declared"),
    "with_facility": Text("Chờ cơ sở rà soát", "With the facility"),
    "with_province": Text("Chờ Sở Y tế rà soát", "With the province"),
    "returned": Text("Bị trả lại, chờ bổ sung", "Returned"),
    "done": Text("Đã xác nhận", "Confirmed"),
}
NOT_ENOUGH = Text("Chưa đủ số liệu", "Too little data")
_NEVER = Text("Sau hơn 2 năm", "Beyond two years")


def forecast_of(one: Progress, today: date) -> Forecast:
    return forecast(one.total, one.done, one.recent, one.recent_days, today)


def totals(counted: Mapping[str, Progress]) -> Progress:
    """All provinces as one; days of work are at least those of the busiest province."""
    held = {name: sum((one.held or {}).get(name, 0) for one in counted.values()) for name in HOLDERS}
    return Progress(
        sum(one.total for one in counted.values()),
        sum(one.done for one in counted.values()),
        sum(one.recent for one in counted.values()),
        max((one.recent_days for one in counted.values()), default=0),
        held,
    )


def headline(step: Step, whole: Progress) -> Text:
    words = Text("Bước {step}: {done}/{total} đã hoàn thành", "Step {step}: {done} of {total} done")
    return words.fill(step=step.number, done=formats.number(whole.done), total=formats.number(whole.total))


def step_tag(step: Step, ahead: Forecast, today: date) -> Tag:
    if not ahead.left:
        return Tag("good", Text("Đã hoàn thành", "Done"))
    if step.due < today:
        return Tag("bad", Text("Quá hạn", "Overdue"))
    late = ahead.is_late(step.due, today)
    if late is None:
        return Tag("info", NOT_ENOUGH)
    return (
        Tag("warn", Text("Có thể trễ", "Likely late"))
        if late
        else Tag("wait", Text("Đúng tiến độ", "On time"))
    )


def holders(whole: Progress, href: str = "") -> list[Fact]:
    """Who holds what, as figures; the open ones lead to the list."""
    held = whole.held or {}
    return [
        Fact(HOLDER_WORDS[name], held.get(name, 0), "number", href=f"{href}&o={name}" if href else "")
        for name in HOLDERS
    ]


def by_province(
    step: Step,
    counted: Mapping[str, Progress],
    names: Mapping[str, str],
    today: date,
    downloads: Sequence[Link],
) -> Table:
    """One line per province, those with most to do first."""
    codes = sorted(counted, key=lambda code: (-counted[code].open, code))
    return Table(
        title=Text("Theo tỉnh, thành phố", "By province"),
        name="provinces",
        columns=(
            Column("province", Text("Tỉnh, thành phố", "Province"), head=True),
            Column("total", Text("Tổng số", "Expected"), "number"),
            Column("done", Text("Hoàn thành", "Done"), "number"),
            Column("share", Text("Tỷ lệ", "Share"), "share"),
            Column("none", HOLDER_WORDS["none"], "number"),
            Column("author", Text("Người kê khai giữ", "With authors"), "number"),
            Column("facility", HOLDER_WORDS["with_facility"], "number"),
            Column("office", HOLDER_WORDS["with_province"], "number"),
            Column("forecast", Text("Dự báo xong", "Forecast")),
        ),
        rows=[_province_row(step, code, counted[code], names, today) for code in codes],
        empty=Text("Chưa có đơn vị nào.", "No units yet."),
        downloads=downloads,
        note=METHOD,
    )


METHOD = Text(
    "Dự báo: số hoàn thành trong 28 ngày qua chia cho 20 ngày làm việc, rồi tính tiếp cho phần còn lại "
    "theo ngày làm việc. Dưới 10 việc hoàn thành hoặc dưới 3 ngày có việc hoàn thành thì chưa đủ số liệu "
    "để dự báo.",
    "Forecast: what was done in 28 days over 20 working days, carried on for what is left. Fewer than 10 "
    "done, or on fewer than 3 days, is too little to say.",
)


def _province_row(
    step: Step, code: str, one: Progress, names: Mapping[str, str], today: date
) -> dict[str, object]:
    held = one.held or {}
    return {
        "province": Cell(
            names.get(code, code or "–"), href=f"/tien-do?buoc={step.number}&tinh={code}", note=code
        ),
        "total": one.total,
        "done": one.done,
        "share": one.done / one.total if one.total else None,
        "none": held.get("none", 0),
        "author": held.get("draft", 0) + held.get("returned", 0),
        "facility": held.get("with_facility", 0),
        "office": held.get("with_province", 0),
        "forecast": forecast_words(forecast_of(one, today)),
    }


def forecast_words(ahead: Forecast) -> Text:
    if not ahead.left:
        return Text("Đã xong", "Done")
    if ahead.rate is None:
        return NOT_ENOUGH
    return _both(format_date(ahead.done_on)) if ahead.done_on else _NEVER


def _both(words: str) -> Text:
    return Text(words, words)


def facilities_table(
    rows: Sequence[tuple[Any, ...]], holder: str, more: bool, may_open: bool = True
) -> Table:
    return Table(
        title=Text("Cơ sở chưa hoàn thành", "Facilities not done"),
        name="facilities",
        columns=(
            Column("facility", Text("Cơ sở", "Facility"), head=True),
            Column("holder", Text("Hồ sơ đang ở đâu", "Where it stands")),
            Column("sheet", Text("Hoạt động", "Activity")),
        ),
        rows=[
            {
                "facility": Cell(name, href=f"/so-dang-ky/facilities/{record}" if record else "", note=code),
                "holder": HOLDER_WORDS[held],
                "sheet": Cell(Text("Xem phiếu hoạt động", "Activity sheet"), href=f"/hoat-dong/{code}"),
            }
            for code, name, held, record in rows
        ],
        empty=Text("Không có cơ sở nào ở trạng thái này.", "None."),
    )


def report(
    campaign: Campaign,
    lines: Sequence[tuple[Step, Progress]],
    step: Step,
    table: Table,
    *,
    issuer: str,
    today: date,
    at: datetime,
    mark: str,
) -> Paper:
    """The report on a plan as an official paper: every measured step, then one step by province."""
    overall = [
        (
            one.number,
            one.label.vi,
            format_date(one.due),
            f"{formats.number(counted.done)}/{formats.number(counted.total)}",
            forecast_words(forecast_of(counted, today)).vi,
        )
        for one, counted in lines
    ]
    rows = [
        tuple(
            _plain(row.get(name))
            for name in ("province", "total", "done", "none", "author", "facility", "office")
        )
        for row in table.rows
    ]
    return Paper(
        issuer=issuer.upper(),
        day=None,
        kind="BÁO CÁO",
        about=f"Tiến độ {campaign.label.vi}",
        as_of=at,
        body=(
            Paragraph(f"Căn cứ: {campaign.legal}."),
            Paragraph("1. Tiến độ theo bước", bold=True),
            PaperTable(
                columns=(
                    PaperColumn("Bước", 8), PaperColumn("Nội dung", 60), PaperColumn("Thời hạn", 18),
                    PaperColumn("Hoàn thành", 22, "right"), PaperColumn("Dự báo xong", 20),
                ),
                rows=overall,
            ),
            Paragraph(f"2. Bước {step.number} theo tỉnh, thành phố", bold=True),
            PaperTable(
                columns=(
                    PaperColumn("Tỉnh, thành phố", 40), PaperColumn("Tổng số", 14, "right"),
                    PaperColumn("Hoàn thành", 14, "right"), PaperColumn("Chưa kê khai", 14, "right"),
                    PaperColumn("Người kê khai giữ", 14, "right"), PaperColumn("Chờ cơ sở", 14, "right"),
                    PaperColumn("Chờ Sở Y tế", 14, "right"),
                ),
                rows=rows,
            ),
            Paragraph(METHOD.vi, italic=True, size=11),
        ),
        recipients=("Bộ Y tế (để báo cáo)", "Lưu: VT"),
        signatories=(Signatory(("THỦ TRƯỞNG ĐƠN VỊ",)),),
        mark=mark,
    )  # fmt: skip


def _plain(value: object) -> str:
    value = value.value if isinstance(value, Cell) else value
    return formats.number(value) if isinstance(value, int) else str(value if value is not None else "–")


EVENT_WORDS: Mapping[str, Text] = {
    "request": Text("Yêu cầu kiểm tra", "Request"),
    "reply": Text("Văn bản trả lời", "Reply"),
    "conclusion": Text("Kết luận", "Conclusion"),
}


def activity_table(rows: Sequence[tuple[Any, ...]], downloads: Sequence[Link]) -> Table:
    return Table(
        title=Text("Hoạt động khám bệnh, chữa bệnh theo tháng", "Visits by month"),
        name="activity",
        columns=(
            Column("month", Text("Tháng", "Month"), head=True),
            Column("visits", Text("Lượt khám, điều trị", "Visits"), "number"),
            Column("persons", Text("Số người", "Persons"), "number"),
        ),
        rows=[{"month": f"{m[5:]}/{m[:4]}", "visits": v, "persons": p} for m, v, p in rows],
        empty=Text("Chưa có lượt khám nào được tiếp nhận trong 12 tháng qua.", "No visits in twelve months."),
        downloads=downloads,
    )


def inspections_table(events: Sequence[InspectionEvent]) -> Table:
    return Table(
        title=Text("Thanh tra, kiểm tra", "Inspections"),
        name="inspections",
        columns=(
            Column("day", Text("Ngày", "Day"), "day", head=True),
            Column("kind", Text("Việc", "Event")),
            Column("paper", Text("Văn bản", "Paper")),
            Column("summary", Text("Trích yếu", "Summary")),
            Column("due", Text("Hạn trả lời", "Due"), "day"),
        ),
        rows=[
            {
                "day": one.day,
                "kind": EVENT_WORDS[one.kind],
                "paper": one.paper,
                "summary": one.summary,
                "due": one.due,
            }
            for one in events
        ],
        empty=Text("Chưa ghi nhận yêu cầu thanh tra, kiểm tra nào.", "No inspections recorded."),
    )
