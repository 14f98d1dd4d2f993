"""The checker must find each kind of fault: it is tried against a system that errs on purpose."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from khoyte.foundation.database import database_urls
from khoyte.foundation.home import home
from khoyte.nonprod.faults.checker import CheckResult, check, check_stored
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.sender import Sender

# The tables of a visit are made in the cluster all workers share: one after the other.
pytestmark = pytest.mark.xdist_group("store")
DAY = {"files_unreadable": 0, "rejected": 0, "quarantined": 0, "duplicate": 0, "missing": 0, "undeclared": 0}


class ErringSystem:
    """Answers as the interface says, from `submissions` and `days`, which a test may spoil."""

    def __init__(self) -> None:
        self.submissions: dict[str, dict] = {}
        self.days: list[dict] = []

    def hold(self, submission: str, file: OutgoingFile) -> None:
        counts = {"declared": file.dossiers, "received": file.dossiers, "accepted": file.dossiers}
        self.submissions[submission] = {
            "id": submission,
            "state": "judged",
            "sha256": file.sha256,
            "ledger": {**DAY, **counts},
        }
        total = {name: sum(day[name] for day in self.days) for name in ("files", *counts)}
        grown = {"files": total["files"] + 1, **{name: total[name] + counts[name] for name in counts}}
        self.days = [{**DAY, **grown, "adjustments": []}]

    def answer(self, path: str) -> tuple[int, dict]:
        place = urlsplit(path).path
        if place == "/api/v1/ledger":
            return 200, {"days": self.days}
        if place == "/api/v1/submissions":
            return 200, self._page(parse_qs(urlsplit(path).query).get("cursor", [""])[0])
        found = self.submissions.get(place.rsplit("/", 1)[-1])
        return (200, found) if found else (404, {})

    def _page(self, cursor: str) -> dict:
        rows = list(self.submissions.values())
        start = int(cursor or 0)
        following = str(start + 2) if start + 2 < len(rows) else None
        return {"submissions": rows[start : start + 2], "next": following}


@pytest.fixture
def system() -> Iterator[tuple[ErringSystem, str]]:
    erring = ErringSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = erring.answer(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield erring, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visits(database_cluster) -> Iterator[psycopg.Connection]:
    """A table like the one of visits, in the maintenance database."""
    url = database_urls(home())["admin"].replace("/khoyte?", "/postgres?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE visit (facility text, ma_lk text, is_current boolean)")
        yield connection
        connection.execute("DROP TABLE visit")


class Trial:
    """Three files of two dossiers, all acknowledged and held as they should be."""

    def __init__(self, tmp_path, erring: ErringSystem, address: str, visits: psycopg.Connection) -> None:
        self.erring, self.visits = erring, visits
        self.ledger = ClientLedger(tmp_path / "ledger.jsonl")
        self.sender = Sender(address, {"99001": "token"}, self.ledger)
        self.files = []
        for number in range(3):
            path = tmp_path / f"{number}.xml"
            path.write_text(f"file {number}")
            self.files.append(OutgoingFile.of(path, "99001", 2))
            self.ledger.intend(self.files[-1])
            self.ledger.answered(self.files[-1].key, 202, f"id-{number}")
            erring.hold(f"id-{number}", self.files[-1])
            for dossier in range(2):
                visits.execute("INSERT INTO visit VALUES ('99001', %s, true)", [f"{number}-{dossier}"])

    def check(self) -> CheckResult:
        url = database_urls(home())["admin"].replace("/khoyte?", "/postgres?")
        return check(self.ledger.path, self.sender, url, wait_seconds=0.5)


@pytest.fixture
def trial(tmp_path, system, visits) -> Trial:
    return Trial(tmp_path, *system, visits)


def test_a_system_that_agrees_holds(trial):
    result = trial.check()
    assert result.holds, result.remarks
    assert (result.acknowledged, result.lost, result.doubled, result.errors) == (3, 0, 0, 0)


def test_an_acknowledged_file_that_is_gone_is_lost(trial):
    del trial.erring.submissions["id-1"]
    result = trial.check()
    assert result.lost > 0
    assert not result.holds


@pytest.mark.parametrize(
    "spoiled",
    [
        {"sha256": "0" * 64},
        {"state": "unreadable"},
        {"state": "judging"},
        {"ledger": {**DAY, "declared": 2, "received": 2, "accepted": 1}},
    ],
)
def test_a_file_held_wrongly_is_lost(trial, spoiled):
    trial.erring.submissions["id-1"] |= spoiled
    result = trial.check()
    assert result.lost == 1
    assert "id-1" in result.remarks[0]


def test_a_file_stored_twice_is_doubled(trial):
    trial.erring.submissions["id-9"] = {**trial.erring.submissions["id-1"], "id": "id-9"}
    assert trial.check().doubled == 1


def test_one_key_with_two_ids_is_doubled(trial):
    trial.ledger.answered(trial.files[0].key, 200, "id-2")
    assert trial.check().doubled == 1


def test_an_answer_no_sender_should_see_is_an_error(trial):
    trial.ledger.answered(trial.files[0].key, 500, None)
    assert trial.check().errors == 1


def test_a_file_never_acknowledged_is_an_error(trial, tmp_path):
    path = tmp_path / "more.xml"
    path.write_text("more")
    file = OutgoingFile.of(path, "99001", 1)
    trial.ledger.intend(file)
    trial.ledger.answered(file.key, 503, None)
    result = trial.check()
    assert result.errors == 1
    assert result.lost == 0


@pytest.mark.parametrize("name", ["files", "declared", "accepted", "rejected", "duplicate"])
def test_a_ledger_that_is_off_by_one_does_not_hold(trial, name):
    trial.erring.days[0][name] += 1
    result = trial.check()
    assert not result.ledger_exact
    assert not result.holds


def test_a_visit_stored_twice_is_doubled(trial):
    trial.visits.execute("INSERT INTO visit VALUES ('99001', '0-0', false)")
    assert trial.check().doubled == 1


def test_a_visit_not_stored_is_lost(trial):
    trial.visits.execute("DELETE FROM visit WHERE ma_lk = '0-0'")
    assert trial.check().lost == 1


_STORED = """
CREATE TABLE submission (id uuid, facility text, sha256 bytea, state text, declared int, received int,
                         accepted int);
CREATE TABLE ledger_entry (facility text, accepted int, undeclared int, rejected int, quarantined int,
                           duplicate int, missing int)
"""


@pytest.fixture
def stored(tmp_path, visits) -> Iterator[ClientLedger]:
    """Three files of two dossiers, acknowledged, and tables like the real ones that hold them."""
    visits.execute(_STORED)
    ledger = ClientLedger(tmp_path / "ledger.jsonl")
    for number in range(3):
        path = tmp_path / f"{number}.xml"
        path.write_text(f"file {number}")
        file, submission = OutgoingFile.of(path, "99001", 2), uuid.UUID(int=number)
        ledger.intend(file)
        ledger.answered(file.key, 0, None)
        ledger.answered(file.key, 202, str(submission))
        visits.execute(
            "INSERT INTO submission VALUES (%s, '99001', decode(%s, 'hex'), 'judged', 2, 2, 2)",
            [submission, file.sha256],
        )
        visits.execute("INSERT INTO ledger_entry VALUES ('99001', 2, 0, 0, 0, 0, 0)")
        for dossier in range(2):
            visits.execute("INSERT INTO visit VALUES ('99001', %s, true)", [f"{number}-{dossier}"])
    yield ledger
    visits.execute("DROP TABLE submission, ledger_entry")


FIRST = str(uuid.UUID(int=0))


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        ("SELECT 1", (0, 0, True)),
        (f"DELETE FROM submission WHERE id = '{FIRST}'", (1, 0, True)),
        (f"UPDATE submission SET state = 'received' WHERE id = '{FIRST}'", (1, 0, True)),
        (f"UPDATE submission SET sha256 = 'x' WHERE id = '{FIRST}'", (1, 0, True)),
        (f"UPDATE submission SET accepted = 1 WHERE id = '{FIRST}'", (1, 0, True)),
        ("INSERT INTO submission SELECT gen_random_uuid(), facility FROM submission LIMIT 1", (0, 1, True)),
        ("INSERT INTO ledger_entry VALUES ('99001', 2, 0, 0, 0, 0, 0)", (0, 0, False)),
        ("UPDATE ledger_entry SET rejected = 1", (0, 0, False)),
        ("DELETE FROM ledger_entry", (0, 0, False)),
        ("INSERT INTO visit VALUES ('99001', '0-0', false)", (0, 1, True)),
        ("DELETE FROM visit WHERE ma_lk = '0-0'", (1, 0, True)),
    ],
    ids=["whole", "gone", "not judged", "bytes", "counts", "unasked", "entered twice", "aside", "no ledger",
         "visit twice", "visit gone"],
)  # fmt: skip
def test_the_same_is_found_in_the_database(stored, visits, harm, expected):
    visits.execute(harm)
    result = check_stored(stored.path, database_urls(home())["admin"].replace("/khoyte?", "/postgres?"))
    assert (result.lost, result.doubled, result.ledger_exact) == expected
    assert (result.acknowledged, result.errors) == (3, 0)
    assert result.holds == (expected == (0, 0, True))
