"""Hostile requests against a running system: each is answered or cut off, and others are served meanwhile."""

import base64
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from khoyte.edges.bodies import ALL_BODIES
from khoyte.nonprod.faults import processes
from khoyte.nonprod.faults.canary.knocking import Caller, Knock, multipart
from khoyte.nonprod.faults.system import OwnSystem

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]
FACILITY, NEIGHBOUR = "99001", "99002"
FORM = "application/x-www-form-urlencoded"
# A page takes 10 ms; the tests beside this one may keep both cores busy.
SERVED_WITHIN = 15.0
PART = 'Content-Disposition: form-data; name="tep"; filename="a.xml"'


@pytest.fixture(scope="module")
def tokens(system: OwnSystem) -> dict[str, str]:
    return system.senders([FACILITY, NEIGHBOUR])


@pytest.fixture
def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens[FACILITY]}"}


@pytest.fixture
def caller(system: OwnSystem) -> Iterator[Caller]:
    """Whatever a test does, the system answers afterwards, by the same processes, and logged nothing odd."""
    before = system.pids("web-worker")
    yield Caller(system.address)
    assert Caller(system.address).ask(Knock(target="/dang-nhap")).status == 200
    assert system.pids("web-worker") == before


def csrf(caller: Caller) -> dict[str, str]:
    token = caller.ask(Knock(target="/dang-nhap")).headers["Set-Cookie"].split("=")[1].split(";")[0]
    return {"Cookie": f"csrftoken={token}", "X-CSRFToken": token}


class Drip:
    """A connection that sends a byte a second of a body that never ends."""

    def __init__(self, caller: Caller, headers: dict[str, str], target: str, kind: str) -> None:
        head = {"Host": "127.0.0.1", "Content-Type": kind, "Content-Length": "100000", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.line = socket.create_connection((caller.host, caller.port), 10)
        self.line.sendall(f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode())
        self.answer = b""

    def drip(self) -> None:
        try:
            self.line.sendall(b"a")
            self.line.settimeout(0.001)
            self.answer += self.line.recv(4096)
        except OSError:
            pass  # nothing said yet, or the line was cut

    @property
    def refused(self) -> bool:
        return self.answer.startswith(b"HTTP/1.1 429")


@contextmanager
def dripping(
    caller: Caller, count: int, headers: dict[str, str], target: str, kind: str
) -> Iterator[list[Drip]]:
    drips = [Drip(caller, headers, target, kind) for _ in range(count)]
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(1.0):
            for drip in drips:
                drip.drip()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield drips
    finally:
        over.set()
        thread.join()
        for drip in drips:
            drip.line.close()


@pytest.mark.parametrize("who", ["stranger", "facility"])
def test_slow_bodies_hold_few_threads_and_nobody_waits_for_them(
    system: OwnSystem, caller: Caller, bearer: dict[str, str], who: str
):
    """Forty connections drip; two web processes have eight threads each."""
    headers, target, kind = {
        "stranger": (csrf(caller), "/dang-nhap", FORM),
        "facility": (bearer, "/api/v1/submissions", "application/xml"),
    }[who]
    with dripping(caller, 40, headers, target, kind) as drips:
        slowest, until = 0.0, time.monotonic() + 14.0
        while time.monotonic() < until:
            for path in ("/healthz", "/dang-nhap"):
                begin = time.monotonic()
                assert caller.ask(Knock(target=path)).status == 200
                slowest = max(slowest, time.monotonic() - begin)
            time.sleep(0.3)
        refused = sum(drip.refused for drip in drips)
    assert slowest < SERVED_WITHIN
    assert 40 - refused <= len(system.pids("web")) * ALL_BODIES
    assert refused > 0


def test_another_unit_sends_while_one_drips(caller: Caller, tokens: dict[str, str], bearer: dict[str, str]):
    neighbour = {"Authorization": f"Bearer {tokens[NEIGHBOUR]}"}
    with dripping(caller, 40, bearer, "/api/v1/submissions", "application/xml"):
        time.sleep(2)
        for _ in range(5):
            headers = {**neighbour, "Content-Type": "application/xml"}
            assert caller.ask(Knock("POST", "/api/v1/submissions", headers, b"hello")).status == 415


def test_heads_that_never_end_hold_no_thread(caller: Caller):
    lines = [socket.create_connection((caller.host, caller.port), 10) for _ in range(60)]
    for line in lines:
        line.sendall(b"GET /dang-nhap HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
    for _ in range(5):
        for line in lines:
            line.sendall(b"a")
        assert caller.ask(Knock(target="/dang-nhap")).status == 200
    for line in lines:
        line.close()


def big_form(parts: int, name: str = "tep") -> tuple[str, bytes]:
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.xml"'
    return multipart([(head, b"<a/>")] * parts)


def nested() -> tuple[str, bytes]:
    kind, inner = multipart([(PART, b"<a/>")], boundary="inner")
    for depth in range(50):
        mixed = kind.replace("form-data", "mixed")
        kind, inner = multipart([(f"{PART}\r\nContent-Type: {mixed}", inner)], boundary=f"deep{depth}")
    return kind, inner


HEAD_OF_A_MEGABYTE = f"{PART}\r\nX-Long: {'a' * 2**20}"
FORMS = {
    "1,500 files": big_form(1500),
    "20,000 files": big_form(20_000),
    "5,000 fields": multipart([(f'Content-Disposition: form-data; name="n{n}"', b"x") for n in range(5000)]),
    "no boundary": ("multipart/form-data", b"--x\r\n" + PART.encode() + b"\r\n\r\n<a/>\r\n--x--\r\n"),
    "empty boundary": ("multipart/form-data; boundary=", b"----\r\n\r\n"),
    "boundary of 5,000 signs": multipart([(PART, b"<a/>")], boundary="b" * 5000),
    "boundary with signs": ('multipart/form-data; boundary="\\u0000\r\nX: y"', b"x"),
    "another boundary": ("multipart/form-data; boundary=a", multipart([(PART, b"<a/>")], boundary="b")[1]),
    "head of a megabyte": multipart([(HEAD_OF_A_MEGABYTE, b"<a/>")]),
    "nested": nested(),
    "only boundaries": ("multipart/form-data; boundary=a", b"--a\r\n" * 50_000),
    "broken base64": multipart([(f"{PART}\r\nContent-Transfer-Encoding: base64", b"a" * 4001)]),
    "no content": ("multipart/form-data; boundary=a", b""),
    "strange names": multipart(
        [('Content-Disposition: form-data; name="\x01"; filename="../../\x7f"', b"<a/>")]
    ),
}


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("target", ["/api/v1/submissions", "/dang-nhap", "/goi-ho-so/gui"])
def test_a_hostile_form_is_refused(caller: Caller, bearer: dict[str, str], kind: str, target: str):
    content_type, body = FORMS[kind]
    content_type = content_type.replace("\r\n", " ")
    headers = bearer if target.startswith("/api") else csrf(caller)
    begin = time.monotonic()
    answer = caller.ask(Knock("POST", target, {**headers, "Content-Type": content_type}, body))
    # 302: to signing in, before the form is looked at. 0: the line was cut on a body nobody wants.
    assert answer.status in (0, 302, 400, 401, 403, 404, 413, 415, 422, 429), answer.whole[:300]
    assert time.monotonic() - begin < 3 * SERVED_WITHIN


def test_a_form_that_is_never_closed_is_taken_as_it_came(caller: Caller, bearer: dict[str, str]):
    """Its last file may be cut; then it is kept, answered and counted as unreadable like any cut file."""
    kind, body = big_form(2)
    answer = caller.ask(Knock("POST", "/api/v1/submissions", {**bearer, "Content-Type": kind}, body[:-40]))
    assert answer.status in (202, 400, 415)


DEEP = b"[" * 200_000
BODIES = {
    "deep JSON": ("application/json", b'{"url": ' + DEEP + b"]" * 200_000 + b"}"),
    "unclosed JSON": ("application/json", DEEP),
    "large number": ("application/json", b'{"url": ' + b"9" * 100_000 + b"}"),
    "NaN": ("application/json", b'{"url": NaN}'),
    "lone surrogate": ("application/json", b'{"url": "\\ud800"}'),
    "NUL": ("application/json", b'{"url": "http://a\\u0000b/"}'),
    "UTF-16": ("application/json; charset=utf-16", '{"url": "x"}'.encode("utf-16")),
    "megabytes": ("application/json", b'{"url": "' + b"a" * 6 * 2**20 + b'"}'),
    "no JSON": ("application/json", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_hostile_json_is_refused(caller: Caller, bearer: dict[str, str], kind: str):
    content_type, body = BODIES[kind]
    answer = caller.ask(Knock("PUT", "/api/v1/webhook", {**bearer, "Content-Type": content_type}, body))
    assert answer.status in (0, 400, 413, 422), answer.whole[:300]


HEADS = {
    "200 headers": {f"X-{n}": "a" for n in range(200)},
    "a header of 300 KB": {"X-A": "a" * 300_000},
    "a cookie of 60 KB": {"Cookie": "sessionid=" + "a" * 60_000},
    "10,000 cookies": {"Cookie": "; ".join(f"c{n}=1" for n in range(10_000))},
    "a token of 60 KB": {"Authorization": "Bearer " + "a" * 60_000},
    "languages": {"Accept-Language": ",".join(f"x{n};q=0.1" for n in range(4000))},
    "ranges": {"Range": "bytes=" + ",".join(f"{n}-" for n in range(5000))},
    "a number for a length": {"Content-Length": "9" * 40},
    "a length below nought": {"Content-Length": "-1"},
    "two ways of ending": {"Content-Length": "5", "Transfer-Encoding": "chunked"},
}


@pytest.mark.parametrize("kind", HEADS)
def test_hostile_heads_are_answered_or_cut(caller: Caller, kind: str):
    for target in ("/dang-nhap", "/api/v1/ledger"):
        answer = caller.ask(Knock(target=target, headers=HEADS[kind]))
        assert answer.status < 500, answer.whole[:300]


@pytest.mark.parametrize("length", [100, 5_000, 60_000, 2_000_000])
def test_long_addresses_are_answered_or_cut(caller: Caller, length: int):
    for target in (
        "/" + "a" * length,
        "/dang-nhap?" + "a=b&" * (length // 4),
        "/goi-ho-so?q=" + "%00" * (length // 3),
    ):
        assert caller.ask(Knock(target=target)).status < 500


def picture() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(100)


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


CONTENTS = {
    "picture": (picture(), 415),
    "program": (b"MZ" + bytes(200), 415),
    "PDF": (b"%PDF-1.7\n", 415),
    "script": (b"#!/bin/sh\nrm -rf /\n", 415),
    "JSON": (b'{"a": 1}', 415),
    "program in an archive": (zipped("a.xml", b"MZ" + bytes(200)), 415),
    "bomb": (zipped("a.xml", b"<a>" + bytes(200 * 2**20)), 413),
    "archive in an archive": (zipped("a.zip", zipped("a.xml", b"<a/>")), 422),
    "way out": (zipped("../../etc/passwd", b"MZ"), 422),
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_what_is_sent_is_judged_by_its_content_not_by_what_it_claims(
    caller: Caller, bearer: dict[str, str], kind: str
):
    body, status = CONTENTS[kind]
    for claimed in ("application/xml", "application/zip"):
        headers = {**bearer, "Content-Type": claimed, "X-File-Name": "sach.xml"}
        answer = caller.ask(Knock("POST", "/api/v1/submissions", headers, body))
        assert answer.status in (status, 415, 422), answer.whole[:300]
        assert json.loads(answer.body)["title"]
    upload = _in_parts(caller, bearer, body[: 2**20])
    assert upload in (413, 415, 422)


def _in_parts(caller: Caller, bearer: dict[str, str], body: bytes) -> int:
    name = base64.b64encode(b"sach.xml").decode()
    begin = {**bearer, "Upload-Length": str(len(body)), "Upload-Metadata": f"filename {name}"}
    place = caller.ask(Knock("POST", "/api/v1/uploads", begin)).headers["Location"]
    part = {**bearer, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return caller.ask(Knock("PATCH", place, part, body)).status


def test_nothing_of_it_all_made_an_error_nobody_caught(system: OwnSystem):
    logged = "".join(path.read_text(errors="replace") for path in (system.home / "logs").glob("web-*.log"))
    assert " CRITICAL " not in logged
    assert "Traceback" not in logged
    assert "khoyte.web" not in logged, logged[-2000:]
    assert processes.is_running(system.pid)
