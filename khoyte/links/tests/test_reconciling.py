"""What differs is found by class, named by field, and healed; what only they hold is left alone."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from khoyte.foundation.calendar import TZ
from khoyte.links import loop, reconciling, sending, tidying
from khoyte.links.commands import links
from khoyte.links.destinations import Place
from khoyte.links.feeds import digest_of
from khoyte.links.models import ExchangeDestination, ExchangeMessage, ExchangeRun, Reconciliation
from khoyte.links.tests.test_exchange import rounds, states
from khoyte.links.tests.things import KIND, Things
from khoyte.nonprod.twins.receiver import Kept, Receiver
from khoyte.units.policy import system_actor

pytestmark = pytest.mark.django_db


def reconcile(*, heal: bool = True) -> Reconciliation:
    (row,) = reconciling.reconcile("datacentre", heal=heal)
    return row


@pytest.fixture
def sent(things: Things, twin: Receiver) -> Things:
    """Thirty things, all there."""
    for number in range(30):
        things.change(f"s{number}", name=f"số {number}", colour="xanh")
    rounds()
    return things


def spoil(twin: Receiver, subject: str, **payload: Any) -> None:
    kept = twin.kept[subject]
    kept.payload = {**(kept.payload or {}), **payload}
    kept.digest = digest_of(kept.payload)


def test_what_is_equal_costs_one_question(sent: Things, twin: Receiver):
    asked: list[str] = []
    answer = twin.answer
    twin.answer = lambda method, path, *rest: asked.append(path) or answer(method, path, *rest)  # type: ignore[method-assign,func-returns-value]
    row = reconcile()
    assert row.equal
    assert (row.ours, row.theirs, row.sent_again) == (30, 30, 0)
    assert asked == [f"/v1/records/digests?kind={KIND}"]


def test_classes_are_told_apart_and_fields_named(sent: Things, twin: Receiver):
    del twin.kept["s3"]
    spoil(twin, "s4", thing_colour="đỏ")
    spoil(twin, "s5", thing_colour="đỏ", thing_name="khác")
    twin.kept["lạ"] = Kept(KIND, "00", 5, digest_of({"thing_name": "lạ"}), {"thing_name": "lạ"})
    row = reconcile(heal=False)
    assert (row.theirs_missing, row.differing, row.ours_missing) == (1, 2, 1)
    assert row.fields == {"thing_colour": 2, "thing_name": 1}
    assert not row.equal
    assert row.sent_again == 0


def test_differences_heal_by_sending_again_and_nothing_is_deleted(sent: Things, twin: Receiver):
    del twin.kept["s3"]
    spoil(twin, "s4", thing_colour="đỏ")
    twin.kept["lạ"] = Kept(KIND, "00", 5, digest_of({"thing_name": "lạ"}), {"thing_name": "lạ"})
    assert reconcile().sent_again == 2
    rounds()
    row = reconcile()
    assert (row.theirs_missing, row.differing, row.ours_missing) == (0, 0, 1)
    assert twin.kept["s3"].payload == {"thing_name": "số 3", "thing_colour": "xanh"}
    assert twin.kept["lạ"].payload == {"thing_name": "lạ"}


def test_what_is_on_the_way_is_no_difference(sent: Things, twin: Receiver):
    sent.change("s1", name="mới")
    sent.change("neu", name="mới")
    row = reconcile()
    assert (row.on_the_way, row.theirs_missing, row.differing) == (2, 0, 0)
    assert row.sent_again == 0


def test_a_destination_switched_on_later_gets_everything(things: Things, twin: Receiver, settings: Any):
    on, settings.EXCHANGE = settings.EXCHANGE, {}
    for number in range(7):
        things.change(f"s{number}", name=str(number))
    assert states() == []
    settings.EXCHANGE = on
    assert reconcile().sent_again == 7
    rounds()
    assert reconcile().equal


def test_after_a_restore_numbers_go_on_above_what_they_have_seen(sent: Things, twin: Receiver):
    """Our database is back at an older moment; what is in force here takes the place of theirs."""
    for kept in twin.kept.values():
        kept.sequence += 1_000_000
    spoil(twin, "s1", thing_name="từ tương lai")
    assert reconcile().sent_again == 1
    message = ExchangeMessage.objects.order_by("-number").first()
    assert message is not None
    assert message.number > 1_000_000
    rounds()
    assert twin.kept["s1"].payload == {"thing_name": "số 1", "thing_colour": "xanh"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('exchange_message_number_seq', 1000)")


def test_a_destination_that_does_not_answer_is_told(sent: Things, twin: Receiver):
    twin.faults = {"401"}
    row = reconcile()
    assert (row.trouble, row.equal, row.sent_again) == ("http-401", False, 0)


def test_once_a_night(sent: Things, twin: Receiver):
    moment = datetime(2026, 11, 28, 3, 0, tzinfo=TZ)
    assert loop.is_due("datacentre", moment)
    row = reconcile()
    Reconciliation.objects.filter(pk=row.pk).update(started_at=moment)
    assert not loop.is_due("datacentre", moment + timedelta(hours=2))
    assert not loop.is_due("datacentre", moment + timedelta(hours=23))
    assert loop.is_due("datacentre", moment + timedelta(days=1))


# Operators


def call(*arguments: str) -> tuple[int, Any]:
    found = CliRunner().invoke(links, [*arguments, "--json"], obj={"lang": "vi"}, standalone_mode=False)
    if found.exception:
        raise found.exception
    return found.return_value, json.loads(found.output)


def test_commands_send_and_tell(things: Things, twin: Receiver):
    twin.refuse = lambda message: "unknown-facility" if message["subject"] == "s1" else ""
    for number in range(3):
        things.change(f"s{number}", name=str(number))
    assert call("send") == (0, {"datacentre": {"taken": 3, "waiting": 0, "trouble": ""}})
    status, document = call("status")
    assert status == 1
    (one,) = document["destinations"]
    (dead,) = one["dead"]
    assert (dead["kind"], dead["reason"], dead["messages"]) == (KIND, "unknown-facility", 1)
    _, document = call("runs", "datacentre")
    assert [(run["sent"], run["applied"], run["rejected"]) for run in document["runs"]] == [(3, 2, 1)]
    assert document["runs"][0]["finished_at"]
    status, document = call("reconcile", "datacentre")
    assert (status, document["kinds"][0]["theirs_missing"]) == (1, 1)


def test_dead_letters_are_tried_again_when_an_operator_asks(things: Things, twin: Receiver):
    twin.refuse = lambda message: "unknown-facility"
    things.change("a", name="x")
    rounds()
    tidying.count("datacentre")
    assert tidying.retry_asked("datacentre") == 0
    tidying.ask_for_retry("datacentre", by=system_actor("test"))
    twin.refuse = lambda message: ""
    assert tidying.retry_asked("datacentre") == 1
    assert tidying.retry_asked("datacentre") == 0
    rounds()
    assert states() == ["applied"]


def operator(client: Client) -> Client:
    from khoyte.units.models import Account
    from khoyte.units.tests import country

    country.make_units()
    client.force_login(Account.objects.get(pk=country.make_account("BYT", "operator").pk))
    return client


def test_the_page_shows_counts_and_takes_the_wish(
    things: Things, twin: Receiver, client: Client, settings: Any
):
    settings.DEMO = True  # the operator's second step is not what is tried here
    operator(client)
    page = client.get("/van-hanh/ket-noi").content.decode()
    assert "Trung tâm Dữ liệu quốc gia" in page
    assert "Ứng dụng VNeID" in page
    twin.refuse = lambda message: "unknown-facility"
    things.change("số-hồ-sơ-bí-mật", name="x")
    rounds()
    tidying.count("datacentre")
    page = client.get("/van-hanh/ket-noi").content.decode()
    assert "1 bản tin bị từ chối" in page
    assert "unknown-facility" in page
    assert "bí-mật" not in page
    token = client.cookies["csrftoken"].value
    for destination, status in (("khác", 422), ("vneid", 422), ("datacentre", 302)):
        form = {"noi-nhan": destination, "csrfmiddlewaretoken": token}
        assert client.post("/van-hanh/ket-noi", form).status_code == status
    found = ExchangeDestination.objects.get()
    assert found.retry_asked_by == "operator-BYT"


def test_a_killed_run_is_closed_as_interrupted(things: Things, twin: Receiver):
    things.change("a", name="x")
    sending.send_once("datacentre")
    tidying.finish_runs("datacentre", tidying.INTERRUPTED)
    run = ExchangeRun.objects.get()
    assert run.finished_at is not None
    assert run.last_trouble == "interrupted"
    things.change("b", name="x")
    sending.send_once("datacentre")
    assert ExchangeRun.objects.count() == 2


def test_the_loop_does_all_of_it(things: Things, twin: Receiver, transactional_db: None, settings: Any):
    """Threads of the process itself, until told to stop."""
    import threading
    import time

    from khoyte.links import duties

    settings.EXCHANGE_SECONDS = 0.5
    told = threading.Event()
    told_once = lambda: 0 if told.is_set() else (told.set(), 1)[1]  # noqa: E731
    duties.announce(duties.Duty("test", told_once))
    stop = threading.Event()
    threads = [
        threading.Thread(target=loop._send, args=(stop, "datacentre")),
        threading.Thread(target=loop._do_duties, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    try:
        things.change("a", name="x")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and states() != ["applied"]:
            time.sleep(0.05)
        run = None
        while time.monotonic() < deadline and (run is None or run.finished_at is None):
            run = ExchangeRun.objects.first()
            time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=20)
        duties._DUTIES.pop("test")
    assert states() == ["applied"]
    assert told.is_set()
    assert run is not None
    assert run.finished_at is not None


def test_places_come_from_the_environment(tmp_path: Any):
    from khoyte.foundation.errors import WrongUsage
    from khoyte.links import destinations

    token = tmp_path / "token"
    token.write_text("bí mật\n")
    found = destinations.places(
        {
            "KHOYTE_DATACENTRE": "https://centre.example/api/",
            "KHOYTE_DATACENTRE_TOKEN_FILE": str(token),
            "KHOYTE_DATACENTRE_NETWORKS": "10.20.0.0/16, fd00::/8",
        }
    )
    assert list(found) == ["datacentre"]
    assert found["datacentre"].url == "https://centre.example/api"
    assert found["datacentre"].token() == "bí mật"
    for wrong in (
        {"KHOYTE_VNEID": "ftp://x"},
        {"KHOYTE_VNEID": "https://x", "KHOYTE_VNEID_NETWORKS": "mười"},
    ):
        with pytest.raises(WrongUsage):
            destinations.places(wrong)
    for written in ("0", "x", "500"):
        with pytest.raises(WrongUsage):
            destinations.seconds({"KHOYTE_EXCHANGE_SECONDS": written})
    assert destinations.seconds({}) == 10


def test_a_private_address_is_reached_only_where_the_operator_names_its_network():
    import ipaddress

    from khoyte.links import addresses
    from khoyte.links.errors import AddressRefused

    address = addresses.parse("http://10.20.30.40/api")
    with pytest.raises(AddressRefused):
        addresses.resolve(address, loopback=False)
    named = [ipaddress.ip_network("10.20.0.0/16")]
    assert addresses.resolve(address, loopback=False, networks=named) == ["10.20.30.40"]
    with pytest.raises(AddressRefused):
        addresses.resolve(addresses.parse("http://10.21.0.1/"), loopback=False, networks=named)


def test_the_token_is_shown_to_the_destination_alone(
    things: Things, twin: Receiver, settings: Any, tmp_path: Any
):
    twin.token = "mã-truy-cập".encode().hex()
    things.change("a", name="x")
    sending.send_once("datacentre")
    assert ExchangeDestination.objects.get().last_trouble == "http-401"
    (tmp_path / "token").write_text(twin.token)
    place = settings.EXCHANGE["datacentre"]
    settings.EXCHANGE = {"datacentre": Place("datacentre", place.url, str(tmp_path / "token"))}
    rounds()
    assert states() == ["applied"]
    settings.EXCHANGE = {"datacentre": Place("datacentre", place.url, str(tmp_path / "none"))}
    things.change("b", name="x")
    sending.send_once("datacentre")
    assert ExchangeDestination.objects.get().last_trouble == "no-token-file"
