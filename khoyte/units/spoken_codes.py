"""One-time codes for people: short enough to copy by hand, kept as keyed hashes alone."""

import secrets
from functools import cache

from khoyte.foundation.crypto import Keyring

# No letter or figure that is taken for another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 3, 4


def make() -> str:
    """Such as "k7mq-4xwp-9d2h": 59 random bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def hashed(code: str, purpose: str) -> bytes:
    """What is kept of a code, however it was typed (capitals, spaces, without its hyphens)."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return _keyring().blind(plain, purpose)


_keyring = cache(Keyring.load)
