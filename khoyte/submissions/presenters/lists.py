"""The list of submissions."""

from collections.abc import Iterable, Mapping

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Link, Pages, Table, Tag
from khoyte.submissions.enums import State
from khoyte.submissions.models import Submission
from khoyte.submissions.presenters.words import STATES, sheet_link

FACILITY = Column("facility", Text("Cơ sở", "Facility"))
COLUMNS = (
    Column("file", Text("Tệp", "File"), head=True),
    Column("received_at", Text("Thời điểm tiếp nhận", "Received at"), "moment"),
    Column("received", Text("Hồ sơ tiếp nhận", "Dossiers"), "number"),
    Column("accepted", Text("Đạt", "Accepted"), "number"),
    Column("rejected", Text("Chưa đạt", "Rejected"), "number"),
    Column("quarantined", Text("Tạm giữ", "Quarantined"), "number"),
    Column("duplicate", Text("Trùng", "Duplicate"), "number"),
    Column("state", Text("Kết quả", "Result"), "tag"),
)
EMPTY = Text(
    "Chưa có gói hồ sơ nào theo ngày và bộ lọc đã chọn. Mỗi tệp được tiếp nhận sẽ hiển thị thành một dòng "
    "tại đây.",
    "No submission in these days with these filters. Every file received becomes a line here.",
)
TITLE = Text("Gói hồ sơ đã gửi", "Submissions")
SEND = Link("/goi-ho-so/gui", Text("Gửi hồ sơ", "Send records"))


def submissions_table(
    rows: Iterable[Submission],
    *,
    names: Mapping[str, str],
    pages: Pages | None = None,
    may_send: bool = False,
    sheet: str = "",
    title: Text = TITLE,
) -> Table:
    """One line per file. `names` are the facilities' names by code; without them the column is left out."""
    return Table(
        title=title,
        name="submissions",
        columns=(COLUMNS[0], FACILITY, *COLUMNS[1:]) if names else COLUMNS,
        rows=[_row(row, names) for row in rows],
        total=pages.total if pages else None,
        pages=pages,
        empty=EMPTY,
        downloads=(sheet_link(sheet),) if sheet else (),
        links=(SEND,) if may_send else (),
    )


def _row(row: Submission, names: Mapping[str, str]) -> dict[str, object]:
    known = row.state == State.JUDGED
    counts = {name: getattr(row, name) if known else None for name in ("received", "accepted", "quarantined")}
    return {
        "file": Cell(row.file_name, href=f"/goi-ho-so/{row.pk}"),
        "facility": Cell(names.get(row.facility, row.facility), note=row.facility),
        "received_at": row.received_at,
        **counts,
        "rejected": Cell(row.rejected, href=_rejected(row)) if known else None,
        "duplicate": row.duplicate if known else None,
        "state": result_tag(row),
    }


def _rejected(row: Submission) -> str:
    return f"/goi-ho-so/{row.pk}?ket-qua=rejected#dossiers" if row.rejected else ""


def result_tag(row: Submission) -> Tag:
    """What became of the whole file, in one word: the state until it is judged, then the outcome."""
    if row.state != State.JUDGED:
        return STATES[State(row.state)]
    if row.rejected or row.quarantined or row.missing:
        return Tag("bad", Text("Có hồ sơ phải sửa", "To be corrected"))
    return Tag("good", Text("Đạt cả gói", "All accepted"))
