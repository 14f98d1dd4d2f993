"""Django's sessions in our own table: keys hashed, whose session it is beside the data, ends decided here.

Named by SESSION_ENGINE. What a session lasts: `units.session_limits`.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from khoyte.units import session_limits
from khoyte.units.models import Session

BEGUN, ADDRESS, BROWSER, PROOF, SECOND = "begun_at", "address", "browser", "proof", "second_step"


class SessionStore(DatabaseStore):
    """The session of one browser; `row` is what the table held when it was loaded."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> Any:  # a table of our own, not one of Django's kind
        return Session

    def _get_session_from_db(self) -> Session | None:
        key = hashed(self.session_key)
        self.row = Session.objects.filter(key_sha256=key, expire_date__gt=timezone.now()).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_sha256=hashed(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        now, account = timezone.now(), data.get(SESSION_KEY)
        # Set when the person is in; a session that a test or a shell began has none.
        begun = data.setdefault(BEGUN, now.timestamp()) if account else now.timestamp()
        begun_at = datetime.fromtimestamp(begun, UTC)
        return Session(
            key_sha256=hashed(self.session_key),
            session_data=self.encode(data),
            expire_date=session_limits.end_of(begun_at, now) if account else now + session_limits.NAMELESS,
            account_id=int(account) if account else None,
            begun_at=begun_at,
            seen_at=now,
            address=data.get(ADDRESS, ""),
            browser=data.get(BROWSER, ""),
            proof=data.get(PROOF, ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(key_sha256=hashed(key)).delete()


def hashed(key: str | None) -> str:
    """What the table knows a session key by. Keys are random, so a plain hash keeps them."""
    return hashlib.sha256((key or "").encode()).hexdigest()
