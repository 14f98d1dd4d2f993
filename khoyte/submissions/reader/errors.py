"""Why a file cannot be read as a whole, in words its sender can act on.

The codes are stable. A file refused here is kept and answered, nothing of it is judged; what its header said
before the refusal stands on the error, so that the ledger can name the facility and the number promised.
"""

from typing import Any

from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.language import Text

_SEND_WHOLE = Text(
    vi="Xuất lại tệp từ phần mềm của cơ sở, kiểm tra tệp còn nguyên vẹn rồi gửi lại.",
    en="Export the file again from the facility's software and send it whole.",
)
_SPLIT = Text(
    vi="Chia thành nhiều tệp nhỏ hơn rồi gửi lại.", en="Split it into smaller files and send again."
)
_ASK_VENDOR = Text(
    vi="Chuyển thông báo này cho nhà cung cấp phần mềm để sửa vị trí đã nêu, xuất lại tệp rồi gửi.",
    en="Hand this message to the software vendor to mend the place named; export again and send.",
)
_AS_UTF8 = Text(
    vi='Đặt phần mềm xuất tệp bằng bảng mã UTF-8, dòng đầu ghi encoding="UTF-8"; xuất lại rồi gửi.',
    en='Save the file as UTF-8 with encoding="UTF-8" in its first line, then send again.',
)
_PACK_PLAIN = Text(
    vi="Nén lại bằng định dạng ZIP thông thường, chỉ gồm các tệp XML, không đặt mật khẩu, rồi gửi lại.",
    en="Pack again as an ordinary zip of XML files alone, without a password.",
)

MESSAGES: dict[str, tuple[Text, Text]] = {
    "empty": (Text(vi="Tệp không có nội dung (0 byte).", en="The file is empty (0 bytes)."), _SEND_WHOLE),
    "not-xml": (
        Text(
            vi="Tệp không phải XML: nội dung không bắt đầu bằng dấu “<”.",
            en="The file is not XML: it does not begin with “<”.",
        ),
        Text(
            vi="Chọn đúng tệp hồ sơ XML (hoặc tệp ZIP chứa tệp XML) rồi gửi lại.",
            en="Send the XML record file itself (or a zip of such files).",
        ),
    ),
    "encoding": (
        Text(vi="Tệp không dùng bảng mã UTF-8: {found}.", en="The file is not in UTF-8: {found}."),
        _AS_UTF8,
    ),
    "nul": (
        Text(
            vi="Tệp chứa ký tự không hợp lệ NUL (byte 0) ở dòng {line}.",
            en="The file holds a NUL character (byte 0) in line {line}.",
        ),
        _SEND_WHOLE,
    ),
    "doctype": (
        Text(
            vi="Tệp có khai báo DOCTYPE hoặc ENTITY; vì lý do an toàn, tệp có khai báo này không được tiếp "
            "nhận.",
            en="The file has a DOCTYPE or ENTITY declaration; for safety these are not accepted.",
        ),
        Text(
            vi="Đề nghị nhà cung cấp phần mềm bỏ khai báo này khi xuất tệp, rồi gửi lại.",
            en="Ask the software vendor to export without it, then send again.",
        ),
    ),
    "undefined-entity": (
        Text(
            vi="Dòng {line} dùng ký hiệu thay thế (&...;) không có trong chuẩn XML.",
            en="Line {line} uses an XML entity (&...;) that is not defined.",
        ),
        Text(
            vi="Chỉ dùng &amp; &lt; &gt; &quot; &apos; hoặc mã số ký tự; xuất lại tệp rồi gửi.",
            en="Use only &amp; &lt; &gt; &quot; &apos; or numeric references.",
        ),
    ),
    "cut": (
        Text(
            vi="Tệp bị cắt giữa chừng: hết nội dung ở dòng {line} (byte {offset}) khi chưa đủ thẻ đóng.",
            en="The file is cut: it ends in line {line} (byte {offset}) with tags still open.",
        ),
        _SEND_WHOLE,
    ),
    "not-well-formed": (
        Text(
            vi="Tệp không đúng cú pháp XML ở dòng {line}, cột {column} (byte {offset}).",
            en="The XML is not well-formed in line {line}, column {column} (byte {offset}).",
        ),
        _ASK_VENDOR,
    ),
    "xml-declaration-misplaced": (
        Text(
            vi="Khai báo <?xml ...?> không đúng vị trí (dòng {line}): khai báo này phải đứng ngay đầu tệp.",
            en="An <?xml ...?> declaration stands in line {line}; it may only be the very beginning.",
        ),
        Text(
            vi="Bỏ nội dung đứng trước khai báo; bảng XML trong NOIDUNGFILE phải được mã hóa base64.",
            en="Remove what stands before it; encode tables inside NOIDUNGFILE as base64.",
        ),
    ),
    "trailing": (
        Text(
            vi="Sau khi đóng thẻ gốc, tệp vẫn còn nội dung (dòng {line}).",
            en="There is more content after the root element was closed (line {line}).",
        ),
        Text(
            vi="Mỗi tệp chỉ chứa một thẻ gốc; tách thành từng tệp rồi gửi lại.",
            en="One root element per file; send the files one by one.",
        ),
    ),
    "wrong-root": (
        Text(
            vi="Thẻ gốc là {found}, không phải GIAMDINHHS hoặc CHI_TIEU_TRANG_THAI_KCB.",
            en="The root element is {found}, neither GIAMDINHHS nor CHI_TIEU_TRANG_THAI_KCB.",
        ),
        Text(
            vi="Xuất tệp theo cấu trúc tại Công văn 1245/BHXH-CNTT rồi gửi lại.",
            en="Send the file in the form of Letter 1245/BHXH-CNTT.",
        ),
    ),
    "too-large": (
        Text(vi="Tệp lớn hơn giới hạn {limit} byte.", en="The file is over the limit of {limit} bytes."),
        _SPLIT,
    ),
    "too-deep": (
        Text(
            vi="Thẻ XML lồng nhau quá {limit} cấp ở dòng {line}.",
            en="Tags are nested more than {limit} deep in line {line}.",
        ),
        _ASK_VENDOR,
    ),
    "too-many-attributes": (
        Text(
            vi="Một thẻ XML ở dòng {line} có quá {limit} thuộc tính.",
            en="A tag in line {line} has more than {limit} attributes.",
        ),
        _ASK_VENDOR,
    ),
    "token-too-long": (
        Text(
            vi="Một thẻ XML hoặc chú thích ở dòng {line} dài quá {limit} byte.",
            en="A tag or comment in line {line} is longer than {limit} bytes.",
        ),
        _ASK_VENDOR,
    ),
    "prolog-too-long": (
        Text(
            vi="Nội dung trước thẻ gốc dài quá {limit} byte.",
            en="What stands before the root element is over {limit} bytes.",
        ),
        _ASK_VENDOR,
    ),
    "too-many-elements": (
        Text(vi="Tệp có quá {limit} thẻ XML.", en="The file has more than {limit} elements."),
        _SPLIT,
    ),
    "too-many-names": (
        Text(
            vi="Tệp có quá {limit} tên thẻ XML khác nhau.",
            en="The file has more than {limit} different tag names.",
        ),
        _ASK_VENDOR,
    ),
    "too-many-dossiers": (
        Text(vi="Tệp có quá {limit} hồ sơ.", en="The file has more than {limit} dossiers."),
        _SPLIT,
    ),
    "zip-broken": (Text(vi="Tệp ZIP bị hỏng hoặc bị cắt.", en="The zip file is broken or cut."), _PACK_PLAIN),
    "zip-empty": (Text(vi="Tệp ZIP không chứa tệp nào.", en="The zip file holds no file."), _PACK_PLAIN),
    "zip-encrypted": (
        Text(vi="“{entry}” trong tệp ZIP có đặt mật khẩu.", en="“{entry}” in the zip file has a password."),
        _PACK_PLAIN,
    ),
    "zip-nested": (
        Text(
            vi="“{entry}” trong tệp ZIP là một tệp nén khác.",
            en="“{entry}” in the zip file is itself an archive.",
        ),
        _PACK_PLAIN,
    ),
    "zip-method": (
        Text(
            vi="“{entry}” trong tệp ZIP dùng kiểu nén chưa được hỗ trợ.",
            en="“{entry}” in the zip file uses a packing method that is not accepted.",
        ),
        _PACK_PLAIN,
    ),
    "zip-too-many-entries": (
        Text(vi="Tệp ZIP chứa quá {limit} tệp.", en="The zip file holds more than {limit} files."),
        _SPLIT,
    ),
    "zip-ratio": (
        Text(
            vi="“{entry}” trong tệp ZIP khi giải nén lớn hơn {limit} lần kích thước nén.",
            en="“{entry}” in the zip file unpacks to more than {limit} times its size.",
        ),
        _PACK_PLAIN,
    ),
    "zip-too-large": (
        Text(
            vi="Nội dung tệp ZIP khi giải nén lớn hơn {limit} byte.",
            en="The zip file unpacks to more than {limit} bytes.",
        ),
        _SPLIT,
    ),
}


class UnreadableFile(UnreadableInput):
    """A file of which nothing can be accepted.

    `code` is a key of MESSAGES. `line` and `column` count from 1, `offset` in bytes from 0; None where there
    is no place. `facility`, `made_on`, `declared` and `dossiers` (whole ones seen) say what was read before
    the refusal: None, "", None and 0 where nothing was.
    """

    line: int | None = None
    column: int | None = None
    offset: int | None = None
    facility: str | None = None
    made_on: str = ""
    declared: int | None = None
    dossiers: int = 0

    def __init__(self, code: str, **facts: Any) -> None:
        message, remedy = MESSAGES[code]
        super().__init__(message.fill(**facts), remedy=remedy, code=code, **facts)
