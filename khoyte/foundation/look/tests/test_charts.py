import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.look.charts import Series, Tile, _round_top, bar, sparkline, tile_map, trend

VALUES = st.lists(st.none() | st.floats(0, 1e9), max_size=70)


def drawn(chart):
    """The chart as a tree; raises when it is not well-formed."""
    return ElementTree.fromstring(f"<x>{chart}</x>")


@given(VALUES)
def test_a_trend_of_any_values_is_well_formed_and_stays_inside(values):
    chart = trend("t", "d", [str(n) for n in range(len(values))], [Series("s", values)])
    for path in drawn(chart).iter("path"):
        for pair in path.get("d").replace("L", "M").split("M")[1:]:
            if "H" not in pair:
                x, y = map(float, pair.split())
                assert 0 <= x <= 640
                assert 0 <= y <= 240


def test_a_trend_says_what_it_shows():
    chart = drawn(trend("Hồ sơ nhận", "60 ngày", ["01/11", "02/11"], [Series("Nhận", [1, 2])]))
    assert chart.find(".//title").text == "Hồ sơ nhận"
    assert chart.find(".//desc").text == "60 ngày"
    assert chart.find(".//li").itertext().__next__() == "Nhận"


def test_an_unknown_value_breaks_the_line():
    chart = drawn(trend("t", "d", list("abcd"), [Series("s", [1, None, 2, 3])]))
    line = next(path for path in chart.iter("path") if path.get("class") == "line s1")
    assert line.get("d").count("M") == 2


def test_words_are_escaped():
    chart = trend("<script>", "a & b", ["<"], [Series("<b>", [1])]) + sparkline([1], "<i>")
    assert "<script>" not in chart
    assert "<b>" not in chart
    assert "<i>" not in chart


def test_nothing_is_styled_inline():
    charts = trend("t", "d", ["a"], [Series("s", [1])]) + bar(1, 2, 1) + sparkline([1, 2], "s")
    assert "style=" not in charts


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (3, 4), (7, 8), (41, 60), (99, 100), (1170, 2000)]
)
def test_the_axis_ends_at_a_round_number(highest, top):
    assert _round_top(highest) == top


@given(st.floats(0, 1e12))
def test_the_axis_holds_the_highest_value(highest):
    assert _round_top(highest) >= highest


def test_a_bar_shows_its_share_and_the_rest():
    widths = [path.get("d") for path in drawn(bar(25, 100, 50)).iter("path")]
    assert widths[1:] == ["M0 0H25V8H0Z", "M25 0H75V8H25Z"]


def test_a_bar_of_nothing_is_empty():
    assert "M0 0H0V8H0Z" in bar(0, 0)


def areas(*values: float | None) -> list[Tile]:
    return [
        Tile(n % 3, n // 3, f"Tỉnh số {n}", value, str(value), f"Tỉnh số {n}: {value}")
        for n, value in enumerate(values)
    ]


def test_tiles_are_shaded_from_least_to_most_and_named_in_words() -> None:
    drawn = str(tile_map("Bản đồ", "Mô tả", areas(0, 25, 50, 75, 100, None), str, "Chưa có"))
    shades = re.findall(r'<g class="tile (q\d)" role="img" aria-label="([^"]+)"><title>', drawn)
    assert shades == [
        ("q1", "Tỉnh số 0: 0"), ("q2", "Tỉnh số 1: 25"), ("q3", "Tỉnh số 2: 50"), ("q4", "Tỉnh số 3: 75"),
        ("q5", "Tỉnh số 4: 100"), ("q0", "Tỉnh số 5: None"),
    ]  # fmt: skip
    assert "<li>" in drawn
    assert "80.0 – 100.0" in drawn
    assert "Chưa có" in drawn


def test_tiles_of_one_value_or_none_have_no_steps() -> None:
    assert str(tile_map("m", "d", areas(5, 5), str, "–")).count('class="tile q3"') == 3
    nothing = str(tile_map("m", "d", areas(None), str, "–"))
    assert 'class="tile q0"' in nothing
    assert "q1" not in nothing


def test_names_of_tiles_are_data_and_stay_harmless() -> None:
    drawn = str(tile_map("m", "d", [Tile(0, 0, "<b>x</b>", 1, "1", "<i>")], str, "–"))
    assert "<b>" not in drawn
    assert "<i>" not in drawn
