"""Ways out that misbehave: whatever they do, people get each message, and get it once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from khoyte.notices import delivery, planning
from khoyte.notices.addressing import account
from khoyte.notices.channels import gateways, mail
from khoyte.notices.models import NoticeDelivery
from khoyte.notices.tests.people import carry_out, chooses, listener, make_due, missing, returned
from khoyte.notices.timing import in_quiet
from khoyte.units.tenancy import working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
EVERY_WAY = ("email", "sms", "zalo")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for way in (gateways.SmsBrandname, gateways.ZaloAccount, mail.Mail):
        monkeypatch.setattr(way.__init__, "__defaults__", (0.4,))


@pytest.mark.parametrize("fault", ["good", "down", "slow", "429", "500", "wrong-ack", "drop", "cut"])
@pytest.mark.parametrize("channel", EVERY_WAY)
def test_one_message_reaches_its_reader_once_whatever_happens(
    ways: dict[str, Any], channel: str, fault: str
) -> None:
    if (channel, fault) in (("email", "drop"), ("email", "wrong-ack")):
        pytest.skip("a relay gives no receipts: what it forgets nobody can know")
    carrier = ways[channel]
    carrier.behaviours, carrier.slow_seconds = [fault, "good"], 1.0
    actor = listener(channels=(channel,))
    missing(account(actor.name))
    carry_out(5)
    assert len(carrier.reached) == 1
    assert len(set(carrier.calls)) <= 1
    row = NoticeDelivery.objects.get()
    assert row.state == ("accepted" if channel == "email" else "delivered")
    assert row.finished_at is not None
    calls = len(carrier.calls)
    carry_out(2)
    assert len(carrier.calls) == calls


@pytest.mark.parametrize("channel", EVERY_WAY)
def test_an_unknown_recipient_is_not_tried_for_ever(ways: dict[str, Any], channel: str) -> None:
    ways[channel].behaviours = ["no-such"]
    missing(account(listener(channels=(channel,)).name))
    carry_out(3)
    row = NoticeDelivery.objects.get()
    assert (row.state, row.attempts, bool(row.last_trouble)) == ("refused", 1, True)


def test_a_way_that_stays_down_is_given_up_and_shown(ways: dict[str, Any]) -> None:
    ways["sms"].behaviours = ["500"]
    missing(account(listener(channels=("sms",)).name))
    carry_out(delivery.MOST_ATTEMPTS + 2)
    row = NoticeDelivery.objects.get()
    assert (row.state, row.attempts, row.last_trouble) == ("refused", delivery.MOST_ATTEMPTS, "http-500")


def test_killed_after_sending_the_same_message_goes_out_under_the_same_number(
    ways: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing(account(listener(channels=("sms",)).name))

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    planning.plan_new()
    make_due()
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_write_down", killed)
        with pytest.raises(Killed):
            delivery.deliver_due()
    assert delivery.deliver_due() == 0  # its lease is not over
    carry_out(2)
    assert len(ways["sms"].calls) == 2
    assert len(set(ways["sms"].calls)) == 1
    assert len(ways["sms"].reached) == 1


def test_many_things_are_one_message_a_day(ways: dict[str, Any]) -> None:
    actor = listener()
    from khoyte.notices.actions import Telling, tell_all

    def expiring(number: int) -> Telling:
        facts = {"facility": "97001", "days": number, "expires": timezone.localdate()}
        return Telling("licence_expiring", account(actor.name), f"p{number}", "90", facts)

    with working():
        tell_all(expiring(number) for number in range(30))
    planning.plan_new()
    assert delivery.deliver_due(now=timezone.now() - timedelta(days=2)) == 0
    carry_out(1)
    (letter,) = ways["email"].reached.values()
    assert letter.text.startswith("Khoyte: 30 việc cần xem")
    assert letter.text.count("hết hạn trong") == 30
    assert NoticeDelivery.objects.filter(state="accepted").count() == 30


def test_at_night_nothing_leaves(ways: dict[str, Any]) -> None:
    actor = listener()
    now = timezone.localtime()
    start, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    chooses(actor, quiet_from=start, quiet_to=end)
    returned(account(actor.name))
    planning.plan_new()
    assert delivery.deliver_due() == 0
    due = NoticeDelivery.objects.get().next_attempt_at
    assert due > now
    assert not in_quiet(due, start, end)


def test_what_leaves_names_nobody(ways: dict[str, Any]) -> None:
    actor = listener(channels=EVERY_WAY)
    returned(account(actor.name))
    missing(account(actor.name))
    carry_out(1)
    for carrier in ways.values():
        for taken in carrier.reached.values():
            assert "97001" not in taken.text or "Đơn vị 97001" in taken.text
            assert actor.name not in taken.text
            assert "999" not in taken.text


def test_an_address_taken_away_ends_what_waits_for_it(ways: dict[str, Any]) -> None:
    actor = listener()
    returned(account(actor.name))
    planning.plan_new()
    chooses(actor, email="", channels=())
    carry_out(1)
    row = NoticeDelivery.objects.get()
    assert (row.state, row.last_trouble) == ("refused", "no-address")
    assert not ways["email"].calls
