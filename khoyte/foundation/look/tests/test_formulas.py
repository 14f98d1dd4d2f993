"""Nothing a spreadsheet would run stands first in a cell, however it is hidden; all else stays as it is."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.look.formulas import HarmlessCsv, harmless, runs_as_formula

SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫⁺⁼₊₌"
# What stands before a sign without being seen: Cf, controls, spaces, fillers.
UNSEEN = (
    *("\u200b", "\ufeff", "\u200d", "\u2060", "\u00ad", "\u202e", "\u061c", "\u180e", "\U000e0001"),
    *(" ", "\u00a0", "\u3000", "\u2009", "\x00", "\x1f", "\x7f", "\u115f", "\u3164", "\u2800", "\u0301"),
)


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_that_begins_a_formula_is_told(sign: str):
    assert harmless(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize("before", UNSEEN, ids=[f"U+{ord(sign):04X}" for sign in UNSEEN])
@pytest.mark.parametrize("sign", "=＋@")
def test_what_nobody_sees_is_no_way_around(before: str, sign: str):
    assert runs_as_formula(f"{before}{sign}1")
    assert runs_as_formula(f"{before * 3} {before}{sign}1")
    assert not runs_as_formula(f"{before}Nguyễn{sign}")


@pytest.mark.parametrize("end", ["\t", "\r", "\n", "\r\n", "\v", "\f", "\x85", "\u2028"])
def test_what_ends_a_cell_is_told_even_after_unseen_signs(end: str):
    assert runs_as_formula(f"{end}x")
    assert runs_as_formula(f"\u200b{end}=1")


@pytest.mark.parametrize("value", [5, 0.5, -5, None, "", "LK-1", "Nguyễn", " Nguyễn", "A＝B", "\u200bAn"])
def test_anything_else_stays_as_it_is(value: object):
    assert harmless(value) == value


@given(st.text(max_size=30))
def test_first_seen_sign_of_a_harmless_cell_begins_no_formula(text: str):
    shown = str(harmless(text))
    assert shown in (text, f"'{text}")
    seen = [sign for sign in shown if unicodedata.category(sign)[0] not in "CZM"]
    assert not seen or unicodedata.normalize("NFKC", seen[0])[:1] not in "=+-@"
    assert not runs_as_formula(shown)


CELLS = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"))


@given(st.lists(st.lists(CELLS, min_size=1), max_size=4))
def test_csv_is_read_back_as_harmless_cells(rows: list[list[str]]):
    file = io.StringIO()
    writer = HarmlessCsv(file)
    for row in rows:
        writer.write(row)
    read = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert read == [[harmless(cell) for cell in row] for row in rows]


def test_a_cell_that_another_country_would_split_is_quoted():
    file = io.StringIO()
    HarmlessCsv(file).write(["a;=1+1", 5])
    assert file.getvalue() == '"a;=1+1",5\r\n'
