"""Identifiers that sort by the moment they were made and say nothing about how many others exist."""

import secrets
import time
import uuid


def time_ordered_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): milliseconds since 1970, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62)
    return uuid.UUID(int=value | secrets.randbits(62))
