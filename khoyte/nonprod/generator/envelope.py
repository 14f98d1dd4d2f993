"""The envelope GIAMDINHHS around the dossiers of one facility and day (letter 1245/BHXH-CNTT)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from khoyte.nonprod.generator.forms import DECLARATION

_BEGIN = (
    DECLARATION + '<GIAMDINHHS xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI>'
    "<THONGTINHOSO><NGAYLAP>{made_on}</NGAYLAP><SOLUONGHOSO>{count}</SOLUONGHOSO><DANHSACHHOSO>"
)
_END = "</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI></CHUKYDONVI></GIAMDINHHS>"


Writer = Callable[[str], object]


@contextmanager
def submission_file(path: Path, facility: str, made_on: str, declared: int) -> Iterator[Writer]:
    """Open one file and give what adds a dossier to it; its size never has to fit in memory."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_BEGIN.format(facility=facility, made_on=made_on, count=declared))
        yield file.write
        file.write(_END)
