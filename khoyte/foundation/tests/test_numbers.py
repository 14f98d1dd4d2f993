from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.numbers import percent, vn_number


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1234567.8, None, "1.234.567,8"),
        (0, None, "0"),
        (999, None, "999"),
        (1000, None, "1.000"),
        (-1234.5, None, "-1.234,5"),
        (1234567, 2, "1.234.567,00"),
        (2.5, 0, "3"),
        (0.125, 2, "0,13"),
        (Decimal("10.50"), None, "10,5"),
        (1e-7, None, "0,0000001"),
        (-0.001, 2, "0,00"),
        (1e22, None, "10.000.000.000.000.000.000.000"),
    ],
)
def test_writes_numbers_as_vietnamese_readers_expect(value, decimals, written):
    assert vn_number(value, decimals) == written


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3))
def test_what_is_written_reads_back_as_the_same_number(value):
    assert Decimal(vn_number(value).replace(".", "").replace(",", ".")) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_refuses_what_is_no_number(value):
    with pytest.raises(ValueError, match="finite"):
        vn_number(value)


@pytest.mark.parametrize(
    ("share", "decimals", "written"),
    [
        (0.934, 0, "93%"),
        (0.934, 1, "93,4%"),
        (1, 0, "100%"),
        (0, 0, "0%"),
        (0.005, 0, "1%"),
        (12.5, 0, "1.250%"),
        (1090 / 1091, 0, ">99%"),
        (1090 / 1091, 1, "99,9%"),
        (0.99996, 1, ">99,9%"),
        (Decimal("0.995"), 0, ">99%"),
        (0.994, 0, "99%"),
        (1.001, 0, "100%"),
        (1 / 1091, 0, "<1%"),
        (0.0004, 1, "<0,1%"),
    ],
)
def test_writes_shares_as_percent(share, decimals, written):
    assert percent(share, decimals) == written


@given(st.integers(1, 10**7).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))),
       st.integers(0, 2))  # fmt: skip
def test_only_the_whole_is_100_percent_and_only_nothing_is_0(counted, decimals):
    part, whole = counted
    written = percent(part / whole, decimals)
    if ">" not in written and "<" not in written:
        said = Decimal(written.removesuffix("%").replace(",", "."))
        assert (said == 100) == (part == whole)
        assert (said == 0) == (part == 0)
    else:
        assert 0 < part < whole
