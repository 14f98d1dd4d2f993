"""What one link of the audit chain says, and how entries are read for it. No state, no decision.

Every entry names the transaction that wrote it (`tx`). Numbers of entries are given before their transactions
commit, so a lower number may appear later; but once a transaction is older than every running one, nothing of
it can still appear. Entries are therefore sealed in the order (tx, id), up to the oldest running transaction.

An entry's digest is SHA-256 of its line in PostgreSQL's COPY text format, computed here and not in the
database, whose functions a superuser can replace.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from psycopg import Connection, sql

from khoyte.foundation.crypto import Keyring

DIGEST_BYTES = 32
BEGINNING = bytes(DIGEST_BYTES)
"""What the first seal follows."""

# The source address counts with the details, so that entries from before it was kept still read as sealed.
_COLUMNS = sql.SQL(
    "id, tx, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at, actor, actor_unit,"
    " actor_role, action, subject_kind, subject_id, facility, province, purpose,"
    " (CASE WHEN source_address = '' THEN details"
    " ELSE details || jsonb_build_object('source_address', source_address) END)::text AS details"
)
COLUMNS = (
    "id",
    "tx",
    "at",
    "actor",
    "actor_unit",
    "actor_role",
    "action",
    "subject_kind",
    "subject_id",
    "facility",
    "province",
    "purpose",
    "details",
)


@dataclass(frozen=True)
class Seal:
    """One link as it is signed: `hash` covers number, time mark, entries and the hash before it."""

    number: int
    ids: Sequence[int]
    digests: bytes
    last_tx: int
    last_id: int
    previous: bytes

    @property
    def hash(self) -> bytes:
        summed = hashlib.sha256(b"khoyte audit seal 1")
        summed.update(self.previous)
        summed.update(struct.pack(">qqqq", self.number, self.last_tx, self.last_id, len(self.ids)))
        summed.update(struct.pack(f">{len(self.ids)}q", *self.ids))
        summed.update(self.digests)
        return summed.digest()


def lines(
    connection: Connection,
    *,
    after: tuple[int, int] = (0, 0),
    finished: bool = False,
    limit: int | None = None,
) -> Iterator[bytes]:
    """Entries after (tx, id), in sealing order, as lines of COPY text format (columns `COLUMNS`).

    `finished` leaves out those of transactions that may still write.
    """
    where = sql.SQL("(tx, id) > ({}::xid8, {})").format(str(after[0]), after[1])
    if finished:
        where += sql.SQL(" AND tx < pg_snapshot_xmin(pg_current_snapshot())")
    query = sql.SQL("COPY (SELECT {} FROM audit_entry WHERE {} ORDER BY tx, id LIMIT {}) TO STDOUT")
    with connection.cursor() as cursor, cursor.copy(query.format(_COLUMNS, where, limit)) as copy:
        for line in copy:
            yield bytes(line)


def digest(line: bytes) -> bytes:
    """The digest of an entry, from its line."""
    return hashlib.sha256(line).digest()


def id_and_tx(line: bytes) -> tuple[int, int]:
    """Number and transaction of an entry, from its line."""
    number, tx, _rest = line.split(b"\t", 2)
    return int(number), int(tx)


def signing_key(keyring: Keyring) -> Ed25519PrivateKey:
    """The installation's key of seals; it lies with the other secrets, outside the database."""
    return Ed25519PrivateKey.from_private_bytes(keyring.derive("audit.seal"))


def is_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
