"""Looking at an XLSX workbook before anything of it is unpacked: bombs, macros, encryption, foreign parts.

First what the list of parts says is held against limits, then every part is unpacked once in small pieces, so
that the list is known to say the truth when the workbook is opened.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

from khoyte.foundation.language import Text

MOST_PARTS = 1_000
LARGEST_PART_BYTES = 192 * 2**20
LARGEST_UNPACKED_BYTES = 256 * 2**20
MOST_RATIO = 150
"""Official lists unpack to 8 to 20 times their size; a bomb to a thousand times."""

RATIO_COUNTS_FROM_BYTES = 8 * 2**20
_PIECE_BYTES = 64 * 1024
_ENCRYPTED = 1
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Declarations of entities, in the three ways a part may be encoded.
_DOCTYPES = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)


@dataclass(frozen=True)
class Unfit:
    """Why a workbook is not opened."""

    text: Text


NOT_A_WORKBOOK = Unfit(Text("không phải là tệp bảng tính XLSX", "not an XLSX workbook"))
BROKEN = Unfit(Text("không mở được tệp bảng tính XLSX", "the XLSX workbook cannot be opened"))
LOCKED = Unfit(
    Text(
        "tệp bảng tính được đặt mật khẩu; bỏ mật khẩu rồi lưu lại",
        "the workbook is locked by a password; save it without",
    )
)
MACROS = Unfit(
    Text(
        "tệp bảng tính có macro; lưu lại ở dạng XLSX không có macro",
        "the workbook holds macros; save it as XLSX without",
    )
)
PARTS = Unfit(
    Text(
        f"tệp bảng tính có hơn {MOST_PARTS} phần hoặc phần trùng tên",
        f"more than {MOST_PARTS} parts, or two of one name",
    )
)
TOO_LARGE = Unfit(Text("tệp bảng tính quá lớn khi giải nén", "the workbook is too large unpacked"))
RATIO = Unfit(
    Text(
        f"tệp bảng tính nén quá {MOST_RATIO} lần, không phải là danh mục; lưu lại bằng phần mềm bảng tính",
        f"the workbook unpacks to more than {MOST_RATIO} times its size, as no list does; save it anew",
    )
)
ENTITIES = Unfit(Text("tệp bảng tính chứa khai báo DOCTYPE", "the workbook holds a DOCTYPE declaration"))


def unfit(data: bytes) -> Unfit | None:
    """Why these bytes are not opened as a workbook; None when they may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            return _by_list(parts) or _by_parts(archive, parts)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, RuntimeError):
        return BROKEN


def _by_list(parts: list[zipfile.ZipInfo]) -> Unfit | None:
    """What the list of parts tells."""
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    reasons = (
        (len(parts) > MOST_PARTS or len(names) < len(parts), PARTS),
        (any(part.flag_bits & _ENCRYPTED for part in parts), LOCKED),
        (not {"[Content_Types].xml", "xl/workbook.xml"} <= names, NOT_A_WORKBOOK),
        # Others are unpacked without a bound, and no program packs workbooks so.
        (any(part.compress_type not in _WAYS for part in parts), NOT_A_WORKBOOK),
        (any("vbaproject" in name.lower() for name in names), MACROS),
        (
            unpacked > LARGEST_UNPACKED_BYTES or any(part.file_size > LARGEST_PART_BYTES for part in parts),
            TOO_LARGE,
        ),
        (unpacked > RATIO_COUNTS_FROM_BYTES and unpacked / packed > MOST_RATIO, RATIO),
    )
    return next((reason for true, reason in reasons if true), None)


def _by_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Unfit | None:
    """What each part tells, unpacked piece by piece to its end and never held: entities, sizes that are lies.

    A part that is longer than it says ends in a wrong checksum here; the reader of workbooks, which unpacks
    some parts in one go, would have its memory filled first.
    """
    for part in parts:
        with archive.open(part) as file:
            head = file.read(_PIECE_BYTES)
            while file.read(_PIECE_BYTES):
                pass
        if part.filename.lower().endswith((".xml", ".rels", ".vml")) and any(
            mark in head for mark in _DOCTYPES
        ):
            return ENTITIES
    return None
