import base64
import hashlib
import hmac
import itertools
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from khoyte.links import delivery
from khoyte.links.delivery import deliver_due
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.tests.receiver import Call, Receiver, answer, hang_up, receiving
from khoyte.links.tests.test_outbox import enqueue, register
from khoyte.units.models import Unit

pytestmark = pytest.mark.django_db


def signed_with(secret: str, call: Call) -> bool:
    """What a receiver's library checks, written out."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in call.headers["webhook-signature"].split(" ")


def make_due() -> None:
    """Let time pass."""
    past = timezone.now() - timedelta(seconds=1)
    OutboxMessage.objects.update(next_attempt_at=past)
    WebhookTarget.objects.update(paused_until=past)


def only() -> OutboxMessage:
    return OutboxMessage.objects.get()


def subjects(receiver: Receiver) -> list[int]:
    return [int(call.body.split(b":")[1].rstrip(b"}")) for call in receiver.calls]


def test_a_message_arrives_signed_and_is_acknowledged(facility: Unit):
    with receiving() as receiver:
        secret = register(facility, receiver.url)
        enqueue(facility.code, number=7)
        assert deliver_due() == 1
        assert deliver_due() == 0
    call = receiver.calls[0]
    assert call.body == b'{"number":7}'
    assert call.headers["content-type"] == "application/json; charset=utf-8"
    assert call.headers["webhook-id"] == str(only().message_id)
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 30
    assert signed_with(secret, call)
    assert not signed_with("whsec_" + base64.b64encode(b"x" * 32).decode(), call)
    assert (only().state, only().attempts, only().last_status) == ("acknowledged", 1, 204)
    assert WebhookTarget.objects.get().acknowledged_at is not None


def test_old_and_new_secret_sign_side_by_side_for_a_day(facility: Unit):
    with receiving() as receiver:
        old, new = register(facility, receiver.url), register(facility, receiver.url)
        enqueue(facility.code)
        deliver_due()
        assert signed_with(old, receiver.calls[0])
        assert signed_with(new, receiver.calls[0])
        WebhookTarget.objects.update(previous_until=timezone.now())
        enqueue(facility.code, subject="s2")
        deliver_due()
        assert not signed_with(old, receiver.calls[1])
        assert signed_with(new, receiver.calls[1])


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422, 500, 503])
def test_any_other_answer_is_tried_again_with_the_same_id(facility: Unit, status: int):
    with receiving(answer(status), answer(200)) as receiver:
        register(facility, receiver.url)
        enqueue(facility.code)
        assert deliver_due() == 1
        assert (only().state, only().last_status) == ("pending", status)
        assert deliver_due() == 0  # not before its time
        make_due()
        assert deliver_due() == 1
    assert (only().state, only().attempts) == ("acknowledged", 2)
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_gone_is_rejected_and_kept(facility: Unit):
    with receiving(answer(410)) as receiver:
        register(facility, receiver.url)
        enqueue(facility.code)
        deliver_due()
        make_due()
        assert deliver_due() == 0
    assert (only().state, only().last_status) == ("rejected", 410)


def test_waits_grow_to_a_day_and_never_end(facility: Unit):
    with receiving(answer(500)) as receiver:
        register(facility, receiver.url)
        enqueue(facility.code)
        waits = []
        for _ in range(14):
            make_due()
            deliver_due()
            waits.append((only().next_attempt_at - timezone.now()).total_seconds())
    assert only().state == "pending"
    assert waits[0] < 1.2
    assert 0.88 * 86_400 < min(waits[-4:]) <= max(waits[-4:]) < 1.11 * 86_400
    assert all(later > earlier * 0.8 for earlier, later in itertools.pairwise(waits))


def test_nothing_is_lost_over_a_restart_of_the_receiver(facility: Unit):
    with receiving(hang_up) as receiver:
        register(facility, receiver.url)
        for number in range(30):
            enqueue(facility.code, subject=f"s{number}", number=number)
        deliver_due()
        receiver.behaviours[:] = [answer(200)]
        while OutboxMessage.objects.exclude(state="acknowledged").exists():
            make_due()
            deliver_due()
    assert sorted(set(subjects(receiver))) == list(range(30))


def test_a_silent_destination_costs_one_attempt_and_is_left_alone(facility: Unit):
    with receiving(hang_up) as receiver:
        register(facility, receiver.url)
        for number in range(5):
            enqueue(facility.code, subject=f"s{number}")
        assert deliver_due() == 1
        assert len(receiver.calls) == 1
        assert deliver_due() == 0
    attempts = OutboxMessage.objects.order_by("number").values_list("attempts", "state", "last_trouble")
    assert list(attempts) == [(1, "pending", "connection")] + [(0, "pending", "")] * 4
    target = WebhookTarget.objects.get()
    assert target.failures == 1
    assert target.paused_until > timezone.now()


def test_one_bad_message_does_not_hold_up_the_others(facility: Unit):
    with receiving(answer(500), answer(200)) as receiver:
        register(facility, receiver.url)
        for number in range(3):
            enqueue(facility.code, subject=f"s{number}")
        deliver_due()
    states = OutboxMessage.objects.order_by("number").values_list("state", flat=True)
    assert list(states) == ["pending", "acknowledged", "acknowledged"]


def test_the_receivers_wish_to_wait_pauses_the_destination(facility: Unit):
    with receiving(answer(429, Retry_After="600")) as receiver:
        register(facility, receiver.url)
        enqueue(facility.code, subject="s1")
        enqueue(facility.code, subject="s2")
        assert deliver_due() == 1
    pause = (WebhookTarget.objects.get().paused_until - timezone.now()).total_seconds()
    assert 590 < pause <= 600


def test_messages_about_one_subject_keep_their_order(facility: Unit):
    with receiving(answer(500), answer(200)) as receiver:
        register(facility, receiver.url)
        enqueue(facility.code, subject="one", number=1)
        enqueue(facility.code, subject="one", number=2)
        enqueue(facility.code, subject="other", number=3)
        for _ in range(4):
            deliver_due()
        assert subjects(receiver) == [1, 3]
        for _ in range(2):
            make_due()
            deliver_due()
    assert subjects(receiver) == [1, 3, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_receiver_thinks(facility: Unit):
    settings = connection.settings_dict
    address = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    idle: list[int] = []

    def look() -> None:
        with psycopg.connect(
            **address, password=settings["PASSWORD"], dbname=settings["NAME"], autocommit=True
        ) as other:
            row = other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            ).fetchone()
            idle.append(row[0])

    with receiving() as receiver:
        receiver.on_call = look
        register(facility, receiver.url)
        enqueue(facility.code)
        deliver_due()
    assert idle == [0]


def test_a_killed_worker_leaves_a_lease_that_ends(facility: Unit):
    with receiving() as receiver:
        register(facility, receiver.url)
        enqueue(facility.code)
        delivery._claim(100)  # and nothing more: killed here
        assert only().state == "sent"
        assert deliver_due() == 0
        make_due()
        assert deliver_due() == 1
    assert (only().state, only().attempts) == ("acknowledged", 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_every_message_once(facility: Unit, neighbour: Unit):
    with receiving() as receiver:
        for unit in (facility, neighbour):
            register(unit, receiver.url)
        for number in range(40):
            enqueue("97001", "97002", subject=f"s{number}", number=number)

        def work() -> None:
            try:
                while deliver_due():
                    pass
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        while deliver_due():  # what a worker found locked by another and left
            pass
    identifiers = [call.headers["webhook-id"] for call in receiver.calls]
    assert len(identifiers) == len(set(identifiers)) == 80
    assert OutboxMessage.objects.filter(state="acknowledged", attempts=1).count() == 80


def test_a_slow_destination_does_not_slow_the_others(facility: Unit, neighbour: Unit, monkeypatch):
    monkeypatch.setattr(delivery, "SECONDS_PER_DESTINATION", 0.5)
    slow_answer = lambda handler: (time.sleep(0.3), answer(200)(handler))  # noqa: E731
    with receiving(slow_answer) as slow, receiving() as quick:
        register(facility, slow.url)
        register(neighbour, quick.url)
        for number in range(15):
            enqueue("97001", "97002", subject=f"s{number}")
        started = time.monotonic()
        deliver_due()
        assert time.monotonic() - started < 2
        assert len(quick.calls) == 15
        assert 1 <= len(slow.calls) < 5
    untried = OutboxMessage.objects.filter(unit="97001", state="pending")
    assert untried.count() == 15 - len(slow.calls)
    assert set(untried.values_list("attempts", flat=True)) == {0}


def test_the_limit_holds_and_destinations_take_turns(facility: Unit, neighbour: Unit):
    with receiving() as first, receiving() as second:
        register(facility, first.url)
        register(neighbour, second.url)
        for number in range(10):
            enqueue("97001", "97002", subject=f"s{number}")
        assert deliver_due(limit=4) == 4
        assert deliver_due(limit=4) == 4
        assert (len(first.calls), len(second.calls)) == (4, 4)


def test_without_demonstration_this_machine_is_never_called(facility: Unit, settings):
    with receiving() as receiver:
        register(facility, receiver.url)
        enqueue(facility.code)
        settings.TESTING = False
        assert deliver_due() == 1
        assert receiver.calls == []
    assert (only().state, only().last_trouble) == ("pending", "address-not-public")


def test_a_secret_that_does_not_open_pauses_that_unit_alone(facility: Unit, neighbour: Unit):
    with receiving() as receiver:
        for unit in (facility, neighbour):
            register(unit, receiver.url)
        WebhookTarget.objects.filter(unit="97001").update(secret_sealed=b"\x01\x011broken-token-broken-token")
        enqueue("97001", "97002")
        assert deliver_due() == 1
        assert deliver_due() == 0
    states = OutboxMessage.objects.order_by("unit").values_list("unit", "state", "attempts")
    assert list(states) == [("97001", "pending", 0), ("97002", "acknowledged", 1)]


@given(failures=st.integers(min_value=1, max_value=10_000))
def test_waits_stay_between_a_second_and_a_day(failures: int):
    now = timezone.now()
    wait = (delivery._after(failures, now) - now).total_seconds()
    assert 0.9 <= wait <= 1.1 * 86_400
