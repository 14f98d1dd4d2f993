"""Who is told to wait, for how long, and that the web hears of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from khoyte.submissions import pacing, receiving
from khoyte.submissions.errors import ReceiptRefused
from khoyte.submissions.models import Submission, WorkerHeartbeat
from khoyte.submissions.pacing import (
    ALWAYS_ROOM_FOR,
    CALM_SECONDS,
    LONGEST_WAIT,
    Speed,
    Told,
    seconds_to_wait,
)
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, STRANGER, receive, small_file

QUEUES = st.dictionaries(st.text("0123456789", min_size=5, max_size=5), st.integers(1, 500_000), max_size=30)
SPEEDS = st.floats(1, 5_000)


class TestWhoWaits:
    @given(QUEUES, SPEEDS)
    def test_nobody_while_all_of_it_is_judged_soon(self, waiting: dict[str, int], speed: float) -> None:
        is_calm = sum(waiting.values()) <= CALM_SECONDS * speed
        assert not (is_calm and seconds_to_wait(waiting, speed))

    @given(QUEUES, SPEEDS)
    def test_who_has_more_waits_before_who_has_less(self, waiting: dict[str, int], speed: float) -> None:
        told = seconds_to_wait(waiting, speed)
        received = [waiting[code] for code in waiting if code not in told]
        assert all(waiting[code] > max(received, default=0) for code in told)

    @given(QUEUES, SPEEDS)
    def test_little_is_always_received(self, waiting: dict[str, int], speed: float) -> None:
        assert all(waiting[code] > ALWAYS_ROOM_FOR for code in seconds_to_wait(waiting, speed))

    @given(QUEUES, SPEEDS)
    def test_what_is_let_in_fits_the_room_or_is_little(self, waiting: dict[str, int], speed: float) -> None:
        told = seconds_to_wait(waiting, speed)
        let_in = [dossiers for code, dossiers in waiting.items() if code not in told]
        much = [dossiers for dossiers in let_in if dossiers > ALWAYS_ROOM_FOR]
        assert sum(much) <= CALM_SECONDS * speed

    @given(QUEUES, SPEEDS)
    def test_after_that_long_a_good_part_of_it_is_judged(self, waiting: dict[str, int], speed: float) -> None:
        told = seconds_to_wait(waiting, speed)
        for code, seconds in told.items():
            assert 1 <= seconds <= LONGEST_WAIT
            left = waiting[code] - seconds * speed / len(told)
            assert seconds == LONGEST_WAIT or left <= max(CALM_SECONDS * speed, ALWAYS_ROOM_FOR) / 2

    def test_one_flood_among_many(self) -> None:
        waiting = {"99001": 90_000, **{f"980{number:02}": 100 for number in range(50)}}
        # 90 s of judging where 20 fit, 5 of them of the others: until half of its 15 are left.
        assert seconds_to_wait(waiting, 1_000) == {"99001": 83}

    def test_a_nation_that_sends_a_file_each_is_received(self) -> None:
        waiting = {f"{number:05}": 41 for number in range(13_000)}
        assert seconds_to_wait(waiting, 800) == {}


class TestSpeed:
    def test_it_follows_what_was_judged_lately(self) -> None:
        speed = Speed()
        for _ in range(100):
            speed.note(500, 0.5)
        assert speed.per_second == pytest.approx(1_000, rel=0.01)
        for _ in range(100):
            speed.note(100, 0.5)
        assert speed.per_second == pytest.approx(200, rel=0.05)

    def test_quiet_hours_do_not_make_it_slow(self) -> None:
        speed = Speed()
        for _ in range(100):
            speed.note(500, 0.5)
        for _ in range(1_000):
            speed.note(2, 0.1)
        assert speed.per_second == pytest.approx(1_000, rel=0.01)

    @given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1_000))))
    def test_it_is_always_a_speed(self, judged: list[tuple[int, float]]) -> None:
        speed = Speed()
        for dossiers, seconds in judged:
            speed.note(dossiers, seconds)
        assert speed.per_second >= 1

    def test_a_worker_measures_its_own(self, country: None) -> None:
        judge = senders.judge()
        before = judge.speed.per_second
        receive(small_file("A1"))
        Submission.objects.update(expected_dossiers=pacing.FULL_BATCH)
        judge.work_once()
        assert judge.speed.per_second != before


@pytest.fixture
def told(country: None) -> Told:
    """What a process of the web hears, from a worker that lives."""
    WorkerHeartbeat.objects.create(name="host:1", seen_at=timezone.now())
    heard = Told()
    heard.switch_on()
    return heard


class TestTelling:
    def test_the_flooding_facility_hears_of_it_and_nobody_else(self, told: Told) -> None:
        for number in range(3):
            receive(small_file(f"A{number}", facility=OWN))
        Submission.objects.update(expected_dossiers=10_000)
        receive(small_file("A1", facility=NEIGHBOUR))
        pacing.tell("host:1", 100.0)
        assert (told.seconds(OWN), told.seconds(NEIGHBOUR), told.seconds(STRANGER)) == (LONGEST_WAIT, 0, 0)

    def test_it_ends_when_the_queue_is_short_again(self, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        receive(small_file("A1"))
        Submission.objects.update(expected_dossiers=10_000)
        pacing.tell("host:1", 100.0)
        monkeypatch.setattr(pacing, "READ_SECONDS", 0.0)
        assert told.seconds(OWN) > 0
        Submission.objects.update(expected_dossiers=10)
        pacing.tell("host:1", 100.0)
        assert told.seconds(OWN) == 0

    def test_another_worker_makes_room(self, told: Told) -> None:
        WorkerHeartbeat.objects.create(name="host:2", seen_at=timezone.now(), judged_per_second=10_000)
        receive(small_file("A1"))
        Submission.objects.update(expected_dossiers=10_000)
        pacing.tell("host:1", 100.0)
        assert told.seconds(OWN) == 0

    def test_a_worker_that_says_nothing_more_is_not_believed(self, told: Told) -> None:
        long_ago = timezone.now() - timedelta(seconds=2 * pacing.BELIEVED_SECONDS)
        WorkerHeartbeat.objects.update(waits={OWN: 60}, told_at=long_ago)
        assert told.seconds(OWN) == 0

    def test_nothing_is_written_while_nobody_waits(self, told: Told) -> None:
        receive(small_file("A1"))
        before = WorkerHeartbeat.objects.values().get()
        pacing.tell("host:1", 100.0)
        assert WorkerHeartbeat.objects.values().get() == before

    def test_it_is_asked_once_a_second(self, told: Told, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            for _ in range(20):
                told.seconds(OWN)

    def test_without_a_web_process_nothing_is_asked(self, db: None, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert Told().seconds(OWN) == 0


def test_who_has_to_wait_is_refused_with_the_seconds(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "TOLD", told)
    WorkerHeartbeat.objects.update(waits={OWN: 33}, told_at=timezone.now())
    with pytest.raises(ReceiptRefused) as refused:
        receive(small_file("A1"), by=senders.machine(OWN))
    assert (refused.value.status, refused.value.code) == (429, "wait-for-your-turn")
    assert refused.value.retry_after in (32, 33)
    assert Submission.objects.count() == 0
    receive(small_file("A1", facility=NEIGHBOUR), by=senders.machine(NEIGHBOUR))
    # What the operator enters on the machine itself waits for nobody.
    receive(small_file("A1"), by=senders.SYSTEM)
    assert Submission.objects.count() == 2
