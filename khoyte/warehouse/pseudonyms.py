"""Pseudonyms of persons in the lake (ADR 34): whole numbers that are the same for the same person, and mean
nothing.

A pseudonym is the HMAC-SHA256 of the visit's look-up hash under a key of this generation of the lake, cut
to 63 bits. The key is derived from the installation's secret and lies nowhere; neither a personal number
nor the look-up hash of another table leads to a pseudonym without it. Making the lake anew gives a new
generation and so new pseudonyms for everybody: files taken out of the old lake can no longer be joined with
the new one.
"""

import hashlib
import hmac
from collections.abc import Iterable

from khoyte.foundation.crypto import Keyring

_BYTES = 8
_POSITIVE = (1 << 63) - 1


class Pseudonyms:
    """Those of one generation of the lake."""

    def __init__(self, generation: str, keyring: Keyring | None = None) -> None:
        self._key = (keyring or Keyring.held()).derive(f"lake.person:{generation}")

    def of(self, hashes: Iterable[str]) -> dict[str, int]:
        """Look-up hash (hexadecimal) -> pseudonym."""
        return {one: self._one(one) for one in hashes}

    def _one(self, look_up_hash: str) -> int:
        digest = hmac.new(self._key, bytes.fromhex(look_up_hash), hashlib.sha256).digest()
        return int.from_bytes(digest[:_BYTES], "big") & _POSITIVE
