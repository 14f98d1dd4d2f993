"""The ways in which software writes down a text: what a search for a leak has to look for.

All spellings are bytes. Upper and lower case of ASCII letters is left to the search; case of Vietnamese
letters, which is beyond ASCII, is spelled out here.
"""

import base64
import html
import json
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from khoyte.foundation.text import fold

SHORTEST = 9
"""Bytes below which a spelling would be found by chance (a phone number has ten digits)."""


def _percent(text: str) -> bytes:
    return quote(text, safe="").encode()


def _form(text: str) -> bytes:
    return quote_plus(text).encode()


def _percent_twice(text: str) -> bytes:
    return quote(quote(text, safe=""), safe="").encode()


def _json(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def _json_in_json(text: str) -> bytes:
    return json.dumps(json.dumps(text)[1:-1])[1:-1].encode()


def _html(text: str) -> bytes:
    return html.escape(text).encode()


def _references(text: str) -> bytes:
    return text.encode("ascii", "xmlcharrefreplace")


def _hexadecimal_references(text: str) -> bytes:
    return "".join(sign if sign.isascii() else f"&#x{ord(sign):x};" for sign in text).encode()


def _python_bytes(text: str) -> bytes:
    return repr(text.encode())[2:-1].encode()


def _python_ascii(text: str) -> bytes:
    return ascii(text)[1:-1].encode()


def _octal(text: str) -> bytes:
    return b"".join(b"%c" % byte if byte < 128 else rb"\%03o" % byte for byte in text.encode())


def _hexadecimal(text: str) -> bytes:
    return text.encode().hex().encode()


def _read_as_latin(text: str) -> bytes:
    """UTF-8 taken for a western code page and written as UTF-8 once more, as headers of HTTP are."""
    return text.encode().decode("latin-1").encode()


def _utf_16(text: str) -> bytes:
    return text.encode("utf-16-le")


WRITERS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "percent": _percent,
    "form": _form,
    "percent twice": _percent_twice,
    "JSON": _json,
    "JSON in JSON": _json_in_json,
    "HTML": _html,
    "character references": _references,
    "hexadecimal references": _hexadecimal_references,
    "Python bytes": _python_bytes,
    "Python ascii": _python_ascii,
    "octal": _octal,
    "hexadecimal": _hexadecimal,
    "read as Latin-1": _read_as_latin,
    "UTF-16": _utf_16,
}


def forms(value: str) -> dict[str, str]:
    """A text composed, decomposed, in capitals, in small letters, and without marks."""
    made = {
        "NFC": unicodedata.normalize("NFC", value),
        "NFD": unicodedata.normalize("NFD", value),
        "capitals": value.upper(),
        "capitals NFD": unicodedata.normalize("NFD", value.upper()),
        "small": value.lower(),
    }
    return made if value.isascii() else {**made, "without marks": fold(value)}


def spellings(value: str) -> dict[bytes, str]:
    """Every spelling of a value with the name of how it is written; long enough not to be found by chance."""
    found: dict[bytes, str] = {}
    for form, text in forms(value).items():
        for writer, write in WRITERS.items():
            found.setdefault(write(text), f"{form}, {writer}")
        for data in (text.encode(), text.encode("utf-16-le")):
            for spelled in _in_base64(data):
                found.setdefault(spelled, f"{form}, base64")
    return {spelled: how for spelled, how in found.items() if len(spelled) >= SHORTEST}


def _in_base64(data: bytes) -> list[bytes]:
    """What base64 of a longer text shows of `data`, wherever it begins: signs wholly its own."""
    found = []
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + data)
        begin = -(-shift * 8 // 6)
        end = (shift + len(data)) * 8 // 6
        found.append(whole[begin:end])
        found.append(base64.urlsafe_b64encode(bytes(shift) + data)[begin:end])
    return found
