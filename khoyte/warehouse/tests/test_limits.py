"""Indicators made after a limit on processing leave the person out; the lake and the rows still agree."""

from typing import Any

import pytest

from khoyte.foundation.crypto import PERSON, Keyring
from khoyte.visits.models import ProcessingLimit
from khoyte.warehouse.answering import Scope, answer
from khoyte.warehouse.comparing import compare
from khoyte.warehouse.filling import fill
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.tests.rows import SUMMARY, store_visit

pytestmark = pytest.mark.usefixtures("lake")


@pytest.fixture(autouse=True)
def no_limit_stays(lake: Any) -> Any:
    yield
    ProcessingLimit.objects.all().delete()


def visits_counted() -> float:
    return sum(row["value"] for row in answer(INDICATORS["luot-kham-theo-thang"], Scope()).rows)


def limit(facility: str = "97001") -> ProcessingLimit:
    return ProcessingLimit.objects.create(
        request="00000000-0000-7000-8000-000000000001",
        unit=facility,
        facility=facility,
        province=facility[:2],
        person_key=Keyring.load().blind(SUMMARY["SO_CCCD"], PERSON),
        began_by="x",
    )


def test_a_limit_takes_visits_out_of_what_is_counted_from_then_on_and_lifting_brings_them_back() -> None:
    store_visit("A1")
    store_visit("B1", summary={"SO_CCCD": "999190000999"})
    fill()
    assert visits_counted() == 2
    granted = limit()
    store_visit("A2")
    fill()
    assert visits_counted() == 1
    assert compare()["equal"]
    granted.ended_at = granted.began_at
    granted.save()
    fill()
    assert visits_counted() == 3
