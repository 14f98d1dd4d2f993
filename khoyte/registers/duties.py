"""What a day demands of registers: whoever has reviews beyond their day is told once, by number."""

from datetime import date

from django.db.models import Count, Min

from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.daily import DailyTask
from khoyte.registers import attaching
from khoyte.registers.known import registers
from khoyte.registers.models import Case
from khoyte.units.enums import Role


def tell_overdue(day: date) -> int:
    """One notice a day for each unit with cases whose day has passed, to the roles that act on them."""
    levels = {level.name: level.roles for one in registers() for level in one.declaration.ladder}
    tellings = []
    for level, roles in levels.items():
        # A level of the facility's own is worked off there; any other by the office above.
        unit = "facility" if set(roles) & {Role.FACILITY, Role.FACILITY_REVIEWER} else "province"
        rows = Case.objects.filter(closed_at=None, level=level, due_on__lt=day).exclude(**{unit: ""})
        for code, cases, oldest in (
            rows.values(unit).annotate(n=Count("pk"), oldest=Min("due_on")).values_list(unit, "n", "oldest")
        ):
            tellings.append(
                Telling(
                    "cases_overdue",
                    addressing.role(code, *roles),
                    subject=f"{level}:{code}",
                    occasion=day.isoformat(),
                    facts={"cases": cases, "oldest": oldest},
                    href="/ra-soat",
                )
            )
    return tell_all(tellings)


DUTIES = (DailyTask("cases-overdue", tell_overdue), *attaching.DUTIES)
