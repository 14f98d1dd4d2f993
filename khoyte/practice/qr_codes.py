"""The QR code of a licence: its text as of today, and its picture."""

import io
import uuid
from datetime import date

import segno

from khoyte.foundation.calendar import today
from khoyte.practice import qr_keys, qr_tokens
from khoyte.practice.public_codes import code_of
from khoyte.registers import queries
from khoyte.registers.known import register

SVG, PNG = "image/svg+xml", "image/png"
# White space around is part of the code (ISO/IEC 18004): four of its squares.
_BORDER = 4
_PNG_SQUARE = 6


def text_of(record: uuid.UUID, origin: str) -> str:
    """What the QR code of a published practitioner holds. Raises UnknownRecord for what is not published."""
    row = queries.published_record("practitioners", record)
    content, code = row.content, code_of(record)
    titles = register("practitioners").declaration.by_name["title"].labels_by_code
    title = content.get("title", "")
    licence = qr_tokens.Licence(
        code=code,
        name=content["full_name"],
        title=titles[title].vi if title in titles else title,
        number=content["licence_number"],
        issuer=content.get("licence_issuer", ""),
        issued=_day(content.get("licence_date")),
        valid_to=_day(content.get("licence_valid_to")),
        signed_on=today(),
    )
    kid, key = qr_keys.current()
    return qr_tokens.text_of(origin, code, qr_tokens.sign(licence, key, kid))


def picture(text: str, kind: str) -> bytes:
    """Black on white whatever the colours of the page, as SVG or PNG."""
    code = segno.make_qr(text, error="l")
    written = io.BytesIO()
    if kind == PNG:
        code.save(written, kind="png", scale=_PNG_SQUARE, border=_BORDER)
    else:
        code.save(written, kind="svg", border=_BORDER, dark="#000", light="#fff", omitsize=True)
    return written.getvalue()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
