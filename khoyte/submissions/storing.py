"""Judged batches to the database: dossiers, findings, visits; `closing` adds judgements, ledger and states.

Called by the worker inside `units.tenancy.working()`: all of a submission's judgement is there or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl
from django.utils import timezone

from khoyte.foundation.crypto import Keyring
from khoyte.signing.checking import Answer
from khoyte.submissions import naming
from khoyte.submissions.models import Submission
from khoyte.submissions.verdict import ACCEPTED, Causes, Outcome, Tally
from khoyte.units.policy import system_actor
from khoyte.visits import limits, versions
from khoyte.visits.storing import copy_frame, copy_visits, next_visit_ids

BY_WORKER = system_actor("judging")


@dataclass
class FileInHand:
    """One submission while it is judged; dossiers stream through, only sums stay."""

    submission: Submission
    number: int
    tally: Tally
    causes: Causes
    file_findings: list[dict[str, Any]] = field(default_factory=list)
    not_judged: list[dict[str, Any]] = field(default_factory=list)
    kind: str = "claims"
    unreadable: dict[str, Any] | None = None
    signature: Answer | None = None  # None where the file bears none
    names_kept: bool = False  # who is named in it was written down by an earlier judgement


def store_batch(
    judged: Sequence[tuple[FileInHand, Outcome]], tables: dict[str, pl.DataFrame], keyring: Keyring
) -> None:
    """Write the outcomes of one batch, which stand in the order of dossiers of its frames `tables`."""
    limits.share_lock()  # before any visit is touched
    _copy_dossiers(judged)
    _copy_findings(judged)
    _copy_names(judged, tables)
    _store_visits(judged, tables, keyring)


def _copy_dossiers(judged: Sequence[tuple[FileInHand, Outcome]]) -> None:
    rows = [
        (
            str(file.submission.pk),
            file.submission.facility,
            file.submission.province,
            file.number,
            outcome.position,
            outcome.ma_lk,
            outcome.standard,
            outcome.verdict("store"),
            outcome.verdict("precheck"),
            "\\x" + outcome.content_sha256.hex(),
            outcome.byte_offset,
            outcome.byte_length,
            "{" + ",".join(outcome.tables) + "}",
            outcome.record_date.isoformat() if outcome.record_date else None,
            outcome.count("store", "E"),
            outcome.count("store", "W"),
        )
        for file, outcome in judged
    ]
    copy_frame("dossier", pl.DataFrame(rows, schema=_DOSSIER, orient="row"))


_DOSSIER = {
    "submission_id": pl.String,
    "facility": pl.String,
    "province": pl.String,
    "judgement": pl.Int32,
    "position": pl.Int32,
    "ma_lk": pl.String,
    "standard": pl.String,
    "verdict": pl.String,
    "precheck_verdict": pl.String,
    "content_sha256": pl.String,
    "byte_offset": pl.Int64,
    "byte_length": pl.Int64,
    "tables": pl.String,
    "record_date": pl.String,
    "errors": pl.Int32,
    "warnings": pl.Int32,
}
_FINDING = {
    "submission_id": pl.String,
    "facility": pl.String,
    "province": pl.String,
    "judgement": pl.Int32,
    "position": pl.Int32,
    "rule": pl.String,
    "rule_version": pl.String,
    "part": pl.String,
    "level": pl.String,
    "precheck_level": pl.String,
    "table": pl.String,
    "row": pl.Int64,
    "field": pl.String,
    "value": pl.String,
    "cause": pl.String,
    "params": pl.String,
}


def _copy_findings(judged: Sequence[tuple[FileInHand, Outcome]]) -> None:
    rows = [
        (
            str(file.submission.pk),
            file.submission.facility,
            file.submission.province,
            file.number,
            outcome.position,
            found.rule,
            found.version,
            found.part,
            found.levels["store"],
            found.levels["precheck"],
            found.table,
            found.row,
            found.field[:40],
            found.value[:255],
            found.cause_id(),
            orjson.dumps(found.params).decode(),
        )
        for file, outcome in judged
        for found in outcome.findings
    ]
    if rows:
        frame = pl.DataFrame(rows, schema=_FINDING, orient="row")
        copy_frame("finding", frame)


def _copy_names(judged: Sequence[tuple[FileInHand, Outcome]], tables: dict[str, pl.DataFrame]) -> None:
    """Who is named in these files; the bytes never change, so it is written once."""
    files = {str(file.submission.pk): file.submission for file, _ in judged if not file.names_kept}
    if files:
        owners = [str(file.submission.pk) for file, _ in judged]
        found = naming.named_in(tables, owners).filter(pl.col("submission_id").is_in(list(files)))
        units = [(id, one.facility, one.province) for id, one in files.items()]
        schema = ("submission_id", "facility", "province")
        named = found.join(pl.DataFrame(units, schema=schema, orient="row"), on="submission_id")
        if named.height:
            copy_frame("named_practitioner", named)


def _store_visits(
    judged: Sequence[tuple[FileInHand, Outcome]], tables: dict[str, pl.DataFrame], keyring: Keyring
) -> None:
    accepted = [
        Accepted(index, file, outcome)
        for index, (file, outcome) in enumerate(judged)
        if outcome.verdict("store") == ACCEPTED and file.kind == "claims"
    ]
    accepted = _not_stored_yet(judged, accepted)
    if accepted:
        current = _make_current(accepted)
        ids = next_visit_ids(len(accepted))
        rows = [_head(one, visit_id, current) for one, visit_id in zip(accepted, ids, strict=True)]
        copy_visits(pl.DataFrame(rows, schema=_HEADS, orient="row"), tables, keyring)


@dataclass(frozen=True)
class Accepted:
    """An accepted dossier and its place in the batch."""

    index: int
    file: FileInHand
    outcome: Outcome

    @property
    def key(self) -> versions.Key:
        return (self.file.submission.facility, self.outcome.ma_lk)


def _not_stored_yet(judged: Sequence[tuple[FileInHand, Outcome]], accepted: list[Accepted]) -> list[Accepted]:
    """When a file is judged again, keep what stays accepted as it is and withdraw what no longer is."""
    again = {str(file.submission.pk) for file, _ in judged if file.number > 1}
    if not again:
        return accepted
    stored = {submission: versions.positions_of(submission) for submission in again}
    still = {(str(one.file.submission.pk), one.outcome.position) for one in accepted}
    gone = [
        stored[str(file.submission.pk)][outcome.position]
        for file, outcome in judged
        if outcome.position in stored.get(str(file.submission.pk), {})
        and (str(file.submission.pk), outcome.position) not in still
    ]
    versions.withdraw(gone)
    return [
        one for one in accepted if one.outcome.position not in stored.get(str(one.file.submission.pk), {})
    ]


def _make_current(accepted: Sequence[Accepted]) -> set[int]:
    """Places in the batch of the versions that become current; what they replace is superseded.

    A file judged again late never replaces what its facility sent after it.
    """
    keys = [one.key for one in accepted]
    before = versions.current_versions(keys)
    newest: dict[versions.Key, int] = {}
    for one in accepted:
        earlier = before.get(one.key)
        if earlier is None or earlier.received_at <= one.file.submission.received_at:
            newest[one.key] = one.index
    versions.supersede([key for key in newest if key in before])
    return set(newest.values())


def _head(one: Accepted, visit_id: int, current: set[int]) -> tuple[Any, ...]:
    submission, outcome = one.file.submission, one.outcome
    return (
        one.index,
        visit_id,
        submission.facility,
        submission.province,
        outcome.ma_lk,
        outcome.version,
        one.index in current,
        str(submission.pk),
        one.file.number,
        outcome.position,
        "\\x" + outcome.content_sha256.hex(),
        outcome.byte_offset,
        outcome.byte_length,
        "{" + ",".join(outcome.tables) + "}",
        outcome.standard,
        submission.received_at.isoformat(),
        None if one.index in current else timezone.now().isoformat(),
    )


_HEADS = {
    "#dossier": pl.UInt32,
    "visit_id": pl.Int64,
    "facility": pl.String,
    "province": pl.String,
    "ma_lk": pl.String,
    "version": pl.Int32,
    "is_current": pl.Boolean,
    "submission_id": pl.String,
    "judgement": pl.Int32,
    "position": pl.Int32,
    "content_sha256": pl.String,
    "byte_offset": pl.Int64,
    "byte_length": pl.Int64,
    "tables": pl.String,
    "standard": pl.String,
    "received_at": pl.String,
    "superseded_at": pl.String,
}
