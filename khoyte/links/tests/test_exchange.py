"""Messages to national systems against a twin that fails in every way it can."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from khoyte.links import exchange, sending
from khoyte.links.connectors.batches import Verdict, _verdicts
from khoyte.links.connectors.line import Reply
from khoyte.links.destinations import Place
from khoyte.links.feeds import Change
from khoyte.links.models import ExchangeDestination, ExchangeMessage, ExchangeRun
from khoyte.links.outbox import OutsideTransaction
from khoyte.links.tests.things import KIND, Things
from khoyte.nonprod.twins.receiver import FAULTS, Receiver

pytestmark = pytest.mark.django_db


def make_due() -> None:
    """Let time pass."""
    past = timezone.now() - timedelta(seconds=1)
    ExchangeMessage.objects.filter(finished_at=None).update(next_attempt_at=past)
    ExchangeDestination.objects.update(paused_until=past)


def rounds(most: int = 200) -> int:
    """Send until nothing is left; how many rounds it took."""
    for number in range(most):
        make_due()
        if not sending.send_once("datacentre"):
            return number
    raise AssertionError("still not sent")


def states() -> list[str]:
    return list(ExchangeMessage.objects.order_by("number").values_list("state", flat=True))


def only() -> ExchangeMessage:
    return ExchangeMessage.objects.get()


def test_a_change_is_sent_acknowledged_and_read_back(things: Things, twin: Receiver):
    things.change("a", name="bàn", colour="xanh", secret="không gửi")
    assert states() == ["pending"]
    assert sending.send_once("datacentre") == 1
    message = only()
    assert (message.state, message.attempts, message.last_status) == ("applied", 1, 200)
    assert message.acknowledged_at is not None
    assert message.finished_at is not None
    assert twin.kept["a"].payload == {"thing_name": "bàn", "thing_colour": "xanh"}
    assert twin.kept["a"].digest == message.digest
    assert twin.log == [("a", message.number, str(message.message_id))]
    assert sending.send_once("datacentre") == 0


def test_the_outbox_holds_nothing_of_a_record(things: Things, twin: Receiver):
    things.change("a", name="Nguyễn Văn Bí Mật")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM exchange_message m")
        assert "Bí Mật" not in cursor.fetchone()[0]


def test_no_message_without_a_transaction(things: Things, twin: Receiver, transactional_db: None):
    with pytest.raises(OutsideTransaction):
        exchange.tell(KIND, [Change("a", 1, "97001", "97", {"name": "x"})])


def test_a_change_that_is_taken_back_leaves_no_message(things: Things, twin: Receiver):
    def change_in_vain() -> None:
        with transaction.atomic():
            exchange.tell(KIND, [Change("a", 1, "97001", "97", {"name": "x"})])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_in_vain()
    assert states() == []


def test_a_destination_that_is_not_switched_on_gets_no_message(things: Things, settings: Any):
    settings.EXCHANGE = {}
    things.change("a", name="x")
    assert states() == []
    assert sending.send_once("datacentre") == 0


def test_each_destination_gets_its_own_fields(things: Things, twin: Receiver, settings: Any):
    settings.EXCHANGE = {**settings.EXCHANGE, "vneid": Place("vneid", settings.EXCHANGE["datacentre"].url)}
    things.change("a", name="bàn", colour="xanh", number="999185000123")
    sending.send_once("vneid")
    assert twin.kept["a"].payload == {"holder": "999185000123", "name": "bàn"}
    assert ExchangeMessage.objects.get(destination="vneid").state == "applied"
    assert ExchangeMessage.objects.get(destination="datacentre").state == "pending"


def test_versions_of_a_record_go_one_after_the_other(things: Things, twin: Receiver):
    for colour in ("xanh", "đỏ", "vàng"):
        things.change("a", name="bàn", colour=colour)
    things.change("b", name="ghế")
    assert sending.send_once("datacentre") == 2  # the oldest of each
    assert twin.kept["a"].payload == {"thing_name": "bàn", "thing_colour": "xanh"}
    rounds()
    assert twin.kept["a"].payload == {"thing_name": "bàn", "thing_colour": "vàng"}
    assert states() == ["applied"] * 4


def test_the_next_version_waits_until_the_one_before_is_read_back(things: Things, twin: Receiver):
    twin.faults = {"silent-drop"}
    twin._rng.random = lambda: 0.0  # all of it is dropped
    things.change("a", name="một")
    things.change("a", name="hai")
    sending.send_once("datacentre")
    assert states() == ["acknowledged", "pending"]
    make_due()
    assert sending.send_once("datacentre") == 1  # read back only
    assert states() == ["acknowledged", "pending"]
    for _ in range(sending.READ_BACKS):
        make_due()
        sending.send_once("datacentre")
    twin.faults = set()
    rounds()
    assert states() == ["applied", "applied"]
    assert [sequence for _, sequence, _ in twin.log] == sorted(sequence for _, sequence, _ in twin.log)


def test_a_removed_record_is_forgotten_there(things: Things, twin: Receiver):
    things.change("a", name="bàn")
    with transaction.atomic():
        exchange.tell(KIND, [Change("a", 2, "97001", "97", None)])
    rounds()
    assert states() == ["applied", "applied"]
    assert twin.kept["a"].payload is None


def test_a_refusal_is_a_dead_letter_with_its_reason(things: Things, twin: Receiver):
    twin.refuse = lambda message: "unknown-facility" if message["payload"]["thing_name"] == "x" else ""
    things.change("a", name="x")
    things.change("b", name="y")
    sending.send_once("datacentre")
    dead = ExchangeMessage.objects.get(subject="a")
    assert (dead.state, dead.reason) == ("rejected", "unknown-facility")
    assert ExchangeMessage.objects.get(subject="b").state == "applied"
    make_due()
    assert sending.send_once("datacentre") == 0


def test_a_newer_version_takes_the_place_of_a_refused_one(things: Things, twin: Receiver):
    twin.refuse = lambda message: "wrong" if message["payload"]["thing_name"] == "x" else ""
    things.change("a", name="x")
    sending.send_once("datacentre")
    things.change("a", name="y")
    rounds()
    assert states() == ["superseded", "applied"]


def test_what_was_sent_in_vain_makes_room_for_a_newer_version(things: Things, twin: Receiver):
    twin.faults = {"half-batch"}
    things.change("a", name="một")
    things.change("b", name="một")
    sending.send_once("datacentre")  # of two the first only
    assert states() == ["applied", "pending"]
    things.change("b", name="hai")
    twin.faults = set()
    rounds()
    assert states() == ["applied", "superseded", "applied"]
    assert [subject for subject, _, _ in twin.log] == ["a", "b"]


def test_a_refused_batch_is_tried_message_by_message(things: Things, twin: Receiver):
    from khoyte.nonprod.twins.receiver import Answer

    whole = twin._batch

    def choosy(messages: list[dict[str, Any]], faults: set[str]) -> Answer:
        if any(message["payload"]["thing_name"] == "poison" for message in messages):
            return Answer(422, {"error": "bad"})
        return whole(messages, faults)

    twin._batch = choosy  # type: ignore[method-assign]
    for subject in ("a", "b", "c"):
        things.change(subject, name="poison" if subject == "b" else subject)
    rounds()
    assert states() == ["applied", "rejected", "applied"]
    assert ExchangeMessage.objects.get(subject="b").reason == "http-422"


@pytest.mark.parametrize(
    ("fault", "status", "trouble"), [("401", 401, "http-401"), ("429", 429, "http-429"), ("down", None, "")]
)
def test_what_befalls_all_pauses_the_destination_and_costs_no_message(
    things: Things, twin: Receiver, fault: str, status: int | None, trouble: str
):
    twin.faults = {fault}
    things.change("a", name="x")
    assert sending.send_once("datacentre") == 1
    found = ExchangeDestination.objects.get()
    assert found.last_status == status
    assert found.last_trouble.startswith(trouble)
    assert found.last_trouble
    assert found.paused_until > timezone.now()
    assert (only().state, only().reason) == ("pending", found.last_trouble)
    assert sending.send_once("datacentre") == 0  # paused
    twin.faults = set()
    rounds()
    assert states() == ["applied"]
    assert ExchangeDestination.objects.get().failures == 0


def test_retry_after_is_heeded(things: Things, twin: Receiver):
    twin.faults = {"429"}
    things.change("a", name="x")
    before = timezone.now()
    sending.send_once("datacentre")
    pause = ExchangeDestination.objects.get().paused_until - before
    assert timedelta(seconds=0.9) < pause < timedelta(seconds=30)


def test_days_of_silence_end_within_minutes(things: Things, twin: Receiver):
    """Pauses grow to ten minutes and no further, and no message waits longer than its destination."""
    twin.faults = {"down"}
    things.change("a", name="x")
    for _ in range(12):
        make_due()
        sending.send_once("datacentre")
    found = ExchangeDestination.objects.get()
    assert found.failures == 12
    assert found.paused_until - timezone.now() < timedelta(minutes=11)
    assert only().next_attempt_at <= timezone.now()
    twin.faults = set()
    rounds()
    assert states() == ["applied"]


def test_killed_between_sending_and_writing_down_it_is_sent_again_with_the_same_id(
    things: Things, twin: Receiver, monkeypatch: pytest.MonkeyPatch
):
    things.change("a", name="x")
    real = sending.write_down

    def killed(one: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "write_down", killed)
    with pytest.raises(KeyboardInterrupt):
        sending.send_once("datacentre")
    monkeypatch.setattr(sending, "write_down", real)
    assert states() == ["sent"]
    assert sending.send_once("datacentre") == 0  # still under its lease
    rounds()
    assert states() == ["applied"]
    assert len(twin.log) == 1
    assert twin.repeats == 1


def test_all_faults_at_once_lose_and_double_nothing(things: Things, twin: Receiver, settings: Any):
    settings.EXCHANGE_SECONDS = 0.15
    twin.faults, twin.rate, twin.slow_seconds = set(FAULTS), 0.15, 0.25
    versions = {f"s{n}": [things.change(f"s{n}", name=f"{n} {v}") for v in range(3)] for n in range(40)}
    rounds(most=1_000)
    assert set(states()) == {"applied"}
    by_subject: dict[str, list[int]] = {}
    for subject, sequence, _ in twin.log:
        by_subject.setdefault(subject, []).append(sequence)
    assert len(twin.log) == sum(map(len, versions.values()))
    assert len({id for _, _, id in twin.log}) == len(twin.log)
    assert all(order == sorted(order) for order in by_subject.values())
    assert all(twin.kept[s].payload == {"thing_name": f"{s[1:]} 2"} for s in versions)
    assert len(twin.suffered) >= 7


def test_a_run_counts_what_was_sent_accepted_rejected(things: Things, twin: Receiver):
    twin.refuse = lambda message: "wrong" if message["subject"] == "a" else ""
    for subject in ("a", "b", "c"):
        things.change(subject, name=subject)
    rounds()
    run = ExchangeRun.objects.get()
    assert (run.batches, run.sent, run.acknowledged, run.applied, run.rejected) == (1, 3, 2, 2, 1)


def test_two_senders_never_take_the_same_message(things: Things, twin: Receiver, transactional_db: None):
    import threading

    for number in range(60):
        things.change(f"s{number}", name=str(number))
    taken: list[int] = []

    def send() -> None:
        try:
            while True:
                done = sending.send_once("datacentre", limit=7)
                if not done:
                    break
                taken.append(done)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    rounds()
    assert set(states()) == {"applied"}
    assert twin.repeats == 0
    assert len(twin.log) == 60


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@how(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    JSON
    | st.fixed_dictionaries({"results": st.lists(JSON | st.fixed_dictionaries({"id": JSON, "status": JSON}))})
)
def test_an_answer_of_any_form_is_read_without_an_error(document: Any):
    assert all(isinstance(one, Verdict) for one in _verdicts(Reply(200, document=document)).values())


@pytest.mark.parametrize("code", ["số định danh 999185000123 sai", "A B", "x" * 41, 7])
def test_a_reason_is_a_word_never_their_sentence(code: Any):
    reply = Reply(
        200,
        document={
            "results": [{"id": "018f3c3e-0000-7000-8000-000000000000", "status": "rejected", "code": code}]
        },
    )
    assert [one.code for one in _verdicts(reply).values()] == ["refused"]
