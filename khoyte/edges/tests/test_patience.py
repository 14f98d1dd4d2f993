"""A body that stops coming frees its worker; one that comes slowly is read whole."""

import io
import socket
import threading
import time

import pytest

from khoyte.edges import patience
from khoyte.edges.patience import BodyStalled, PatientInput, TooManySlow, patient


def test_reads_what_comes():
    stream = PatientInput(io.BytesIO(b"<a/>" * 1000))
    assert stream.read(4) == b"<a/>"
    assert stream.readline(2) == b"<a"
    assert stream.read(2) == b"/>"
    assert stream.read() == b"<a/>" * 998
    stream.close()


def test_a_silent_line_raises_within_the_time_given():
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb", buffering=0) as body:
        theirs.sendall(b"half")
        stream = PatientInput(body, seconds=0.2)
        assert stream.read(4) == b"half"
        with pytest.raises(BodyStalled, match="no data"):
            stream.read(4)
        theirs.close()
        stream.close()


def test_a_broken_line_is_told_from_a_silent_one():
    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    stream = PatientInput(Broken(), seconds=5)
    with pytest.raises(BodyStalled, match="broke"):
        stream.read(1)
    stream.close()


def test_the_application_reads_through_it_and_the_thread_ends():
    def application(environ, start_response):
        return [environ["wsgi.input"].read(3)]

    assert patient(application)({"wsgi.input": io.BytesIO(b"abc")}, None) == [b"abc"]
    for thread in [t for t in threading.enumerate() if t.name == "body"]:
        thread.join(timeout=5)
        assert not thread.is_alive()


class Dripping:
    """A byte at a time, each after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def read(self, size: int) -> bytes:
        time.sleep(self.seconds)
        return b"x"


def test_slow_bodies_are_few_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(patience, "HURRIED_SECONDS", 0.05)
    places = threading.BoundedSemaphore(1)
    first, second = (PatientInput(Dripping(0.1), places=places) for _ in range(2))
    assert first.read(9) == b"x"
    with pytest.raises(TooManySlow):
        second.read(9)
    assert first.read(9) == b"x"
    first.close()
    third = PatientInput(Dripping(0.1), places=places)
    assert third.read(9) == b"x"
    for stream in (second, third):
        stream.close()
    assert places.acquire(blocking=False)


def test_while_there_is_no_place_a_slow_body_shows_at_once():
    places = threading.BoundedSemaphore(1)
    places.acquire()
    stream, begun = PatientInput(Dripping(5), places=places), time.monotonic()
    with pytest.raises(TooManySlow):
        stream.read(9)
    assert time.monotonic() - begun < patience.SLOW_SECONDS / 2
    stream.close()


def test_quick_bodies_take_no_place():
    places = threading.BoundedSemaphore(1)
    places.acquire()
    stream = PatientInput(io.BytesIO(b"x" * 10_000), places=places)
    assert len(stream.read()) == 10_000
    stream.close()


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "SLOW_SECONDS", 0.05)
    stream = PatientInput(Dripping(0.06), seconds=0.3, places=threading.BoundedSemaphore(1))
    with pytest.raises(BodyStalled, match="bytes in"):
        list(iter(lambda: stream.read(9), b""))
    stream.close()


@pytest.mark.django_db
def test_one_too_many_is_told_to_come_again():
    from django.http.request import UnreadablePostError
    from django.test import RequestFactory

    from khoyte.edges.errors import answer

    trouble = UnreadablePostError("gone")
    trouble.__cause__ = TooManySlow("too many")
    response = answer(RequestFactory().post("/api/v1/submissions"), trouble)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    trouble.__cause__ = BodyStalled("silent")
    assert answer(RequestFactory().post("/api/v1/submissions"), trouble).status_code == 408
