"""The Vietnamese calendar: which days are worked, and how days and instants are written.

Holidays are those of the Labour Code 2019, Art. 112, with the lunar New Year, as the `holidays` package knows
them. The government moves single working days each year; those moves are dated data in `data/day_swaps.csv`,
and an installation adds newer ones in `KHOYTE_HOME/day_swaps.csv` without waiting for a release.
All instants are in the time zone Asia/Ho_Chi_Minh.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.home import home
from khoyte.foundation.language import Text

TZ = ZoneInfo("Asia/Ho_Chi_Minh")

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DaySwap:
    """One day moved by the government: `kind` "rest" (free instead of `instead_of`) or "work"."""

    day: date
    kind: str
    instead_of: date
    legal: str


def now() -> datetime:
    """This instant, in Vietnamese time."""
    return datetime.now(TZ)


def today() -> date:
    """Today's date in Vietnam."""
    return now().date()


def in_vietnam(instant: datetime) -> datetime:
    """The same instant in Vietnamese time. An instant without a time zone raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(TZ)


def holidays_of(year: int) -> dict[date, Text]:
    """Free days of a year outside ordinary weekends, with their names, in order of date."""
    return dict(_holidays_of(year))


def is_working_day(day: date) -> bool:
    """Whether state offices work on this day."""
    if day in _moved_to_work():
        return True
    return day.weekday() < _SATURDAY and day not in _holidays_of(day.year)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day` (before it, when negative); `day` itself for 0."""
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    left = abs(count)
    while left:
        day += step
        if is_working_day(day):
            left -= 1
    return day


def next_working_day(day: date) -> date:
    """`day` if it is worked, else the first working day after it."""
    return day if is_working_day(day) else add_working_days(day, 1)


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def format_date(day: date) -> str:
    """21/11/2026; an instant is written as its day in Vietnam."""
    return _day_of(day).strftime("%d/%m/%Y")


def format_instant(instant: datetime) -> str:
    """14:05 21/11/2026."""
    return in_vietnam(instant).strftime("%H:%M %d/%m/%Y")


def as_of_text(instant: datetime, lang: str = "vi") -> str:
    """The words of quick reports: "tính đến 14 giờ 05, ngày 21/11/2026"."""
    there = in_vietnam(instant)
    if lang == "en":
        return f"as of {there:%H:%M}, {there:%d/%m/%Y}"
    return f"tính đến {there:%H} giờ {there:%M}, ngày {there:%d/%m/%Y}"


def _day_of(day: date) -> date:
    return in_vietnam(day).date() if isinstance(day, datetime) else day


@lru_cache(maxsize=256)
def _holidays_of(year: int) -> dict[date, Text]:
    # Imported here because it takes half a second, and judging a file needs no holidays.
    from holidays import VN

    english = VN(years=year, language="en_US")
    days = {day: Text(vi=name, en=english[day]) for day, name in VN(years=year, language="vi").items()}
    for swap in day_swaps():
        if swap.kind == "rest" and swap.day.year == year:
            days[swap.day] = _SWAPPED_DAY.fill(day=format_date(swap.instead_of))
    return {day: days[day] for day in sorted(days) if day not in _moved_to_work()}


@lru_cache(maxsize=1)
def _moved_to_work() -> frozenset[date]:
    return frozenset(swap.day for swap in day_swaps() if swap.kind == "work")


@lru_cache(maxsize=1)
def day_swaps() -> tuple[DaySwap, ...]:
    """All moved days known to this installation; a day in the home's file replaces the bundled one."""
    swaps = {swap.day: swap for path in _swap_files() for swap in _read_swaps(path)}
    return tuple(swaps[day] for day in sorted(swaps))


def _swap_files() -> list[Path]:
    own = home() / "day_swaps.csv"
    return [Path(__file__).parent / "data" / "day_swaps.csv", *([own] if own.exists() else [])]


def _read_swaps(path: Path) -> Iterator[DaySwap]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            try:
                yield _swap_from(row)
            except (KeyError, TypeError, ValueError) as wrong:
                raise UnreadableInput(
                    _SWAP_UNREADABLE.fill(file=path.name, day=row.get("date", "")),
                    code="calendar-unreadable",
                    path=path,
                ) from wrong


def _swap_from(row: dict[str, str]) -> DaySwap:
    if row["kind"] not in ("rest", "work"):
        raise ValueError(row["kind"])
    day, instead_of = date.fromisoformat(row["date"]), date.fromisoformat(row["instead_of"])
    return DaySwap(day, row["kind"], instead_of, row["legal"])


_SWAPPED_DAY = Text(vi="Ngày nghỉ hoán đổi (làm bù ngày {day})", en="Day off (instead of {day})")
_SWAP_UNREADABLE = Text(
    vi="Dòng của ngày “{day}” trong tệp {file} không đọc được: cần các cột date, kind (rest hoặc work), "
    "instead_of, legal; ngày viết như 2026-08-31.",
    en='The line of day "{day}" in {file} cannot be read: it needs the columns date, kind (rest or work), '
    "instead_of, legal, with days written like 2026-08-31.",
)
