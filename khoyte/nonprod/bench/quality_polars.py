"""The floor's checks: formulas of money of Decision 3176's annex, as an analyst writes them in polars."""

from collections.abc import Sequence
from typing import Any

import polars as pl

_NEAR, _HAIR = 0.01, 1e-9
_USUAL_RATES = ("0", "10", "30", "33", "50", "80", "100")
_SOURCES = ("T_NGUONKHAC_NSNN", "T_NGUONKHAC_VTNN", "T_NGUONKHAC_VTTN", "T_NGUONKHAC_CL")


def findings(drugs: Sequence[dict[str, Any]], services: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Lines that break a rule, by rule; an empty amount is unknown and breaks none."""
    drug, service = (pl.DataFrame(rows, infer_schema_length=None) for rows in (drugs, services))
    return {
        "V-056": _differ(drug, "THANH_TIEN_BV", _number("SO_LUONG") * _number("DON_GIA")),
        "V-057": _differ(
            drug, "THANH_TIEN_BH", _number("SO_LUONG") * _number("DON_GIA") * _number("TYLE_TT_BH") / 100
        ),
        "V-058": service.filter(
            _far("THANH_TIEN_BV", _at_hospital()) & _far("THANH_TIEN_BV", _uncollected()).fill_null(True)
        ).height,
        "V-059": service.filter(_far("THANH_TIEN_BH", _insured()) & ~_below_ceiling()).height,
        "V-060": service.filter(~pl.col("TYLE_TT_DV").is_in(_USUAL_RATES)).height,
        "V-061": sum(_sources(frame) for frame in (drug, service)),
    }


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _far(name: str, expected: pl.Expr) -> pl.Expr:
    return (_number(name) - (expected * 100 + 0.5 + _HAIR).floor() / 100).abs() > _NEAR + _HAIR


def _differ(frame: pl.DataFrame, name: str, expected: pl.Expr) -> int:
    return frame.filter(_far(name, expected)).height


def _at_hospital() -> pl.Expr:
    return _number("SO_LUONG") * _number("DON_GIA_BV") * _number("TYLE_TT_DV") / 100


def _uncollected() -> pl.Expr:
    lower = _number("SO_LUONG") * _number("DON_GIA_BH") * (100 - _number("TYLE_TT_DV")) / 100
    return _number("SO_LUONG") * _number("DON_GIA_BV") - lower


def _insured() -> pl.Expr:
    share = _number("TYLE_TT_DV") / 100 * _number("TYLE_TT_BH") / 100
    return _number("SO_LUONG") * _number("DON_GIA_BH") * share


def _below_ceiling() -> pl.Expr:
    below = (_number("T_TRANTT") > 0) & (_number("THANH_TIEN_BH") <= _insured() + _HAIR)
    return below.fill_null(False)


def _sources(frame: pl.DataFrame) -> int:
    total = pl.sum_horizontal(_number(name) for name in _SOURCES)
    known = pl.all_horizontal(_number(name).is_not_null() for name in _SOURCES)
    support, amount = _number("T_NGUONKHAC"), _number("THANH_TIEN_BV")
    apart = frame.filter(known & ((support - total).abs() > _NEAR + _HAIR)).height
    return apart + frame.filter((support < 0) | (support > amount + _NEAR + _HAIR)).height
