"""Pictures of a screen that people add to a request: judged by what they are, kept as their points alone.

Neither the name nor the type a browser claims is believed. A picture is read to its last point and written
anew, so nothing that came along in the file (places, names of devices, scripts, a second file) is kept.
"""

import io

from PIL import Image, UnidentifiedImageError

from khoyte.foundation.language import Text
from khoyte.guidance.errors import WrongRequest

MOST_BYTES = 5 * 2**20
MOST_POINTS = 25_000_000
WIDEST = 1_600
KINDS = ("PNG", "JPEG", "WEBP")
TYPE = "image/webp"
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def judged(data: bytes) -> bytes:
    """The picture as WebP, at most `WIDEST` points wide. Raises WrongRequest for what is none."""
    if len(data) > MOST_BYTES:
        raise WrongRequest("anh", TOO_LARGE)
    try:
        with Image.open(io.BytesIO(data), formats=KINDS) as found:
            if found.width * found.height > MOST_POINTS or found.width < 1:
                raise WrongRequest("anh", TOO_LARGE)
            found.load()
            points = found.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, *_BOMBS):
        raise WrongRequest("anh", _NO_PICTURE) from None
    points.thumbnail((WIDEST, 8 * WIDEST))
    written = io.BytesIO()
    points.save(written, "WEBP", quality=70)
    return written.getvalue()


TOO_LARGE = Text(
    vi="Ảnh chụp màn hình quá lớn (tối đa 5 MB). Chụp riêng phần cần hỏi rồi chọn lại.",
    en="The picture is too large (5 MB at most). Take the part in question only.",
)
_NO_PICTURE = Text(
    vi="Tệp đã chọn không phải ảnh PNG, JPEG hoặc WebP đọc được. Chụp màn hình rồi chọn lại.",
    en="The file is no readable PNG, JPEG or WebP picture.",
)
