"""Seal committed audit entries into the signed chain, and copy its head outside.

Called every second beside the work, never inside an act: writers wait for nobody. Of several processes that
seal at once one does it, the others pass.
"""

import time
from datetime import UTC, datetime

from django.db import connection, transaction

from khoyte.audit import chain, heads
from khoyte.audit.models import AuditSeal
from khoyte.foundation.crypto import Keyring

SEAL_SECONDS = 1.0
HEAD_SECONDS = 60.0
_ENTRIES_OF_A_SEAL = 20_000
_LOCK = 0x6B68_6F79_7465_0003


class Sealer:
    """Seals what is there; remembers when the head was last copied."""

    def __init__(self, keyring: Keyring) -> None:
        self.key = chain.signing_key(keyring)
        self.copied_at = float("-inf")

    def seal(self) -> int:
        """Seal all that is committed; returns how many entries that were."""
        sealed = 0
        while done := self._seal_once():
            sealed += done
        return sealed

    @property
    def is_copy_due(self) -> bool:
        return time.monotonic() - self.copied_at >= HEAD_SECONDS

    def copy_head(self) -> None:
        """Copy the newest head unless it is outside already. Raises OSError where that cannot be written.

        Never in the transaction that sealed: a head must not tell of a seal that may still be rolled back.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            newest = AuditSeal.objects.order_by("-number").only("number", "hash", "last_id").first()
            known = heads.newest(self.key.public_key())
            if newest is not None and (known is None or newest.number > known.number):
                at = datetime.now(UTC).isoformat(timespec="seconds")
                hashed = bytes(newest.hash).hex()
                heads.append(heads.Head(newest.number, hashed, newest.last_id, at), self.key)
        self.copied_at = time.monotonic()

    def _seal_once(self) -> int:
        """One more link, of at most 20,000 entries; 0 when there is nothing to seal or another seals."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return 0
            last = AuditSeal.objects.order_by("-number").defer("ids", "digests").first()
            seal = self._next(last)
            if seal is None:
                return 0
            AuditSeal.objects.create(
                number=seal.number,
                ids=list(seal.ids),
                digests=seal.digests,
                last_tx=seal.last_tx,
                last_id=seal.last_id,
                hash=seal.hash,
                signature=self.key.sign(seal.hash),
            )
        return len(seal.ids)

    def _next(self, last: AuditSeal | None) -> chain.Seal | None:
        after = (last.last_tx, last.last_id) if last else (0, 0)
        connection.ensure_connection()
        found = list(chain.lines(connection.connection, after=after, finished=True, limit=_ENTRIES_OF_A_SEAL))
        if not found:
            return None
        last_id, last_tx = chain.id_and_tx(found[-1])
        return chain.Seal(
            number=last.number + 1 if last else 1,
            ids=[chain.id_and_tx(line)[0] for line in found],
            digests=b"".join(map(chain.digest, found)),
            last_tx=last_tx,
            last_id=last_id,
            previous=bytes(last.hash) if last else chain.BEGINNING,
        )
