"""What a day demands of this room: desks with requests beyond their term are told once, by number."""

from datetime import date

from khoyte.foundation.calendar import in_vietnam
from khoyte.guidance import queries
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.daily import DailyTask
from khoyte.units.enums import Role

_ABOVE = {Role.PROVINCE_LEAD, Role.OPERATOR}


def tell_overdue(day: date) -> int:
    """One notice a day for each desk, to its lead."""
    waiting: dict[str, list[date]] = {}
    for one in queries.overdue():
        for unit, roles in queries.desk_of(one):
            told = next((role for role in roles if role in _ABOVE), roles[0])
            waiting.setdefault(f"{unit} {told}", []).append(in_vietnam(one.due_at).date())
    return tell_all(
        Telling(
            "support_overdue",
            addressing.role(*desk.split(" ")),
            subject=f"support:{desk}",
            occasion=day.isoformat(),
            facts={"cases": len(days), "oldest": min(days)},
            href="/ho-tro",
        )
        for desk, days in sorted(waiting.items())
    )


DUTIES = (DailyTask("support-overdue", tell_overdue),)
