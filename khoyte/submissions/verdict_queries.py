"""Reading for the verdict page: the dossiers asked for, places of causes, what changed since last time.

The caller has checked that the reader may see the submission (`queries.submission`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from khoyte.submissions.enums import DossierVerdict
from khoyte.submissions.models import Dossier, Finding, Judgement, Submission
from khoyte.submissions.queries import dossiers

GOOD = (DossierVerdict.ACCEPTED, DossierVerdict.DUPLICATE)
BAD = (DossierVerdict.REJECTED, DossierVerdict.QUARANTINED)
PRECHECK = "precheck"


@dataclass(frozen=True)
class Tally:
    """Two numbers the ledger does not hold: accepted with warnings, and refused by the stricter profile."""

    with_warnings: int
    refused_by_precheck: int


@dataclass(frozen=True)
class Progress:
    """Dossiers that had been judged before, and how they stand now against then.

    `against`: "earlier" submission or earlier "judgement" of the same one.
    """

    against: str
    compared: int
    cured: int
    still_bad: int
    newly_bad: int


@dataclass(frozen=True)
class Place:
    """One place of a cause: enough to find it in the hospital's software."""

    cause: str
    position: int
    ma_lk: str
    table: str
    row: int
    field: str
    finding: int


def tally(found: Submission) -> Tally:
    sums = dossiers(found).aggregate(
        with_warnings=Count("pk", filter=Q(verdict=DossierVerdict.ACCEPTED, warnings__gt=0)),
        refused_by_precheck=Count("pk", filter=Q(precheck_verdict=DossierVerdict.REJECTED)),
    )
    return Tally(**sums)


def chosen_dossiers(found: Submission, *, verdict: str = "", cause: str = "") -> QuerySet[Dossier]:
    """Dossiers with most to correct first, narrowed by verdict and cause.

    The verdict "precheck" means: refused by that profile.
    """
    rows = dossiers(found).order_by("-errors", "-warnings", "position")
    if verdict == PRECHECK:
        rows = rows.filter(precheck_verdict=DossierVerdict.REJECTED)
    elif verdict:
        rows = rows.filter(verdict=verdict)
    if cause:
        of_cause = Finding.objects.filter(
            submission=found, judgement=found.judgement, cause=cause, position=OuterRef("position")
        )
        rows = rows.filter(Exists(of_cause))
    return rows


def dossier_at(found: Submission, position: int) -> Dossier | None:
    return dossiers(found).filter(position=position).first()


def findings_at(found: Submission, position: int) -> list[Finding]:
    """Findings of one dossier, what must be corrected first."""
    rows = Finding.objects.filter(submission=found, judgement=found.judgement, position=position)
    return sorted(rows, key=lambda row: ("EWI".index(row.level), row.table, row.row, row.rule))


def first_findings(found: Submission, causes: Sequence[str]) -> dict[str, tuple[Finding, str]]:
    """The first finding of each cause, with the standard its dossier was judged by."""
    ids = [places[0].finding for places in places_of(found, causes, each=1).values() if places]
    rows = Finding.objects.in_bulk(ids).values()
    standards = dict(
        dossiers(found)
        .filter(position__in=[row.position for row in rows])
        .values_list("position", "standard")
    )
    return {row.cause: (row, standards[row.position]) for row in rows}


def places_of(found: Submission, causes: Sequence[str], each: int = 3) -> dict[str, list[Place]]:
    """The first `each` places of every cause."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(causes), found.pk, found.judgement, each])
        places = [Place(*row) for row in cursor.fetchall()]
    return {cause: [place for place in places if place.cause == cause] for cause in causes}


_PLACES = """
SELECT c.cause, f.position, d.ma_lk, f."table", f."row", f.field, f.id
FROM unnest(%s::text[]) AS c(cause) CROSS JOIN LATERAL (
    SELECT id, submission_id, judgement, position, "table", "row", field FROM finding
    WHERE submission_id = %s AND judgement = %s AND cause = c.cause ORDER BY position, id LIMIT %s
) f JOIN dossier d USING (submission_id, judgement, position)
"""


def progress(found: Submission) -> Progress | None:
    """How dossiers stand against the time before; None when none of them had been judged before."""
    judged_again = found.judgement > 1
    with connection.cursor() as cursor:
        cursor.execute(_AGAINST_JUDGEMENT if judged_again else _AGAINST_EARLIER, _progress_facts(found))
        compared, cured, still_bad, newly_bad = cursor.fetchone()
    if not compared:
        return None
    against = "judgement" if judged_again else "earlier"
    return Progress(against, compared, cured, still_bad, newly_bad)


def _progress_facts(found: Submission) -> dict[str, UUID | int | str | datetime | list[str]]:
    return {
        "submission": found.pk,
        "judgement": found.judgement,
        "facility": found.facility,
        "received_at": found.received_at,
        "good": list(GOOD),
        "bad": list(BAD),
    }


_COMPARED = """
SELECT count(*),
       count(*) FILTER (WHERE before.verdict = ANY(%(bad)s) AND mine.verdict = ANY(%(good)s)),
       count(*) FILTER (WHERE before.verdict = ANY(%(bad)s) AND mine.verdict = ANY(%(bad)s)),
       count(*) FILTER (WHERE before.verdict = ANY(%(good)s) AND mine.verdict = ANY(%(bad)s))
FROM dossier mine JOIN LATERAL ({before}) before ON true
WHERE mine.submission_id = %(submission)s AND mine.judgement = %(judgement)s
"""
_AGAINST_JUDGEMENT = _COMPARED.replace(
    "{before}",
    "SELECT d.verdict FROM dossier d WHERE d.submission_id = mine.submission_id"
    " AND d.judgement = mine.judgement - 1 AND d.position = mine.position",
)
_AGAINST_EARLIER = _COMPARED.replace(
    "{before}",
    "SELECT d.verdict FROM dossier d"
    " JOIN submission s ON s.id = d.submission_id AND s.judgement = d.judgement"
    " WHERE d.facility = %(facility)s AND d.ma_lk = mine.ma_lk AND mine.ma_lk <> ''"
    " AND s.received_at < %(received_at)s ORDER BY s.received_at DESC, d.position DESC LIMIT 1",
)


def judgements(found: Submission) -> list[Judgement]:
    """All judgements of a submission, newest first."""
    return list(Judgement.objects.filter(submission=found).order_by("-number"))
