"""Documents of records (a photo of a diploma, a PDF): judged by what they hold, kept without what came along.

Neither the name nor the type that a browser claims is believed. A picture is read to its last point, turned
upright and written anew: places (GPS), names of devices and a second file behind its end are gone. A PDF is
kept byte for byte, as it may carry signatures; one that could act by itself (scripts, programs, attached
files, forms that send) is refused, and so is one that is locked or does not end where it says.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget
from pyhanko.pdf_utils.reader import PdfFileReader

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text

# What the camera of a telephone of today writes at its highest setting.
MOST_BYTES = 15 * 2**20
# A PDF is kept as it comes; a scan of a page in black and white or at 150 dpi is far below.
MOST_PDF_BYTES = 5 * 2**20
# Of a picture that must be held whole while it is read (about ten bytes a point: 250 MB at the most), and of
# a photo as cameras write it, which is read at a part of its size at once.
MOST_POINTS, MOST_POINTS_OF_PHOTO = 25_000_000, 50_000_000
# The long side. A sheet of A4 has 180 points to the inch then: print of 8 points is read with ease.
LONGEST_SIDE = 2_100
MOST_OBJECTS = 20_000
MOST_PAGES = 40
JPEG, PDF = "image/jpeg", "application/pdf"
ENDINGS = {JPEG: "jpg", PDF: "pdf"}
ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf"
"""For the choice of a file. Kinds named one by one: a telephone that takes HEIC photos then sends JPEG."""
_KINDS = ("JPEG", "PNG", "WEBP")
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_LIMITS = DecodeLimits(document_budget=DocumentDecodeBudget(base_allowance=32 * 2**20, max_ratio=4))


class WrongDocument(KhoyteError):
    """A file that cannot be kept as a document of a record."""

    code = "wrong-document"
    status = 422


@dataclass(frozen=True)
class Judged:
    """`media` is the type as found, `data` what is kept."""

    media: str
    data: bytes


def judged(data: bytes) -> Judged:
    """What is kept of a file that somebody chose. Raises WrongDocument."""
    if not data:
        raise WrongDocument(_EMPTY)
    if len(data) > MOST_BYTES:
        raise WrongDocument(TOO_LARGE)
    if data.startswith(b"%PDF-"):
        return Judged(PDF, _pdf(data))
    if data[4:12] in _HEIC:
        raise WrongDocument(_IS_HEIC)
    return Judged(JPEG, _picture(data))


_HEIC = {b"ftyp" + brand for brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis")}


# Pictures


def _picture(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as found:
            as_by_camera = found.format == "JPEG" and not found.info.get("progressive")
            if found.width * found.height > (MOST_POINTS_OF_PHOTO if as_by_camera else MOST_POINTS):
                raise WrongDocument(_TOO_MANY_POINTS)
            # A JPEG is read at a half or a quarter of its size at once, where that is enough.
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            # Made small first: what follows holds the picture once more.
            found.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            points = _on_white(ImageOps.exif_transpose(found))
    except WrongDocument:
        raise
    except _BOMBS:
        raise WrongDocument(_TOO_MANY_POINTS) from None
    except Exception:
        # The library raises errors of every kind for what is damaged or contrived.
        raise WrongDocument(_NOT_READABLE) from None
    written = io.BytesIO()
    points.save(written, "JPEG", quality=82, optimize=True)
    return written.getvalue()


def _on_white(found: Image.Image) -> Image.Image:
    """The points alone, on new paper: nothing that the file said beside them goes along."""
    paper = Image.new("RGB", found.size, "white")
    if found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info:
        seen = found.convert("RGBA")
        paper.paste(seen, mask=seen.getchannel("A"))
    else:
        paper.paste(found.convert("RGB"))
    return paper


# PDF

_ACTING = frozenset(
    {
        *("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia"),
        *("/XFA", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound"),
        *("/AA", "/FileAttachment", "/3D", "/ResetForm"),
    }
)
"""Names that stand in a document that does something by itself or brings files along (ISO 32000-2, 7.11.4,
12.6, 13). As keys and as values: `/S /Launch`, `/AA << … >>`."""


def _pdf(data: bytes) -> bytes:
    if len(data) > MOST_PDF_BYTES:
        raise WrongDocument(_PDF_TOO_LARGE)
    # Whatever stands behind the end is read by another program as a file of its own.
    end = data.rstrip(b"\r\n\t \x00")
    if not end.endswith(b"%%EOF"):
        raise WrongDocument(_PDF_NOT_WHOLE)
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False, decode_limits=_LIMITS)
        if reader.encrypted:
            raise WrongDocument(_PDF_LOCKED)
        pages = int(reader.root["/Pages"]["/Count"])
        if not 0 < pages <= MOST_PAGES:
            raise WrongDocument(_TOO_MANY_PAGES)
        for found in _names(reader):
            if found in _ACTING:
                raise WrongDocument(_PDF_ACTS)
    except WrongDocument:
        raise
    except Exception:  # as above
        raise WrongDocument(_PDF_NOT_WHOLE) from None
    return data


def _names(reader: PdfFileReader) -> Iterator[str]:
    """Every name that stands in any object that a program can reach from the beginning of the document.

    Each object is read once; streams only by their dictionaries. Raises WrongDocument beyond MOST_OBJECTS.
    """
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer.raw_get(key) for key in reader.trailer]
    steps = 0
    while waiting:
        found = waiting.pop()
        steps += 1
        if len(seen) > MOST_OBJECTS or steps > 50 * MOST_OBJECTS:
            raise WrongDocument(_PDF_NOT_WHOLE)
        if isinstance(found, generic.IndirectObject):
            place = (found.idnum, found.generation)
            if place not in seen:
                seen.add(place)
                waiting.append(
                    reader.get_object(generic.Reference(*place, reader), transparent_decrypt=False)
                )
        elif isinstance(found, generic.DictionaryObject):
            yield from (_plain(key) for key in found)
            waiting.extend(found.raw_get(key) for key in found)
        elif isinstance(found, generic.ArrayObject):
            waiting.extend(list.__iter__(found))
        elif isinstance(found, generic.NameObject):
            yield _plain(found)


def _plain(name: str) -> str:
    """A name without its escapes: `/J#53` is read as `/JS`."""
    return re.sub(r"#([0-9A-Fa-f]{2})", lambda one: chr(int(one[1], 16)), str(name))


_EMPTY = Text(
    vi="Tệp đã chọn không có nội dung. Chụp lại hoặc chọn tệp khác.",
    en="The chosen file is empty. Take the photo again or choose another file.",
)
TOO_LARGE = Text(
    vi="Tệp quá lớn (tối đa 15 MB). Chụp lại ở độ phân giải thấp hơn rồi chọn lại.",
    en="The file is too large (15 MB at most). Take the photo at a lower resolution.",
)
_TOO_MANY_POINTS = Text(
    vi="Ảnh có quá nhiều điểm ảnh (ảnh chụp tối đa 50 triệu, ảnh khác 25 triệu). Chụp lại ở độ phân giải "
    "thấp hơn rồi chọn lại.",
    en="The picture has too many points (50 million of a photo, 25 of another at most). Take it at a lower "
    "resolution.",
)
_NOT_READABLE = Text(
    vi="Tệp đã chọn không phải ảnh JPEG, PNG, WebP hoặc PDF đọc được. Chụp ảnh giấy tờ rồi chọn lại.",
    en="The file is no readable JPEG, PNG, WebP or PDF. Take a photo of the paper and choose that.",
)
_IS_HEIC = Text(
    vi="Ảnh ở dạng HEIC chưa đọc được. Trên điện thoại, chọn chụp ảnh dạng JPEG (tương thích nhất) rồi chụp "
    "lại.",
    en="HEIC pictures cannot be read. Set the telephone to JPEG (most compatible) and take it again.",
)
_PDF_TOO_LARGE = Text(
    vi="Tệp PDF quá lớn (tối đa 5 MB). Quét lại ở 150 dpi hoặc chụp ảnh từng trang cần nộp.",
    en="The PDF is too large (5 MB at most). Scan it at 150 dpi, or take a photo of the page.",
)
_PDF_NOT_WHOLE = Text(
    vi="Không đọc được tệp PDF: tệp hỏng hoặc có dữ liệu khác đi kèm. Quét lại hoặc in ra PDF rồi chọn lại.",
    en="The PDF cannot be read: it is damaged or has something else behind it. Scan or print it again.",
)
_PDF_LOCKED = Text(
    vi="Tệp PDF đặt mật khẩu hoặc bị hạn chế. Bỏ mật khẩu rồi chọn lại.",
    en="The PDF is locked by a password. Take the password off.",
)
_TOO_MANY_PAGES = Text(
    vi="Tệp PDF phải có từ 1 đến 40 trang. Chỉ giữ các trang của giấy tờ này rồi chọn lại.",
    en="The PDF must have 1 to 40 pages. Keep the pages of this paper only.",
)
_PDF_ACTS = Text(
    vi="Tệp PDF có mã lệnh, tệp đính kèm hoặc biểu mẫu tự gửi nên không nhận. In lại ra PDF hoặc chụp ảnh "
    "giấy tờ rồi chọn lại.",
    en="The PDF holds scripts, attached files or a form that sends. Print it to a new PDF or take a photo.",
)
