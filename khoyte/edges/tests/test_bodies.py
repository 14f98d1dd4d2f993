"""Bodies at once: who has how many places, when they are given back, who is never kept waiting by others."""

import threading

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from khoyte.edges import bodies
from khoyte.edges.patience import AFTERWARDS
from khoyte.edges.process import THREADS
from khoyte.units.crowd import CROWD, Crowd
from khoyte.units.policy import ANONYMOUS, Actor

CLERK = Actor(kind="account", name="clerk", unit_code="99001", unit_kind="facility")
OTHER = Actor(kind="account", name="other", unit_code="99001", unit_kind="facility")
MACHINE = Actor(kind="machine", name="m", unit_code="99001", unit_kind="facility")
NEIGHBOUR = Actor(kind="machine", name="n", unit_code="99002", unit_kind="facility")


class Sending:
    """A request that holds its place until `over`."""

    def __init__(self, actor: Actor, address: str = "203.0.113.7", method: str = "post") -> None:
        self.afterwards: list = []
        request = getattr(RequestFactory(), method)("/dang-nhap", {"a": "b"}, REMOTE_ADDR=address)
        request.META[AFTERWARDS] = self.afterwards
        request.actor, request.LANGUAGE_CODE, request.reference = actor, "vi", "X"
        self.answer = bodies.at_once(lambda _: HttpResponse("ok"))(request)

    @property
    def admitted(self) -> bool:
        return self.answer.status_code == 200

    def over(self) -> None:
        for act in self.afterwards:
            act()


def send(*actors: Actor, **more: str) -> list[Sending]:
    return [Sending(actor, **more) for actor in actors]


@pytest.fixture(autouse=True)
def _empty_crowd():
    CROWD._taken.clear()
    yield
    CROWD._taken.clear()


def admitted(sendings: list[Sending]) -> int:
    return sum(one.admitted for one in sendings)


def test_the_addresses_of_one_ipv6_network_are_one_stranger():
    same = [Sending(ANONYMOUS, f"2001:db8:0:1::{number:x}") for number in range(1, THREADS + 1)]
    assert admitted(same) == bodies.OF_ONE_ADDRESS
    other = Sending(ANONYMOUS, "2001:db8:0:2::1")
    assert other.admitted == (bodies.OF_STRANGERS > bodies.OF_ONE_ADDRESS)


def test_an_account_a_unit_an_address_have_so_many_and_some_threads_are_left():
    assert admitted(send(*[CLERK] * THREADS)) == bodies.OF_ONE_ACCOUNT
    assert admitted(send(*[OTHER, MACHINE] * THREADS)) == bodies.OF_ONE_UNIT - bodies.OF_ONE_ACCOUNT
    assert admitted(send(*[NEIGHBOUR] * THREADS)) == bodies.ALL_BODIES - bodies.OF_ONE_UNIT > 0
    assert bodies.ALL_BODIES < THREADS


def test_strangers_of_one_address_leave_room_for_others_and_all_strangers_for_those_who_are_known():
    assert admitted(send(*[ANONYMOUS] * THREADS)) == bodies.OF_ONE_ADDRESS
    others = send(*[ANONYMOUS] * THREADS, address="203.0.113.8")
    assert admitted(others) == bodies.OF_STRANGERS - bodies.OF_ONE_ADDRESS > 0
    assert admitted(send(MACHINE)) == 1


def test_a_refusal_says_when_to_come_again_and_takes_no_place():
    send(*[CLERK] * bodies.OF_ONE_ACCOUNT)
    refused = Sending(CLERK)
    assert (refused.answer.status_code, refused.answer["Retry-After"]) == (429, "1")
    assert "cùng lúc" in refused.answer.content.decode()
    assert refused.afterwards == []


def test_a_place_is_given_back_when_the_last_read_is_over():
    held = send(*[CLERK] * bodies.OF_ONE_ACCOUNT)
    assert not Sending(CLERK).admitted
    held[0].over()
    assert Sending(CLERK).admitted
    for one in held[1:]:
        one.over()
    assert CROWD.taken("account clerk") == 1


def test_requests_without_a_body_are_never_counted():
    assert admitted(send(*[CLERK] * 4 * THREADS, method="get")) == 4 * THREADS
    assert CROWD.taken("bodies") == 0


def test_many_at_once_never_take_more_than_there_is():
    crowd, taken, most = Crowd(), [], []
    guard = threading.Lock()

    def come_and_go():
        for _ in range(300):
            if crowd.enter({"a": 3, "b": 5}):
                with guard:
                    taken.append(1)
                    most.append(len(taken))
                with guard:
                    taken.pop()
                crowd.leave({"a": 3, "b": 5})

    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) <= 3
    assert (crowd.taken("a"), crowd.taken("b")) == (0, 0)
    assert len(crowd._taken) == 0


class Knocking:
    """A program's request with a body: did it get past the door (`inside`), what was it told?"""

    def __init__(self, actor: Actor, answer: int = 200, token: str = "t", path: str = "/api/v1/submissions"):
        request = RequestFactory().post(path, b"<a/>", content_type="application/xml")
        request.META |= {AFTERWARDS: [], "HTTP_AUTHORIZATION": f"Bearer {token}"}
        request.LANGUAGE_CODE, request.reference = "vi", "X"
        self.inside = False

        def further_in(request):
            self.inside = True
            request.actor = actor
            return HttpResponse(status=answer)

        self.answer = bodies.turned_away(further_in)(request)


@pytest.fixture
def door(monkeypatch):
    """The door with nobody remembered; sets the seconds that facilities have to wait."""
    told: dict[str, int] = {}
    monkeypatch.setattr(bodies, "REFUSED", bodies.RefusedLately())
    monkeypatch.setattr(bodies.TOLD, "seconds", lambda facility: told.get(facility, 0))
    return told


def test_who_was_refused_and_has_to_wait_is_turned_away_unheard(door):
    door["99001"] = 40
    assert Knocking(MACHINE).inside  # not known yet; further in it would be refused
    assert Knocking(MACHINE, answer=429).inside
    away = Knocking(MACHINE)
    assert (away.inside, away.answer.status_code, away.answer["Retry-After"]) == (False, 429, "40")
    assert "wait-for-your-turn" in away.answer.content.decode()
    # Its body is not read to the end, so nothing more can come over this line.
    assert away.answer["Connection"] == "close"


def test_another_token_another_address_and_a_queue_that_is_short_again_get_past_the_door(door):
    door["99001"] = 40
    Knocking(MACHINE, answer=429)
    assert Knocking(NEIGHBOUR, token="other").inside
    assert Knocking(MACHINE, path="/api/v1/uploads").inside
    door.clear()
    assert Knocking(MACHINE).inside


def test_who_was_refused_is_turned_away_while_its_unit_has_no_place(door):
    held = send(*[MACHINE] * bodies.OF_ONE_UNIT)
    Knocking(MACHINE, answer=429)
    away = Knocking(MACHINE)
    assert (away.inside, away.answer["Retry-After"]) == (False, "1")
    held[0].over()
    assert Knocking(MACHINE).inside


def test_nobody_is_remembered_for_ever(door, monkeypatch):
    door["99001"] = 40
    monkeypatch.setattr(bodies, "REMEMBERED_SECONDS", 0.0)
    Knocking(MACHINE, answer=429)
    assert Knocking(MACHINE).inside


def test_no_more_are_remembered_than_fit(door, monkeypatch):
    monkeypatch.setattr(bodies, "MOST_REMEMBERED", 3)
    for number in range(10):
        Knocking(MACHINE, answer=429, token=str(number))
    assert len(bodies.REFUSED._known) <= 3


def test_people_and_requests_without_a_body_are_never_turned_away(door):
    door["99001"] = 40
    Knocking(CLERK, answer=429)
    assert Knocking(CLERK).inside
    Knocking(MACHINE, answer=429)
    request = RequestFactory().get("/api/v1/submissions", HTTP_AUTHORIZATION="Bearer t")
    request.META[AFTERWARDS] = []
    assert bodies.turned_away(lambda _: HttpResponse("ok"))(request).content == b"ok"
