"""Two reviewers settle what one person said otherwise, at the same moment, over real connections."""

from collections.abc import Callable

import pytest

from khoyte.practice.models import PracticeRegistration
from khoyte.practice.tests.people import practitioner, registration, window
from khoyte.practice.tests.test_otherwise import REGISTRATION, case, settle, typed
from khoyte.registers.models import Case, Step
from khoyte.registers.tests.offices import OWN, PERSON, made, officer
from khoyte.units.tests.country import make_units
from khoyte.units.tests.test_races import held_until_all_wait


def settling(field: str) -> Callable[[], Case]:
    return lambda: settle(officer(OWN, "facility_reviewer"), field)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_one_mismatch_one_is_through_and_the_other_is_told() -> None:
    make_units()
    herself = practitioner()
    made("practitioners", PERSON, confirmed=True)
    place = registration(confirmed=True)
    window(herself).post(REGISTRATION.format(place.pk), typed(hours="T2-T6 7:00-16:30", department="K01"))
    assert case().closed_at is None
    told = held_until_all_wait(
        PracticeRegistration.objects.filter(pk=place.pk), settling("hours"), settling("department")
    )
    assert sorted(told) == ["NotNow", "done"]
    record = PracticeRegistration.objects.get()
    assert record.version == 2, "only one of the two was taken"
    assert (record.hours == "T2-T6 7:00-16:30") is not (record.department == "K01")
    assert Step.objects.filter(act="settle").count() == 1
