"""V-089: one bed, two patients at the same time, over all that is stored of a facility.

Only stays with one bed line, paid at the full rate, are compared: a stay with several beds does not say which
was held when, and a rate under 100 is how shared beds are written. The bed is held from the admission to the
ward (NGAY_VAO_NOI_TRU, else NGAY_VAO) until NGAY_RA. Two visits of one patient number are one patient.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, H, T, choose, custom, rule
from khoyte.rules.frames import DOSSIER, with_fields
from khoyte.rules.moments import read_minute, read_number
from khoyte.submissions.rulebook.levels import UNCONFIRMED, WARNED

VISITS = "store:visits"
"""Fact: stays by (facility, bed), `StaysByBed`."""

BED_GROUPS = ("14", "15", "16")
"""MA_NHOM of lines that are bed days."""

WHOLE_BED = 100
"""TYLE_TT_DV of a bed that one patient has alone."""

INPATIENT_FROM = "NGAY_VAO_NOI_TRU"


class Stay(NamedTuple):
    """Who holds a bed, from minute `start` until before minute `end` (minutes since 1970-01-01, local)."""

    start: int
    end: int
    ma_lk: str
    ma_bn: str | None


StaysByBed = Mapping[tuple[str, str], Sequence[Stay]]


def stays_in(
    frames: Mapping[str, pl.DataFrame], facilities: Sequence[str]
) -> dict[tuple[str, str], list[Stay]]:
    """Stays that a batch itself brings; `facilities` has the facility of each dossier of the frames.

    What cannot be read, or has several bed lines, is left out: the rule says nothing of it either.
    """
    lines, heads = frames.get("XML3"), frames.get("XML1")
    if lines is None or heads is None:
        return {}
    beds = (
        with_fields(lines, ["MA_NHOM", "MA_GIUONG", "TYLE_TT_DV"])
        .filter(pl.col("MA_NHOM").is_in(BED_GROUPS))
        .filter(pl.len().over(DOSSIER) == 1)
        .select(DOSSIER, "MA_GIUONG", "TYLE_TT_DV")
    )
    if beds.is_empty():
        return {}
    named = with_fields(heads, ["MA_LK", "MA_BN", INPATIENT_FROM, "NGAY_VAO", "NGAY_RA"])
    rows = beds.join(named.unique(DOSSIER, keep="first"), on=DOSSIER, maintain_order="left").select(
        DOSSIER, "MA_GIUONG", "TYLE_TT_DV", "MA_LK", "MA_BN", INPATIENT_FROM, "NGAY_VAO", "NGAY_RA"
    )
    found: dict[tuple[str, str], list[Stay]] = {}
    for dossier, bed, rate, ma_lk, ma_bn, to_ward, admitted, left in rows.iter_rows():
        start, end = read_minute(to_ward or admitted), read_minute(left)
        if bed and ma_lk and read_number(rate) == WHOLE_BED and start is not None and end is not None:
            found.setdefault((facilities[dossier], bed), []).append(Stay(start, end, ma_lk, ma_bn))
    return found


def _alone(values: Sequence[Any], facts: Mapping[str, Any]) -> bool | None:
    facility, bed, ma_lk, ma_bn, start, end = values
    if None in (facility, bed, ma_lk, start, end):
        return None
    return not any(
        other.start < end and start < other.end and other.ma_lk != ma_lk
        and (ma_bn is None or other.ma_bn != ma_bn)
        for other in facts[VISITS].get((facility, bed), ())
    )


def _all_alone(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
    return pl.Series([_alone(values, facts) for values in inputs.iter_rows()], dtype=pl.Boolean)


_bed_line = F.MA_NHOM.is_in(*BED_GROUPS)
_held_from = choose(H.NGAY_VAO_NOI_TRU.filled, H.NGAY_VAO_NOI_TRU.minute, H.NGAY_VAO.minute)


def _in_bed(bed: str, *, ma_lk: str = "LK-1", until: str = "202608141000") -> dict[str, list[dict[str, str]]]:
    return {
        "XML1": [{"MA_LK": ma_lk, "MA_BN": "BN1", "MA_CSKCB": "99001", "NGAY_VAO": "202608100800",
                  "NGAY_VAO_NOI_TRU": "202608100900", "NGAY_RA": until}],
        "XML3": [{"MA_NHOM": "15", "MA_GIUONG": bed, "TYLE_TT_DV": "100"}],
    }


_TAKEN = {
    VISITS: {
        ("99001", "H001"): (
            Stay(read_minute("202608121400") or 0, read_minute("202608160900") or 0, "LK-2", "BN2"),
        )
    }
}

RULES = [
    *rule(
        "V-089", table="XML3", field="MA_GIUONG", level=WARNED, quality="unified", needs="store",
        requires=(VISITS,), cause="value",
        label=Text("Một giường không được ghi cho hai người bệnh cùng lúc",
                   "One bed holds one patient at a time"),
        when=_bed_line & (F.TYLE_TT_DV.number == WHOLE_BED) & (T.XML3.count(_bed_line) == 1),
        check=custom(
            H.MA_CSKCB, F.MA_GIUONG, H.MA_LK, H.MA_BN, _held_from, H.NGAY_RA.minute,
            whole=_all_alone, row=_alone,
        ),
        message=Text("{where}: giường {value} trong cùng thời gian đã ghi cho người bệnh khác của cơ sở.",
                     "{where}: the bed {value} is given to another patient at the same time."),
        hint=Text("Kiểm tra mã giường, thời điểm vào, ra của hai hồ sơ; nếu nằm ghép thì ghi TYLE_TT_DV "
                  "tương ứng.",
                  "Check the bed code and the times of both dossiers; for shared beds state TYLE_TT_DV."),
        legal=f"Quy tắc kiểm tra theo {UNCONFIRMED}",
        examples=[
            Example(facts=_TAKEN, fails=_in_bed("H001"), passes=_in_bed("H002")),
            Example(facts=_TAKEN, fails=_in_bed("H001"), passes=_in_bed("H001", until="202608121400")),
            Example(facts=_TAKEN, fails=_in_bed("H001"), passes=_in_bed("H001", ma_lk="LK-2")),
        ],
    ),
]
