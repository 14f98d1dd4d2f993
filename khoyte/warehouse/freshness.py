"""How often the lake is filled, and whether it does well; needs neither its libraries nor its files read."""

import os
from datetime import datetime, timedelta

from django.utils import timezone

# Three fills missed, and some time for a large one.
_LATE = timedelta(minutes=15)


def seconds_between_fills() -> float:
    """KHOYTE_LAKE_SECONDS, 120 by default; 0 means that nothing is filled but by command."""
    return float(os.environ.get("KHOYTE_LAKE_SECONDS") or 120)


def as_of() -> datetime | None:
    """The moment of which the lake tells; None before it was first filled."""
    from khoyte.warehouse.models import LakeState  # `khoyte up` asks for the seconds before Django is set up

    return LakeState.objects.filter(id=1).values_list("as_of", flat=True).first()


def is_well() -> bool:
    """Filled lately, and not known to differ from the visit rows. A lake that never began is well."""
    from khoyte.warehouse.models import LakeState  # as above

    found = LakeState.objects.filter(id=1).first()
    if found is None:
        return True
    late = bool(seconds_between_fills()) and found.as_of is not None and timezone.now() - found.as_of > _LATE
    return found.equal is not False and not late
