"""Sending security events to a monitor outside (SIEM), as entries are sealed.

`KHOYTE_SIEM` names where they go: `file:/folder/events.jsonl` (a collector reads it) or `syslog://host:port`,
`syslog+tls://host:port` (RFC 5424 over TCP, octet counting of RFC 6587). The number of the last seal sent is
kept per address, so nothing sealed is left out, also after a night without the monitor; what could not be
confirmed is sent again, and `event.id` tells a repeat.
"""

import os
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection, transaction

from khoyte.audit.models import AuditEntry, AuditExport, AuditSeal
from khoyte.audit.security_events import event, kinds
from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text

SECONDS = 5.0
"""Longest time one address may take to accept or confirm."""
_SEALS_AT_ONCE, _LINES_AT_ONCE = 200, 2000
_LOG_AUDIT = 13
"""The syslog facility "log audit"."""
_LOCK = 0x6B68_6F79_7465_0004

Line = tuple[int, datetime, str]
Send = Callable[[Sequence[Line]], None]


def destination() -> str:
    """KHOYTE_SIEM, or "" where nothing is to be sent."""
    return os.environ.get("KHOYTE_SIEM", "").strip()


def export(address: str) -> int:
    """Send what was sealed since the last time; how many events that were.

    One process does it at a time. Raises OSError where the address cannot be reached or does not confirm, and
    WrongUsage where it is none; then the same events are sent by the next call.
    """
    send = _sender(address)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        known = AuditExport.objects.filter(address=_name(address)).first()
        reached, lines = _waiting(known.seal if known else 0)
        if lines:
            send(lines)
        # The first write, after the sending: a transaction that has written holds up the sealing.
        if known is None or reached > known.seal:
            AuditExport.objects.update_or_create(address=_name(address), defaults={"seal": reached})
    return len(lines)


def _waiting(after: int) -> tuple[int, list[Line]]:
    """The last seal looked at, and the events of the seals behind `after` up to it; some thousand at most."""
    lines: list[Line] = []
    seals = AuditSeal.objects.filter(number__gt=after).order_by("number").only("number", "ids")
    for seal in seals[:_SEALS_AT_ONCE]:
        lines += _lines(seal.ids)
        after = seal.number
        if len(lines) >= _LINES_AT_ONCE:
            break
    return after, lines


def _name(address: str) -> str:
    """The address as it is remembered: without anything that might be a password."""
    parts = urlsplit(address)
    return f"{parts.scheme}:{parts.hostname or ''}:{parts.path}:{parts.port or ''}"[:300]


def _lines(ids: Sequence[int]) -> list[Line]:
    """Severity, moment and text of the security events among these entries, in their order."""
    known = kinds()
    found = AuditEntry.objects.filter(id__in=ids, action__in=known).order_by("id").values()
    events = [(entry, known[entry["action"]]) for entry in found]
    return [(kind.severity, entry["at"], event(entry, kind)) for entry, kind in events]


def _sender(address: str) -> Send:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme == "file" and parts.path.startswith("/"):
        return lambda lines: _append(Path(parts.path), lines)
    if parts.scheme in ("syslog", "syslog+tls") and parts.hostname and port:
        host, encrypted = parts.hostname, parts.scheme == "syslog+tls"
        return lambda lines: _send(host, port, encrypted, lines)
    raise _not_an_address()


def _append(path: Path, lines: Sequence[Line]) -> None:
    text = "".join(f"{line}\n" for _, _, line in lines)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640), "ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _send(host: str, port: int, encrypted: bool, lines: Sequence[Line]) -> None:
    with socket.create_connection((host, port), timeout=SECONDS) as plain:
        if not encrypted:
            _say(plain, lines)
            return
        # Roots of the machine, or those SSL_CERT_FILE names.
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secret:
            _say(secret, lines)


def _say(line: socket.socket, lines: Sequence[Line]) -> None:
    """Write, close our side, and wait for the end of theirs: who closes after us has read everything."""
    line.sendall(b"".join(map(_message, lines)))
    line.shutdown(socket.SHUT_WR)
    while line.recv(4096):
        pass


def _message(line: Line) -> bytes:
    severity, at, text = line
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = socket.gethostname() or "-"
    message = f"<{_LOG_AUDIT * 8 + severity}>1 {stamp} {host} khoyte - security - \ufeff{text}".encode()
    return b"%d %b" % (len(message), message)


def _not_an_address() -> WrongUsage:
    return WrongUsage(
        Text(
            "KHOYTE_SIEM không phải là địa chỉ nhận sự kiện an toàn. Dùng một trong các dạng: {forms}.",
            "KHOYTE_SIEM names no place for security events. Use one of these: {forms}.",
        ).fill(forms="file:/FOLDER/FILE, syslog://HOST:PORT, syslog+tls://HOST:PORT")
    )
