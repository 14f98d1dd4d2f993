"""Record files of a training facility, made of the examples of the rules: to try sending and correcting."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from khoyte.foundation.calendar import today
from khoyte.standards import standard_on
from khoyte.submissions.rulebook.examples import EXAMPLE_DAY, lay

KINDS = ("dat", "loi")
"""A file whose dossiers are all accepted; one with an impossible date to be corrected."""

_WRONG = {"NGAY_RA": "202613321030"}
_TABLES = ("XML1", "XML2", "XML3")


def example(facility: str, kind: str) -> bytes:
    day = today() - timedelta(days=1)
    dossiers = [_dossier(facility, number, day, _WRONG if kind == "loi" and number == 2 else {})
                for number in (1, 2, 3)]  # fmt: skip
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><GIAMDINHHS>'
        f"<THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>{today():%Y%m%d}</NGAYLAP><SOLUONGHOSO>{len(dossiers)}</SOLUONGHOSO><DANHSACHHOSO>"
    )
    tail = "</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    return (head + "".join(dossiers) + tail).encode()


def _dossier(facility: str, number: int, day: date, changed: Mapping[str, str]) -> str:
    standard = standard_on(day)
    rows = lay({}, standard)
    parts = []
    for name in _TABLES:
        own = [{tag: _moved(text, day) for tag, text in row.items()} for row in rows[name]]
        for row in own:
            row |= {tag: text for tag, text in _own(facility, number).items() if tag in row}
        if name == "XML1":
            own[0] |= {"NAM_QT": str(day.year), "THANG_QT": str(day.month), **changed}
        parts.append(_part(name, own, standard.tables[name]))
    return f"<HOSO>{''.join(parts)}</HOSO>"


def _own(facility: str, number: int) -> dict[str, str]:
    return {
        "MA_LK": f"{facility}-{number:04d}",
        "MA_CSKCB": facility,
        "MA_BN": f"BN{number:04d}",
        "HO_TEN": f"NGƯỜI BỆNH MẪU {number}",
        "SO_CCCD": f"9991850001{number:02d}",
    }


def _moved(text: str, day: date) -> str:
    """Dates of the example as of `day`."""
    if text in (f"{EXAMPLE_DAY.year}0101", f"{EXAMPLE_DAY.year}1231"):
        return f"{day.year}{text[4:]}"
    return text.replace(f"{EXAMPLE_DAY:%Y%m%d}", f"{day:%Y%m%d}")


def _part(name: str, rows: Sequence[Mapping[str, str]], table) -> str:
    written = ["".join(f"<{tag}>{_escaped(text)}</{tag}>" for tag, text in row.items()) for row in rows]
    if table.row_element:
        inner = "".join(f"<{table.row_element}>{row}</{table.row_element}>" for row in written)
        written = [f"<{table.list_element}>{inner}</{table.list_element}>"]
    whole = f"<{table.root}>{''.join(written)}</{table.root}>"
    packed = base64.b64encode(whole.encode()).decode()
    return f"<FILEHOSO><LOAIHOSO>{name}</LOAIHOSO><NOIDUNGFILE>{packed}</NOIDUNGFILE></FILEHOSO>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
