"""Storing of visits from plain rows, in the shape in which the worker hands them over."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import polars as pl
from django.utils import timezone

from khoyte.foundation.crypto import Keyring
from khoyte.units.tenancy import working
from khoyte.visits import storing

Rows = Sequence[Mapping[str, str]]


def store(
    tables: Mapping[str, Rows],
    *,
    ma_lk: str = "A1",
    facility: str = "97001",
    version: int = 1,
    is_current: bool = True,
    submission: UUID | None = None,
    position: int = 1,
    received_at: datetime | None = None,
) -> int:
    """Store one dossier and return its visit's id."""
    with working():
        (visit_id,) = storing.next_visit_ids(1)
        head = {
            "#dossier": 0,
            "visit_id": visit_id,
            "facility": facility,
            "province": facility[:2],
            "ma_lk": ma_lk,
            "version": version,
            "is_current": is_current,
            "submission_id": str(submission or uuid4()),
            "judgement": 1,
            "position": position,
            "content_sha256": "\\x" + hashlib.sha256(f"{ma_lk}{version}".encode()).hexdigest(),
            "byte_offset": 0,
            "byte_length": 1,
            "tables": "{" + ",".join(tables) + "}",
            "standard": "bhyt-xml@2026-08-01",
            "received_at": (received_at or timezone.now()).isoformat(),
            "superseded_at": None,
        }
        heads = pl.DataFrame([head], schema_overrides={"superseded_at": pl.String, "#dossier": pl.UInt32})
        storing.copy_visits(heads, {name: _frame(rows) for name, rows in tables.items()}, Keyring.load())
    return visit_id


def _frame(rows: Rows) -> pl.DataFrame:
    numbered = [{"#dossier": 0, "#row": number, **row} for number, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema_overrides={"#dossier": pl.UInt32}, infer_schema_length=None)
