"""Judging again what is stored, because rules, reference data or registers changed."""

import uuid
from dataclasses import dataclass

from django.db.models import F, QuerySet

from khoyte.audit import actions as audit
from khoyte.submissions import catalogue_impact
from khoyte.submissions.claiming import facility_held
from khoyte.submissions.errors import UnknownSubmission
from khoyte.submissions.models import Finding, Judgement, Submission
from khoyte.submissions.working import Judge
from khoyte.terminology import Pack, PackDamaged, load_pack
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
    """Judge again one submission, those a rule concerns, or those whose codes a catalogue judges otherwise.

    Of the last, only files judged with another pack than today's are looked at. Each submission is one
    transaction under the lock of its facility. Raises UnknownSubmission.
    """
    judge, by, report = judge or Judge(), by or system_actor("rejudge"), Rejudged()
    reason = (f"rule {rule}" if rule else f"catalogue {catalogue}" if catalogue else "asked")[:200]
    for found in _chosen(judge, submission, rule, catalogue).iterator():
        report.judged += 1
        report.changed += judge_again(found, judge, reason=reason, by=by)
    return report


def judge_again(found: Submission, judge: Judge, *, reason: str, by: Actor) -> bool:
    """Judge one file again under the lock of its facility; whether its verdict changed."""
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
    return _changed(found, before)


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
    return rows.filter(pk__in=_touched(judge.pack, newest, catalogue or ""))


def _touched(pack: Pack, newest: QuerySet[Judgement], name: str) -> set[uuid.UUID]:
    """Files whose codes the pack in use judges otherwise than the pack they were judged with.

    Where that pack is no longer kept, nothing is known of the difference and all its files are chosen.
    """
    chosen: set[uuid.UUID] = set()
    others = newest.exclude(pack=pack.digest)
    for digest in others.order_by().values_list("pack", flat=True).distinct():
        judged = set(others.filter(pack=digest).values_list("submission_id", flat=True))
        try:
            found = catalogue_impact.impact(load_pack(digest), pack, name)
        except PackDamaged:
            chosen |= judged
            continue
        with working():
            chosen |= judged & set(catalogue_impact.touched_submissions(found, name))
    return chosen


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise UnknownSubmission from None


def _changed(found: Submission, before: int) -> bool:
    old = Judgement.objects.filter(submission=found, number=before).first()
    new = Judgement.objects.filter(submission=found, number=before + 1).first()
    return bool(old and new and (old.counts() != new.counts() or old.causes != new.causes))
