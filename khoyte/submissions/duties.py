"""What a day demands of submissions: who usually sends every working day, and this time did not.

A facility is regular when it sent on at least `USUAL_DAYS` of the `LOOKED_BACK` working days before the one
asked about. The day asked about is the last working day that is over.
"""

from collections import Counter
from datetime import date

from django.db import connection

from khoyte.foundation.calendar import add_working_days
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.daily import DailyTask
from khoyte.units.enums import Role

LOOKED_BACK, USUAL_DAYS = 20, 15
_SILENT = """
SELECT facility, max(province) FROM submission
WHERE day = ANY(%s) OR day = %s GROUP BY facility
HAVING count(DISTINCT day) FILTER (WHERE day <> %s) >= %s AND NOT bool_or(day = %s) ORDER BY facility
"""


def silent_on(day: date) -> list[tuple[str, str]]:
    """(facility, province) of those who usually send and sent nothing on a working day."""
    before = [add_working_days(day, -n) for n in range(1, LOOKED_BACK + 1)]
    with connection.cursor() as cursor:
        cursor.execute(_SILENT, [before, day, day, USUAL_DAYS, day])
        return cursor.fetchall()


def tell_silent(today: date) -> int:
    """Tell each silent facility, and its province the number of them."""
    day = add_working_days(today, -1)
    silent = silent_on(day)
    tellings = [
        Telling(
            "submission_missing",
            addressing.officers(facility, province),
            subject=facility,
            occasion=day.isoformat(),
            facts={"facility": facility, "day": day},
            href="/goi-ho-so",
        )
        for facility, province in silent
    ]
    for province, count in Counter(province for _, province in silent if province).items():
        tellings.append(
            Telling(
                "submissions_missing",
                addressing.role(province, Role.PROVINCE),
                subject=province,
                occasion=day.isoformat(),
                facts={"facilities": count, "day": day},
                href=f"/tinh?ngay={day.isoformat()}",
            )
        )
    return tell_all(tellings)


DUTIES = (DailyTask("submissions-missing", tell_silent),)
