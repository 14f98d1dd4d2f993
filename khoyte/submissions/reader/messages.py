"""What the reader's findings mean, in words: one message and one hint for each rule and reason.

Parameters stand in braces and come from the finding. Nothing here names a person: a table's values are shown
by the rules that judge values, not by the reader.
"""

from collections.abc import Mapping
from typing import Any

from khoyte.foundation.language import Text

_RESEND = Text(
    vi="Sửa trong phần mềm rồi gửi lại hồ sơ.", en="Mend it in the software and send the dossier again."
)
_VENDOR = Text(
    vi="Báo nhà cung cấp phần mềm sửa cách xuất tệp.",
    en="Ask the software vendor to mend the way files are exported.",
)
_AS_BASE64 = Text(
    vi="Mã hóa bảng XML bằng base64 trước khi đặt vào NOIDUNGFILE.",
    en="Encode the table in base64 before putting it into NOIDUNGFILE.",
)
_NO_NEED = Text(vi="Không cần sửa; đã đọc được.", en="Nothing has to be mended; it was read.")
_SPLIT = Text(vi="Kiểm tra vì sao phần này lớn bất thường.", en="Check why this part is unusually large.")

MESSAGES: dict[tuple[str, str], tuple[Text, Text]] = {
    ("V-001", "missing"): (
        Text(vi="Tệp thiếu phần tử {element}.", en="The file lacks the element {element}."),
        _VENDOR,
    ),
    ("V-001", "doubled"): (
        Text(vi="Phần tử {element} có nhiều hơn một lần.", en="The element {element} stands more than once."),
        _VENDOR,
    ),
    ("V-001", "misplaced"): (
        Text(
            vi="Phần tử {element} nằm sai chỗ trong tệp.",
            en="The element {element} stands in the wrong place.",
        ),
        _VENDOR,
    ),
    ("V-001", "not-understood"): (
        Text(
            vi="Giá trị của {element} không đúng dạng quy định.",
            en="The value of {element} is not of the prescribed form.",
        ),
        Text(
            vi="NGAYLAP ghi dạng yyyymmdd, SOLUONGHOSO là số nguyên.",
            en="NGAYLAP is yyyymmdd, SOLUONGHOSO a whole number.",
        ),
    ),
    ("V-002", "length"): (
        Text(vi="MACSKCB của tệp không đủ 5 ký tự.", en="MACSKCB of the file does not have 5 characters."),
        Text(
            vi="Ghi đúng mã cơ sở khám bệnh, chữa bệnh gồm 5 ký tự.",
            en="Write the facility's code of 5 characters.",
        ),
    ),
    ("V-002", "differs"): (
        Text(
            vi="Hồ sơ ghi mã cơ sở {found}, khác mã {facility} của tệp.",
            en="The dossier names facility {found}, the file {facility}.",
        ),
        Text(vi="Gửi hồ sơ trong tệp của đúng cơ sở.", en="Send the dossier in a file of its own facility."),
    ),
    ("V-004", "missing"): (
        Text(vi="Hồ sơ không có bảng XML1.", en="The dossier has no table XML1."),
        _RESEND,
    ),
    ("V-004", "doubled"): (
        Text(vi="Hồ sơ có nhiều hơn một bảng XML1.", en="The dossier has more than one table XML1."),
        _RESEND,
    ),
    ("V-005", "unknown"): (
        Text(
            vi="Không có loại hồ sơ “{kind}” trong chuẩn.",
            en="There is no kind of table “{kind}” in the standard.",
        ),
        _VENDOR,
    ),
    ("V-005", "unnamed"): (
        Text(vi="Có một bảng không ghi LOAIHOSO.", en="One table has no LOAIHOSO."),
        _VENDOR,
    ),
    ("V-005", "doubled"): (
        Text(
            vi="Bảng {kind} có nhiều hơn một lần trong hồ sơ; chỉ đọc bảng đầu.",
            en="Table {kind} stands more than once in the dossier; the first was read.",
        ),
        _RESEND,
    ),
    ("V-005", "too-many"): (
        Text(vi="Hồ sơ có quá {limit} bảng.", en="The dossier has more than {limit} tables."),
        _VENDOR,
    ),
    ("V-006", "base64"): (
        Text(vi="NOIDUNGFILE không giải mã được base64.", en="NOIDUNGFILE cannot be decoded from base64."),
        _AS_BASE64,
    ),
    ("V-006", "xml"): (
        Text(
            vi="Bảng không phải XML đúng cú pháp (dòng {line}, cột {column}).",
            en="The table is not well-formed XML (line {line}, column {column}).",
        ),
        _VENDOR,
    ),
    ("V-006", "encoding"): (
        Text(vi="Bảng không dùng bảng mã UTF-8.", en="The table is not in UTF-8."),
        _VENDOR,
    ),
    ("V-006", "nul"): (
        Text(vi="Bảng chứa ký tự NUL (byte 0).", en="The table holds a NUL character (byte 0)."),
        _VENDOR,
    ),
    ("V-006", "doctype"): (
        Text(
            vi="Bảng có khai báo DOCTYPE; không được nhận.",
            en="The table has a DOCTYPE declaration, which is not accepted.",
        ),
        _VENDOR,
    ),
    ("V-006", "root"): (
        Text(
            vi="Phần tử gốc của bảng là {found}, chuẩn là {expected}.",
            en="The table's root element is {found}, the standard has {expected}.",
        ),
        _VENDOR,
    ),
    ("V-006", "structure"): (
        Text(vi="Trong bảng không có danh sách {expected}.", en="The table has no list {expected}."),
        _VENDOR,
    ),
    ("V-006", "several-contents"): (
        Text(
            vi="Một FILEHOSO có nhiều LOAIHOSO hoặc NOIDUNGFILE.",
            en="One FILEHOSO has more than one LOAIHOSO or NOIDUNGFILE.",
        ),
        _VENDOR,
    ),
    ("V-006", "too-large"): (
        Text(
            vi="Nội dung lớn hơn giới hạn {limit} byte.", en="The content is over the limit of {limit} bytes."
        ),
        _SPLIT,
    ),
    ("V-006", "too-much-markup"): (
        Text(
            vi="Bảng có quá {limit} thẻ và thuộc tính.",
            en="The table has more than {limit} tags and attributes.",
        ),
        _SPLIT,
    ),
    ("V-006", "too-many-fields"): (
        Text(vi="Một dòng của bảng có quá {limit} thẻ.", en="A row of the table has more than {limit} tags."),
        _VENDOR,
    ),
    ("V-006", "guard"): (
        Text(
            vi="Bảng vượt giới hạn đọc an toàn ({limit}).",
            en="The table is over a limit of safe reading ({limit}).",
        ),
        _VENDOR,
    ),
    ("V-006", "nested"): (
        Text(
            vi="Bảng {tables} gửi dạng XML lồng trực tiếp thay cho base64; vẫn đọc được.",
            en="Tables {tables} came as nested XML instead of base64; they were read.",
        ),
        _AS_BASE64,
    ),
    ("V-006", "escaped"): (
        Text(
            vi="Bảng {tables} gửi dạng XML viết bằng &lt; thay cho base64; vẫn đọc được.",
            en="Tables {tables} came as XML written with &lt; instead of base64; they were read.",
        ),
        _AS_BASE64,
    ),
    ("V-006", "cdata"): (
        Text(
            vi="Nội dung bảng {tables} đặt trong CDATA; vẫn đọc được.",
            en="The content of tables {tables} stands in CDATA; it was read.",
        ),
        _AS_BASE64,
    ),
    ("V-006", "declared-encoding"): (
        Text(
            vi="Bảng {tables} khai báo bảng mã khác nhưng thực tế là UTF-8.",
            en="Tables {tables} declare another encoding but are in UTF-8.",
        ),
        _VENDOR,
    ),
    ("V-006", "base64-lines"): (
        Text(
            vi="Base64 của bảng {tables} bị ngắt dòng.",
            en="The base64 of tables {tables} is broken into lines.",
        ),
        _NO_NEED,
    ),
    ("V-006", "cdata-values"): (
        Text(vi="Bảng {tables} có giá trị đặt trong CDATA.", en="Tables {tables} have values in CDATA."),
        _NO_NEED,
    ),
    ("V-006", "empty-part"): (Text(vi="Bảng {tables} gửi rỗng.", en="Tables {tables} came empty."), _NO_NEED),
    ("V-006", "empty-list"): (
        Text(vi="Bảng {tables} có danh sách rỗng.", en="Tables {tables} have an empty list."),
        _NO_NEED,
    ),
    ("V-007", "unexpected-element"): (
        Text(
            vi="Thẻ {element} không có trong cấu trúc của bảng; bị bỏ qua.",
            en="The tag {element} is not part of the table; it was passed over.",
        ),
        _VENDOR,
    ),
    ("V-007", "nested-element"): (
        Text(
            vi="Trường {element} chứa thẻ con; chỉ lấy phần chữ.",
            en="The field {element} holds tags of its own; only their text was read.",
        ),
        _VENDOR,
    ),
    ("V-007", "loose-text"): (
        Text(
            vi="Có chữ nằm ngoài các trường của bảng; bị bỏ qua.",
            en="There is text outside the table's fields; it was passed over.",
        ),
        _VENDOR,
    ),
    ("V-009", "missing"): (
        Text(vi="Bảng có dòng thiếu MA_LK.", en="The table has a row without MA_LK."),
        _RESEND,
    ),
    ("V-009", "differs"): (
        Text(
            vi="MA_LK của bảng là {found}, khác {expected} của hồ sơ.",
            en="MA_LK of the table is {found}, that of the dossier {expected}.",
        ),
        _RESEND,
    ),
}


def describe(rule: str, params: Mapping[str, Any]) -> tuple[Text, Text]:
    """Message and hint of a finding of the reader; KeyError for any other."""
    message, hint = MESSAGES[rule, params["reason"]]
    shown = {name: ", ".join(value) if isinstance(value, list) else value for name, value in params.items()}
    return message.fill(**shown), hint
