from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from khoyte.foundation.calendar import TZ, now
from khoyte.practice import queries
from khoyte.practice.may_practise import Licence, LicenceAct, Registration, judge
from khoyte.practice.models import LicenceEvent, PracticeRegistration
from khoyte.registers import actions
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, SYSTEM, Machine, csv_of, made, person

MONDAY_9 = datetime(2026, 3, 2, 9, 0, tzinfo=TZ)
SUNDAY_9 = datetime(2026, 3, 8, 9, 0, tzinfo=TZ)
LICENCE = Licence("000001/DEMO-GPHN", date(2024, 1, 1), date(2028, 12, 31))
HERE = Registration(OWN, date(2025, 1, 1), None, "T2-T6 7:00-11:30, 13:00-16:30")


def act(kind: str, start: str, end: str = "") -> LicenceAct:
    return LicenceAct(kind, date.fromisoformat(start), date.fromisoformat(end) if end else None, "1/QĐ-SYT")


@pytest.mark.parametrize(
    ("licences", "acts", "places", "at", "codes"),
    [
        ([LICENCE], [], [HERE], MONDAY_9, []),
        ([], [], [], MONDAY_9, ["not-in-register"]),
        ([LICENCE], [], [], MONDAY_9, ["not-registered"]),
        ([LICENCE], [], [Registration(NEIGHBOUR, date(2025, 1, 1), None)], MONDAY_9, ["not-registered"]),
        ([LICENCE], [], [HERE], SUNDAY_9, ["outside-hours"]),
        ([LICENCE], [], [HERE], MONDAY_9.replace(hour=12), ["outside-hours"]),
        ([LICENCE], [], [Registration(OWN, date(2025, 1, 1), None, "theo lịch")], SUNDAY_9, []),
        ([LICENCE], [], [HERE], datetime(2024, 6, 3, 9, tzinfo=TZ), ["not-registered-then"]),
        ([LICENCE], [], [HERE], datetime(2029, 1, 1, 9, tzinfo=TZ), ["licence-expired"]),
        ([LICENCE], [act("renew", "2028-12-01", "2033-12-31")], [HERE], datetime(2029, 1, 1, 9, tzinfo=TZ),
         []),
        ([LICENCE], [], [Registration(OWN, date(2020, 1, 1), None)], datetime(2023, 1, 2, 9, tzinfo=TZ),
         ["licence-not-yet"]),
        ([LICENCE], [act("suspend", "2026-03-01", "2026-03-02")], [HERE], MONDAY_9, ["licence-suspended"]),
        ([LICENCE], [act("suspend", "2026-02-01", "2026-03-01")], [HERE], MONDAY_9, []),
        ([LICENCE], [act("suspend", "2026-02-01"), act("lift", "2026-03-01")], [HERE], MONDAY_9, []),
        ([LICENCE], [act("suspend", "2026-02-01"), act("lift", "2026-03-03")], [HERE], MONDAY_9,
         ["licence-suspended"]),
        ([LICENCE], [act("revoke", "2026-03-02")], [HERE], MONDAY_9, ["licence-revoked"]),
        ([LICENCE], [act("revoke", "2026-03-03")], [HERE], MONDAY_9, []),
        ([LICENCE], [act("revoke", "2025-03-03"), act("reissue", "2026-01-01")], [HERE], MONDAY_9, []),
        ([LICENCE, Licence("12/CCHN", date(2015, 1, 1), None)], [], [HERE],
         datetime(2029, 1, 1, 9, tzinfo=TZ), []),
    ],
)  # fmt: skip
def test_the_answer_and_why(licences, acts, places, at, codes) -> None:
    answer = judge(licences, acts, places, facility=OWN, at=at)
    assert [reason.code for reason in answer.refusals] == codes
    assert answer.may == (not codes)
    assert answer.known == bool(licences)
    assert all(reason.text.vi and reason.text.en for reason in answer.reasons)


def test_the_day_is_that_of_vietnam() -> None:
    late = datetime.fromisoformat("2026-03-01T23:30:00+00:00")  # 6:30 on Monday in Vietnam
    revoked = [act("revoke", "2026-03-02")]
    assert not judge([LICENCE], revoked, [HERE], facility=OWN, at=late).may


NUMBER = person(1)["personal_number"]
PLACE = {"personal_number": NUMBER, "facility": OWN, "valid_from": "2025-01-01", "hours": "T2-T6 7:00-16:30"}
SUSPENSION = {
    "licence_number": person(1)["licence_number"],
    "kind": "suspend",
    "valid_from": "2026-03-01",
    "valid_to": "2026-06-30",
    "decision": "12/QĐ-SYT",
}


def asked(**more) -> list[str]:
    given = {"facility": OWN, "at": MONDAY_9, "personal_number": NUMBER} | more
    return [reason.code for reason in queries.may_practise(**given).refusals]


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_only_what_is_confirmed_counts() -> None:
    draft = made("practitioners", person(1))
    assert asked() == ["not-in-register"]
    actions.confirm_at_once(register=register("practitioners"), record=draft, by=SYSTEM)
    made("practice_registrations", PLACE, confirmed=True)
    assert asked() == []
    assert asked(personal_number="", licence_number=person(1)["licence_number"]) == []
    made("licence_events", SUSPENSION)
    assert asked() == []
    made("licence_events", SUSPENSION | {"kind": "revoke", "valid_from": "2026-03-02"}, confirmed=True)
    assert asked() == ["licence-revoked"]
    assert asked(at=MONDAY_9 - timedelta(days=3)) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_what_is_being_changed_counts_as_it_was_confirmed() -> None:
    made("practitioners", person(1), confirmed=True)
    record = made("practice_registrations", PLACE, confirmed=True)
    actions.change(
        register=register("practice_registrations"), id=record.pk, patch={"valid_to": "2025-12-31"},
        by=SYSTEM, source="form",
    )  # fmt: skip
    assert asked() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_as_it_was_known_before_the_suspension_was_recorded() -> None:
    made("practitioners", person(1), confirmed=True)
    made("practice_registrations", PLACE, confirmed=True)
    before = now()
    made("licence_events", SUSPENSION, confirmed=True)
    assert asked() == ["licence-suspended"]
    # Of one transaction all rows carry its beginning: nothing of it was known a moment before that.
    assert asked(known_at=before - timedelta(hours=1)) == ["not-in-register"]
    assert asked(known_at=before + timedelta(hours=1)) == ["licence-suspended"]


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_overlapping_suspensions_are_refused_with_a_sentence() -> None:
    made("licence_events", SUSPENSION)
    with pytest.raises(WrongRecord, match="suspended already"):
        made("licence_events", SUSPENSION | {"valid_from": "2026-06-30", "valid_to": None})
    made("licence_events", SUSPENSION | {"valid_from": "2026-07-01", "valid_to": None})
    made("licence_events", SUSPENSION | {"kind": "discipline"})


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_overlapping_hours_at_one_facility_are_refused_and_across_facilities_found() -> None:
    made("practice_registrations", PLACE, confirmed=True)
    with pytest.raises(WrongRecord, match="overlapping days and hours"):
        made("practice_registrations", PLACE | {"valid_from": "2026-01-01", "hours": "T6 16:00-18:00"})
    made("practice_registrations", PLACE | {"hours": "T6 16:30-18:00"})
    made("practice_registrations", PLACE | {"facility": NEIGHBOUR, "hours": "T6 16:00-18:00"}, confirmed=True)
    assert queries.overlaps_elsewhere(NUMBER, date(2026, 1, 1)) == [(OWN, NEIGHBOUR)]
    assert queries.overlaps_elsewhere(NUMBER, date(2024, 1, 1)) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_an_import_that_overlaps_is_refused_whole_with_the_sentence() -> None:
    rows = [PLACE, PLACE | {"valid_from": "2026-01-01", "hours": "T2 8:00-9:00"}]
    machine = Machine(OWN)
    for query, status in (("?dry_run=true", 200), ("", 422)):
        answer = machine.send("practice_registrations", csv_of(rows), query)
        document = answer.json()
        assert answer.status_code == status
        assert (document["rows"], document["good"], document["bad"]) == (2, 1, 1)
        (error,) = document["errors"]
        assert (error["cell"], error["cause"]) == ("D3", "overlap:hours")
        assert "trùng nhau" in error["message"]
        assert not PracticeRegistration.objects.exists()
    assert machine.send("practice_registrations", csv_of(rows[:1])).json()["stored"] == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_an_import_whose_change_of_a_record_overlaps_names_its_row_and_stores_nothing() -> None:
    """A line about a record that is there is refused by the database at its row, too, and told before."""
    machine = Machine(OWN)
    first = PLACE | {"valid_to": "2025-12-31"}
    second = PLACE | {"valid_from": "2026-01-01"}
    assert machine.send("practice_registrations", csv_of([first, second])).json()["stored"] == 2
    longer = [second | {"position": "Trưởng khoa"}, first | {"valid_to": "2026-06-30"}]
    for query, status in (("?dry_run=true", 200), ("", 422)):
        answer = machine.send("practice_registrations", csv_of(longer), query)
        document = answer.json()
        assert answer.status_code == status, document
        assert (document["rows"], document["good"], document["bad"]) == (2, 1, 1)
        assert [(error["row"], error["cause"]) for error in document["errors"]] == [(3, "overlap:hours")]
        kept = PracticeRegistration.objects.values_list("valid_to", "position")
        assert set(kept) == {(date(2025, 12, 31), ""), (None, "")}


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_the_database_itself_keeps_days_in_order() -> None:
    record = made("licence_events", SUSPENSION)
    with pytest.raises(IntegrityError), transaction.atomic():
        LicenceEvent.objects.filter(pk=record.pk).update(valid_to="2020-01-01")
