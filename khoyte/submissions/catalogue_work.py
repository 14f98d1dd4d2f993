"""The worker's part of publishing: count what a draft touches, judge again what a publication touches.

One small step at a time between batches of new files, so that receipt goes on; a step that was cut off is
taken again. One worker does it at a time.
"""

import logging
from dataclasses import asdict

from django.db.models import F
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.submissions import catalogue_impact
from khoyte.submissions.catalogue_publication import impact_of, is_overtaken
from khoyte.submissions.claiming import alone
from khoyte.submissions.enums import PublicationState
from khoyte.submissions.models import CataloguePublication, CatalogueRecheck, Judgement, Submission
from khoyte.submissions.rejudging import judge_again
from khoyte.submissions.working import DATABASE_ERRORS, Judge, settle_pack
from khoyte.terminology import load_pack
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.catalogues")
BY_WORKER = system_actor("catalogues")
STEP = 10  # files judged again between two looks at the queue of new ones
_LOCK = 0x6361_7461


def work_once(judge: Judge) -> bool:
    """Take one step of what is to do; False when there is nothing."""
    with alone(_LOCK) as mine:
        row = _next() if mine else None
        if row is None:
            return False
        if row.state == PublicationState.DRAFT:
            _count(row)
        elif row.state == PublicationState.PUBLISHED:
            _choose(row)
        else:
            _judge_some(row, judge)
        return True


def _next() -> CataloguePublication | None:
    """Publications before drafts, oldest first."""
    with working():
        open_ones = CataloguePublication.objects.filter(
            state__in=(PublicationState.PUBLISHED, PublicationState.REJUDGING)
        )
        drafts = CataloguePublication.objects.filter(state=PublicationState.DRAFT, touched__isnull=True)
        return open_ones.order_by("published_at").first() or drafts.order_by("made_at").first()


def _count(row: CataloguePublication) -> None:
    touched = {"overtaken": True} if is_overtaken(row) else _touched(row)
    with working():
        CataloguePublication.objects.filter(pk=row.pk).update(touched=touched)


def _touched(row: CataloguePublication) -> dict[str, int]:
    return asdict(catalogue_impact.stored_touched(impact_of(row), row.name))


def _choose(row: CataloguePublication) -> None:
    """Write down which files are to be judged again. Batches begun with the earlier pack are waited for."""
    settle_pack()
    found = impact_of(row)
    with working():
        touched = catalogue_impact.touched_submissions(found, row.name)
        judged_now = Judgement.objects.filter(
            submission__in=touched, number=F("submission__judgement"), pack=load_pack().digest
        )
        done = set(judged_now.values_list("submission_id", flat=True))
        waiting = [CatalogueRecheck(publication=row, submission_id=one) for one in touched if one not in done]
        CatalogueRecheck.objects.bulk_create(waiting, batch_size=5000, ignore_conflicts=True)
        row.state, row.to_judge = PublicationState.REJUDGING, len(waiting)
        row.save(update_fields=["state", "to_judge"])
        if not waiting:
            _finish(row)


def _judge_some(row: CataloguePublication, judge: Judge) -> None:
    with working():
        left = list(CatalogueRecheck.objects.filter(publication=row, done_at=None).order_by("pk")[:STEP])
    for one in left:
        _judge_one(row, one, judge)
    with working():
        if not CatalogueRecheck.objects.filter(publication=row, done_at=None).exists():
            row.refresh_from_db()
            _finish(row)


def _judge_one(row: CataloguePublication, one: CatalogueRecheck, judge: Judge) -> None:
    changed, failed = False, False
    try:
        with working():
            found = Submission.objects.get(pk=one.submission_id)
        changed = judge_again(found, judge, reason=f"catalogue {row.name}", by=BY_WORKER)
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        # Its bytes stay and `khoyte rejudge --submission` can try again; the others must not wait for it.
        log.error("judging %s again failed: %s", one.submission_id, type(error).__name__)
        failed = True
    with working():
        CatalogueRecheck.objects.filter(pk=one.pk).update(done_at=timezone.now())
        CataloguePublication.objects.filter(pk=row.pk).update(
            judged=F("judged") + int(not failed),
            changed=F("changed") + int(changed),
            failed=F("failed") + int(failed),
        )


def _finish(row: CataloguePublication) -> None:
    row.state, row.finished_at = PublicationState.DONE, timezone.now()
    row.save(update_fields=["state", "finished_at"])
    audit.record(
        by=BY_WORKER,
        action="catalogue.rejudged",
        subject_kind="catalogue",
        subject_id=str(row.pk),
        details={"catalogue": row.name, "judged": row.judged, "changed": row.changed, "failed": row.failed},
    )
