"""Tables as people send them: whatever stands in a file, it is read whole or refused with a sentence."""

import datetime
import io

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.foundation.errors import KhoyteError
from khoyte.registers.checking import check
from khoyte.registers.reading import DATA_SHEET, Mapped, Source, fingerprint, read
from khoyte.registers.tests.test_checking import REGISTER

CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=12), blanks=st.integers(0, 3))
def test_headings_are_known_again_however_they_are_spaced_and_filled_up(
    cells: list[str], blanks: int
) -> None:
    plain = fingerprint(cells)
    assert fingerprint([*(f"  {cell}  " for cell in cells), *[""] * blanks]) == plain
    assert fingerprint(["another", *cells]) != plain


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=8), min_size=1, max_size=8))
def test_any_table_is_read_or_refused_with_a_sentence(rows: list[list[str]]) -> None:
    text = "\n".join(",".join('"' + cell.replace('"', "'") + '"' for cell in row) for row in rows)
    said = ""
    try:
        headings, pieces = read(REGISTER, Source("x.csv", text.encode()))
        for piece in pieces:
            assert piece.rows.height == piece.numbers.len() > 0
            assert set(piece.rows.columns) == set(headings.columns)
    except KhoyteError as refused:
        said = refused.text.vi
        assert said.endswith(".")


def written(rows: list[list[object]], number_format: str = "") -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet(DATA_SHEET)
        look = book.add_format({"num_format": number_format} if number_format else {})
        for line, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(line, place, value, look)
                else:
                    sheet.write(line, place, value, look)
    return data.getvalue()


def one_row(data: bytes, accept: frozenset[str] = frozenset()) -> tuple[dict, list[str]]:
    _, pieces = read(REGISTER, Source("x.xlsx", data))
    found = check(REGISTER, next(iter(pieces)).rows, accept)
    return found.values.row(0, named=True), sorted(problem.cause for problem in found.problems)


@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(10**8, 10**12 - 1),
    day=st.dates(datetime.date(1930, 1, 1), datetime.date(2099, 12, 31)),
    look=st.sampled_from(["0.00E+00", "0", "#,##0", "General"]),
)
def test_a_workbook_keeps_digits_and_days_however_its_cells_look(
    number: int, day: datetime.date, look: str
) -> None:
    """A cell shown as 1.08E+10 still holds its digits: only what lost zeros is asked about."""
    row, causes = one_row(written([["Chữ", "Số"], ["một", number]], look), frozenset({"lost_zeros"}))
    assert (row["number"], causes) == (str(number).zfill(12), [])
    _, causes = one_row(written([["Chữ", "Số"], ["một", number]], look))
    assert causes == ([] if number >= 10**11 else ["lost_zeros"])
    row, causes = one_row(written([["Chữ", "Ngày"], ["một", day]], "dd/mm/yyyy"))
    assert (row["day"], causes) == (day.isoformat(), [])


@settings(max_examples=40, deadline=None)
@given(number=st.integers(10**8, 10**12 - 1), digits=st.integers(1, 11))
def test_csv_never_turns_a_rounded_number_into_another_one(number: int, digits: int) -> None:
    """What Excel wrote as 1.08E+10 comes back only when every digit is there; else it is said to be lost."""
    shown = f"{number:.{digits}E}".replace("E+", "E+")
    _, pieces = read(REGISTER, Source("x.csv", f"Chữ,Số\nmột,{shown}\n".encode()))
    rows = next(iter(pieces)).rows
    found = check(REGISTER, rows, frozenset({"scientific", "lost_zeros"}))
    got, causes = found.values["number"][0], [problem.cause for problem in found.problems]
    whole = digits == len(str(number)) - 1
    assert (got == str(number).zfill(12) and not causes) if whole else causes == ["scientific_lost"]
    assert check(REGISTER, rows).problems  # never without asking


def test_what_a_unit_said_of_headings_is_followed_also_where_words_are_known() -> None:
    said = {fingerprint(["Chữ", "Ngày"]): Mapped({"text": 1, "birth": 0}, number=4)}
    headings, pieces = read(REGISTER, Source("x.csv", "Chữ,Ngày\n1990,một\n".encode()), said)
    assert (headings.columns, headings.mapped and headings.mapped.number) == ({"text": 1, "birth": 0}, 4)
    assert next(iter(pieces)).rows.to_dicts() == [{"text": "một", "birth": "1990"}]
