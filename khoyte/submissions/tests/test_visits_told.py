"""Accepted visits reach the outbox by their transactions, whatever becomes of them later."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from khoyte.links.destinations import Place
from khoyte.links.feeds import digest_of
from khoyte.links.models import ExchangeMessage, ExchangeWatermark
from khoyte.submissions.tests import senders
from khoyte.visits import feeds
from khoyte.visits.feeds import VISITS, VisitSource, tell_new_visits

# The watermark goes by transactions that are over.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(transactional_db: None, settings: Any) -> Iterator[None]:
    clear_visits()
    senders.make_country()
    settings.EXCHANGE = {"datacentre": Place("datacentre", "https://centre.example")}
    yield
    clear_visits()


def clear_visits() -> None:
    """Tables that are not Django's outlive a test."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE visit, visit_drug, visit_service, visit_result, visit_progress")


def send(*names: str, **fields: str) -> None:
    dossiers = [senders.dossier(name, facility=senders.OWN, **fields) for name in names]
    senders.judged(senders.file_of(*dossiers, facility=senders.OWN))


def told() -> list[tuple[str, int, bool]]:
    return list(ExchangeMessage.objects.order_by("number").values_list("subject", "version", "removed"))


@pytest.mark.usefixtures("centre")
def test_accepted_visits_are_told_once_with_what_is_declared() -> None:
    send("A1", "A2")
    assert told() == []  # judging itself writes nothing
    assert tell_new_visits() == 2
    assert tell_new_visits() == 0
    assert sorted(told()) == [(f"{senders.OWN}/A1", 1, False), (f"{senders.OWN}/A2", 1, False)]
    content = VisitSource().read([(f"{senders.OWN}/A1", 1)])[f"{senders.OWN}/A1"]
    payload = VISITS.payload(content)
    assert payload["facility_code"] == senders.OWN
    assert payload["personal_number"].isdigit()
    assert set(payload) <= set(VISITS.carries)
    message = ExchangeMessage.objects.get(subject=f"{senders.OWN}/A1")
    assert message.digest == digest_of(payload)
    assert [change.subject for change in VisitSource().current(None)] == [subject for subject, _, _ in told()]


@pytest.mark.usefixtures("centre")
def test_a_newer_version_and_a_withdrawn_visit_are_told() -> None:
    from khoyte.units.tenancy import working
    from khoyte.visits import versions
    from khoyte.visits.models import Visit

    send("A1")
    tell_new_visits()
    send("A1", HO_TEN="Nguyễn Văn Khác")
    assert tell_new_visits() == 1
    with working():
        versions.withdraw([Visit.objects.get(version=2).pk])
    assert tell_new_visits() == 1  # the first version is current again
    with working():
        versions.withdraw([Visit.objects.get(version=1).pk])
    assert tell_new_visits() == 1
    assert [(version, removed) for _, version, removed in told()] == [
        (1, False), (2, False), (1, False), (2, True),
    ]  # fmt: skip


@pytest.mark.usefixtures("centre")
def test_a_portion_at_a_time_leaves_none_out() -> None:
    for number in range(5):
        send(f"B{number}")
    portions = 0
    while tell_new_visits(most=2):
        portions += 1
    assert portions >= 2
    assert sorted(subject for subject, _, _ in told()) == [f"{senders.OWN}/B{n}" for n in range(5)]


@pytest.mark.usefixtures("centre")
def test_a_watermark_that_cannot_be_written_leaves_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    send("A1")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ExchangeWatermark, "save", broken)
    ExchangeWatermark.objects.bulk_create([ExchangeWatermark(kind=feeds.KIND)])
    with pytest.raises(ZeroDivisionError):
        tell_new_visits()
    monkeypatch.undo()
    assert told() == []
    assert tell_new_visits() == 1


@pytest.mark.usefixtures("centre")
def test_without_a_destination_nothing_is_told(settings: Any) -> None:
    settings.EXCHANGE = {}
    send("A1")
    assert tell_new_visits() == 0
    assert told() == []
