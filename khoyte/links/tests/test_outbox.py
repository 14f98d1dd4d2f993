import pytest
from django.db import ProgrammingError, connection

from khoyte.links import actions, outbox, queries
from khoyte.links.enums import MessageState
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.tests.units import actor_of
from khoyte.units.models import Unit
from khoyte.units.tenancy import speaking_as, working

pytestmark = pytest.mark.django_db
URL = "https://his.example/khoyte"


def register(unit: Unit, url: str = URL) -> str:
    with speaking_as(actor_of(unit)):
        return actions.register_webhook(url=url, by=actor_of(unit))


def enqueue(*units: str, subject: str = "s1", number: int = 1) -> int:
    with working():
        return outbox.enqueue(units, "submission.judged", subject, {"number": number})


def test_every_unit_with_a_webhook_gets_one_message(facility: Unit, province: Unit, neighbour: Unit):
    register(facility)
    register(province)
    assert enqueue(facility.code, province.code, neighbour.code, facility.code, "") == 2
    rows = OutboxMessage.objects.order_by("unit").values_list(
        "unit", "facility", "province", "state", "payload"
    )
    assert list(rows) == [
        ("97", "", "97", "pending", {"number": 1}),
        ("97001", "97001", "97", "pending", {"number": 1}),
    ]


def test_no_webhook_no_message(facility: Unit):
    assert enqueue(facility.code) == 0
    assert not OutboxMessage.objects.exists()


def test_a_message_goes_with_its_change_or_not_at_all(facility: Unit):
    register(facility)
    with pytest.raises(ZeroDivisionError):
        enqueue_and_fail(facility.code)
    assert not OutboxMessage.objects.exists()


def enqueue_and_fail(unit: str) -> None:
    with working():
        outbox.enqueue([unit], "submission.judged", "s1", {})
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_taken(facility: Unit):
    register(facility)
    with pytest.raises(outbox.OutsideTransaction):
        outbox.enqueue([facility.code], "submission.judged", "s1", {})


def test_what_failed_is_superseded_by_newer_news_of_the_same_subject(facility: Unit):
    register(facility)
    enqueue(facility.code, subject="s1", number=1)
    enqueue(facility.code, subject="s2", number=1)
    OutboxMessage.objects.update(attempts=3)
    enqueue(facility.code, subject="s1", number=2)
    rows = OutboxMessage.objects.order_by("number").values_list("subject", "payload__number", "state")
    assert list(rows) == [("s1", 1, "superseded"), ("s2", 1, "pending"), ("s1", 2, "pending")]


@pytest.mark.parametrize(("state", "attempts"), [("pending", 0), ("sent", 1), ("acknowledged", 1)])
def test_what_has_not_failed_is_not_superseded(facility: Unit, state: str, attempts: int):
    register(facility)
    enqueue(facility.code)
    OutboxMessage.objects.update(state=state, attempts=attempts)
    enqueue(facility.code, number=2)
    assert OutboxMessage.objects.order_by("number").first().state == state


def test_the_secret_is_kept_sealed_and_both_secrets_are_kept_for_a_day(facility: Unit):
    first, second = register(facility), register(facility, URL + "/2")
    assert first != second
    target = WebhookTarget.objects.get()
    stored = bytes(target.secret_sealed) + bytes(target.previous_secret_sealed)
    assert first.encode() not in stored
    assert second.encode() not in stored
    assert target.url == URL + "/2"
    assert (target.previous_until - target.registered_at).total_seconds() == 86_400


def test_naming_an_address_makes_what_waits_due_at_once(facility: Unit):
    register(facility)
    for subject in ("waiting", "refused", "done"):
        enqueue(facility.code, subject=subject)
    later = OutboxMessage.objects.get(subject="done").created_at.replace(year=2090)
    OutboxMessage.objects.update(next_attempt_at=later, attempts=9)
    OutboxMessage.objects.filter(subject="refused").update(state=MessageState.REJECTED, finished_at=later)
    OutboxMessage.objects.filter(subject="done").update(state=MessageState.ACKNOWLEDGED)
    register(facility)
    rows = OutboxMessage.objects.order_by("number")
    assert [(row.state, row.next_attempt_at < later) for row in rows] == [
        ("pending", True),
        ("pending", True),
        ("acknowledged", False),
    ]
    assert queries.waiting(facility.code) == 2


def test_a_registration_is_audited_without_the_address_path(facility: Unit):
    register(facility, "https://his.example/hook?token=not-for-the-log")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor, facility, details::text FROM audit_entry WHERE action = 'webhook.register'"
        )
        assert cursor.fetchall() == [("officer-97001", "97001", '{"host": "his.example"}')]


class TestTenants:
    """The wall in SQL: no query of a unit reaches another unit's webhook or messages."""

    def seen_by(self, unit: Unit) -> tuple[list[str], list[str]]:
        with speaking_as(actor_of(unit)):
            targets = WebhookTarget.objects.order_by("unit").values_list("unit", flat=True)
            messages = OutboxMessage.objects.order_by("unit").values_list("unit", flat=True)
            return list(targets), list(messages)

    def test_each_unit_sees_its_own(self, facility: Unit, neighbour: Unit, province: Unit):
        for unit in (facility, neighbour, province):
            register(unit)
        enqueue("97", "97001", "97002")
        assert self.seen_by(facility) == (["97001"], ["97001"])
        assert self.seen_by(neighbour) == (["97002"], ["97002"])
        assert self.seen_by(province) == (["97"], ["97"])

    def test_nobody_writes_for_another_unit(self, facility: Unit, neighbour: Unit):
        register(neighbour)
        with speaking_as(actor_of(facility)):
            assert WebhookTarget.objects.filter(unit="97002").update(url="https://evil.example/") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), speaking_as(actor_of(facility)):
            WebhookTarget(unit="97003", facility="97003", province="97", url=URL, secret_sealed=b"x").save(
                force_insert=True
            )

    def test_a_unit_cannot_rewrite_its_messages_nor_delete(self, facility: Unit):
        register(facility)
        enqueue("97001")
        for act in (
            "UPDATE outbox_message SET payload = '{}'",
            "DELETE FROM outbox_message",
            "DELETE FROM webhook_target",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                self.execute_as(facility, act)

    def execute_as(self, unit: Unit, statement: str) -> None:
        with speaking_as(actor_of(unit)), connection.cursor() as cursor:
            cursor.execute(statement)
