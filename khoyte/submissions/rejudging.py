"""Judging again what is stored, because rules, reference data or registers changed."""

import uuid
from dataclasses import dataclass

from django.db.models import F, QuerySet

from khoyte.audit import actions as audit
from khoyte.submissions.claiming import facility_held
from khoyte.submissions.errors import UnknownSubmission
from khoyte.submissions.models import Finding, Judgement, Submission
from khoyte.submissions.working import Judge
from khoyte.units.policy import Actor, system_actor
from khoyte.units.tenancy import working


@dataclass
class Rejudged:
    judged: int = 0
    changed: int = 0


def rejudge(
    *,
    submission: str | None = None,
    rule: str | None = None,
    catalogue: str | None = None,
    by: Actor | None = None,
    judge: Judge | None = None,
) -> Rejudged:
    """Judge again one submission, those a rule concerns, or those judged with another pack than today's.

    Each submission is one transaction under the lock of its facility. Raises UnknownSubmission.
    """
    judge, by, report = judge or Judge(), by or system_actor("rejudge"), Rejudged()
    reason = (f"rule {rule}" if rule else f"catalogue {catalogue}" if catalogue else "asked")[:200]
    for found in _chosen(judge, submission, rule, catalogue).iterator():
        with facility_held(found.facility):
            found.refresh_from_db()
            before = found.judgement
            with working():
                judge.judge([found], reason=reason)
                audit.record(
                    by=by,
                    action="submission.rejudge",
                    subject_kind="submission",
                    subject_id=str(found.pk),
                    facility=found.facility,
                    province=found.province,
                    details={"reason": reason},
                )
        report.judged += 1
        report.changed += _changed(found, before)
    return report


def _chosen(
    judge: Judge, submission: str | None, rule: str | None, catalogue: str | None
) -> QuerySet[Submission]:
    rows = Submission.objects.filter(state__in=("judged", "unreadable")).order_by("received_at")
    if submission:
        rows = rows.filter(pk=_uuid(submission))
        if not rows.exists():
            raise UnknownSubmission
        return rows
    newest = Judgement.objects.filter(number=F("submission__judgement"))
    if rule:
        touched = Finding.objects.filter(rule=rule).values("submission_id").distinct()
        lacking = newest.filter(not_judged__contains=[{"rule": rule}]).values("submission_id").distinct()
        return rows.filter(pk__in=touched) | rows.filter(pk__in=lacking)
    return rows.exclude(pk__in=newest.filter(pack=judge.pack.digest).values("submission_id"))


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise UnknownSubmission from None


def _changed(found: Submission, before: int) -> bool:
    old = Judgement.objects.filter(submission=found, number=before).first()
    new = Judgement.objects.filter(submission=found, number=before + 1).first()
    return bool(old and new and (old.counts() != new.counts() or old.causes != new.causes))
