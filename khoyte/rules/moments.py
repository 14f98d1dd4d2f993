"""Numbers and times in message fields: what is readable, and as what.

Each reading stands twice, as plain Python (`read_...`) and as column operations on polars expressions
(`..._column`); the property tests hold them equal. Times count minutes since 1970-01-01 without a time zone:
the files carry wall-clock times of Asia/Ho_Chi_Minh. Years run from 1000 to 9999.
"""

import calendar
import datetime
import re

import polars as pl

# 18 digits keep every number of the standard exact enough for a binary fraction of 53 bits to round to.
NUMBER_PATTERN = r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?"

_NUMBER = re.compile(NUMBER_PATTERN)
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_DAY_MINUTES = 1440
FORM_DIGITS = {"date8": 8, "date12": 12, "birth12": 12}


def read_number(text: str | None) -> float | None:
    """The number, or None when the text is not one."""
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def read_minute(text: str | None, *, birth: bool = False) -> int | None:
    """Minutes since 1970-01-01 of yyyymmdd or yyyymmddHHMM, None when it is no calendar time.

    With `birth`, month and day 00 stand for unknown and are read as January and the first.
    """
    if text is None or len(text) not in (8, 12) or not (text.isascii() and text.isdigit()):
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute = (int(text[8:10]), int(text[10:12])) if len(text) == 12 else (0, 0)
    if birth:
        if month == 0 and day != 0:
            return None
        month, day = month or 1, day or 1
    if year < 1000 or not 1 <= month <= 12 or hour > 23 or minute > 59:
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    days = datetime.date(year, month, day).toordinal() - _EPOCH
    return days * _DAY_MINUTES + hour * 60 + minute


def is_date(text: str | None, forms: frozenset[str]) -> bool | None:
    """Whether the text is a date in one of the forms date8, date12, birth12."""
    if text is None:
        return None
    return any(
        len(text) == FORM_DIGITS[form] and read_minute(text, birth=form == "birth12") is not None
        for form in forms
    )


def plain_number_pattern(decimals: int | None) -> str:
    """Pattern of a number without sign and with at most so many decimals; its language is within NUMBER."""
    places = 9 if decimals is None else decimals
    return r"[0-9]{1,18}" + (rf"(?:\.[0-9]{{1,{places}}})?" if places else "")


def number_column(text: pl.Expr) -> pl.Expr:
    """Float64, null where the text is not a number."""
    readable = text.str.contains(f"^(?:{NUMBER_PATTERN})$")
    return pl.when(readable).then(text.cast(pl.Float64, strict=False))


def minutes_of(texts: pl.Series, *, births_from: int) -> pl.Series:
    """Int64 minutes since 1970-01-01, null where the text is no calendar time.

    From the place `births_from` on, month and day 00 stand for unknown, as in dates of birth.
    Whole-number arithmetic over the whole column, step by step: a date parser takes four times as long, and
    one nested expression would compute the digits once for every use.
    """
    digits = pl.DataFrame([texts.alias("text")]).select(
        n=pl.col("text").cast(pl.Int64, strict=False), size=pl.col("text").str.len_bytes()
    )
    # A sign or blank would leave fewer digits than characters, so the ranges refuse it.
    n = pl.col("n")
    short = (pl.col("size") == 8) & n.is_between(1000_00_00, 9999_99_99)
    long = (pl.col("size") == 12) & n.is_between(1000_00_00_0000, 9999_99_99_9999)
    stamps = digits.select(n=pl.when(short).then(n * 10_000).when(long).then(n))
    parts = stamps.select(
        minute=n % 100,
        hour=n // 100 % 100,
        day=n // 10_000 % 100,
        month=n // 1_000_000 % 100,
        year=n // 100_000_000,
    )
    if births_from < len(texts):
        parts = parts.head(births_from).vstack(_known_birth(parts.slice(births_from)))
    return _minutes(parts)


_year, _month, _day, _hour, _minute = (pl.col(name) for name in ("year", "month", "day", "hour", "minute"))


def _known_birth(parts: pl.DataFrame) -> pl.DataFrame:
    """Unknown month and day as January and the first; a day without month is no date."""
    broken = (_month == 0) & (_day != 0)
    month = pl.when(broken).then(13).otherwise(_month.clip(lower_bound=1))
    return parts.with_columns(month=month, day=_day.clip(lower_bound=1))


def _minutes(parts: pl.DataFrame) -> pl.Series:
    leap = (_year % 4 == 0) & ((_year % 100 != 0) | (_year % 400 == 0))
    short_month = (_month == 4) | (_month == 6) | (_month == 9) | (_month == 11)
    last = pl.when(_month == 2).then(28 + leap.cast(pl.Int64)).otherwise(31 - short_month.cast(pl.Int64))
    # Days of the Gregorian calendar; years are counted from March so that leap days end them.
    real = _month.is_between(1, 12) & (_day >= 1) & (_day <= last) & (_hour <= 23) & (_minute <= 59)
    ready = parts.with_columns(
        real=real,
        march_year=_year - (_month <= 2).cast(pl.Int64),
        of_year=(153 * ((_month + 9) % 12) + 2) // 5 + _day,
    )
    march_year = pl.col("march_year")
    leap_days = march_year // 4 - march_year // 100 + march_year // 400
    days = march_year * 365 + leap_days + pl.col("of_year") - 719_469
    minutes = days * _DAY_MINUTES + _hour * 60 + _minute
    return ready.select(minutes=pl.when("real").then(minutes))["minutes"]
