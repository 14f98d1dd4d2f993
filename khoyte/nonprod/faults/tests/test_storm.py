"""The sender of an overload: its rate, its deafness, and that it tells exactly what was taken."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import pytest

from khoyte.nonprod.faults.stamped_files import stamped_files
from khoyte.nonprod.faults.storm import Plan, Storm, StormFile
from khoyte.nonprod.nation.stamping import read_pattern
from khoyte.submissions.checking import check_file
from khoyte.terminology import load_pack

pytestmark = pytest.mark.timeout(120)
SIZE = 2_000_000
_VISIT = re.compile(rb"<MA_LK>([^<]+)</MA_LK>")


class Receiver(ThreadingHTTPServer):
    """Takes every second request of a file; refuses the others without reading the body to its end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.guard, self.asked, self.read = threading.Lock(), dict[str, int](), dict[str, int]()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        key = self.headers["Idempotency-Key"]
        with self.server.guard:
            self.server.asked[key] = turn = self.server.asked.get(key, 0) + 1
        if turn % 2:
            self.close_connection = True
            self._answer(429, {"Retry-After": "7", "Connection": "close"}, b"{}")
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.read[key] = len(body)
        self._answer(202, {}, json.dumps({"id": f"id of {key}"}).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def plan(receiver: Receiver, tmp_path: Path) -> Plan:
    body = tmp_path / "body.xml"
    body.write_bytes(b"<a>" + b"x" * SIZE)
    files = [StormFile(str(body), f"key {number}", "token", 3) for number in range(4)]
    return Plan("127.0.0.1", receiver.server_address[1], rate=40.0, seconds=1.0, connections=3, files=files)


def test_refused_files_are_offered_again_and_taken_ones_repeated(receiver: Receiver, plan: Plan) -> None:
    outcome = Storm(plan).run()
    assert outcome.taken == {file.key: f"id of {file.key}" for file in plan.files}
    assert set(receiver.read.values()) == {SIZE + 3}
    assert outcome.requests == sum(outcome.answers.values()) <= 40
    assert outcome.offered == 3 * outcome.requests
    assert outcome.repeats == outcome.answers[202] - 4
    assert outcome.answers[429] > 0
    assert outcome.unsaid == 0


def test_where_nobody_answers_every_request_is_told_as_broken(plan: Plan, receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    outcome = Storm(plan).run()
    assert outcome.answers == {0: outcome.requests}
    assert outcome.broken == {file.key for file in plan.files}
    assert outcome.taken == {}


def test_as_a_process_it_tells_the_same(receiver: Receiver, plan: Plan) -> None:
    asked = {**asdict(plan), "files": [list(asdict(file).values()) for file in plan.files]}
    done = subprocess.run(
        [sys.executable, "-m", "khoyte.nonprod.faults.storm"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["taken"] == {file.key: f"id of {file.key}" for file in plan.files}
    assert told["answers"].keys() == {"202", "429"}
    assert told["cpu_s"] > 0


def test_stamped_files_are_sound_and_differ_in_every_number_that_must_be_new(tmp_path: Path) -> None:
    made = list(islice(stamped_files("99003", tmp_path, visits=3, seed=5), 9))
    assert len({file.key for file in made}) == len(made)
    assert {(file.facility, file.dossiers) for file in made} == {("99003", 3)}
    numbers = [set(_VISIT.findall(b"".join(read_pattern(file.path).pieces))) for file in made]
    assert [len(of_one) for of_one in numbers] == [3] * len(made)
    assert len(set().union(*numbers)) == 3 * len(made)
    verdict = check_file(made[-1].path, load_pack())
    assert (verdict["ledger"]["accepted"], verdict["ledger"]["received"]) == (3, 3)
