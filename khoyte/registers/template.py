"""The XLSX template of a register: a sheet to fill in with drop-downs, instructions, the allowed values."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.registers.declaration import CODE_AND_NAME, Declaration, Field
from khoyte.registers.reading import DATA_SHEET

HEADING_LINE = 3  # counted from 1, as the sheet does
ROWS_READY = 5_000
INSTRUCTIONS, VALUES = "Hướng dẫn", "Danh mục"
KINDS: dict[str, Text] = {
    "text": Text(vi="Văn bản", en="Text"),
    "long_text": Text(vi="Văn bản dài", en="Long text"),
    "identifier": Text(vi="Số, ký hiệu như in trên giấy tờ", en="Number as printed"),
    "code": Text(vi="Chọn trong danh sách", en="Choose from the list"),
    "date": Text(vi="Ngày: ngày/tháng/năm", en="Date: dd/mm/yyyy"),
    "partial_date": Text(vi="Ngày/tháng/năm, tháng/năm hoặc năm", en="dd/mm/yyyy, mm/yyyy or yyyy"),
    "integer": Text(vi="Số nguyên", en="Whole number"),
    "boolean": Text(vi="Có hoặc Không", en="Yes or no"),
    "list": Text(vi="Nhiều giá trị, cách nhau bằng dấu chấm phẩy", en="Several values, by semicolon"),
    "personal_number": Text(vi="12 chữ số, định dạng Văn bản", en="12 digits, formatted as text"),
    "facility_code": Text(vi="Mã cơ sở 5 ký tự, định dạng Văn bản", en="5 characters, formatted as text"),
    "phone": Text(vi="Số điện thoại, định dạng Văn bản", en="Telephone, formatted as text"),
    "hours": Text(vi="Giờ làm việc trong tuần, ví dụ: T2-T6 7:00-11:30, 13:00-16:30; T7 7:00-11:00",
                  en="Weekly hours, such as: T2-T6 7:00-11:30, 13:00-16:30; T7 7:00-11:00"),
}  # fmt: skip
STEPS = (
    "Nhập dữ liệu vào trang “Dữ liệu”, bắt đầu từ dòng ngay dưới dòng tiêu đề cột. Mỗi dòng là một hồ sơ.",
    "Không đổi tên cột. Có thể bỏ cột không bắt buộc, đổi thứ tự cột, thêm cột riêng (cột riêng bị bỏ qua).",
    "Cột có dấu * là bắt buộc. Cột có danh sách thả xuống: chọn một giá trị trong danh sách.",
    "Các cột số đã định dạng Văn bản để Excel không bỏ số 0 ở đầu và không đổi sang dạng 1,08E+11.",
    "Kiểm tra thử trước khi nhập: hệ thống chỉ ra từng ô cần sửa và chưa lưu gì.",
    "Gửi lại cùng một tệp không tạo hồ sơ thứ hai: dòng không đổi được tính là trùng.",
)


SEVERAL = "Chọn một mục trong danh mục đang áp dụng; nhiều mục thì ghi các mã, cách nhau bằng dấu chấm phẩy."


def template(declaration: Declaration) -> bytes:
    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        data = book.add_worksheet(DATA_SHEET)
        guide = book.add_worksheet(INSTRUCTIONS)
        values = book.add_worksheet(VALUES)
        lists = _write_values(book, values, declaration)
        _write_data(book, data, declaration, lists)
        _write_guide(book, guide, declaration)
    return written.getvalue()


def heading_of(field: Field) -> str:
    return f"{field.label.vi} *" if field.required else field.label.vi


def _write_values(book: Any, sheet: Any, declaration: Declaration) -> dict[str, str]:
    """The allowed values, a column per field; field → range for its drop-down."""
    bold = book.add_format({"bold": True})
    lists = {}
    columns = [(field, _values_of(field)) for field in declaration.written]
    for place, (field, values) in enumerate(one for one in columns if one[1]):
        sheet.set_column(place, place, 36)
        sheet.write_string(0, place, field.label.vi, bold)
        for line, words in enumerate(values, start=1):
            sheet.write_string(line, place, words)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        lists[field.name] = f"='{VALUES}'!${letter}$2:${letter}${len(values) + 1}"
    return lists


def _values_of(field: Field) -> list[str]:
    """As they stand in the drop-down: labels of codes; of a list that is offered each code with its name."""
    if field.codes:
        return [one.label.vi for one in field.codes]
    return [f"{code}{CODE_AND_NAME}{name}" if name else code for code, name in _offered(field)]


def _offered(field: Field) -> Sequence[tuple[str, str]]:
    return field.offered() if field.offered else ()


def _write_data(book: Any, sheet: Any, declaration: Declaration, lists: dict[str, str]) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    heading = book.add_format(
        {"bold": True, "text_wrap": True, "bottom": 1, "valign": "top", "bg_color": "#e3f0f2"}
    )
    looks = {
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "dd/mm/yyyy"}),
    }
    sheet.write_string(0, 0, declaration.label.vi, title)
    sheet.write_string(
        1, 0, f"Đọc trang “{INSTRUCTIONS}” trước khi nhập. Dòng {HEADING_LINE} là tiêu đề cột."
    )
    for place, field in enumerate(declaration.written):
        plain = field.kind in ("integer", "boolean")
        look = looks["date"] if field.kind == "date" else None if plain else looks["text"]
        sheet.set_column(place, place, max(14, min(40, len(field.label.vi) + 2)), look)
        sheet.write_string(HEADING_LINE - 1, place, heading_of(field), heading)
        _add_choice(sheet, place, field, lists)
    sheet.freeze_panes(HEADING_LINE, 1)


def _add_choice(sheet: Any, place: int, field: Field, lists: dict[str, str]) -> None:
    first, last = HEADING_LINE, HEADING_LINE + ROWS_READY
    rule: dict[str, Any]
    if field.name in lists and not field.codes:
        # Offered, not ordered: several codes, or one that is not of the list, may stand there too.
        rule = {"validate": "list", "source": lists[field.name], "show_error": False,
                "input_title": field.label.vi[:32], "input_message": SEVERAL[:255]}  # fmt: skip
    elif field.name in lists:
        told = f"Chọn một giá trị của cột {field.label.vi} trong danh sách."
        rule = {"validate": "list", "source": lists[field.name], "error_message": told[:250]}
    elif field.kind == "boolean":
        rule = {"validate": "list", "source": ["Có", "Không"]}
    else:
        return
    sheet.data_validation(first, place, last, place, {**rule, "error_title": "Giá trị chưa đúng"})


def _write_guide(book: Any, sheet: Any, declaration: Declaration) -> None:
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    sheet.write_string(
        0, 0, f"Hướng dẫn nhập: {declaration.label.vi}", book.add_format({"bold": True, "font_size": 14})
    )
    for line, words in enumerate(STEPS, start=1):
        sheet.write_string(line, 0, f"{line}. {words}")
    sheet.write_string(len(STEPS) + 1, 0, "Căn cứ: " + "; ".join(declaration.legal))
    first = len(STEPS) + 3
    columns = (("Cột", 34), ("Bắt buộc", 10), ("Cách ghi", 34), ("Giải thích", 60), ("Ví dụ", 24),
               ("Căn cứ", 40), ("Tên trong tệp CSV, API", 26))  # fmt: skip
    for place, (name, width) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(first, place, name, bold)
    for line, field in enumerate(declaration.written, start=first + 1):
        cells = (
            field.label.vi,
            "Có" if field.required else "",
            _kind_words(field),
            field.help.vi if field.help else "",
            field.example,
            field.legal,
            field.name,
        )
        for place, words in enumerate(cells):
            sheet.write_string(line, place, words, wrap)
    sheet.freeze_panes(first + 1, 1)


def _kind_words(field: Field) -> str:
    kind = KINDS[field.kind].vi
    return f"{kind} ({field.pattern_words.vi})" if field.pattern_words else kind


def file_name(declaration: Declaration) -> str:
    """Plain ASCII, for the header of the answer."""
    words = "".join(sign if sign.isalnum() else " " for sign in fold(declaration.label.vi)).split()
    return "-".join(("bieu-mau", *words))[:80] + ".xlsx"
