"""Limits on processing: which visits may be used for a purpose.

A granted limit stands in `processing_limit`; the database itself marks the person's visits and their lines
(`is_limited`) in the transaction that grants or lifts it, and the worker marks what is stored later. Whoever
reads visits names a purpose here; of purposes that a limit binds (`legal/data/limits.csv`) limited visits are
left out. Row-level security leaves them out once more, unless the transaction has said, by `by_law`, that the
law obliges to what it does. Nothing is removed: a limit that is lifted shows everything again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.models import QuerySet

from khoyte.foundation.calendar import today
from khoyte.legal.limits import limit_binds
from khoyte.legal.purposes import purpose_of
from khoyte.visits.models import Visit

LOCK = 0x6B68_6F79_7465_0011
"""Granting takes it alone, storing shares it: no visit comes in unmarked while a limit is being granted."""


class NotWithoutConsent(Exception):
    """A purpose that rests on consent has a door of its own (`protection.queries.visits_released`)."""


def visits_for(purpose: str) -> QuerySet[Visit]:
    """All versions of visits that may be processed for the purpose.

    KeyError for a purpose that is not registered; NotWithoutConsent for one that needs the person's consent.
    """
    if purpose_of(purpose, today()).needs_consent:
        raise NotWithoutConsent(purpose)
    return Visit.objects.filter(is_limited=False) if limit_binds(purpose, today()) else Visit.objects.all()


def condition_for(purpose: str, alias: str = "v") -> str:
    """The same as a condition in SQL on a table of visits or of their lines."""
    return f"NOT {alias}.is_limited" if limit_binds(purpose, today()) else "true"


@contextmanager
def by_law(purpose: str) -> Iterator[None]:
    """Let row-level security show limited visits too, for a purpose that the law obliges to.

    Ends with the block, at the latest with the transaction. PermissionError where a limit binds the purpose.
    """
    if limit_binds(purpose, today()):
        raise PermissionError(f"a limit binds {purpose}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('khoyte.by_law', 'on', true)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('khoyte.by_law', '', true)")


def share_lock() -> None:
    """Before visits are stored: from here to the end of the transaction nobody grants or lifts a limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def mark_stored(visit_ids: Sequence[int]) -> None:
    """Visits just stored, of persons with a limit in force, are limited from the start."""
    if visit_ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT khoyte_mark_limited(%s)", [list(visit_ids)])
