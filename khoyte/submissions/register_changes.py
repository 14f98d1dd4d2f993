"""The worker's part of the licence gate: when the register of practice changes, judge again what it touches.

The log of events is followed with a saved cursor. Each step is one transaction: either the files that some
events touch are written down and the cursor goes on, or some of these files are judged again and taken off
the list. Whatever dies when, no event is lost and no file is judged twice for one. Steps are small and lie
between batches of new files; one worker takes them at a time. Only verdicts that changed are pushed.
"""

import logging
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from khoyte.audit import actions as audit
from khoyte.foundation import disk
from khoyte.links import events
from khoyte.links.events import Event
from khoyte.practice import in_force
from khoyte.practice.successors import heirs, successors
from khoyte.submissions.claiming import CLAIM_BYTES, CLAIM_DOSSIERS, alone, facility_held
from khoyte.submissions.models import Dossier, RegisterRecheck, Submission
from khoyte.submissions.working import DATABASE_ERRORS, Judge, settle_pack
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

log = logging.getLogger("khoyte.register_changes")
BY_WORKER = system_actor("register")
FOLLOWER = "licence-gate"
REASON = "register"
EVENTS_AT_ONCE = 1000
FILES_AT_ONCE = 100
GIVE_UP_AFTER = 3
_LOCK = 0x6761_7465


def catch_up() -> None:
    """Take over what was official before the gate was there. At the start of a worker."""
    while True:
        with working():
            if not in_force.catch_up():
                return


def work_once(judge: Judge) -> bool:
    """Take one step of what is to do; False when there is nothing, or where the gate is off."""
    if not settings.LICENCE_GATE or disk.is_low():
        return False
    with alone(_LOCK) as mine:
        return mine and (_judge_some(judge) or _choose())


# Which files


def _choose() -> bool:
    """Follow the log: write down the files that the next events touch, and go on."""
    with working():
        last = _last_of_next()
    if last is None:
        return False
    # A batch that read the register before these events may still be writing who is named in its files.
    settle_pack()
    with working():
        place = events.place_of(FOLLOWER, locked=True)
        found = [one for one in events.after(place, EVENTS_AT_ONCE) if one.at <= last]
        if found:
            _write_down([one for one in found if one.kind == in_force.CHANGED])
            events.advance(FOLLOWER, found[-1].at)
    return True


def _last_of_next() -> events.Place | None:
    found = events.after(events.place_of(FOLLOWER), EVENTS_AT_ONCE)
    return found[-1].at if found else None


_TOUCHED = """
INSERT INTO register_recheck (submission_id, failures)
SELECT DISTINCT n.submission_id, 0
FROM unnest(%s::bytea[], %s::text[], %s::date[], %s::date[]) AS asked (licence, place, first, last)
JOIN named_practitioner n ON n.licence = asked.licence AND n.last >= asked.first AND n.first <= asked.last
WHERE asked.place IN ('', n.facility)
ON CONFLICT (submission_id) DO UPDATE SET failures = 0
"""


# Files of the facility that came since: care is told of after it is given, so these are all that may be about
# the days of the act.
_TOUCHED_AT = """
INSERT INTO register_recheck (submission_id, failures)
SELECT DISTINCT s.id, 0
FROM unnest(%s::text[], %s::date[]) AS asked (place, first)
JOIN submission s ON s.facility = asked.place AND s.received_at >= asked.first
WHERE EXISTS (SELECT 1 FROM dossier d WHERE d.submission_id = s.id)
ON CONFLICT (submission_id) DO UPDATE SET failures = 0
"""


def _write_down(found: Sequence[Event]) -> None:
    _write_down_at(found)
    asked = [
        (licence, one.place, str(one.first or "-infinity"), str(one.last or "infinity"))
        for one in found
        if one.register not in _OF_FACILITIES
        for licence in in_force.licences_of(one.subjects)
    ]
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED, [list(column) for column in zip(*asked, strict=True)])


def _write_down_at(found: Sequence[Event]) -> None:
    """Files that an operating licence touches, of the facility and of whom took it over; of most facilities
    nothing was ever decided."""
    told = [(one.place, one.first) for one in found if one.register in _OF_FACILITIES]
    taken_over = successors() if told else {}
    places = {(place, str(first or "-infinity")) for place, first in told}
    places |= {
        (heir, str(max(since, first or since)))
        for place, first in told
        for heir, since in heirs(place, taken_over).items()
    }
    asked = sorted((place, first) for place, first in places if in_force.has_been_stopped(place))
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED_AT, [list(column) for column in zip(*asked, strict=True)])


_OF_FACILITIES = (in_force.FACILITIES, in_force.FACILITY_ACTS)


# Judging them


def _judge_some(judge: Judge) -> bool:
    """The next files of one facility, as many as make a batch."""
    with working():
        files = _next_files()
    if not files:
        return False
    with facility_held(files[0].facility):
        try:
            _judge(files, judge)
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            log.error("judging %d files again failed: %s", len(files), type(error).__name__)
            for one in files:
                _judge_alone(one, judge)
    return True


def _next_files() -> list[Submission]:
    """Files to judge again of the facility that waits longest, no visit twice, within one batch."""
    waiting = RegisterRecheck.objects.filter(failures__lt=GIVE_UP_AFTER).order_by("failures", "asked_at")
    first = waiting.values_list("submission_id", flat=True).first()
    if first is None:
        return []
    facility = Submission.objects.values_list("facility", flat=True).get(pk=first)
    of_it = Submission.objects.filter(facility=facility, pk__in=waiting.values("submission_id"))
    return list(_within_a_batch(list(of_it.order_by("received_at", "id")[:FILES_AT_ONCE])))


def _within_a_batch(files: Sequence[Submission]) -> Iterator[Submission]:
    visits = _visits_of(files)
    seen: set[str] = set()
    dossiers = size = 0
    for one in files:
        own = visits.get(one.pk, set())
        dossiers, size = dossiers + one.received, size + one.size
        if seen and (own & seen or dossiers > CLAIM_DOSSIERS or size > CLAIM_BYTES):
            return
        seen |= own or {str(one.pk)}
        yield one


def _visits_of(files: Sequence[Submission]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    rows = Dossier.objects.filter(submission__in=[one.pk for one in files])
    for submission, ma_lk in rows.values_list("submission_id", "ma_lk").distinct():
        found.setdefault(submission, set()).add(ma_lk)
    return found


def _judge(files: Sequence[Submission], judge: Judge) -> None:
    """Judge these files again and take them off the list, in one transaction."""
    for one in files:
        one.refresh_from_db()
    with working():
        judge.judge(files, reason=REASON)
        RegisterRecheck.objects.filter(pk__in=[one.pk for one in files]).delete()
        entries = [
            audit.Entry(
                subject_id=str(one.pk),
                facility=one.facility,
                province=one.province,
                details={"reason": REASON},
            )
            for one in files
        ]
        audit.record_all(
            by=BY_WORKER, action="submission.rejudge", subject_kind="submission", entries=entries
        )


def _judge_alone(one: Submission, judge: Judge) -> None:
    try:
        _judge([one], judge)
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        # Its bytes stay and `khoyte rejudge --submission` can try again; the others must not wait for it.
        log.error("judging %s again failed: %s", one.pk, type(error).__name__)
        with working():
            RegisterRecheck.objects.filter(pk=one.pk).update(failures=F("failures") + 1)
