"""Who may practise where and when, for many people and many minutes at once. Pure: no database.

`Practice` holds what the register of practice has confirmed of the people some records name, by licence
number. `standing_of` says of one person in one minute what `may_practise.judge` would; `tables` say the same
as spans of minutes, so that whole batches are judged by joining them (`submissions.rulebook.gate`).

Minutes are those of the records: since 1970-01-01 0:00 by the clocks of Vietnam, as their fields write them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache

import polars as pl

from khoyte.foundation.text import fold
from khoyte.practice.hours import DAY, WEEK, spans
from khoyte.practice.may_operate import StoppedSpan
from khoyte.practice.may_practise import Licence, LicenceAct, Registration, licence_on, turning_days

_EPOCH = date(1970, 1, 1).toordinal()
# 1970-01-01 was a Thursday; minutes of the week count from Monday.
_THURSDAY = 3 * DAY
EARLIEST, LATEST = -(2**40), 2**40
# Staff sent to an epidemic and signers under contract write a suffix after their number
# (Decision 4750/QĐ-BYT, annex; .HD only by implementations of Decision 3176).
_SUFFIX = re.compile(r"\.(?:c|hd)\.[0-9a-z]+$")

# Titles whose scope has no ordering of drugs in any form (Circular 32/2023/TT-BYT). Midwives and responders
# may order a few, healers remedies of their kind: of those nothing is said here.
NEVER_ORDER_DRUGS = frozenset({"DD", "KTY", "DDLS", "TLLS"})


@lru_cache(maxsize=100_000)
def licence_key(written: str) -> str:
    """One text for all ways of writing a licence number: no blanks, case, marks or suffix."""
    return _SUFFIX.sub("", fold(written).replace(" ", ""))


@dataclass(frozen=True)
class Holder:
    """What is confirmed of the holder, or the holders, of one licence number; `licences` are not empty."""

    licences: tuple[Licence, ...]
    acts: tuple[LicenceAct, ...] = ()
    registrations: tuple[Registration, ...] = ()

    @cached_property
    def never_orders_drugs(self) -> bool:
        return all(one.title in NEVER_ORDER_DRUGS for one in self.licences)


@dataclass(frozen=True)
class Standing:
    """Reasons why somebody might not practise in a minute, "" where there is none.

    `licence`: revoked, superseded, suspended, expired or not-yet. `place`: nowhere (never registered at the
    facility), then (not on that day), hours, or scope.
    """

    licence: str = ""
    place: str = ""


@dataclass(frozen=True)
class Practice:
    """Licence key -> holder. Whoever is not in it is not in the register: our gap, nobody's fault."""

    holders: Mapping[str, Holder] = field(default_factory=dict)
    # Facility -> days on which its own operating licence does not hold; of most there are none.
    stopped: Mapping[str, tuple[StoppedSpan, ...]] = field(default_factory=dict)

    def holder(self, licence: str) -> Holder | None:
        return self.holders.get(licence_key(licence))

    def stopped_at(self, facility: str, minute: int) -> str:
        """ "suspended" or "revoked" where the facility may not operate on the day of this minute, else ""."""
        day = date.fromordinal(max(minute // DAY + _EPOCH, 1))
        spans = self.stopped.get(facility, ())
        return next(
            (what for first, last, what in spans if first <= day and (last is None or day <= last)), ""
        )

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The same as spans of minutes, the end excluded; `holder` is a number (see `places`).

        without_licence: holder, since, until, reason. registered: holder, facility, since, until, and the
        hours of the week from, to. never_order_drugs: holder.
        """
        numbered = list(enumerate(self.holders.values()))
        refused = [(number, *span) for number, one in numbered for span in _refused(one)]
        hours = [(number, *span) for number, one in numbered for span in _registered(one)]
        never = [(number,) for number, one in numbered if one.never_orders_drugs]
        return {
            "without_licence": pl.DataFrame(refused, schema=_REFUSED, orient="row"),
            "registered": pl.DataFrame(hours, schema=_REGISTERED, orient="row"),
            "never_order_drugs": pl.DataFrame(never, schema=_HOLDER, orient="row"),
        }

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Licence key -> number of its holder in `tables`."""
        return {key: place for place, key in enumerate(self.holders)}


def standing_of(
    holder: Holder, facility: str | None, minute: int, *, by_hours: bool = True, ordering_drugs: bool = False
) -> Standing:
    """Of one person in one minute; `by_hours` false: that day at any hour. Without a facility no place."""
    day = date.fromordinal(max(minute // DAY + _EPOCH, 1))  # records may write the year 0
    reason = licence_on(holder.licences, holder.acts, day)
    if reason.refuses:
        return Standing(reason.code.removeprefix("licence-"))
    if facility is None:
        return Standing()
    here = [one for one in holder.registrations if one.facility == facility]
    if not here:
        return Standing(place="nowhere")
    today = [one for one in here if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)]
    if not today:
        return Standing(place="then")
    within = (minute + _THURSDAY) % WEEK
    if by_hours and not any(start <= within < end for one in today for start, end in _week(one)):
        return Standing(place="hours")
    return Standing(place="scope" if ordering_drugs and holder.never_orders_drugs else "")


def standing_on(holder: Holder, facility: str, day: date) -> Standing:
    """Of one person on a day at a facility, at whatever hour."""
    return standing_of(holder, facility, _minute(day), by_hours=False)


_HOLDER = {"holder": pl.UInt32}
_SPAN = {"since": pl.Int64, "until": pl.Int64}
_REFUSED = _HOLDER | _SPAN | {"reason": pl.String}
_REGISTERED = _HOLDER | {"facility": pl.String} | _SPAN | {"from": pl.Int64, "to": pl.Int64}


def _refused(holder: Holder) -> Iterator[tuple[int, int, str]]:
    days = turning_days(holder.licences, holder.acts)
    first = days[0] if days else date(1970, 1, 1)
    before = max(first, date.min + timedelta(days=1)) - timedelta(days=1)
    starts = [EARLIEST, *(_minute(day) for day in days)]
    for day, since, until in zip([before, *days], starts, [*starts[1:], LATEST], strict=True):
        reason = licence_on(holder.licences, holder.acts, day)
        if reason.refuses:
            yield since, until, reason.code.removeprefix("licence-")


def _registered(holder: Holder) -> Iterator[tuple[str, int, int, int, int]]:
    for one in holder.registrations:
        since, until = _minute(one.valid_from), _after(one.valid_to)
        for start, end in _week(one):
            yield one.facility, since, until, start, end


def _week(one: Registration) -> list[tuple[int, int]]:
    """The hours as minutes of the week; all of it where they are not known or not understood."""
    return _spans(one.hours) or [(0, WEEK)]


_spans = lru_cache(maxsize=20_000)(spans)


def _minute(day: date) -> int:
    return (day.toordinal() - _EPOCH) * DAY


def _after(day: date | None) -> int:
    return LATEST if day is None else _minute(day) + DAY
