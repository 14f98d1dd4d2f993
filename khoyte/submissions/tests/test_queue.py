"""The queue: order, turns of facilities, files that break the judging, workers beside each other."""

import threading
import time
from typing import Any

import pytest
from django.db import DatabaseError, connection

from khoyte.submissions import claiming, judging, queries, working
from khoyte.submissions.claiming import claimed, facility_held
from khoyte.submissions.models import Dossier, Submission
from khoyte.submissions.receiving import expected_dossiers
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, STRANGER, receive, small_file


def taken() -> list[tuple[str, str]]:
    """Facility and file name of what a worker would judge now."""
    with claimed() as rows:
        return [(row.facility, row.file_name) for row in rows]


def held_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return cursor.fetchone()[0]


def fill(facility: str, count: int) -> list[Submission]:
    return [receive(small_file(f"{facility}-{number}", facility=facility)) for number in range(count)]


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
class TestClaims:
    def test_nothing_waits(self) -> None:
        assert taken() == []
        assert senders.judge().work_once() == 0

    def test_files_of_a_facility_are_taken_in_order_of_receipt(self) -> None:
        made = fill(OWN, 5)
        with claimed() as rows:
            assert [row.pk for row in rows] == [row.pk for row in made]

    def test_a_flood_leaves_the_others_their_share(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "CLAIM_SUBMISSIONS", 6)
        fill(OWN, 20)
        fill(NEIGHBOUR, 1)
        fill(STRANGER, 4)
        counts = [facility for facility, _ in taken()]
        assert {name: counts.count(name) for name in set(counts)} == {OWN: 2, NEIGHBOUR: 1, STRANGER: 2}

    def test_who_has_little_is_answered_first_in_a_small_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "LITTLE_DOSSIERS", 2)
        monkeypatch.setattr(claiming, "MIXED_DOSSIERS", 4)
        fill(OWN, 9)
        fill(STRANGER, 9)
        fill(NEIGHBOUR, 2)
        assert [facility for facility, _ in taken()] == [NEIGHBOUR, NEIGHBOUR, OWN, STRANGER]

    def test_where_many_have_much_the_batch_is_filled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The queue is long then: small batches would make everybody wait longer."""
        monkeypatch.setattr(claiming, "LITTLE_DOSSIERS", 2)
        monkeypatch.setattr(claiming, "MIXED_DOSSIERS", 4)
        monkeypatch.setattr(claiming, "FEW_FACILITIES", 1)
        fill(OWN, 9)
        fill(STRANGER, 9)
        fill(NEIGHBOUR, 2)
        assert len(taken()) == 20

    def test_a_batch_says_whether_more_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fill(OWN, 2)
        with claimed() as rows:
            assert not rows.more_waits
        monkeypatch.setattr(claiming, "CLAIM_DOSSIERS", 1)
        with claimed() as rows:
            assert (len(rows), rows.more_waits) == (1, True)

    def test_no_facility_stays_held_after_its_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "CLAIM_FACILITIES", 2)
        fill(OWN, 1)
        fill(NEIGHBOUR, 1)
        fill(STRANGER, 1)
        before = held_locks()
        with claimed() as rows:
            assert (len(rows), held_locks() - before) == (2, 2)
        assert held_locks() == before

    def test_a_flood_of_many_dossiers_takes_no_others_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "LITTLE_DOSSIERS", 0)
        monkeypatch.setattr(claiming, "CLAIM_DOSSIERS", 6)
        fill(OWN, 4)
        Submission.objects.update(expected_dossiers=4)
        fill(NEIGHBOUR, 2)
        assert [facility for facility, _ in taken()] == [OWN, NEIGHBOUR]

    def test_a_large_file_is_not_put_off_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "LITTLE_DOSSIERS", 2)
        monkeypatch.setattr(claiming, "CLAIM_DOSSIERS", 3)
        fill(OWN, 1)
        Submission.objects.update(expected_dossiers=4)
        fill(NEIGHBOUR, 1)
        assert [facility for facility, _ in taken()] == [NEIGHBOUR]
        monkeypatch.setattr(claiming, "LONGEST_TURN_SECONDS", 0)
        assert [facility for facility, _ in taken()] == [OWN, NEIGHBOUR]

    def test_many_with_little_do_not_put_off_a_large_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "LITTLE_DOSSIERS", 2)
        monkeypatch.setattr(claiming, "MIXED_DOSSIERS", 2)
        monkeypatch.setattr(claiming, "LONGEST_TURN_SECONDS", 0)
        fill(OWN, 9)
        fill(STRANGER, 2)
        fill(NEIGHBOUR, 2)
        assert [facility for facility, _ in taken()] == [OWN, STRANGER, STRANGER]

    def test_a_batch_ends_at_its_number_of_dossiers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "CLAIM_DOSSIERS", 3)
        fill(OWN, 5)
        assert len(taken()) == 3

    def test_a_batch_ends_at_its_size_but_takes_one_large_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(claiming, "CLAIM_BYTES", 10)
        fill(OWN, 2)
        assert len(taken()) == 1

    def test_facilities_without_anything_waiting_are_not_asked(self) -> None:
        fill(OWN, 1)
        senders.judge_all()
        fill(NEIGHBOUR, 1)
        assert [facility for facility, _ in taken()] == [NEIGHBOUR]

    def test_a_claim_counts_as_an_attempt(self) -> None:
        (found,) = fill(OWN, 1)
        taken()
        found.refresh_from_db()
        assert (found.state, found.attempts) == ("judging", 1)


def breaks_on(code: str, error: type[Exception] = ZeroDivisionError) -> Any:
    kept = judging._outcome

    def outcome(*args: Any) -> Any:
        made = kept(*args)
        if made.ma_lk == code:
            raise error("Nguyễn Văn Bí Mật 999185000123")
        return made

    return outcome


class TestHowLargeAFileIs:
    def test_dossiers_are_counted_in_a_small_file(self) -> None:
        assert expected_dossiers(b"<A>" + b"<HOSO>x</HOSO>" * 3, 45) == 3

    def test_a_large_file_is_as_dense_as_its_beginning(self) -> None:
        head = b"<HOSO>".ljust(16_000, b"x") * 4
        assert expected_dossiers(head, 160_000) == 10

    def test_without_any_its_size_decides(self) -> None:
        assert expected_dossiers(b"<A>", 80 * 1024) == 10
        assert expected_dossiers(b"<A>", 3) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
class TestFilesThatBreakTheJudging:
    @pytest.mark.parametrize("error", [ZeroDivisionError, DatabaseError])
    def test_others_are_judged_and_it_is_answered_after_some_attempts(
        self, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
    ) -> None:
        monkeypatch.setattr(judging, "_outcome", breaks_on("POISON", error))
        poison = receive(small_file("POISON"))
        others = [receive(small_file("A1")), receive(small_file("A2", facility=NEIGHBOUR))]
        work_some_rounds()
        assert [Submission.objects.get(pk=row.pk).state for row in others] == ["judged", "judged"]
        poison.refresh_from_db()
        assert poison.state == "unreadable"
        told = senders.verdict_of(poison)["findings"][0]
        assert told["code"] == "not-judgeable"
        assert str(poison.pk) in told["message"]
        assert queries.prove_ledger() == []

    def test_it_can_be_judged_once_the_fault_is_mended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from khoyte.submissions.rejudging import rejudge

        with monkeypatch.context() as patch:
            patch.setattr(judging, "_outcome", breaks_on("POISON"))
            poison = receive(small_file("POISON"))
            work_some_rounds()
        rejudge(submission=str(poison.pk), judge=senders.judge())
        poison.refresh_from_db()
        assert (poison.state, poison.accepted) == ("judged", 1)
        assert queries.prove_ledger() == []

    def test_the_log_says_where_and_not_what(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(judging, "_outcome", breaks_on("POISON"))
        receive(small_file("POISON"))
        work_some_rounds()
        assert "ZeroDivisionError at" in caplog.text
        assert "Bí Mật" not in caplog.text
        assert "999185000123" not in caplog.text

    def test_one_that_kills_its_worker_every_time_is_given_up(self) -> None:
        killer = receive(small_file("KILLER"))
        Submission.objects.update(attempts=working.GIVE_UP_AFTER)
        other = receive(small_file("A1", facility=NEIGHBOUR))
        senders.judge_all()
        killer.refresh_from_db()
        other.refresh_from_db()
        assert (killer.state, other.state) == ("unreadable", "judged")

    def test_bytes_that_are_gone_block_nobody(self) -> None:
        from khoyte.submissions.models import RawReceipt

        lost = receive(small_file("A1"))
        RawReceipt.objects.all().delete()
        other = receive(small_file("A2"))
        work_some_rounds()
        lost.refresh_from_db()
        other.refresh_from_db()
        assert (lost.state, other.state) == ("unreadable", "judged")

    def test_nothing_of_a_broken_batch_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = working.closing.close_files
        calls = []

        def close_files(*args: Any, **more: Any) -> Any:
            calls.append(args)
            if len(calls) == 1:
                raise DatabaseError("gone")
            return kept(*args, **more)

        monkeypatch.setattr(working.closing, "close_files", close_files)
        receive(small_file("A1"))
        with pytest.raises(DatabaseError):
            senders.judge().work_once()
        assert Dossier.objects.count() == 0
        senders.judge_all()
        assert Dossier.objects.count() == 1


def work_some_rounds() -> None:
    """As the worker's loop does: a database error ends the round, not the worker."""
    judge = senders.judge()
    for _ in range(12):
        try:
            judge.work_once()
        except working.DATABASE_ERRORS:
            continue


@pytest.mark.usefixtures("committed_country")
class TestSeveralConnections:
    def test_two_workers_never_hold_one_facility(self) -> None:
        fill(OWN, 2)
        fill(NEIGHBOUR, 1)
        with claimed() as mine:
            assert {row.facility for row in mine} == {OWN, NEIGHBOUR}
            assert in_thread(taken) == []
        assert len(in_thread(taken)) == 3

    def test_what_a_dead_worker_had_taken_is_free_again(self) -> None:
        fill(OWN, 1)

        def die() -> None:
            with connection.cursor():
                claiming._hold_facilities()
            connection.close()

        in_thread(die)
        # The server frees what a connection held a moment after the connection has gone.
        deadline = time.monotonic() + 10
        while not (found := taken()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(found) == 1

    def test_those_whose_turn_did_not_come_are_free_for_the_next(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claiming, "CLAIM_DOSSIERS", 1)
        fill(OWN, 1)
        fill(NEIGHBOUR, 1)
        with claimed() as mine:
            assert [row.facility for row in mine] == [OWN]
            assert [facility for facility, _ in in_thread(taken)] == [NEIGHBOUR]

    def test_judging_again_waits_for_the_facility(self) -> None:
        fill(OWN, 1)
        entered = threading.Event()

        def hold() -> None:
            with facility_held(OWN):
                entered.set()

        with claimed():
            thread = threading.Thread(target=closing(hold))
            thread.start()
            assert not entered.wait(0.3)
        thread.join(10)
        assert entered.is_set()

    def test_the_same_file_twice_at_once_is_one_submission(self) -> None:
        results = at_once(4, lambda: receive(small_file("A1"), by=senders.SYSTEM).pk)
        assert len(set(results)) == 1
        assert Submission.objects.count() == 1

    def test_the_same_key_twice_at_once_is_one_submission(self) -> None:
        from khoyte.submissions.errors import ReceiptRefused

        def send() -> Any:
            try:
                return receive(small_file("A1"), key="k").pk
            except ReceiptRefused as refused:
                return refused.status, refused.retry

        results = set(at_once(4, send)) - {(409, True)}
        assert len(results) == 1
        assert Submission.objects.count() == 1

    def test_two_workers_at_once_judge_everything_once(self) -> None:
        for number in range(6):
            for facility in (OWN, NEIGHBOUR, STRANGER):
                receive(small_file(f"A{number}", facility=facility))
        done = at_once(2, senders.judge_all)
        senders.judge_all()
        assert sum(done) <= 18
        assert Dossier.objects.count() == 18
        assert queries.prove_ledger() == []

    def test_settings_of_a_tenant_do_not_outlive_their_transaction(self) -> None:
        from khoyte.units.tenancy import speaking_as

        with speaking_as(senders.machine(OWN)):
            pass
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('khoyte.facility', true), current_setting('khoyte.everything', true),"
                " current_user"
            )
            facility, everything, user = cursor.fetchone()
        assert facility in (None, "")
        assert everything in (None, "")
        assert user not in ("khoyte_app", "khoyte_worker")


def closing(act: Any) -> Any:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    return run


def in_thread(act: Any) -> Any:
    return at_once(1, act)[0]


def at_once(times: int, act: Any) -> list[Any]:
    """Results of an act done on several connections at once; an error of one is raised here."""
    results: list[Any] = []
    errors: list[BaseException] = []
    start = threading.Barrier(times)

    def run() -> None:
        try:
            start.wait(10)
            results.append(act())
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return results
