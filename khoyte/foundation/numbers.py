"""Numbers as Vietnamese readers expect them: 1.234.567,8."""

from decimal import ROUND_HALF_UP, Decimal

_SWAP = str.maketrans(",.", ".,")


def vn_number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """A number with full stops between thousands and a decimal comma.

    `decimals` fixes the digits after the comma (half is rounded up, as accountants do); without it the number
    shows the digits it has. Not-a-number and infinities raise ValueError.
    """
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        raise ValueError("only finite numbers can be written")
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    written = f"{exact:,f}"
    if decimals is None and "." in written:
        written = written.rstrip("0").rstrip(".")
    return _without_minus_zero(written).translate(_SWAP)


def percent(share: float | Decimal, decimals: int = 0) -> str:
    """A share of one as percent: 0.934 is "93%", with one decimal "93,4%"."""
    exact = share if isinstance(share, Decimal) else Decimal(str(share))
    return f"{vn_number(exact * 100, decimals)}%"


def _without_minus_zero(written: str) -> str:
    return written.removeprefix("-") if not written.strip("-0.,") else written
