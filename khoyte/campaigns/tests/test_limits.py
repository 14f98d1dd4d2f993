"""The activity sheet of a facility leaves out whose processing is limited."""

from datetime import date

import pytest

from khoyte.campaigns.queries import activity
from khoyte.foundation.crypto import PERSON, Keyring
from khoyte.visits.models import ProcessingLimit
from khoyte.visits.tests.stores import store

NUMBER = "999185000123"


@pytest.mark.django_db
def test_a_limit_takes_the_person_out_of_the_figures_made_from_then_on() -> None:
    def counted() -> list[tuple[str, int, int]]:
        return [tuple(row) for row in activity("97001", date(2026, 1, 1), date(2027, 1, 1))]

    for code, number in (("A1", NUMBER), ("B1", "999190000999")):
        store({"XML1": [{"NGAY_VAO": "202608100800", "SO_CCCD": number}]}, ma_lk=code)
    assert counted() == [("2026-08", 2, 2)]
    ProcessingLimit.objects.create(
        request="00000000-0000-7000-8000-000000000001",
        unit="97001",
        facility="97001",
        province="97",
        person_key=Keyring.load().blind(NUMBER, PERSON),
        began_by="x",
    )
    assert counted() == [("2026-08", 1, 1)]
