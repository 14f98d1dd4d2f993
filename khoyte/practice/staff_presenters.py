"""A comparison of lists of health workers as pages and sheets show it."""

from collections.abc import Mapping, Sequence
from datetime import date

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Table
from khoyte.practice.models import StaffComparison
from khoyte.practice.staff_list import (
    CLASSES,
    DIFFERS,
    FIELDS,
    ONLY_HERE,
    REMEDIES,
    SAME,
    UNREAD,
    Difference,
    Line,
)

SHOWN = 50
NOTHING = Text(vi="–", en="–")


def comparison_table(rows: Sequence[StaffComparison], names: Mapping[str, str], *, own: bool) -> Table:
    kinds = [kind for kind in CLASSES if kind != UNREAD]
    facility = () if own else (Column("facility", Text(vi="Cơ sở", en="Facility")),)
    return Table(
        title=Text(vi="Các lần so sánh", en="Comparisons"),
        name="comparisons",
        columns=(
            Column("made_at", Text(vi="Lúc", en="At"), kind="moment", head=True),
            *facility,
            Column("rows", Text(vi="Dòng trong danh mục", en="Lines"), kind="number"),
            *(Column(kind, _SHORT[kind], kind="number") for kind in kinds),
        ),
        rows=[
            {
                "made_at": Cell(row.made_at, href=f"/dang-ky-hanh-nghe/doi-chieu-bhxh/{row.pk}"),
                "facility": names.get(row.facility, row.facility),
                "rows": row.rows,
                **{kind: row.counts.get(kind, 0) for kind in kinds},
            }
            for row in rows
        ],
        empty=Text(
            vi="Chưa so sánh lần nào. Tải danh mục nhân viên y tế từ cổng của cơ quan Bảo hiểm xã hội rồi "
            "chọn tệp ở trên.",
            en="None yet. Download the list of health workers from the portal there and choose it.",
        ),
    )


_SHORT: dict[str, Text] = {
    SAME: Text(vi="Khớp", en="Same"),
    DIFFERS: Text(vi="Khác nhau", en="Differ"),
    "only_here": Text(vi="Chỉ ở sổ", en="Only here"),
    "only_there": Text(vi="Chỉ ở danh mục", en="Only there"),
    "twice": Text(vi="Trùng", en="Twice"),
}


def counts(made: StaffComparison) -> list[Fact]:
    return [
        Fact(Text(vi="Dòng trong danh mục", en="Lines"), made.rows, "number"),
        *(Fact(label, made.counts.get(kind, 0), "number") for kind, label in _SHORT.items()),
    ]


def line_tables(lines: Sequence[Line], *, whole: bool = False) -> list[Table]:
    """A table per class that has lines; who is the same is listed in the sheet alone."""
    found = []
    for kind, title in CLASSES.items():
        of_kind = [line for line in lines if line.kind == kind]
        if of_kind and (whole or kind != SAME):
            found.append(_table(kind, title, of_kind, whole))
    return found


def _table(kind: str, title: Text, lines: Sequence[Line], whole: bool) -> Table:
    person: tuple[Column, ...] = (
        Column("name", Text(vi="Người hành nghề", en="Practitioner"), head=True),
        Column("licence", Text(vi="Số giấy phép", en="Licence")),
        Column("row", Text(vi="Dòng", en="Row"), kind="number"),
    )
    if kind == ONLY_HERE and not whole:
        person = person[:-1]  # who stands only here has no row there
    columns: tuple[Column, ...]
    common: Text | None = None
    if kind == DIFFERS:
        rows = [_difference_row(line, one) for line in lines for one in line.differences]
        columns = (
            *person,
            Column("field", Text(vi="Nội dung", en="Field")),
            Column("ours", Text(vi="Sổ đăng ký", en="Register")),
            Column("theirs", Text(vi="Danh mục", en="List there")),
            Column("remedy", Text(vi="Cách xử lý", en="What to do")),
        )
    else:
        rows = [{**_person(line), "remedy": line.remedy or NOTHING} for line in lines]
        remedies = {line.remedy for line in lines}
        # One word for all of them stands above the table once; the sheet is sorted and cut, and keeps it.
        common = remedies.pop() if len(lines) > 1 and len(remedies) == 1 and not whole else None
        columns = person if common else (*person, Column("remedy", Text(vi="Cách xử lý", en="What to do")))
    return Table(
        title=title,
        name=kind,
        columns=columns,
        rows=rows if whole else rows[:SHOWN],
        total=len(rows),
        note=_note(kind, common, shown=len(rows) if whole else SHOWN, total=len(rows)),
        empty=NOTHING,
    )


_EACH = Text(vi="Mỗi dòng là một nội dung khác nhau.", en="One line for each field that differs.")
_FIRST = Text(vi="Hiện {n} dòng đầu; tệp XLSX có đủ.", en="The first {n} lines; the XLSX file has them all.")


def _note(kind: str, common: Text | None, *, shown: int, total: int) -> Text | str:
    notes = [_EACH] if kind == DIFFERS else []
    notes += [common] if common else []
    if shown < total:
        notes.append(_FIRST.fill(n=shown))
    return Text(vi=" ".join(one.vi for one in notes), en=" ".join(one.en for one in notes)) if notes else ""


def _person(line: Line) -> dict[str, object]:
    name = line.name or "–"
    return {
        "name": Cell(name, href=f"/so-dang-ky/practitioners/{line.person_record}")
        if line.person_record
        else name,
        "licence": line.licence or "–",
        "row": line.row or None,
    }


def _difference_row(line: Line, one: Difference) -> dict[str, object]:
    return {
        **_person(line),
        "field": FIELDS[one.field],
        "ours": _value(one.field, one.ours),
        "theirs": _value(one.field, one.theirs),
        "remedy": REMEDIES[one.field],
    }


def _value(field: str, value: str) -> str:
    if field == "licence_date" and len(value) == 10:
        return format_date(date.fromisoformat(value))
    return value or "–"
