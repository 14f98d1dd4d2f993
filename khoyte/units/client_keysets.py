"""Keys that software keeps at an address of its own (`jwks_uri`, SMART App Launch 2.2): it rotates them there
without telling us.

Only an address that the operator registered, on a host of `KHOYTE_JWKS_HOSTS`, is ever asked. What it said is
kept for some minutes by each process: a key that is taken away there is taken away here after them at the
latest (to end it at once: `khoyte client revoke`). A proof with a key id that is not among the kept ones asks
anew, though not more often than every few seconds, so nobody makes us ask by inventing ids.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from khoyte.foundation.language import Text
from khoyte.units import client_keys
from khoyte.units.errors import WrongKey

KEPT_SECONDS = 300.0
FRESH_AFTER_SECONDS = 10.0
# Where an address is away for a while, the keys known last go on for so long.
LAST_KNOWN_SECONDS = 1800.0
_MOST_KEPT = 1000


@dataclass(frozen=True)
class _Kept:
    asked_at: float
    told_at: float
    keys: dict[str, dict[str, Any]]


_kept: dict[str, _Kept] = {}
_guard = threading.Lock()


def check_address(address: str) -> None:
    """Raises WrongKey for an address that is no https one on a host the operator has allowed."""
    if not address.startswith("https://") or len(address) > 500 or "@" in address or not _is_allowed(address):
        raise WrongKey(
            Text(
                vi="Địa chỉ khóa công khai phải là https, trên máy chủ có trong KHOYTE_JWKS_HOSTS.",
                en="The address of keys must be https, on a host named in KHOYTE_JWKS_HOSTS.",
            )
        )


def key_at(address: str, kid: str) -> dict[str, Any]:
    """The JWK with this id at the address. KeyError when there is none, or the address says none."""
    now = _now()
    with _guard:
        kept = _kept.get(address)
    age = now - kept.asked_at if kept else KEPT_SECONDS
    if kept is None or age >= KEPT_SECONDS or (kid not in kept.keys and age >= FRESH_AFTER_SECONDS):
        kept = _ask(address, kept, now)
    return kept.keys[kid]


_now = time.monotonic


def forget() -> None:
    """Ask anew with the next proof."""
    with _guard:
        _kept.clear()


def _ask(address: str, before: _Kept | None, now: float) -> _Kept:
    keys = _fetched(address)
    if keys is not None:
        made = _Kept(now, now, keys)
    elif before is not None and now - before.told_at < LAST_KNOWN_SECONDS:
        made = _Kept(now, before.told_at, before.keys)
    else:
        made = _Kept(now, 0.0, {})
    with _guard:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[address] = made
    return made


def _fetched(address: str) -> dict[str, dict[str, Any]] | None:
    """Keys by id; None when the address does not say any."""
    if not _is_allowed(address):
        return None
    body = import_string(settings.KEYSET_FETCHER)(address)
    try:
        return {key["kid"]: key for key in client_keys.read(body)}
    except WrongKey:
        return None


def _is_allowed(address: str) -> bool:
    try:
        return urlsplit(address).hostname in settings.JWKS_HOSTS
    except ValueError:
        return False
