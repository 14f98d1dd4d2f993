"""A verdict and the message about it: written together, to the facility and to whoever sent the file."""

import json

import pytest

from khoyte.foundation.crypto import Keyring
from khoyte.links import actions
from khoyte.links.delivery import deliver_due
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.tests.receiver import receiving
from khoyte.submissions import closing, verdicts
from khoyte.submissions.models import Judgement, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE
from khoyte.units.tenancy import speaking_as

pytestmark = pytest.mark.django_db


def register(unit: str, url: str = "https://his.example/hook") -> None:
    by = senders.machine(unit)
    with speaking_as(by):
        actions.register_webhook(url=url, by=by)


def messages() -> list[tuple[str, dict]]:
    return [(row.unit, row.payload) for row in OutboxMessage.objects.order_by("unit", "number")]


def test_without_a_webhook_there_is_no_message(country: None):
    senders.judged(senders.small_file("LK-1"))
    assert messages() == []


def test_the_facility_and_the_sender_are_told(country: None):
    for unit in (OWN, PROVINCE, NEIGHBOUR):
        register(unit)
    senders.judged(senders.small_file("LK-1"), by=senders.machine(PROVINCE))
    assert [unit for unit, _ in messages()] == [PROVINCE, OWN]


def test_the_message_tells_counts_and_causes_and_no_dossier(country: None):
    register(OWN)
    body = senders.file_of(senders.dossier("LK-1"), senders.dossier("LK-2", **senders.REFUSED))
    found = senders.judged(body)
    [(_, payload)] = messages()
    assert (payload["type"], set(payload)) == ("submission.judged", {"type", "timestamp", "data"})
    data = payload["data"]
    assert (data["id"], data["facility"], data["state"], data["judgement"]) == (
        str(found.pk),
        OWN,
        "judged",
        1,
    )
    assert data["ledger"] == found.counts()
    assert data["ledger"]["rejected"] == 1
    assert data["verdict_url"] == f"/api/v1/submissions/{found.pk}"
    assert data["causes"] == verdicts.causes(Judgement.objects.get(), "vi")[:20]
    assert any("NGAY_RA" in cause["cause"] for cause in data["causes"])
    written = json.dumps(payload, ensure_ascii=False)
    for secret in ("LK-2", "NGUYỄN", "999185", "GD4999"):
        assert secret not in written


def test_an_unreadable_file_is_told_too(country: None):
    register(OWN)
    broken = senders.small_file("LK-1")[:-200]
    found = senders.judged(broken)
    assert found.state == "unreadable"
    [(_, payload)] = messages()
    assert (payload["data"]["state"], payload["data"]["causes"]) == ("unreadable", [])


def test_no_verdict_no_message(country: None, monkeypatch: pytest.MonkeyPatch):
    """When the judging fails after its last write, neither verdict nor message is there."""
    register(OWN)
    made = senders.receive(senders.small_file("LK-1"))
    original = closing.close_files

    def fails(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)
        raise RuntimeError("after the last write")

    monkeypatch.setattr(closing, "close_files", fails)
    senders.judge().work_once()
    assert Submission.objects.get(pk=made.pk).state != "judged"
    assert messages() == []


def test_a_verdict_reaches_the_receiver_of_the_facility(country: None):
    with receiving() as receiver:
        register(OWN, receiver.url)
        found = senders.judged(senders.small_file("LK-1"))
        assert deliver_due() == 1
    assert json.loads(receiver.calls[0].body)["data"]["id"] == str(found.pk)
    assert OutboxMessage.objects.get().state == "acknowledged"
    assert Keyring.load().open(bytes(WebhookTarget.objects.get().secret_sealed), "webhook.secret")
