"""Registrations at a facility that was merged hold at the one that took it over, from that day on.

What was recorded keeps its code (`units.reorganising`); the people go on working the next morning, and the
dossiers of the successor name them. No second declaration is asked for what one decision has moved. Acts on
operating licences are read along the same line (`practice.may_operate` says which of them still hold).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from khoyte.practice.may_practise import Registration
from khoyte.units.models import Unit

Successors = dict[str, tuple[str, date]]
"""Facility of the past → the one that answers for it, and since when."""


def successors() -> Successors:
    """Every facility that was taken over; few of a country."""
    ended = Unit.objects.filter(kind="facility", succeeded_by__isnull=False, ended_on__isnull=False)
    rows = ended.values_list("code", "succeeded_by_id", "ended_on")
    return {code: (after, day) for code, after, day in rows if day is not None}


def predecessors(facility: str, taken_over: Successors) -> dict[str, date]:
    """Facilities of the past that this one answers for, also by one between, and since when it does."""
    found: dict[str, date] = {}
    waiting = [(facility, date.min)]
    while waiting:
        here, since = waiting.pop()
        for code, (after, day) in taken_over.items():
            if after == here and code not in found and code != facility:
                found[code] = max(since, day)
                waiting.append((code, found[code]))
    return found


def heirs(facility: str, taken_over: Successors) -> dict[str, date]:
    """Those that came after a facility, each with the day since which it answers."""
    found: dict[str, date] = {}
    here, since = facility, date.min
    while (after := taken_over.get(here)) and after[0] not in found and after[0] != facility:
        here, since = after[0], max(since, after[1])
        found[here] = since
    return found


def carried_over(registrations: Sequence[Registration], taken_over: Successors) -> list[Registration]:
    """The registrations, and for those at a facility of the past the same at each that came after it."""
    found = list(registrations)
    for one in registrations:
        seen, here = {one.facility}, one
        while (after := taken_over.get(here.facility)) and after[0] not in seen:
            seen.add(after[0])
            here = replace(here, facility=after[0], valid_from=max(here.valid_from, after[1]))
            if here.valid_to is None or here.valid_from <= here.valid_to:
                found.append(here)
    return found
