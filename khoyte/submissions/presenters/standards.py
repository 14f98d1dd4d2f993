"""The data standard of a day: what is in force, and what each instrument changed."""

from collections.abc import Iterable
from datetime import date
from urllib.parse import urlencode

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.standards import Change, CodeList, FieldSpec, Standard, TableSpec
from khoyte.submissions.presenters.words import sheet_link
from khoyte.submissions.rulebook.requirements import name_requirement

KINDS = {
    "string": Text("Chuỗi ký tự", "Text"),
    "number": Text("Số", "Number"),
    "date8": Text("Ngày: 8 chữ số", "Date, 8 digits"),
    "date12": Text("Ngày, giờ: 12 chữ số", "Date and time, 12 digits"),
    "date8|date12": Text(
        "Ngày (8 chữ số) hoặc ngày, giờ (12 chữ số)", "Date (8) or date and time (12 digits)"
    ),
    "date8-list": Text("Nhiều ngày, mỗi ngày 8 chữ số", "Dates, 8 digits each"),
}
REQUIRED = {
    "yes": Text("Bắt buộc", "Required"),
    "conditional": Text("Bắt buộc có điều kiện", "Conditional"),
    "no": Text("Không bắt buộc", "Optional"),
}
CONFIDENCE = {
    "source-seen": Tag("good", Text("Đã đối chiếu", "From the instrument")),
    "secondary": Tag("wait", Text("Chờ xác minh", "To be verified")),
}
WHOLE_STANDARD = Text("Toàn bộ chuẩn dữ liệu", "All")


def table_address(name: str, day: date) -> str:
    """The page of one table on a day."""
    return f"/quy-dinh/{name}?{urlencode({'ngay': day.isoformat()})}"


def standard_facts(standard: Standard) -> list[Fact]:
    """What stands above the tables."""
    until = formats.day(standard.valid_to) if standard.valid_to else Text("nay", "today")
    period = Text("{start} đến {end}", "{start} to {end}")
    instruments = "; ".join(dict.fromkeys(standard.legal.split("; ")))
    return [
        Fact(Text("Mã chuẩn dữ liệu", "Identifier"), standard.id),
        Fact(
            Text("Áp dụng cho hồ sơ từ", "For records from"),
            period.fill(start=formats.day(standard.valid_from), end=until),
        ),
        Fact(Text("Căn cứ pháp lý", "Legal basis"), instruments),
    ]


def tables_of(standard: Standard, day: date, sheet: str) -> Table:
    """One line per table of the standard."""
    return Table(
        title=Text("Các bảng dữ liệu", "Tables"),
        name="tables",
        columns=(
            Column("name", Text("Bảng", "Table"), head=True),
            Column("label", Text("Nội dung", "Content")),
            Column("fields", Text("Số trường", "Fields"), "number"),
            Column("required", Text("Bắt buộc", "Required"), "number"),
            Column("conditional", Text("Bắt buộc có điều kiện", "Conditional"), "number"),
        ),
        rows=[_table_row(table, day) for table in standard.tables.values()],
        empty="",
        downloads=(sheet_link(sheet),),
    )


def _table_row(table: TableSpec, day: date) -> dict[str, object]:
    return {
        "name": Cell(table.name, href=table_address(table.name, day)),
        "label": table.label,
        "fields": len(table.fields),
        "required": sum(field.required == "yes" for field in table.fields),
        "conditional": sum(field.required == "conditional" for field in table.fields),
    }


def fields_of(table: TableSpec, sheet: str) -> Table:
    """One line per field, in the order in which fields are sent."""
    return Table(
        title=Text("Các trường theo thứ tự trong tệp", "Fields in the order sent"),
        name="fields",
        columns=(
            Column("ordinal", Text("STT", "No."), "number"),
            Column("name", Text("Trường", "Field"), head=True),
            Column("label", Text("Nội dung", "Meaning")),
            Column("kind", Text("Kiểu dữ liệu", "Type")),
            Column("length", Text("Độ dài tối đa", "Longest"), "number"),
            Column("required", Text("Tính bắt buộc", "Required")),
            Column("codes", Text("Danh mục mã", "Code list")),
            Column("legal", Text("Căn cứ pháp lý", "Legal basis")),
            Column("confidence", Text("Đối chiếu văn bản", "Confidence"), "tag"),
        ),
        rows=[_field_row(field) for field in table.fields],
        empty=Text(
            "Bảng này được nhập trực tiếp trên Cổng tiếp nhận dữ liệu BHXH; chưa có mẫu tệp được công bố.",
            "This table is typed on the portal; no file layout is published.",
        ),
        downloads=(sheet_link(sheet),),
    )


def _field_row(field: FieldSpec) -> dict[str, object]:
    catalogue = name_requirement(f"catalogue:{field.catalogue}") if field.catalogue else ""
    return {
        "ordinal": field.ordinal,
        "name": Cell(field.name),
        "label": field.label,
        "kind": KINDS[field.kind],
        "length": field.max_length if field.max_length else Cell(Text("không giới hạn", "free")),
        "required": Cell(REQUIRED[field.required], note=field.condition or ""),
        "codes": Cell(field.code_list, href=f"#{field.code_list}") if field.code_list else catalogue or None,
        "legal": field.legal,
        "confidence": CONFIDENCE[field.confidence],
    }


def code_lists_of(standard: Standard, table: TableSpec) -> list[Table]:
    """The code lists the fields of a table use, whole."""
    names = dict.fromkeys(field.code_list for field in table.fields if field.code_list)
    return [code_list_table(standard.code_lists[name]) for name in names]


def code_list_table(codes: CodeList) -> Table:
    return Table(
        title=Text("Danh mục {name}", "Code list {name}").fill(name=codes.name),
        name=codes.name,
        columns=(
            Column("code", Text("Mã", "Code"), head=True),
            Column("label", Text("Ý nghĩa", "Meaning")),
        ),
        rows=[{"code": code, "label": label} for code, label in codes.codes.items()],
        empty="",
        note="" if codes.complete else Text("Danh mục chưa đầy đủ.", "This list is not complete."),
    )


def changes_table(changes: Iterable[Change], epoch: date) -> Table:
    """What the instruments in force from `epoch` on changed."""
    title = Text("Thay đổi áp dụng từ ngày {day}", "Changes in force from {day}")
    return Table(
        title=title.fill(day=formats.day(epoch)),
        name=f"changes-{epoch.isoformat()}",
        columns=(
            Column("what", Text("Nội dung thay đổi", "Change"), head=True),
            Column("table", Text("Bảng hoặc danh mục", "Table or list")),
            Column("field", Text("Trường hoặc mã", "Field or code")),
            Column("legal", Text("Căn cứ pháp lý", "Legal basis")),
            Column("confidence", Text("Đối chiếu văn bản", "Confidence"), "tag"),
        ),
        rows=[
            {
                "what": change.what,
                "table": change.table or WHOLE_STANDARD,
                "field": change.field or None,
                "legal": change.legal,
                "confidence": CONFIDENCE[change.confidence],
            }
            for change in changes
        ],
        empty=Text("Giai đoạn áp dụng đầu tiên, chưa có thay đổi.", "The first period; nothing changed."),
    )
