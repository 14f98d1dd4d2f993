"""Security events outside: all, in order, also after a monitor was away; nothing of a record in them."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction

from khoyte.audit import exporting
from khoyte.audit.actions import record
from khoyte.audit.models import AuditExport
from khoyte.audit.sealing import Sealer
from khoyte.audit.security_events import kinds
from khoyte.audit.tests.test_entries import By
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.tests.certificates import self_signed

pytestmark = pytest.mark.django_db(transaction=True)
_MESSAGE = re.compile(
    rb"<(?P<priority>\d+)>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ khoyte - security - \xef\xbb\xbf(?P<text>\{.*\})"
)


class Monitor:
    """A receiver of syslog on the loopback. `reading=False` takes connections and hangs up unread."""

    def __init__(self, context: ssl.SSLContext | None = None, *, reading: bool = True) -> None:
        self.messages: list[tuple[int, dict]] = []
        self._context, self._reading = context, reading
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line:
                if self._reading:
                    self._take(line)

    def _take(self, line: socket.socket) -> None:
        line.settimeout(10)
        said = b""
        try:
            if self._context is not None:
                line = self._context.wrap_socket(line, server_side=True)
            while piece := line.recv(65536):
                said += piece
        except ssl.SSLEOFError:
            pass  # the end of our side, without the farewell of TLS
        except ssl.SSLError:
            return
        while said:
            length, _, rest = said.partition(b" ")
            message, said = rest[: int(length)], rest[int(length) :]
            found = _MESSAGE.fullmatch(message)
            assert found is not None, message
            self.messages.append((int(found["priority"]), json.loads(found["text"])))

    def close(self) -> None:
        # An accept that waits is not woken by closing alone.
        with socket.create_connection(("127.0.0.1", self.port)):
            self._door.close()
        self._thread.join(10)


@contextmanager
def monitor(context: ssl.SSLContext | None = None, *, reading: bool = True) -> Iterator[Monitor]:
    one = Monitor(context, reading=reading)
    try:
        yield one
    finally:
        one.close()


def act(action: str) -> None:
    record(
        by=By,
        action=action,
        subject_kind="thing",
        subject_id=f"of {action}",
        details={"value": "Nguyễn Thị Kín"},
    )


def acts(*actions: str) -> None:
    """One sealed entry for each action."""
    for action in actions:
        with transaction.atomic():
            act(action)
    Sealer(Keyring.load()).seal()


def actions(lines: list[tuple[int, dict]]) -> list[str]:
    return [document["event"]["action"] for _, document in lines]


class TestFile:
    def test_security_events_and_no_others_in_their_order(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        acts("account.sign_in", "visit.read", "account.lock")
        assert exporting.export(f"file:{file}") == 2
        events = [json.loads(line) for line in file.read_text().splitlines()]
        assert [one["event"]["action"] for one in events] == ["account.sign_in", "account.lock"]
        assert [one["event"]["kind"] for one in events] == ["event", "alert"]
        assert events[0]["khoyte"]["subject"]["id"] == "of account.sign_in"
        assert file.stat().st_mode & 0o007 == 0

    def test_each_is_sent_once_and_what_comes_later_follows(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        acts("token.issue")
        assert exporting.export(f"file:{file}") == 1
        assert exporting.export(f"file:{file}") == 0
        acts("token.revoke")
        assert exporting.export(f"file:{file}") == 1
        assert [json.loads(line)["event"]["action"] for line in file.read_text().splitlines()] == [
            "token.issue",
            "token.revoke",
        ]

    def test_details_stay_inside(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        acts(*kinds())
        assert exporting.export(f"file:{file}") == len(kinds()) > 20
        assert "Nguyễn" not in file.read_text()

    def test_what_is_not_sealed_yet_waits(self, tmp_path: Path) -> None:
        with transaction.atomic():
            act("account.lock")
        assert exporting.export(f"file:{tmp_path / 'events.jsonl'}") == 0

    def test_a_folder_that_is_not_there_keeps_everything_for_later(self, tmp_path: Path) -> None:
        file = tmp_path / "later" / "events.jsonl"
        acts("account.lock")
        with pytest.raises(FileNotFoundError):
            exporting.export(f"file:{file}")
        file.parent.mkdir()
        assert exporting.export(f"file:{file}") == 1


class TestSyslog:
    def test_it_arrives_framed_with_facility_and_severity(self) -> None:
        acts("account.lock", "account.sign_in")
        with monitor() as outside:
            assert exporting.export(f"syslog://127.0.0.1:{outside.port}") == 2
        assert actions(outside.messages) == ["account.lock", "account.sign_in"]
        assert [priority for priority, _ in outside.messages] == [13 * 8 + 4, 13 * 8 + 6]

    def test_a_monitor_that_is_away_or_hangs_up_misses_nothing(self) -> None:
        acts("account.lock")
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        with pytest.raises(OSError, match=r"refused"):
            exporting.export(f"syslog://127.0.0.1:{port}")
        acts("key.rotate")
        assert not AuditExport.objects.exists()
        with monitor() as outside:
            assert exporting.export(f"syslog://127.0.0.1:{outside.port}") == 2
        assert actions(outside.messages) == ["account.lock", "key.rotate"]

    def test_over_tls_to_a_certificate_that_is_trusted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        certificate = self_signed(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        acts("account.lock")
        with monitor(context) as outside:
            address = f"syslog+tls://localhost:{outside.port}"
            with pytest.raises(ssl.SSLCertVerificationError):
                exporting.export(address)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert exporting.export(address) == 1
        assert actions(outside.messages) == ["account.lock"]


@pytest.mark.parametrize("address", ["http://x:1", "syslog://x", "syslog://x:port", "file:events", "nowhere"])
def test_what_is_no_address_is_refused_with_the_ways_to_write_one(address: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        exporting.export(address)
    assert "syslog+tls://" in refused.value.say("vi")


def test_every_act_named_here_is_one_that_is_recorded() -> None:
    """A name that no code records would be an event nobody ever sees."""
    root = Path(exporting.__file__).parents[1]
    code = "\n".join(file.read_text() for file in root.rglob("*.py") if "tests" not in file.parts)
    assert [action for action in kinds() if f'"{action}"' not in code] == []
