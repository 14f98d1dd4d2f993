import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from khoyte.rules.moments import (
    NUMBER_PATTERN,
    is_date,
    minutes_of,
    number_column,
    plain_number_pattern,
    read_minute,
    read_number,
)

digits = st.text("0123456789", min_size=0, max_size=14)
dateish = st.builds(
    lambda y, m, d, t: f"{y:04d}{m:02d}{d:02d}{t}",
    st.sampled_from([0, 999, 1000, 1900, 1999, 2000, 2024, 2026, 2100, 9999]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["", "0000", "2359", "2400", "1260", "0930"]),
)
texts = st.one_of(
    st.none(),
    dateish,
    digits,
    st.text(max_size=12),
    st.sampled_from(
        [
            "+20260815093",
            "-20260815093",
            "20260815 930",
            "２０２６０８１５",
            "20260815",
            "1e5",
            "inf",
            "nan",
            ".5",
            "5.",
        ]
    ),
)


@given(st.lists(texts, min_size=1, max_size=8), st.integers(0, 8))
def test_columns_read_times_as_the_plain_reading_does(values, births_from):
    births_from = min(births_from, len(values))
    read = minutes_of(pl.Series(values, dtype=pl.String), births_from=births_from).to_list()
    assert read == [read_minute(value, birth=place >= births_from) for place, value in enumerate(values)]


@given(st.lists(st.one_of(texts, st.from_regex(NUMBER_PATTERN, fullmatch=True)), min_size=1, max_size=8))
@example(["1e5", "inf", "-1", "12.50", "1,5", "1.000,5", "+1", " 1"])
def test_columns_read_numbers_as_the_plain_reading_does(values):
    column = pl.DataFrame({"a": pl.Series(values, dtype=pl.String)}).select(number_column(pl.col("a")))
    assert column["a"].to_list() == [read_number(value) for value in values]


@given(st.sampled_from([None, 0, 1, 2, 3]), st.data())
def test_a_plain_number_can_always_be_read(decimals, data):
    text = data.draw(st.from_regex(f"(?:{plain_number_pattern(decimals)})", fullmatch=True))
    assert text.isascii()
    assert read_number(text) == float(text)


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("19700101", 0),
        ("197001010001", 1),
        ("197001020000", 1440),
        ("196912312359", -1),
        ("202402290000", 28486080),
        ("20230229", None),
        ("21000229", None),
        ("20260101240", None),
        ("", None),
        (None, None),
    ],
)
def test_known_minutes(text, minute):
    assert read_minute(text) == minute


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("198500000000", True),
        ("198503000000", True),
        ("198500120000", False),
        ("198513010000", False),
        ("198503122359", True),
        ("19850312", False),
    ],
)
def test_a_birth_may_lack_month_and_day(text, holds):
    assert is_date(text, frozenset({"birth12"})) is holds
