"""What the store knows of a facility that rules with `needs: store` ask for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from khoyte.foundation.calendar import today
from khoyte.submissions.models import Submission
from khoyte.submissions.rulebook.documents import CHECK_INS

CHECK_IN_DAYS = 60
"""A facility sends check-ins when one came in this many days; before it begins, none can be missing."""


def facilities_checking_in(facilities: Collection[str]) -> frozenset[str]:
    """Those of the facilities from which check-in forms have come lately."""
    rows = Submission.objects.filter(
        facility__in=facilities, kind="checkin", day__gte=today() - timedelta(days=CHECK_IN_DAYS)
    )
    return frozenset(rows.values_list("facility", flat=True).distinct())


def check_ins(pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """The (facility, MA_LK) among `pairs` for which an accepted check-in is stored."""
    facilities, keys = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT facility, ma_lk FROM dossier WHERE tables = '{CHECKIN}' AND verdict = 'accepted'"
            " AND (facility, ma_lk) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            [list(facilities), list(keys)],
        )
        return {CHECK_INS: frozenset(cursor.fetchall())}
