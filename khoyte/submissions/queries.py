"""Reading submissions, verdicts and the ledger. Tenants are kept apart by the caller's transaction
(`units.tenancy`) and by the policy on what is returned."""

import base64
import binascii
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from khoyte.submissions.errors import UnknownSubmission
from khoyte.submissions.models import (
    COUNTS,
    CataloguePublication,
    Dossier,
    Finding,
    Judgement,
    LedgerAdjustment,
    LedgerEntry,
    Submission,
    WorkerHeartbeat,
)
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.training import BEGINNING

PAGE = 100
LONG_AGO = 10**9


def seconds_since_worker() -> float:
    """Seconds since any worker was last alive; a very large number when none ever was."""
    newest = WorkerHeartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    return (timezone.now() - newest).total_seconds() if newest else LONG_AGO


def waiting() -> int:
    """Files that wait for a verdict, as far as the caller may see them."""
    return Submission.objects.filter(state__in=("received", "judging")).count()


def told_waiting() -> int:
    """Files that waited for a verdict when a worker last said so."""
    newest = WorkerHeartbeat.objects.order_by("-seen_at").values_list("waiting", flat=True).first()
    return newest or 0


def submission(id: str, actor: Actor) -> Submission:
    """The submission the actor may read. Raises UnknownSubmission for not there and not yours alike."""
    try:
        key = uuid.UUID(str(id))
    except ValueError:
        raise UnknownSubmission from None
    found = Submission.objects.filter(pk=key).first()
    if found is None:
        raise UnknownSubmission
    facts = Facts(facility=found.facility, province=found.province)
    if not decide(actor, "submission.read", facts):
        raise UnknownSubmission
    return found


def visible(actor: Actor) -> QuerySet[Submission]:
    """Submissions of the actor's tenant, newest first."""
    rows = Submission.objects.order_by("-received_at", "-id")
    if actor.facility:
        return rows.filter(facility__in=actor.units)
    if actor.unit_kind == "province":
        return rows.filter(province__in=actor.provinces)
    if actor.unit_kind == "ministry":
        return rows.exclude(facility__startswith=BEGINNING)
    return rows.none()


def filtered(
    rows: QuerySet[Submission],
    *,
    facility: str = "",
    start: date | None = None,
    end: date | None = None,
    state: str = "",
) -> QuerySet[Submission]:
    """Narrow by facility, day of receipt (both days included) and state."""
    if facility:
        rows = rows.filter(facility=facility)
    if start:
        rows = rows.filter(day__gte=start)
    if end:
        rows = rows.filter(day__lte=end)
    return rows.filter(state=state) if state else rows


def to_correct(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Only files of which something must be sent again: refused, held back, missing or unreadable."""
    wrong = Q(rejected__gt=0) | Q(quarantined__gt=0) | Q(missing__gt=0) | Q(state="unreadable")
    return rows.filter(wrong)


def page_of(rows: QuerySet[Submission], cursor: str) -> tuple[list[Submission], str | None]:
    """Up to PAGE rows after `cursor` and the cursor of the next page; a broken cursor starts at the top."""
    after = _after(cursor)
    if after is not None:
        moment, key = after
        rows = rows.filter(received_at__lte=moment).exclude(received_at=moment, id__gte=key)
    found = list(rows[: PAGE + 1])
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1]
    mark = f"{last.received_at.isoformat()}|{last.pk}"
    return found[:PAGE], base64.urlsafe_b64encode(mark.encode()).decode()


def _after(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    if not cursor:
        return None
    try:
        text, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        # A moment without a zone, or outside what a clock can say, is none of ours.
        return datetime.fromisoformat(text).astimezone(UTC), uuid.UUID(key)
    except (ValueError, OverflowError, binascii.Error):
        return None


def judgement(found: Submission) -> Judgement:
    """The newest judgement. Raises Judgement.DoesNotExist while there is none (`found.judgement` is 0)."""
    return Judgement.objects.get(submission=found, number=found.judgement)


def dossiers(found: Submission) -> QuerySet[Dossier]:
    """As the newest judgement has them, in the order of the file."""
    return Dossier.objects.filter(submission=found, judgement=found.judgement).order_by("position")


def findings(found: Submission) -> QuerySet[Finding]:
    """Of the newest judgement, dossier by dossier."""
    return Finding.objects.filter(submission=found, judgement=found.judgement).order_by("position", "id")


def ledger_days(
    actor: Actor, *, facility: str = "", start: date | None = None, end: date | None = None
) -> list[dict[str, Any]]:
    """One line per facility and day of receipt, newest day first, with the dated adjustments beside it.

    Counts are those of first judgements; what later judgements moved stands in `adjustments`.
    """
    entries = _ledger_scope(LedgerEntry.objects.all(), actor, facility, start, end)
    sums = {name: Sum(name) for name in COUNTS}
    rows = entries.values("facility", "day").annotate(judged=Count("pk"), **sums).order_by("-day", "facility")
    unreadable = {
        (row["facility"], row["day"]): row["number"]
        for row in entries.filter(readable=False).values("facility", "day").annotate(number=Count("pk"))
    }
    waiting = _ledger_scope(
        Submission.objects.filter(state__in=("received", "judging")), actor, facility, start, end
    )
    queued = {
        (r["facility"], r["day"]): r["number"]
        for r in waiting.values("facility", "day").annotate(number=Count("pk"))
    }
    adjustments = _adjustments(actor, facility, start, end)
    days = {(row["facility"], row["day"]): row for row in rows}
    return [
        _ledger_day(key, days.get(key), unreadable.get(key, 0), queued.get(key, 0), adjustments.get(key, []))
        for key in sorted({*days, *queued}, key=lambda key: (-key[1].toordinal(), key[0]))
    ]


def _ledger_day(
    key: tuple[str, date],
    row: dict[str, Any] | None,
    unreadable: int,
    waiting: int,
    adjustments: list[dict[str, Any]],
) -> dict[str, Any]:
    counts = {name: (row[name] or 0) if row else 0 for name in COUNTS}
    files = (row["judged"] if row else 0) + waiting
    return {
        "facility": key[0],
        "day": key[1].isoformat(),
        "files": files,
        "files_unreadable": unreadable,
        "files_waiting": waiting,
        **counts,
        "adjustments": adjustments,
    }


def _ledger_scope(
    rows: QuerySet, actor: Actor, facility: str, start: date | None, end: date | None
) -> QuerySet:
    if actor.facility:
        rows = rows.filter(facility__in=actor.units)
    elif actor.unit_kind == "province":
        rows = rows.filter(province__in=actor.provinces)
    if facility:
        rows = rows.filter(facility=facility)
    if start:
        rows = rows.filter(day__gte=start)
    return rows.filter(day__lte=end) if end else rows


def _adjustments(
    actor: Actor, facility: str, start: date | None, end: date | None
) -> dict[tuple[str, date], list[dict[str, Any]]]:
    rows = _ledger_scope(LedgerAdjustment.objects.order_by("id"), actor, facility, start, end)
    found: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row.facility, row.day), []).append(
            {
                "submission": str(row.submission_id),
                "judgement": row.judgement,
                "adjusted_at": timezone.localtime(row.adjusted_at).isoformat(),
                "reason": row.reason,
                **row.changes,
            }
        )
    return found


def state_now(found: Submission) -> str:
    """The state a submission has by now."""
    return Submission.objects.values_list("state", flat=True).get(pk=found.pk)


def prove_ledger(day: date | None = None) -> list[dict[str, Any]]:
    """Recount every submission (of a day of receipt) from its dossiers and hold the ledger against it.

    The ledger's entry must also say what the first judgement says, the submission what the newest says.

    Returns what does not agree, one line each; an empty list is the proof.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROOF, [day, day])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _counts_of(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in COUNTS)


_PROOF = f"""
WITH counted AS (
    SELECT s.id, s.facility, s.day, s.state, s.judgement,
           count(d.*) AS found,
           count(*) FILTER (WHERE d.verdict = 'accepted') AS accepted,
           count(*) FILTER (WHERE d.verdict = 'rejected') AS rejected,
           count(*) FILTER (WHERE d.verdict = 'quarantined') AS quarantined,
           count(*) FILTER (WHERE d.verdict = 'duplicate') AS duplicate
    FROM submission s LEFT JOIN dossier d ON d.submission_id = s.id AND d.judgement = s.judgement
    WHERE s.state IN ('judged', 'unreadable') AND (%s::date IS NULL OR s.day = %s)
    GROUP BY s.id
), moved AS (
    SELECT submission_id, sum((changes->>'received')::int) AS received,
           sum((changes->>'accepted')::int) AS accepted, sum((changes->>'rejected')::int) AS rejected,
           sum((changes->>'quarantined')::int) AS quarantined, sum((changes->>'duplicate')::int) AS duplicate
    FROM ledger_adjustment GROUP BY submission_id
)
SELECT c.id::text AS submission, c.facility, c.day,
       c.accepted AS counted_accepted, l.accepted + coalesce(m.accepted, 0) AS ledger_accepted,
       c.rejected AS counted_rejected, l.rejected + coalesce(m.rejected, 0) AS ledger_rejected,
       c.quarantined AS counted_quarantined, l.quarantined + coalesce(m.quarantined, 0) AS ledger_quarantined,
       c.duplicate AS counted_duplicate, l.duplicate + coalesce(m.duplicate, 0) AS ledger_duplicate
FROM counted c JOIN submission s ON s.id = c.id
LEFT JOIN ledger_entry l ON l.submission_id = c.id LEFT JOIN moved m ON m.submission_id = c.id
LEFT JOIN judgement first ON first.submission_id = c.id AND first.number = 1
LEFT JOIN judgement newest ON newest.submission_id = c.id AND newest.number = c.judgement
WHERE l.submission_id IS NULL
   OR ({_counts_of("l")}) IS DISTINCT FROM ({_counts_of("first")})
   OR ({_counts_of("s")}) IS DISTINCT FROM ({_counts_of("newest")})
   OR c.accepted <> l.accepted + coalesce(m.accepted, 0) OR c.rejected <> l.rejected + coalesce(m.rejected, 0)
   OR c.quarantined <> l.quarantined + coalesce(m.quarantined, 0)
   OR c.duplicate <> l.duplicate + coalesce(m.duplicate, 0)
   OR (c.state = 'judged' AND c.found <> l.received + coalesce(m.received, 0))
   OR l.declared + l.undeclared <> l.accepted + l.rejected + l.quarantined + l.duplicate + l.missing
"""  # noqa: S608 - constants of this module


def publications_of(name: str, *, drafts: bool) -> QuerySet[CataloguePublication]:
    """What was sent for a catalogue, newest first; drafts and refused files only for who may publish."""
    rows = CataloguePublication.objects.filter(name=name).order_by("-made_at")
    return rows if drafts else rows.exclude(published_at=None)
