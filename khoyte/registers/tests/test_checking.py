"""Values as people write them: tables of cases, and what holds whatever is written."""

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.foundation.language import Text
from khoyte.foundation.legacy_text import legacy_way
from khoyte.foundation.text import CONTROLS
from khoyte.registers.checking import CAUSES, REPAIRABLE, check
from khoyte.registers.declaration import Code, Declaration, Field

SIZES = (Code("S", Text(vi="Nhỏ", en="Small"), ("bé",)), Code("L", Text(vi="Lớn", en="Large")))
FIELDS = (
    Field("text", Text(vi="Chữ", en="Text"), longest=20),
    Field("shape", Text(vi="Dạng", en="Shape"), pattern=r"[A-Z]\d"),
    Field("code", Text(vi="Cỡ", en="Size"), "code", codes=SIZES),
    Field("day", Text(vi="Ngày", en="Day"), "date"),
    Field("birth", Text(vi="Ngày sinh", en="Birth"), "partial_date"),
    Field("count", Text(vi="Số lượng", en="Count"), "integer"),
    Field("flag", Text(vi="Có không", en="Flag"), "boolean"),
    Field("items", Text(vi="Danh sách", en="List"), "list", pattern=r"K\d\d"),
    Field("number", Text(vi="Số", en="Number"), "personal_number", sensitivity="identifying"),
    Field("place", Text(vi="Mã", en="Code"), "facility_code", longest=5),
    Field("phone", Text(vi="Điện thoại", en="Phone"), "phone", longest=15),
    Field("paper", Text(vi="Số giấy", en="Paper"), "identifier", longest=40),
)
REGISTER = Declaration(
    name="things",
    label=Text(vi="Thử", en="Things"),
    one=Text(vi="thử", en="thing"),
    steward=Text(vi="Thử", en="Test"),
    legal=(),
    fields=FIELDS,
    key=("text",),
    title=("text",),
)


def read(name: str, *written: str | None, accept: frozenset[str] = frozenset()) -> list[tuple[object, str]]:
    """(value, cause or "") for each writing."""
    found = check(REGISTER, pl.DataFrame({name: list(written)}, schema={name: pl.String}), accept)
    values = found.values[name].to_list()
    causes = [""] * len(values)
    for problem in found.problems:
        for place in problem.rows.arg_true():
            causes[place] = problem.cause
    return list(zip(values, causes, strict=True))


@pytest.mark.parametrize(
    ("name", "written", "value", "cause"),
    [
        ("text", "  hai   khoảng  ", "hai khoảng", ""),
        ("text", "Nguyê\u0303n", "Nguyễn", ""),
        ("text", "Ðà Nẵng", "Đà Nẵng", ""),
        ("text", "Nguy?n V?n Anh", "Nguy?n V?n Anh", "letters_lost"),
        ("text", "Tr\ufffdn Anh", "Tr\ufffdn Anh", "letters_lost"),
        ("text", "Có trực đêm không?", "Có trực đêm không?", ""),
        ("text", "khoa.vn/ds?ma=K01", "khoa.vn/ds?ma=K01", ""),
        ("text", "x" * 21, "x" * 21, "too_long"),
        ("text", "   ", None, ""),
        ("text", "a\x00b\x1f", "ab", "control_character"),
        ("shape", "A1", "A1", ""),
        ("shape", "A12", "A12", "wrong_pattern"),
        ("code", "Nhỏ", "S", ""),
        ("code", "NHO", "S", ""),
        ("code", "bé", "S", ""),
        ("code", "l", "L", ""),
        ("code", "vừa", None, "unknown_code"),
        ("day", "05/03/2026", "2026-03-05", ""),
        ("day", "5-3-2026", "2026-03-05", ""),
        ("day", "5.3.2026", "2026-03-05", ""),
        ("day", "2026-03-05", "2026-03-05", ""),
        ("day", "2026-03-05 00:00:00", "2026-03-05", ""),
        ("day", "29/02/2024", "2024-02-29", ""),
        ("day", "29/02/2025", None, "not_a_date"),
        ("day", "05/03/26", None, "not_a_date"),
        ("day", "05/03/0026", None, "not_a_date"),
        ("day", "hôm qua", None, "not_a_date"),
        ("day", "2026", None, "year_only"),
        ("day", "05032026", "2026-03-05", "date_digits"),
        ("day", "20260305", "2026-03-05", "date_digits"),
        ("day", "46086", "2026-03-05", "excel_serial"),
        ("birth", "1985", "1985", ""),
        ("birth", "4/1985", "1985-04", ""),
        ("birth", "1985-04", "1985-04", ""),
        ("birth", "02/04/1985", "1985-04-02", ""),
        ("birth", "13/1985", None, "not_a_date"),
        ("count", "1.234", 1234, ""),
        ("count", "12.0", 12, ""),
        ("count", "12,5", None, "not_a_number"),
        ("count", "-1", -1, "not_a_number"),
        ("count", "nhiều", None, "not_a_number"),
        ("flag", "Có", True, ""),
        ("flag", "x", True, ""),
        ("flag", "không", False, ""),
        ("flag", "có lẽ", None, "unknown_code"),
        ("items", "K01; K02 ;", ["K01", "K02"], ""),
        ("items", "K01; khoa nội", ["K01", "khoa nội"], "wrong_pattern"),
        ("number", "999085 000 123", "999085000123", ""),
        ("number", "'001085000123", "001085000123", ""),
        ("number", "1085000123", "001085000123", "lost_zeros"),
        ("number", "1.99085000123E+11", "199085000123", "scientific"),
        ("number", "1,08E+10", "1,08E+10", "scientific_lost"),
        ("number", "12345678", "12345678", "not_12_digits"),
        ("number", "99908500012x", "99908500012x", "not_12_digits"),
        ("place", "99001", "99001", ""),
        ("place", "1009", "01009", "lost_zeros"),
        ("place", "9900a", "9900A", ""),
        ("place", "990012", "990012", "not_5_characters"),
        ("phone", "912345678", "0912345678", "lost_zeros"),
        ("phone", "0912 345 678", "0912 345 678", ""),
        ("paper", "000123/BYT-GPHN", "000123/BYT-GPHN", ""),
        ("paper", "1.2E+06", "1.2E+06", "scientific_lost"),
    ],
)
def test_one_writing(name: str, written: str, value: object, cause: str) -> None:
    assert read(name, written) == [(value, cause)]
    # The same among others: a column is read as its lines are.
    assert read(name, None, written, None)[1] == (value, cause)


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_no_value_is_no_fault(name: str) -> None:
    assert read(name, None, "", "  ") == [(None, "")] * 3


@settings(deadline=None, max_examples=40)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_reads_back_from_every_way_of_writing(day: date) -> None:
    ways = (f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day.year}", day.isoformat(), f"{day:%d-%m-%Y}")
    assert read("day", *ways) == [(day.isoformat(), "")] * 4


@settings(deadline=None, max_examples=40)
@given(st.dates(date(1955, 1, 1), date(2080, 1, 1)))
def test_a_serial_day_is_that_of_excel(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    accepted = read("day", str(serial), accept=frozenset({"excel_serial"}))
    assert accepted == [(day.isoformat(), "")]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 999_999_999_999))
def test_a_number_that_lost_its_zeros_is_whole_again_once_accepted(number: int) -> None:
    whole, lost = f"{number:012d}", str(number)
    value, cause = read("number", lost, accept=frozenset({"lost_zeros"}))[0]
    if len(lost) >= 9:
        assert (value, cause) == (whole, "")
    else:
        assert cause == "not_12_digits"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_no_writing_breaks_any_reader(written: list[str]) -> None:
    for field in FIELDS:
        found = read(field.name, *written)
        assert len(found) == len(written)
        # What stands is read the same a second time.
        for value, cause in found:
            # Fonts of before Unicode are judged over all rows together, not by a row alone.
            alone = isinstance(value, str) and not legacy_way([value])
            if not cause and alone:
                assert read(field.name, str(value)) == [(value, "")]


def plainly_cleaned(text: str | None, *, long: bool) -> str | None:
    """What cleaning comes to, one text after the other, in the language's own means."""
    text = "".join(
        sign for sign in unicodedata.normalize("NFC", text or "") if not _CONTROLS_OF_TEXT.match(sign)
    )
    return (text if long else re.sub(r"\s+", " ", text)).strip() or None


_CONTROLS_OF_TEXT = re.compile(CONTROLS)
SIGNS = st.sampled_from(
    ["a", "A", " ", "  ", "\t", "\n", "\u00a0", "\u0000", "\u0007", "ế", "e\u0302\u0301", "đ", "1"]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.none() | st.lists(SIGNS, max_size=6).map("".join), max_size=6), st.booleans())
def test_a_column_is_cleaned_as_each_of_its_texts(written: list[str | None], long: bool) -> None:
    """A pass that is left out where a column has nothing for it leaves nothing undone."""
    one = Field("x", Text(vi="x", en="x"), "long_text" if long else "text")
    declaration = replace(REGISTER, fields=(one,), key=("x",), title=("x",), rules=())
    found = check(declaration, pl.DataFrame({"x": pl.Series(written, dtype=pl.String)}))
    assert found.values["x"].to_list() == [plainly_cleaned(text, long=long) for text in written]
    assert check(declaration, pl.DataFrame({"y": written})).values["x"].to_list() == [None] * len(written)
    told = [problem for problem in found.problems if problem.cause == "control_character"]
    said = told[0].rows.to_list() if told else [False] * len(written)
    assert said == [bool(_CONTROLS_OF_TEXT.search(text or "")) for text in written]


def test_every_cause_has_words_and_the_repairable_are_causes() -> None:
    assert set(CAUSES) >= REPAIRABLE
    assert all(text.vi and text.en for pair in CAUSES.values() for text in pair)


def test_a_control_character_is_left_out_once_that_is_accepted() -> None:
    assert read("text", "a\x00b", "c\td", accept=frozenset({"control_character"})) == [
        ("ab", ""),
        ("c d", ""),
    ]
