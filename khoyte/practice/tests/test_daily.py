"""Licences that end soon and people who left: told at each step, in time or late, and once."""

from datetime import date, timedelta

import pytest

from khoyte.foundation.calendar import add_working_days
from khoyte.notices.models import Notice
from khoyte.practice.daily import tell_expiring, tell_leavers
from khoyte.registers.tests.offices import OWN, made, person
from khoyte.units.tenancy import working
from khoyte.units.tests.country import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ENDS = date(2029, 5, 31)


def told_on(day: date) -> list[tuple[int, str]]:
    with working():
        tell_expiring(day)
    rows = Notice.objects.filter(kind="licence_expiring").order_by("id")
    return [(one.facts["days"], one.occasion) for one in rows]


def test_a_licence_is_told_of_at_90_30_and_7_days() -> None:
    make_account(OWN, "facility")
    made("practitioners", person(1, licence_valid_to=ENDS.isoformat()), confirmed=True)
    made("practitioners", person(2, licence_valid_to=ENDS.isoformat()))  # not confirmed: nothing is told
    days = [(ENDS - timedelta(days=left)) for left in (91, 90, 89, 31, 30, 29, 8, 7, 1, 0, -1)]
    for day in days:
        found = told_on(day)
    assert found == [(90, f"{ENDS}:90"), (30, f"{ENDS}:30"), (7, f"{ENDS}:7")]


def test_a_step_missed_is_told_of_later_and_the_nearest_alone() -> None:
    make_account(OWN, "facility")
    made("practitioners", person(1, licence_valid_to=ENDS.isoformat()), confirmed=True)
    assert told_on(ENDS - timedelta(days=12)) == [(12, f"{ENDS}:30")]


@pytest.mark.parametrize(("kind", "until"), [("renew", "2034-05-31"), ("revoke", ""), ("supersede", "")])
def test_a_licence_renewed_or_over_is_not_told_of(kind: str, until: str) -> None:
    make_account(OWN, "facility")
    row = person(1, licence_valid_to=ENDS.isoformat())
    made("practitioners", row, confirmed=True)
    act = {"licence_number": row["licence_number"], "kind": kind, "valid_from": "2029-03-01"}
    made("licence_events", {**act, "valid_to": until, "decision": "1/QĐ"}, confirmed=True)
    assert told_on(ENDS - timedelta(days=7)) == []


def test_a_leaver_is_to_be_reported_within_three_working_days() -> None:
    make_account(OWN, "facility")
    left = date(2026, 11, 27)
    row = {"personal_number": person(1)["personal_number"], "facility": OWN, "valid_from": "2025-01-01"}
    made("practice_registrations", {**row, "valid_to": left.isoformat()}, confirmed=True)
    with working():
        assert tell_leavers(left) == 0
        assert tell_leavers(date(2026, 11, 30)) == 1
        tell_leavers(date(2026, 12, 1))
        assert tell_leavers(date(2026, 12, 4)) == 0
    told = Notice.objects.get()
    assert told.facts == {"facility": OWN, "left": "2026-11-27", "due": add_working_days(left, 3).isoformat()}
