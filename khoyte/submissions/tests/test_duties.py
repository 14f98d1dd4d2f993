"""Who usually sends and did not."""

from datetime import date

import pytest
from django.db import connection

from khoyte.foundation.calendar import add_working_days
from khoyte.notices.models import Notice
from khoyte.submissions import duties
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE
from khoyte.units.tenancy import working
from khoyte.units.tests.country import make_account

DAY = date(2026, 11, 27)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


@pytest.fixture(autouse=True)
def days_of_receipt() -> None:
    """A table of the same name before the real one: only who sent when matters here."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE submission (facility text, province text, day date)")
        cursor.execute("GRANT ALL ON submission TO khoyte_worker")
        cursor.execute("SET LOCAL search_path = pg_temp, public")


def sends(facility: str, days: int, *, last: bool) -> None:
    when = [add_working_days(DAY, -n) for n in range(1, days + 1)] + ([DAY] if last else [])
    with connection.cursor() as cursor:
        rows = [(facility, PROVINCE, day) for day in when]
        cursor.executemany("INSERT INTO submission VALUES (%s, %s, %s)", rows)


def test_only_who_usually_sends_and_did_not_is_told_with_its_province() -> None:
    make_account(OWN, "facility")
    make_account(NEIGHBOUR, "facility")
    make_account(PROVINCE, "province")
    sends(OWN, duties.USUAL_DAYS, last=False)
    sends(NEIGHBOUR, duties.LOOKED_BACK, last=True)
    sends("97009", duties.USUAL_DAYS - 1, last=False)
    monday = add_working_days(DAY, 1)
    for _ in range(2):
        with working():
            duties.tell_silent(monday)
    told = {one.account: one.facts for one in Notice.objects.all()}
    assert told == {
        f"facility-{OWN}": {"facility": OWN, "day": "2026-11-27"},
        f"province-{PROVINCE}": {"facilities": 1, "day": "2026-11-27"},
    }
