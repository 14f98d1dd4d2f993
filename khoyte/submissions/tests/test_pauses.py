"""How long a worker waits between rounds: work is taken at once, small files of several senders gather."""

import pytest

from khoyte.submissions.loop import (
    GATHERING_PAUSE,
    LONGEST_GATHERING,
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    _pause_after,
)


@pytest.mark.parametrize(
    ("files", "seconds", "expected"),
    [
        (1, 0.1, SHORTEST_PAUSE),  # one sender who waits for each verdict is not held up
        (2, 0.1, GATHERING_PAUSE + 0.01),
        (30, 0.4, GATHERING_PAUSE + 0.15),
        (100, 0.4, LONGEST_GATHERING),
        (1, 1.5, SHORTEST_PAUSE),  # a large file: the next waits already
        (200, 1.5, SHORTEST_PAUSE),  # a backlog
    ],
)
def test_the_pause_after_work(files: int, seconds: float, expected: float) -> None:
    assert _pause_after(files, seconds, LONGEST_PAUSE) == pytest.approx(expected)


def test_nobody_waits_for_more_to_gather_while_more_waits_already() -> None:
    assert _pause_after(30, 0.4, LONGEST_PAUSE, more_waits=True) == SHORTEST_PAUSE
    assert _pause_after(0, 0.0, LONGEST_PAUSE, more_waits=True) == LONGEST_PAUSE


def test_idle_rounds_wait_longer_and_longer_up_to_a_limit() -> None:
    pauses = [SHORTEST_PAUSE]
    for _ in range(20):
        pauses.append(_pause_after(0, 0.001, pauses[-1]))
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
