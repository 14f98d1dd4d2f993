"""When a message may leave: quiet hours, and the hour of the digest. Times of day are Vietnam's."""

from datetime import datetime, time, timedelta

from khoyte.foundation.calendar import in_vietnam


def in_quiet(moment: datetime, start: time, end: time) -> bool:
    """Whether a moment lies within quiet hours; equal ends mean that there are none."""
    clock = in_vietnam(moment).time()
    if start == end:
        return False
    return start <= clock < end if start < end else clock >= start or clock < end


def after_quiet(moment: datetime, start: time, end: time) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in."""
    if not in_quiet(moment, start, end):
        return moment
    there = in_vietnam(moment)
    ends = datetime.combine(there.date(), end, there.tzinfo)
    return ends if ends > there else ends + timedelta(days=1)


def next_digest(moment: datetime, at: time) -> datetime:
    """The next time of day `at`, this very moment included."""
    there = in_vietnam(moment)
    due = datetime.combine(there.date(), at, there.tzinfo)
    return due if due >= there else due + timedelta(days=1)
