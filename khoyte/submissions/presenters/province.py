"""The province's day: what came, what stands in the way, how it has gone over the weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils.safestring import SafeString

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.charts import Series, bar, trend
from khoyte.foundation.look.parts import Cell, Column, Fact, Pages, Table, Tag
from khoyte.foundation.text import fold
from khoyte.submissions.presenters.verdict import Cause
from khoyte.submissions.presenters.words import LEVELS, sheet_link
from khoyte.submissions.province_queries import Day, SharedCause
from khoyte.submissions.words import cause_words

NOTHING_SENT = Tag("warn", Text("Chưa gửi", "Nothing sent"))
_EMPTY = Day()
ROWS = 50


def headline(days: Mapping[str, Day], facilities: int, sums: Day) -> Text:
    """The day in one sentence."""
    if not days:
        return Text("Chưa có cơ sở nào gửi hồ sơ", "No facility has sent records")
    bad = Text("{bad} hồ sơ chưa đạt", "{bad} dossiers rejected").fill(bad=formats.number(sums.rejected))
    words = Text("{sent}/{all} cơ sở đã gửi, {bad}", "{sent}/{all} facilities sent, {bad}")
    return words.fill(sent=len(days), all=facilities, bad=bad if sums.rejected else NONE_BAD)


NONE_BAD = Text("không có hồ sơ chưa đạt", "none rejected")


def counts(sums: Day, on_time: tuple[int, int], silent: int, day: date, *, may_open: bool) -> list[Fact]:
    """The figures of the day; they lead to the files for those who may open them."""
    timely, dated = on_time
    late = Text("{n} quá hạn", "{n} late").fill(n=formats.number(dated - timely))
    return [
        Fact(
            Text("Gói hồ sơ", "Files"),
            sums.files,
            "number",
            href=_files(day) if may_open else "",
            note=Text("{n} không đọc được", "{n} unreadable").fill(n=sums.unreadable)
            if sums.unreadable
            else "",
        ),
        Fact(Text("Hồ sơ tiếp nhận", "Dossiers"), sums.received, "number"),
        Fact(
            Text("Đúng hạn", "On time"),
            timely / dated if dated else None,
            "share",
            note=late if dated else "",
        ),
        Fact(Text("Đạt", "Accepted"), sums.accepted, "number", note=_share(sums.accepted, sums.received)),
        Fact(
            Text("Chưa đạt", "Rejected"),
            sums.rejected,
            "number",
            href=f"{_files(day)}&phai-sua=1" if sums.rejected and may_open else "",
        ),
        Fact(Text("Cơ sở chưa gửi", "Facilities silent"), silent, "number", href="#facilities"),
    ]


def _files(day: date) -> str:
    return f"/goi-ho-so?tu={day.isoformat()}&den={day.isoformat()}"


def _share(part: int, whole: int) -> str:
    return formats.share(part / whole) if whole else ""


def is_named(wanted: str, code: str, name: str) -> bool:
    """Whether a facility is meant by what was typed, with or without marks; nothing typed means all."""
    return not wanted or wanted.strip() == code or fold(wanted).strip() in fold(name)


def facilities_table(
    days: Mapping[str, Day],
    names: Mapping[str, str],
    on_time: Mapping[str, tuple[int, int]],
    day: date,
    sheet: str,
    *,
    may_open: bool,
    wanted: str = "",
    page: int | None = None,
) -> Table:
    """One line per facility: those with most to correct first, those that sent nothing last.

    `page` counts from 1, beyond the last stands the last; None: all of them, for a sheet. A province has up
    to ten thousand facilities: lines are made for those alone that are shown.
    """
    named = [code for code, name in names.items() if is_named(wanted, code, name)]
    codes = sorted(named, key=lambda code: (code not in days, -days.get(code, _EMPTY).rejected, code))
    pages, shown = Pages.cut(codes, ROWS, page)
    sums = [days[code] for code in codes if code in days]
    return Table(
        title=Text("Theo cơ sở", "By facility"),
        name="facilities",
        columns=(
            Column("facility", Text("Cơ sở", "Facility"), head=True),
            Column("files", Text("Gói hồ sơ", "Files"), "number"),
            Column("received", Text("Hồ sơ tiếp nhận", "Dossiers"), "number"),
            Column("on_time", Text("Đúng hạn", "On time"), "share"),
            Column("accepted", Text("Đạt", "Accepted"), "number"),
            Column("rejected", Text("Chưa đạt", "Rejected"), "number"),
            Column("quarantined", Text("Tạm giữ", "Quarantined"), "number"),
            Column("state", Text("Trạng thái", "State"), "tag"),
        ),
        rows=[
            _facility_row(
                code,
                names[code],
                days.get(code),
                on_time.get(code),
                f"{_files(day)}&co-so={code}" if may_open else "",
            )
            for code in shown
        ],
        total=len(codes),
        pages=pages,
        empty=NOT_FOUND if wanted else NO_FACILITY,
        downloads=(sheet_link(sheet),),
        foot={
            "facility": Text("Tổng cộng", "Total"),
            **{name: sum(getattr(one, name) for one in sums) for name in ("files", "received", "accepted")},
            "on_time": _ratio(tuple(map(sum, zip(*on_time.values(), strict=True)))) if on_time else None,
            **{name: sum(getattr(one, name) for one in sums) for name in ("rejected", "quarantined")},
        },
    )


NO_FACILITY = Text("Danh sách chưa có cơ sở nào trên địa bàn.", "The province has no facility yet.")
NOT_FOUND = Text(
    "Không tìm thấy cơ sở nào. Kiểm tra lại chữ đã nhập; có thể nhập không dấu.",
    "No facility found. Check the words; marks may be left out.",
)


def _facility_row(
    code: str, name: str, sums: Day | None, on_time: tuple[int, int] | None, address: str
) -> dict[str, object]:
    head = Cell(name, href=address if sums else "", note=code)
    if sums is None:
        return {"code": code, "facility": head, "state": NOTHING_SENT}
    return {
        "code": code,
        "facility": head,
        "files": sums.files,
        "received": sums.received,
        "on_time": _ratio(on_time) if on_time else None,
        "accepted": sums.accepted,
        "rejected": Cell(sums.rejected, href=f"{address}&phai-sua=1" if sums.rejected and address else ""),
        "quarantined": sums.quarantined,
        "state": _state(sums),
    }


def sheet_table(facilities: Table) -> Table:
    """The same for a spreadsheet: the code in a column of its own, to join other tables by."""
    code = Column("code", Text("Mã cơ sở", "Code"))
    return replace(facilities, columns=(code, *facilities.columns))


def _ratio(on_time: tuple[int, ...]) -> float | None:
    timely, dated = on_time
    return timely / dated if dated else None


def _state(sums: Day) -> Tag:
    if sums.waiting:
        return Tag("wait", Text("Đang kiểm tra {n} gói", "{n} files waiting").fill(n=sums.waiting))
    if sums.rejected or sums.quarantined or sums.unreadable or sums.missing:
        return Tag("bad", Text("Có hồ sơ phải sửa", "To correct"))
    return Tag("good", Text("Đạt", "Accepted"))


def shared_causes(rows: Sequence[SharedCause], rejected: int, *, own: bool = False) -> list[Cause]:
    """Causes over all files of some days; `own`: of one facility, which need not be counted."""
    return [_shared_cause(row, rejected, own) for row in rows]


def _shared_cause(row: SharedCause, rejected: int, own: bool) -> Cause:
    words = cause_words(row.sample, formats.language())
    effect = Text("Khắc phục xong, {c} hồ sơ sẽ đạt", "{c} dossiers cured") if row.refused else A_WARNING
    if not own:
        effect = Text("{f} cơ sở; {effect}", "Facilities: {f}; {effect}").fill(effect=_small(effect))
    return Cause(
        id=row.sample["id"],
        count=row.refused or row.dossiers,
        bar=bar(row.refused, rejected),
        tag=LEVELS[words["level"]],
        title=words["cause"],
        hint=words["hint"],
        rule=words["rule"],
        effect=effect.fill(f=row.facilities, c=formats.number(row.cured)),
        href="",
    )


A_WARNING = Text("Chỉ là cảnh báo, nên xem lại", "A warning only, worth a look")


def _small(text: Text) -> Text:
    return Text(*(words[:1].lower() + words[1:] for words in (text.vi, text.en)))


def trend_chart(days: Mapping[date, Day], start: date, end: date) -> SafeString:
    """Dossiers received and rejected per day."""
    span = days_between(start, end)
    return trend(
        Text("Hồ sơ tiếp nhận và hồ sơ chưa đạt theo ngày", "Dossiers received and rejected per day"),
        Text("Từ {start} đến {end}", "{start} to {end}").fill(start=formats.day(start), end=formats.day(end)),
        [f"{day:%d/%m}" for day in span],
        (
            Series(Text("Tiếp nhận", "Received"), [days.get(day, _EMPTY).received for day in span]),
            Series(Text("Chưa đạt", "Rejected"), [days.get(day, _EMPTY).rejected for day in span]),
        ),
    )


def trend_table(days: Mapping[date, Day], start: date, end: date, sheet: str) -> Table:
    """The figures behind the trend, newest day first."""
    return Table(
        title=Text("Số liệu theo ngày", "Figures per day"),
        name="days",
        columns=(
            Column("day", Text("Ngày", "Day"), "day", head=True),
            Column("files", Text("Gói hồ sơ", "Files"), "number"),
            Column("received", Text("Hồ sơ tiếp nhận", "Dossiers"), "number"),
            Column("accepted", Text("Đạt", "Accepted"), "number"),
            Column("rejected", Text("Chưa đạt", "Rejected"), "number"),
            Column("share", Text("Tỷ lệ chưa đạt", "Share rejected"), "share"),
        ),
        rows=[_day_row(day, days.get(day, _EMPTY)) for day in reversed(days_between(start, end))],
        empty="",
        downloads=(sheet_link(sheet),),
    )


def _day_row(day: date, sums: Day) -> dict[str, object]:
    share = sums.rejected / sums.received if sums.received else None
    figures = {name: getattr(sums, name) for name in ("files", "received", "accepted", "rejected")}
    return {"day": Cell(day, href=f"/tinh?ngay={day.isoformat()}"), **figures, "share": share}


def days_between(start: date, end: date) -> list[date]:
    """Every day from `start` to `end`, both included."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
