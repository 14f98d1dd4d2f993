"""Files as people choose them, made here: photos with what cameras add, PDFs that are plain or that act."""

import io
import zlib
from collections.abc import Mapping

from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

GPS_LATITUDE, ORIENTATION, MAKE = 2, 0x0112, 0x010F


def photo(width: int = 120, height: int = 80, turned: int = 6, shade: int = 200) -> bytes:
    """A JPEG of a telephone: red above, grey below, lying on its side, with the place where it was taken."""
    picture = Image.new("RGB", (width, height), (shade, shade, shade))
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height), fill=(255, 0, 0))
    told = Image.Exif()
    told[ORIENTATION], told[MAKE] = turned, "Điện thoại giả lập"
    told.get_ifd(0x8825).update({1: "N", GPS_LATITUDE: (21.0, 1.0, 42.5), 3: "E", 4: (105.0, 51.0, 15.0)})
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=told, quality=90)
    return written.getvalue()


def png(width: int = 60, height: int = 40) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 20, 30, 0)).save(written, "PNG")
    return written.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says it has as many points as no memory holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    body = zlib.compress(b"\x00" * 100_000)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(pages: int = 1, *, packed: bool = False, root: Mapping[str, object] | None = None) -> bytes:
    """A PDF with so many empty pages; `packed`: its objects in one compressed stream; `root`: more in it."""
    writer = PdfFileWriter(stream_xrefs=packed)
    for _ in range(pages):
        empty = writer.add_object(generic.StreamObject(stream_data=b""))
        page = PageObject(
            contents=empty, media_box=generic.ArrayObject(map(generic.NumberObject, (0, 0, 9, 9)))
        )
        writer.insert_page(page)
    holder = writer.prepare_object_stream() if packed else None
    for name, value in (root or {}).items():
        writer.root[pdf_name(name)] = writer.add_object(value, obj_stream=holder)
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def acting(kind: str) -> bytes:
    """A PDF that does something by itself when it is opened."""
    act = (
        {"/S": pdf_name(kind), "/JS": pdf_string("app.alert(1)")}
        if kind == "/JavaScript"
        else {"/S": pdf_name(kind)}
    )
    made = generic.DictionaryObject({pdf_name(name): value for name, value in act.items()})
    return pdf(root={"/OpenAction": made}, packed=True)
