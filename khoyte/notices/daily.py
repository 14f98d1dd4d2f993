"""Duties of a day, done once: what is told and that it was done are written in one transaction.

Killed in between, nothing of it stands and the whole is done again; a notice that stood already has no second
effect. Two workers never do the same duty at once.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import DatabaseError
from django.utils import timezone

from khoyte.foundation.calendar import in_vietnam
from khoyte.notices.models import DailyDuty
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.notices")


@dataclass(frozen=True)
class DailyTask:
    """`run` tells what the day demands and says how many notices that were; not before `after`."""

    name: str
    run: Callable[[date], int]
    after: time = time(6, 0)


def do_due(duties: Sequence[DailyTask], now: datetime | None = None) -> dict[str, int]:
    """Do what is not done yet today: name -> notices told, of the duties done in this call."""
    there = in_vietnam(now or timezone.now())
    done = {}
    for duty in duties:
        if there.time() < duty.after:
            continue
        try:
            told = _do(duty, there.date())
        except DatabaseError:
            raise
        except Exception as fault:  # one duty that cannot be done keeps no other from being done
            log.error("duty %s of the day: %s", duty.name, type(fault).__name__)
            continue
        if told is not None:
            done[duty.name] = told
    return done


def _do(duty: DailyTask, day: date) -> int | None:
    with working():
        DailyDuty.objects.bulk_create([DailyDuty(name=duty.name, day=day)], ignore_conflicts=True)
        found = (
            DailyDuty.objects.select_for_update(skip_locked=True)
            .filter(name=duty.name, day=day, done_at=None)
            .first()
        )
        if found is None:
            return None
        found.told = duty.run(day)
        found.done_at = timezone.now()
        found.save(update_fields=["told", "done_at"])
        return found.told
