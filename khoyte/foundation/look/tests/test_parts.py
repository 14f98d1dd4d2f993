import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.look.parts import Pages, Table, Tag


@pytest.mark.parametrize(
    ("number", "total", "around"),
    [
        (1, 0, [1]),
        (1, 50, [1]),
        (1, 101, [1, 2, 3]),
        (4, 412, [1, None, 3, 4, 5, None, 9]),
        (9, 412, [1, None, 8, 9]),
    ],
)
def test_pages_offered(number, total, around):
    assert Pages(number, 50, total).around == around


@given(st.integers(1, 60), st.integers(0, 3000))
def test_pages_offered_are_in_order_and_exist(number, total):
    pages = Pages(number, 50, total)
    shown = [page for page in pages.around if page is not None]
    assert shown == sorted(set(shown))
    assert set(shown) <= set(range(1, pages.count + 1))
    assert {1, pages.count} <= set(shown)


def test_first_and_last_page_have_one_neighbour():
    first, last = Pages(1, 50, 60), Pages(2, 50, 60)
    assert (first.previous, first.next) == (None, 2)
    assert (last.previous, last.next) == (1, None)


def test_count_of_a_table_is_its_total_when_given():
    rows = [{"a": 1}, {"a": 2}]
    assert Table("t", (), rows, empty="").count == 2
    assert Table("t", (), rows, empty="", total=90).count == 90


def test_every_tone_has_its_own_icon():
    tones = ("good", "warn", "bad", "info", "wait")
    assert len({Tag(tone, "").icon for tone in tones}) == len(tones)


@given(st.lists(st.integers(), max_size=130), st.integers(1, 9))
def test_pages_cut_hold_every_line_once_and_beyond_the_last_stands_the_last(found, size):
    whole = (None, found)
    assert Pages.cut(found, size, None) == whole
    last = Pages(1, size, len(found)).count
    cut = [Pages.cut(found, size, page) for page in range(1, last + 1)]
    assert [line for _, lines in cut for line in lines] == found
    assert [pages.number for pages, _ in cut] == list(range(1, last + 1))
    assert Pages.cut(found, size, last + 7) == cut[-1]
