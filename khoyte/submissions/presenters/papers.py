"""Who sends what: papers expected and received by facility."""

from collections.abc import Mapping, Sequence
from datetime import date

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Pages, Table
from khoyte.submissions.presenters.words import sheet_link
from khoyte.visits.papers import PAPERS, Paper, PaperCount, WithoutPaper

ROWS = 50
Counts = Mapping[str, Mapping[str, PaperCount]]


def headline(counts: Counts) -> Text:
    """What is missing most, in one sentence."""
    missing = {paper.table: sum(one[paper.table].missing for one in counts.values()) for paper in PAPERS}
    worst = max(PAPERS, key=lambda paper: missing[paper.table])
    if not counts:
        return Text("Chưa có lượt khám, điều trị nào trong thời gian đã chọn", "No visits in these days")
    if not missing[worst.table]:
        return Text("Các cơ sở đã gửi đủ giấy tờ cần có", "All papers have been sent")
    words = Text("Thiếu nhiều nhất: {paper} ({n})", "Missing most: {paper} ({n})")
    return words.fill(paper=worst.label, n=formats.number(missing[worst.table]))


def page_table(
    counts: Counts,
    names: Mapping[str, str],
    start: date,
    end: date,
    sheet: str,
    *,
    may_open: bool,
    page: int = 1,
) -> Table:
    """On the page: "received/expected" per paper, what is missing beside it; pages count from 1.

    `may_open`: whether the reader may see which visits lack a paper.
    """
    codes = _worst_first(counts, names)
    pages, shown = Pages.cut(codes, ROWS, page)
    columns = [Column(paper.table, paper.label, "number") for paper in PAPERS]
    return Table(
        title=Text(
            "Số giấy tờ đã nhận trên số cần có, theo cơ sở", "Papers received of those expected, by facility"
        ),
        name="papers",
        columns=(Column("facility", Text("Cơ sở", "Facility"), head=True), *columns),
        rows=[
            {
                "facility": Cell(names[code], note=code),
                **{
                    paper.table: _cell(
                        counts[code][paper.table], _address(paper, code, start, end) if may_open else ""
                    )
                    for paper in PAPERS
                },
            }
            for code in shown
        ],
        total=len(codes),
        pages=pages,
        empty=Text(
            "Chưa có hồ sơ đạt nào có ngày ra viện trong thời gian đã chọn.",
            "No accepted visit with discharge in these days.",
        ),
        downloads=(sheet_link(sheet),),
    )


def _worst_first(counts: Counts, names: Mapping[str, str]) -> list[str]:
    codes = [code for code in names if code in counts]
    return sorted(codes, key=lambda code: (-sum(one.missing for one in counts[code].values()), code))


def _address(paper: Paper, code: str, start: date, end: date) -> str:
    return f"/tinh/loai-giay-to/{code}/{paper.table}?tu={start.isoformat()}&den={end.isoformat()}"


def _cell(count: PaperCount, address: str) -> Cell:
    if not count.expected:
        return Cell(None)
    written = Text("{r}/{e}", "{r}/{e}").fill(
        r=formats.number(count.received), e=formats.number(count.expected)
    )
    if not count.missing:
        return Cell(written)
    note = Text("thiếu {n}", "{n} missing").fill(n=formats.number(count.missing))
    return Cell(written, href=address, note=note)


def sheet_table(counts: Counts, names: Mapping[str, str]) -> Table:
    """In the spreadsheet: one column per number."""
    columns = [Column("code", Text("Mã cơ sở", "Code")), Column("facility", Text("Cơ sở", "Facility"))]
    for paper in PAPERS:
        for part, label in (
            ("expected", Text("cần có", "expected")),
            ("received", Text("đã nhận", "received")),
        ):
            words = Text("{paper}, {part}", "{paper}, {part}").fill(paper=paper.label, part=label)
            columns.append(Column(f"{paper.table}.{part}", words, "number"))
    rows = []
    for code in _worst_first(counts, names):
        row: dict[str, object] = {"code": code, "facility": names[code]}
        for table, count in counts[code].items():
            row |= {f"{table}.expected": count.expected, f"{table}.received": count.received}
        rows.append(row)
    return Table(Text("Giấy tờ theo cơ sở", "Papers by facility"), columns, rows, empty="")


def without_table(rows: Sequence[WithoutPaper], paper: Paper, limit: int, sheet: str) -> Table:
    """Visits of one facility that lack one paper."""
    return Table(
        title=Text("Lượt khám, điều trị thiếu {paper}", "Visits without {paper}").fill(paper=paper.label),
        name="without",
        columns=(
            Column("ma_lk", Text("MA_LK", "MA_LK"), head=True),
            Column("discharged", Text("Ngày ra viện", "Discharged"), "day"),
        ),
        rows=[
            {
                "ma_lk": Cell(row.ma_lk, href=f"/goi-ho-so/{row.submission}/ho-so/{row.position}"),
                "discharged": row.discharged.date(),
            }
            for row in rows
        ],
        empty=Text("Không thiếu giấy tờ loại này.", "No paper of this kind is missing."),
        note=Text("Chỉ hiển thị {n} lượt gần nhất.", "The latest {n} only.").fill(n=limit)
        if len(rows) == limit
        else "",
        downloads=(sheet_link(sheet),),
    )
