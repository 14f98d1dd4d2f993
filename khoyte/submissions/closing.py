"""The last act of judging: judgements, ledger and new states of a batch of files, each kind in one statement.

Called by the worker inside `units.tenancy.working()`, after `storing` has written what was found.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import F
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.signing import actions as signing
from khoyte.submissions.enums import State
from khoyte.submissions.models import COUNTS, Judgement, LedgerAdjustment, LedgerEntry
from khoyte.submissions.storing import BY_WORKER, FileInHand
from khoyte.submissions.verdict import merge_not_judged


def close_files(
    files: Sequence[FileInHand], *, pack: str, profile: str = "store", reason: str = ""
) -> list[FileInHand]:
    """Write the judgements, the ledger and the new states of these submissions.

    Returns those whose verdict differs from the one before (always, for a first judgement).
    """
    now = timezone.now()
    before = _judgements_before(files)
    made = [_judgement(file, now, pack, profile, reason) for file in files]
    _insert("judgement", made)
    _keep_signatures(files)
    _enter_in_ledger(files, now, reason)
    _write_states(files, now)
    _record(files)
    changed = [_differs(before.get(file.submission.pk), new) for file, new in zip(files, made, strict=True)]
    return [file for file, different in zip(files, changed, strict=True) if different]


def _keep_signatures(files: Sequence[FileInHand]) -> None:
    signing.record_checks(
        [
            (
                {
                    "submission": file.submission.pk,
                    "judgement": file.number,
                    "facility": file.submission.facility,
                    "province": file.submission.province,
                },
                file.signature,
            )
            for file in files
            if file.signature is not None
        ]
    )


def _judgements_before(files: Sequence[FileInHand]) -> Mapping[UUID, Judgement]:
    again = [file.submission.pk for file in files if file.number > 1]
    if not again:
        return {}
    rows = Judgement.objects.filter(submission__in=again, number=F("submission__judgement"))
    return {row.submission_id: row for row in rows}


def _differs(before: Judgement | None, made: Judgement) -> bool:
    return before is None or before.counts() != made.counts() or before.causes != made.causes


def _judgement(file: FileInHand, now: datetime, pack: str, profile: str, reason: str) -> Judgement:
    return Judgement(
        submission=file.submission,
        facility=file.submission.facility,
        province=file.submission.province,
        number=file.number,
        judged_at=now,
        reason=reason,
        profile=profile,
        pack=pack,
        file_findings=file.file_findings,
        causes=file.causes.ranked(),
        not_judged=merge_not_judged(file.not_judged),
        **file.tally.ledger(),
    )


def _enter_in_ledger(files: Sequence[FileInHand], now: datetime, reason: str) -> None:
    _insert("ledger_entry", [_entry(file) for file in files if file.number == 1])
    adjustments = [_adjustment(file, now, reason) for file in files if file.number > 1]
    LedgerAdjustment.objects.bulk_create([one for one in adjustments if one.changes])


_COUNTS_TYPED = dict.fromkeys(COUNTS, "integer")
_COLUMNS = {
    "judgement": {
        "submission_id": "uuid",
        "facility": "text",
        "province": "text",
        "number": "integer",
        "judged_at": "timestamptz",
        "reason": "text",
        "profile": "text",
        "pack": "text",
        "file_findings": "jsonb",
        "causes": "jsonb",
        "not_judged": "jsonb",
        **_COUNTS_TYPED,
    },
    "ledger_entry": {
        "submission_id": "uuid",
        "facility": "text",
        "province": "text",
        "day": "date",
        "readable": "boolean",
        **_COUNTS_TYPED,
    },
}


def _insert(table: str, rows: Sequence[Judgement] | Sequence[LedgerEntry]) -> None:
    """Several rows as one document: Django would turn every value of every row into text by itself."""
    if not rows:
        return
    columns = _COLUMNS[table]
    names, typed = ", ".join(columns), ", ".join(f"{name} {kind}" for name, kind in columns.items())
    document = orjson.dumps([{name: getattr(row, name) for name in columns} for row in rows]).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names}"  # noqa: S608 - names of this module
            f" FROM jsonb_to_recordset(%s::jsonb) AS new({typed})",
            [document],
        )


def _entry(file: FileInHand) -> LedgerEntry:
    readable = file.unreadable is None
    return LedgerEntry(**_owner(file), day=file.submission.day, readable=readable, **file.tally.ledger())


def _adjustment(file: FileInHand, now: datetime, reason: str) -> LedgerAdjustment:
    counts, before = file.tally.ledger(), file.submission.counts()
    return LedgerAdjustment(
        **_owner(file),
        day=file.submission.day,
        adjusted_at=now,
        judgement=file.number,
        reason=reason,
        changes={name: counts[name] - before[name] for name in COUNTS if counts[name] != before[name]},
    )


def _owner(file: FileInHand) -> dict[str, Any]:
    submission = file.submission
    return {"submission": submission, "facility": submission.facility, "province": submission.province}


def _state(file: FileInHand) -> State:
    return State.UNREADABLE if file.unreadable else State.JUDGED


_NEW_STATES = f"""
UPDATE submission SET judged_at = %s, state = new.state, judgement = new.judgement, kind = new.kind,
       unreadable = new.unreadable, {", ".join(f"{name} = new.{name}" for name in COUNTS)}
FROM jsonb_to_recordset(%s::jsonb) AS new(id uuid, state text, judgement integer, kind text, unreadable jsonb,
       {", ".join(f"{name} integer" for name in COUNTS)})
WHERE submission.id = new.id
"""  # noqa: S608 - names of this module


def _write_states(files: Sequence[FileInHand], now: datetime) -> None:
    rows = [
        {
            "id": str(file.submission.pk),
            "state": _state(file).value,
            "judgement": file.number,
            "kind": file.kind,
            "unreadable": file.unreadable,
            **file.tally.ledger(),
        }
        for file in files
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NEW_STATES, [now, orjson.dumps(rows).decode()])


def _record(files: Sequence[FileInHand]) -> None:
    entries = [
        audit.Entry(
            subject_id=str(file.submission.pk),
            facility=file.submission.facility,
            province=file.submission.province,
            details={"judgement": file.number, "state": _state(file), **file.tally.ledger()},
        )
        for file in files
    ]
    audit.record_all(by=BY_WORKER, action="submission.judge", subject_kind="submission", entries=entries)
