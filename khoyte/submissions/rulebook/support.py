"""How support from other sources is taken off a line (V-064, annex of Decision 4750/QĐ-BYT).

Case a, support for the patient: taken off what the patient pays outside insurance, then the co-payment, then
the fund's part. Case b, general support for the facility: off the total first, the rest is split as usual.
ARV drugs: the other source pays the provisional co-payment, nothing else moves.

Few lines have support, so this is written for one line and run on those alone.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from khoyte.rules import F, custom

TOLERANCE = 0.01
SUPPORT = 3  # place of the support among the inputs


class Split(NamedTuple):
    """Who pays what of a line, in đồng."""

    fund: float
    copayment: float
    own: float


def lawful_splits(amount: float, insured: float, level: float, support: float) -> Iterator[Split]:
    """Every split of a line with support that the annex allows; level in percent."""
    fund = _rounded(insured * level / 100)
    copayment, own = insured - fund, amount - insured
    yield _for_patient(Split(fund, copayment, own), support)
    rest = amount - support
    # The annex does not say how case b divides the rest: in proportion and insured first are both accepted.
    for left in (_rounded(insured * rest / amount) if amount else 0.0, min(insured, rest)):
        part = _rounded(left * level / 100)
        yield Split(part, left - part, rest - left)
    if abs(support - copayment) <= TOLERANCE:
        yield Split(fund, 0.0, own)


def _for_patient(split: Split, support: float) -> Split:
    after_own = max(support - split.own, 0.0)
    after_copayment = max(after_own - split.copayment, 0.0)
    return Split(split.fund - after_copayment, max(split.copayment - after_own, 0.0),
                 max(split.own - support, 0.0))


def _rounded(amount: float) -> float:
    """Half up to 2 decimals, lifted over what binary fractions leave just under the half."""
    return math.floor(amount * 100 + 0.5 + 1e-6) / 100


def _taken_off(values: Sequence[Any], _facts: Mapping[str, Any]) -> bool | None:
    """Of amount, insured, level, support, fund, co-payment, own; None when one of them is unknown."""
    if not values[SUPPORT] or values[SUPPORT] <= 0:
        return True
    if None in values:
        return None
    *line, fund, copayment, own = values
    written = Split(fund, copayment, own)
    return any(all(abs(one - other) <= TOLERANCE + 0.0005 for one, other in zip(written, lawful, strict=True))
               for lawful in lawful_splits(*line))


def _all_taken_off(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
    if not (inputs[str(SUPPORT)] > 0).any():
        return pl.repeat(True, inputs.height, dtype=pl.Boolean, eager=True)
    return pl.Series([_taken_off(values, facts) for values in inputs.iter_rows()], dtype=pl.Boolean)


SUPPORT_TAKEN_OFF = custom(
    *(F[name].number for name in ("THANH_TIEN_BV", "THANH_TIEN_BH", "MUC_HUONG", "T_NGUONKHAC", "T_BHTT",
                                  "T_BNCCT", "T_BNTT")),
    whole=_all_taken_off, row=_taken_off)
