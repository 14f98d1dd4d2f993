"""A body that stops coming frees its worker; one that comes slowly is read whole."""

import io
import socket
import threading
import time

import pytest

from khoyte.edges.patience import BodyStalled, PatientInput, patient


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
        threading.Timer(0.3, theirs.close).start()
        begun = time.monotonic()
        stream.close()
        assert time.monotonic() - begun > 0.2, "the request must not end before its last read"


def test_a_broken_line_is_told_from_a_silent_one():
    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError

    stream = PatientInput(Broken(), seconds=5)
    with pytest.raises(BodyStalled, match="broke"):
        stream.read(1)
    stream.close()


def test_a_read_that_failed_leaves_the_next_body_its_own_answer():
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb", buffering=0) as body:
        stalled = PatientInput(body, seconds=0.1)
        with pytest.raises(BodyStalled, match="no data"):
            stalled.read(4)
        theirs.sendall(b"late")
        stalled.close()
    assert PatientInput(io.BytesIO(b"next")).read() == b"next"


def test_the_application_reads_through_it_and_the_reader_ends_with_its_thread():
    def application(environ, start_response):
        return [environ["wsgi.input"].read(3)]

    def serve():
        for body in (b"abc", b"def"):
            answers.append(patient(application)({"wsgi.input": io.BytesIO(body)}, None))
        readers.extend(set(threading.enumerate()) - before)

    before = {*threading.enumerate(), threading.current_thread()}
    answers, readers = [], []
    server = threading.Thread(target=serve)
    server.start()
    server.join()
    assert answers == [[b"abc"], [b"def"]]
    (reader,) = [thread for thread in readers if thread.name == "body"]
    reader.join(timeout=10)
    assert not reader.is_alive()
