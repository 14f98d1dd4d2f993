"""The code in the address of a licence's state: the record and a proof that this installation made the code.

A code is guessed no easier than its ten bytes of keyed hash (one in 2 to the 80th), though the number of the
record is public. It says nothing of the person and does not change when keys of sealing or signing do.
"""

import base64
import binascii
import hmac
import uuid

from khoyte.foundation.crypto import Keyring

_PROOF_BYTES = 10
NOBODY = uuid.UUID(int=0)


def code_of(record: uuid.UUID) -> str:
    """42 capital letters and digits."""
    return base64.b32encode(record.bytes + _proof(record.bytes)).decode().rstrip("=")


def record_of(code: str) -> uuid.UUID:
    """The record of a code; NOBODY, whom no register holds, for every code that was not made here.

    Every code takes the same way: what is no code at all is compared like one.
    """
    plain = code.strip().upper().replace(" ", "").replace("-", "")
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        raw = b""
    known = raw[:16].ljust(16, b"\0")
    genuine = hmac.compare_digest(_proof(known), raw[16:]) and code_of(uuid.UUID(bytes=known)) == plain
    return uuid.UUID(bytes=known) if genuine else NOBODY


def _proof(record: bytes) -> bytes:
    return Keyring.held().blind(record, "practice.public_code")[:_PROOF_BYTES]
