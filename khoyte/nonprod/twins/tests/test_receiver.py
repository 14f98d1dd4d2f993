"""Twins of exchange do what their faults say, and otherwise what a plain receiver does."""

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import pytest

from khoyte.links.feeds import bucket_digest, digest_of
from khoyte.nonprod.twins.population import FAULTS as POPULATION_FAULTS
from khoyte.nonprod.twins.population import PopulationTwin, demonstration_persons
from khoyte.nonprod.twins.receiver import FAULTS, HangUp, Receiver, serving
from khoyte.nonprod.twins.vneid import VNeIDTwin


def message(number: int, subject: str = "", **payload: Any) -> dict[str, Any]:
    payload = payload or {"name": f"số {number}"}
    return {
        "id": str(uuid4()),
        "sequence": number,
        "kind": "things",
        "subject": subject or f"s{number}",
        "version": 1,
        "bucket": "00",
        "digest": digest_of(payload),
        "payload": payload,
    }


def send(twin: Receiver, *messages: dict[str, Any]) -> Any:
    return twin.answer("POST", "/v1/batches", json.dumps({"messages": messages}).encode())


def always(*faults: str, draw: float = 0.0) -> Receiver:
    """Every request suffers these; what is left to chance comes out as `draw`."""
    twin = Receiver(faults, slow_seconds=0.01)
    twin._rng.random = lambda: draw  # type: ignore[method-assign]
    return twin


def test_what_is_sent_is_kept_and_shown() -> None:
    twin = Receiver()
    first, second = message(1), message(2)
    answer = send(twin, first, second)
    assert [one["status"] for one in answer.document["results"]] == ["accepted", "accepted"]
    held = {"s1": first["digest"], "s2": second["digest"]}
    digests = twin.answer("GET", "/v1/records/digests?kind=things", b"").document["buckets"]
    assert digests == [{"bucket": "00", "records": 2, "digest": bucket_digest(held)}]
    read = twin.answer("POST", "/v1/records/read-back", b'{"subjects": ["s1", "s9"]}').document["records"]
    assert read == [{"subject": "s1", "sequence": 1, "digest": first["digest"]}]
    listed = twin.answer("GET", "/v1/records?kind=things&bucket=00", b"").document["records"]
    assert {one["subject"]: one["digest"] for one in listed} == held
    payload = twin.answer("POST", "/v1/records/payload", b'{"subject": "s2"}')
    assert payload.document == {"payload": second["payload"]}
    assert twin.answer("POST", "/v1/records/payload", b'{"subject": "s9"}').status == 404
    assert twin.answer("GET", "/elsewhere", b"").status == 404


def test_an_id_is_applied_once_and_a_wrong_digest_never() -> None:
    twin = Receiver()
    one = message(1)
    send(twin, one)
    send(twin, one)
    assert (len(twin.log), twin.repeats) == (1, 1)
    answer = send(twin, {**message(2), "digest": "0" * 64})
    assert answer.document["results"][0]["code"] == "digest-mismatch"
    assert "s2" not in twin.kept


@pytest.mark.parametrize(("fault", "status"), [("401", 401), ("429", 429)])
def test_refusals_apply_nothing(fault: str, status: int) -> None:
    twin = always(fault)
    answer = send(twin, message(1))
    assert answer.status == status
    assert (answer.headers.get("Retry-After") == "1") == (fault == "429")
    assert twin.log == []


@pytest.mark.parametrize(("draw", "applied"), [(0.0, 0), (0.9, 1)])
def test_it_hangs_up_before_or_after_applying(draw: float, applied: int) -> None:
    twin = always("down", draw=draw)
    with pytest.raises(HangUp):
        send(twin, message(1))
    assert len(twin.log) == applied


def test_half_batch_duplicate_drop_wrong_ack_and_order() -> None:
    messages = [message(number) for number in range(1, 5)]
    half = always("half-batch")
    assert len(send(half, *messages).document["results"]) == len(half.log) == 2
    twice = always("duplicate", draw=0.9)
    send(twice, *messages)
    assert (len(twice.log), twice.repeats) == (4, 4)
    silent = always("silent-drop")
    assert len(send(silent, *messages).document["results"]) == 4
    assert silent.log == []
    wrong = always("wrong-ack", draw=0.9)
    told = [one["id"] for one in send(wrong, *messages).document["results"]]
    assert len(set(told) & {one["id"] for one in messages}) == 2
    assert len(wrong.log) == 4
    late = always("out-of-order")
    send(late, *messages)
    assert late.log == []
    late.faults = set()
    send(late)
    assert [sequence for _, sequence, _ in late.log] == [4, 3, 2, 1]


def test_every_fault_is_drawn_at_its_rate() -> None:
    twin = Receiver(FAULTS, rate=0.3, slow_seconds=0.0)
    for _ in range(300):
        twin._drawn()
    assert set(twin.suffered) == set(FAULTS)
    assert all(50 < times < 140 for times in twin.suffered.values())


def test_it_is_served_and_knows_its_token() -> None:
    twin = Receiver(token="bí-mật".encode().hex())
    with serving(twin) as address:
        request = urllib.request.Request(f"{address}/v1/records/digests?kind=x")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 401
        request.add_header("Authorization", f"Bearer {twin.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer) == {"buckets": []}


def test_the_wallet_stands_beside_the_sign_in() -> None:
    with VNeIDTwin() as twin:
        body = json.dumps({"documents": [message(1)]}).encode()
        request = urllib.request.Request(f"{twin.issuer}/v1/wallet/documents", body)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["results"][0]["status"] == "accepted"
        with urllib.request.urlopen(
            f"{twin.issuer}/v1/wallet/records/digests?kind=things", timeout=10
        ) as answer:
            assert json.load(answer)["buckets"][0]["records"] == 1
        assert list(twin.wallet.kept) == ["s1"]


def test_the_demonstration_has_an_answer_of_every_kind() -> None:
    persons = demonstration_persons()
    twin = PopulationTwin(persons)
    assert all(person.number.startswith("999") for person in persons)
    assert {"", "cancelled", "deceased"} == {person.status for person in persons}
    one = persons[0]
    asked = {"personal_number": one.number, "full_name": one.full_name, "birth_date": one.birth_date[:4]}
    assert twin.compared({**asked, "sex": one.sex})["result"] == "match"
    assert twin.compared({**asked, "sex": "3"})["result"] == "mismatch"
    assert twin.compared({"personal_number": "999000000000"}) == {"result": "not_found"}
    assert set(POPULATION_FAULTS) == {"slow", "401", "429", "down", "wrong-ack"}
