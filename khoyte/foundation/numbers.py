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
    """A share of one as percent: 0.934 is "93%", with one decimal "93,4%".

    Only the whole is 100 % and only nothing is 0 %: 1090 of 1091 is ">99%", 1 of 1091 "<1%".
    """
    exact = share if isinstance(share, Decimal) else Decimal(str(share))
    least = Decimal(1).scaleb(-decimals)
    shown = (exact * 100).quantize(least, rounding=ROUND_HALF_UP) if exact.is_finite() else exact
    if exact < 1 and shown == 100:
        return f">{vn_number(100 - least, decimals)}%"
    if exact > 0 and shown == 0:
        return f"<{vn_number(least, decimals)}%"
    return f"{vn_number(exact * 100, decimals)}%"


def _without_minus_zero(written: str) -> str:
    return written.removeprefix("-") if not written.strip("-0.,") else written
