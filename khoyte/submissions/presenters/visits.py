"""Visits as lists, and one visit with every table as it was sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Pages, Table, Tag
from khoyte.standards import FieldSpec, Standard, TableSpec
from khoyte.visits.models import Visit

# Numbers that open other doors are shown masked even to the facility that sent them.
_MASKED = (
    *("SO_CCCD", "MA_THE_BHYT", "MA_THE_TAM", "MA_BHXH"),
    *("SO_CCCD_NND", "MA_THE_NND", "MA_BHXH_NND", "MA_CHA", "MA_ME"),
)


@dataclass(frozen=True)
class Part:
    """One table of the document: facts where it is one row, else a table of its filled fields."""

    title: Text
    facts: tuple[Fact, ...]
    table: Table | None


def visits_table(rows: Sequence[Visit], pages: Pages) -> Table:
    return Table(
        title=Text("Lượt khám, điều trị", "Visits"),
        name="visits",
        columns=(
            Column("ma_lk", Text("Mã liên kết (MA_LK)", "MA_LK"), head=True),
            Column("patient", Text("Người bệnh", "Patient")),
            Column("disease", Text("Bệnh chính", "Main disease")),
            Column("kind", Text("Mã hình thức", "Form of care")),
            Column("admitted", Text("Ngày vào", "Admitted"), "moment"),
            Column("discharged", Text("Ngày ra", "Discharged"), "moment"),
            Column("version", Text("Phiên bản", "Version"), "number"),
        ),
        rows=[
            {
                "ma_lk": Cell(row.ma_lk, href=f"/luot-kham/{row.pk}"),
                "patient": row.ho_ten,
                "disease": row.ma_benh_chinh,
                "kind": row.ma_loai_kcb,
                "admitted": row.ngay_vao,
                "discharged": row.ngay_ra,
                "version": row.version,
            }
            for row in rows
        ],
        total=pages.total,
        pages=pages,
        empty=Text(
            "Chưa có lượt khám, điều trị nào theo bộ lọc đã chọn. Hồ sơ đạt sẽ hiển thị tại đây.",
            "No visit with this filter. Accepted dossiers appear here.",
        ),
    )


def visit_facts(visit: Visit) -> tuple[Fact, ...]:
    return (
        Fact(Text("Mã liên kết (MA_LK)", "MA_LK"), visit.ma_lk),
        Fact(Text("Ngày vào", "Admitted"), visit.ngay_vao, "moment"),
        Fact(Text("Ngày ra", "Discharged"), visit.ngay_ra, "moment"),
        Fact(Text("Bệnh chính", "Main disease"), visit.ma_benh_chinh),
        Fact(Text("Chuẩn dữ liệu áp dụng", "Standard"), visit.standard),
        Fact(
            Text("Gói hồ sơ", "Submission"),
            str(visit.submission_id),
            href=f"/goi-ho-so/{visit.submission_id}",
        ),
    )


def versions_table(versions: Sequence[Visit], shown: Visit) -> Table:
    return Table(
        title=Text("Các phiên bản", "Versions"),
        name="versions",
        columns=(
            Column("version", Text("Phiên bản", "Version"), head=True),
            Column("received", Text("Thời điểm tiếp nhận", "Received at"), "moment"),
            Column("state", Text("Trạng thái", "State"), "tag"),
        ),
        rows=[
            {
                "version": Cell(str(one.version), href="" if one.pk == shown.pk else f"/luot-kham/{one.pk}"),
                "received": one.received_at,
                "state": _state(one),
            }
            for one in versions
        ],
        empty=Text("Chưa có phiên bản nào.", "No version."),
    )


def _state(visit: Visit) -> Tag:
    if visit.withdrawn_at:
        return Tag("bad", Text("Không còn đạt khi kiểm tra lại", "Withdrawn when judged again"))
    if visit.is_current:
        return Tag("good", Text("Đang dùng", "Current"))
    return Tag("wait", Text("Đã có phiên bản mới thay thế", "Superseded"))


def document_parts(document: dict[str, list[dict[str, str]]], standard: Standard) -> list[Part]:
    """Every table that was sent, in the words of the standard."""
    return [_part(standard.tables[name], rows) for name, rows in document.items() if name in standard.tables]


def _part(spec: TableSpec, rows: list[dict[str, str]]) -> Part:
    title = Text(f"{spec.name} – {spec.label.vi}", f"{spec.name} – {spec.label.en}")
    if spec.list_element is None and len(rows) == 1:
        return Part(title, tuple(_facts(spec, rows[0])), None)
    used = [field for field in spec.fields if any(row.get(field.name) for row in rows)]
    table = Table(
        title=title,
        name=spec.name.lower(),
        columns=tuple(Column(field.name, field.label) for field in used),
        rows=[{field.name: _shown(field, row.get(field.name, "")) for field in used} for row in rows],
        empty=Text("Bảng không có dòng nào.", "The table has no row."),
    )
    return Part(title, (), table)


def _facts(spec: TableSpec, row: dict[str, str]) -> list[Fact]:
    return [
        Fact(field.label, _shown(field, row[field.name]), note=field.name)
        for field in spec.fields
        if row.get(field.name)
    ]


def _shown(field: FieldSpec, text: str) -> str:
    if field.name in _MASKED and text:
        return ";".join(mask(part) for part in text.split(";"))
    if field.kind.startswith("date"):
        return "; ".join(map(_written_date, text.split(";")))
    return text


def _written_date(digits: str) -> str:
    """A date of the standard (yyyymmdd or yyyymmddHHMM) for people; what is none stays as it was sent.

    Day, month or time that were not known are zeros and left out.
    """
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 12)):
        return digits
    parts = [part for part in (digits[6:8], digits[4:6]) if part != "00"]
    day = "/".join([*parts, digits[:4]])
    time = digits[8:] if digits[8:] != "0000" else ""
    return f"{time[:2]}:{time[2:]} {day}" if time else day
