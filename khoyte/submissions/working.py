"""The judging worker: take what waits, judge it, commit verdicts, visits and ledger together.

One file that breaks the judging itself never blocks the others: it is tried alone, and after some attempts
answered as unreadable with a reference, its bytes kept.
"""

import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection

from khoyte.foundation.blobs import ByteSource
from khoyte.foundation.calendar import today
from khoyte.foundation.crypto import Keyring
from khoyte.foundation.errors import KhoyteError
from khoyte.signing.bindings import StoredBindings
from khoyte.signing.checking import Checker
from khoyte.signing.trust import load_trust
from khoyte.submissions import announcing, closing, judging, raw, stored, storing, unreadable
from khoyte.submissions.claiming import claimed
from khoyte.submissions.judging import Current, FactsFor, History, OpenFile
from khoyte.submissions.models import Dossier, NamedPractitioner, Submission
from khoyte.submissions.reader import FileIndex, UnreadableFile, index_file
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.signatures import Signatures
from khoyte.submissions.storing import FileInHand
from khoyte.submissions.verdict import Causes, Tally, stored_file_finding
from khoyte.terminology import Pack, load_pack
from khoyte.units.tenancy import working
from khoyte.visits import versions

log = logging.getLogger("khoyte.judging")
PROFILE = "store"
ATTEMPTS = 3
# A file whose judging ends the process each time leaves no other trace than its attempts.
GIVE_UP_AFTER = 12
# COPY goes past Django's wrapping of errors.
DATABASE_ERRORS = (DatabaseError, psycopg.Error)


class Judge:
    """Holds what is costly to make: the reference pack.

    Unless a pack is given, each batch is judged with the pack in use when the batch begins: a catalogue that
    is published while this process works is taken without a restart.
    """

    def __init__(self, pack: Pack | None = None, keyring: Keyring | None = None):
        self.pack = pack or load_pack()
        self._given = pack is not None
        self._keyring = keyring
        self.more_waits = False  # after the last batch: the next need not gather first

    def renew(self) -> None:
        """Take the pack in use now. Within a transaction, whoever settles the pack waits for its end."""
        share_pack()
        if not self._given:
            self.pack = load_pack()

    @property
    def keyring(self) -> Keyring:
        """The keys in use now: they may rotate while this process works."""
        return self._keyring or Keyring.held()

    def warm_up(self) -> None:
        """Compile the rules of today, so that the first file does not wait for it."""
        RULEBOOK.plan_for(today(), self.pack.on(today()))

    def work_once(self) -> int:
        """Judge what waits now; the number of files that got a verdict."""
        with claimed() as taken:
            self.more_waits = taken.more_waits
            fresh = [submission for submission in taken if submission.attempts < ATTEMPTS]
            worn = [submission for submission in taken if submission.attempts >= ATTEMPTS]
            done = self._together(fresh) if fresh else 0
            return done + sum(self._alone(submission) for submission in worn)

    def _together(self, submissions: Sequence[Submission]) -> int:
        try:
            self.judge(submissions)
            return len(submissions)
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            _log(error, "batch")
            return sum(self._alone(submission) for submission in submissions)

    def _alone(self, submission: Submission) -> int:
        if submission.attempts >= GIVE_UP_AFTER:
            self._give_up(submission)
            return 1
        try:
            self.judge([submission])
            return 1
        except DATABASE_ERRORS:
            if submission.attempts < 2 * ATTEMPTS:
                raise
            self._give_up(submission)
            return 1
        except Exception as error:
            _log(error, str(submission.pk))
            if submission.attempts >= ATTEMPTS:
                self._give_up(submission)
                return 1
            return 0

    def _give_up(self, submission: Submission) -> None:
        """Answer a file that cannot be judged; its bytes stay and it can be judged again later."""
        facts = unreadable.not_judgeable(str(submission.pk))
        with working():
            hand = self._unreadable(submission, facts, None)
            closing.close_files([hand], pack=self.pack.digest)
            announcing.verdicts_ready([hand])

    def judge(self, submissions: Sequence[Submission], *, reason: str = "") -> None:
        """Judge these files in one transaction. `reason` is for judging again.

        Of files judged again together no two may hold the same visit: each is held against what came before.
        """
        with working():
            self.renew()
            hands, files = [], []
            named = naming_kept(submissions)
            receipts = raw.receipts_of(submissions)
            signatures = Signatures(Checker(load_trust(), StoredBindings()))
            for submission in submissions:
                hand, opened = self._open(submission, raw.source_of(submission, receipts), signatures)
                hand.names_kept = submission.pk in named
                hands.append(hand)
                if opened is not None:
                    files.append((hand, opened))
            self._judge_files(files)
            announcing.verdicts_ready(closing.close_files(hands, pack=self.pack.digest, reason=reason))

    def _open(
        self, submission: Submission, source: ByteSource, signatures: Signatures
    ) -> tuple[FileInHand, OpenFile | None]:
        try:
            index = index_file(source)
        except UnreadableFile as error:
            return self._unreadable(
                submission, unreadable.from_error(error), getattr(error, "declared", None)
            ), None
        if index.kind == "old-4210":
            return self._unreadable(submission, unreadable.old_standard(), index.declared), None
        opened = judging.open_file(
            source,
            index,
            submission.facility,
            PROFILE,
            signatures=signatures,
            received_at=submission.received_at,
        )
        opened.received_on = submission.day
        if submission.judgement:
            opened.stored_versions = versions.numbers_of(str(submission.pk))
        return _in_hand(submission, index, opened), opened

    def _unreadable(self, submission: Submission, facts: dict[str, Any], declared: int | None) -> FileInHand:
        hand = FileInHand(submission, submission.judgement + 1, Tally(declared), Causes(PROFILE))
        hand.unreadable = facts
        return hand

    def _judge_files(self, files: Sequence[tuple[FileInHand, OpenFile]]) -> None:
        """Files of facilities that send check-ins are judged apart: only of those can one be missing."""
        checking_in = stored.facilities_checking_in({opened.facility for _, opened in files})
        for with_check_ins in (True, False):
            chosen = [pair for pair in files if (pair[1].facility in checking_in) == with_check_ins]
            if chosen:
                self._judge_alike(chosen, stored.facts_with_check_ins if with_check_ins else stored.facts)

    def _judge_alike(self, files: Sequence[tuple[FileInHand, OpenFile]], facts_for: FactsFor) -> None:
        by_file = {id(opened): hand for hand, opened in files}
        history = _history(hand.submission for hand, _ in files if hand.number > 1)
        for pieces in judging.pieces_of([opened for _, opened in files]):
            judged = judging.judge(
                pieces,
                self.pack,
                history=history,
                facts_for=facts_for,
                fallback_day=files[0][0].submission.day,
            )
            pairs = [(by_file[id(opened)], outcome) for opened, outcome in judged.outcomes]
            storing.store_batch(pairs, judged.frames, self.keyring)


def naming_kept(submissions: Sequence[Submission]) -> set[UUID]:
    """Those of the files for which an earlier judgement wrote down who is named in them."""
    again = [submission.pk for submission in submissions if submission.judgement]
    if not again:
        return set()
    rows = NamedPractitioner.objects.filter(submission_id__in=again)
    return set(rows.values_list("submission_id", flat=True).distinct())


# The number of the lock that stands for the reference pack in use, and for the register as it is.
_PACK_LOCK = 0x7061_636B


def share_pack() -> None:
    """Until this transaction ends, `settle_pack` of others waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_PACK_LOCK])


def settle_pack() -> None:
    """Wait until every batch that may have begun with an earlier pack, or register, is committed."""
    with working(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PACK_LOCK])


def _in_hand(submission: Submission, index: FileIndex, opened: OpenFile) -> FileInHand:
    return FileInHand(
        submission,
        submission.judgement + 1,
        opened.tally,
        opened.causes,
        file_findings=[stored_file_finding(found) for found in opened.file_findings],
        not_judged=opened.not_judged,
        kind=index.kind,
        signature=opened.signature,
    )


def _history(again: Iterable[Submission]) -> History:
    """What was accepted before; for files that are judged `again`, before each of them was received."""
    received = {submission.pk: submission.received_at for submission in again}
    moments = _moments(received) if len(received) > 1 else {}

    def current(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Current]:
        if received:
            earliest = min(received.values())
            found = versions.versions_before(keys, [moments.get(key, earliest) for key in keys])
        else:
            found = versions.current_versions(keys)
        return {
            key: Current(found[key].content_sha256 if key in found else None, newest)
            for key, newest in versions.newest_numbers(keys).items()
        }

    return current


def _moments(received: Mapping[UUID, datetime]) -> dict[tuple[str, str], datetime]:
    """(facility, MA_LK) -> when the file that holds it was received."""
    held = Dossier.objects.filter(submission__in=received).values_list("facility", "ma_lk", "submission_id")
    return {(facility, ma_lk): received[submission] for facility, ma_lk, submission in held.distinct()}


def _log(error: Exception, what: str) -> None:
    # The kind of error and the lines of code only: a library's message can quote a record.
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    place = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)
    code = error.code if isinstance(error, KhoyteError) else type(error).__name__
    log.error("judging %s failed: %s at %s", what, code, place)
