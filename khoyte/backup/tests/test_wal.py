import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.backup.wal import Segment, first_gap, lsn, parse, parse_history, segment_at


@given(st.integers(1, 2**31), st.integers(0, 2**36))
def test_a_name_reads_as_it_was_written(timeline: int, number: int) -> None:
    segment = Segment(timeline, number)
    assert parse(segment.name) == segment
    assert len(segment.name) == 24


@pytest.mark.parametrize(
    ("timeline", "position", "name"),
    [
        (1, "0/3000028", "000000010000000000000003"),
        (1, "0/FF000000", "0000000100000000000000FF"),
        (2, "1/0", "000000020000000100000000"),
        (1, "A/BC123456", "000000010000000A000000BC"),
    ],
)
def test_the_segment_of_a_position_is_that_of_postgresql(timeline: int, position: str, name: str) -> None:
    assert segment_at(timeline, position).name == name


def test_what_is_no_segment() -> None:
    for name in ("00000002.history", "000000010000000000000002.00000028.backup", "x", ""):
        assert parse(name) is None


def names(timeline: int, *numbers: int) -> list[str]:
    return [Segment(timeline, number).name for number in numbers]


@pytest.mark.parametrize(
    ("archived", "branches", "gap"),
    [
        ([], {}, ""),
        (names(1, 4, 5, 6), {}, ""),
        (names(1, 1, 2, 4, 5), {}, ""),  # before the base nothing is needed, in its own segment neither
        (names(1, 4, 6), {}, names(1, 5)[0]),
        (names(1, 5, 6), {}, names(1, 4)[0]),
        (names(1, 4, 5) + names(2, 5, 6), {2: {1: 5}}, ""),
        (names(1, 4, 5, 6, 7) + names(2, 5, 6), {2: {1: 5}}, ""),
        (names(1, 4, 5) + names(2, 7), {2: {1: 5}}, names(2, 6)[0]),
        (names(1, 4) + names(2, 6), {2: {1: 5}}, names(1, 5)[0]),
    ],
)
def test_the_first_gap_after_a_base_is_named(
    archived: list[str], branches: dict[int, dict[int, int]], gap: str
) -> None:
    found = first_gap(archived, 1, "0/3000100", branches)
    assert parse(found) == parse(gap)


def test_a_history_file_is_read() -> None:
    text = "1\t0/5000148\tno recovery target specified\n\n2\t0/7000000\tbefore 2026-11-28\n"
    assert parse_history(text) == {1: 5, 2: 7}
    assert lsn("1/2") == (1 << 32) + 2
