"""Charts drawn on the server as SVG: one idea each, axes from zero, always with title and description.

The table under a chart is the page's duty. Series differ by dash and name as well as by colour. No inline
style: classes are in khoyte.css. All words and values are escaped here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Words

WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 34


@dataclass(frozen=True)
class Series:
    """One line of a trend: a value per step, None where nothing is known (the line breaks there)."""

    label: Words
    values: Sequence[float | None]


def trend(title: Words, description: Words, steps: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Lines over time from zero; `steps` are the labels along the foot, oldest first."""
    top = _round_top(max((v for line in series for v in line.values if v is not None), default=0))
    body = _height_lines(top) + _step_labels(steps)
    for index, line in enumerate(series, start=1):
        body += _line(line.values, top, f"line s{index}")
    key = format_html_join(
        "",
        '<li><svg viewBox="0 0 28 12" aria-hidden="true"><path class="line s{}" d="M0 6H28"/></svg>{}</li>',
        ((index, formats.said(line.label)) for index, line in enumerate(series, start=1)),
    )
    drawing = _svg(WIDTH, HEIGHT, title, description, body)
    return format_html('<figure class="chart">{}<ul class="key">{}</ul></figure>', drawing, key)


def bar(value: float, top: float, rest: float = 0) -> SafeString:
    """One bar for a table or list, beside its number: `value` of `top`, then `rest` in a second tone."""
    whole = top or 1
    first, second = 100 * value / whole, 100 * rest / whole
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="fill rest" d="M0 0H100V8H0Z"/><path class="fill" d="M0 0H{}V8H0Z"/>'
        '<path class="fill s2" d="M{} 0H{}V8H{}Z"/></svg>',
        *map(_short, (first, first, first + second, first)),
    )


def sparkline(values: Sequence[float | None], label: Words) -> SafeString:
    """A word-sized trend beside a number; `label` is what a screen reader hears."""
    top = max((v for v in values if v is not None), default=0) or 1
    paths = _paths(values, lambda i: 96 * i / max(1, len(values) - 1), lambda v: 22 - 20 * v / top)
    return format_html(
        '<svg class="spark" viewBox="0 0 96 24" role="img" aria-label="{}"><path class="line" d="{}"/></svg>',
        formats.said(label),
        paths,
    )


@dataclass(frozen=True)
class Tile:
    """One area of a tile map: where it stands, what it is called, its figure and how that is said aloud.

    `value` is None where nothing is known. `said` is the figure as written in the tile, `told` a sentence
    with name, figure and what it stands on.
    """

    column: int
    row: int
    name: str
    value: float | None
    said: str
    told: Words


_TILE_WIDTH, _TILE_HEIGHT, _GAP = 100, 78, 4
_NAME_LETTERS = 10
CLASSES = 5


def tile_map(
    title: Words, description: Words, tiles: Sequence[Tile], say: Callable[[float], str], nothing: Words
) -> SafeString:
    """Areas of equal size on a grid, shaded in five equal steps from the least to the most, with a legend.

    Every tile bears its name and figure, so that nothing is told by shade alone; `say` writes the bounds of
    the legend, `nothing` stands beside the sign of areas of which nothing is known.
    """
    known = [tile.value for tile in tiles if tile.value is not None]
    least, most = (min(known), max(known)) if known else (0.0, 0.0)
    body = format_html_join("", "{}", ((_tile(tile, least, most),) for tile in tiles))
    width = _TILE_WIDTH * (1 + max((tile.column for tile in tiles), default=0))
    height = _TILE_HEIGHT * (1 + max((tile.row for tile in tiles), default=0))
    key = format_html_join(
        "",
        '<li><svg viewBox="0 0 28 16" aria-hidden="true">'
        '<rect class="tile {}" width="28" height="16"/></svg>{}</li>',
        ((css, formats.said(words)) for css, words in _legend(least, most, say, nothing, tiles)),
    )
    drawing = _svg(width, height, title, description, body, role="group")
    return format_html('<figure class="chart tiles">{}<ul class="key">{}</ul></figure>', drawing, key)


def _tile(tile: Tile, least: float, most: float) -> SafeString:
    x, y = tile.column * _TILE_WIDTH, tile.row * _TILE_HEIGHT
    lines = _name_lines(tile.name)
    middle = x + (_TILE_WIDTH - _GAP) / 2
    names = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (_short(middle), _short(y + (20 if len(lines) > 1 else 29) + 18 * i), line)
            for i, line in enumerate(lines)
        ),
    )
    return format_html(
        '<g class="tile {}" role="img" aria-label="{}"><title>{}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}"/>{}'
        '<text class="figure" x="{}" y="{}" text-anchor="middle">{}</text></g>',
        _shade(tile.value, least, most),
        formats.said(tile.told),
        formats.said(tile.told),
        x,
        y,
        _TILE_WIDTH - _GAP,
        _TILE_HEIGHT - _GAP,
        names,
        _short(middle),
        y + 61,
        tile.said,
    )


def _shade(value: float | None, least: float, most: float) -> str:
    """q1 for the lowest fifth of the span to q5 for the highest, q0 for what is not known."""
    if value is None:
        return "q0"
    if most == least:
        return "q3"
    return f"q{min(CLASSES, 1 + floor(CLASSES * (value - least) / (most - least)))}"


def _name_lines(name: str) -> list[str]:
    """A name in one or two lines, parted at the blank nearest to its middle."""
    blanks = [place for place, letter in enumerate(name) if letter == " "]
    if len(name) <= _NAME_LETTERS or not blanks:
        return [name]
    at = min(blanks, key=lambda place: abs(place - len(name) / 2))
    return [name[:at], name[at + 1 :]]


def _legend(
    least: float, most: float, say: Callable[[float], str], nothing: Words, tiles: Sequence[Tile]
) -> list[tuple[str, Words]]:
    found: list[tuple[str, Words]] = []
    if any(tile.value is not None for tile in tiles):
        step = (most - least) / CLASSES
        bounds = [(f"q{n + 1}", least + n * step, least + (n + 1) * step) for n in range(CLASSES)]
        found = (
            [(css, f"{say(low)} – {say(high)}") for css, low, high in bounds] if step else [("q3", say(most))]
        )
    if any(tile.value is None for tile in tiles):
        found.append(("q0", nothing))
    return found


def _svg(
    width: int, height: int, title: Words, description: Words, body: SafeString, role: str = "img"
) -> SafeString:
    return format_html(
        '<svg viewBox="0 0 {} {}" role="{}" aria-label="{}"><title>{}</title><desc>{}</desc>{}</svg>',
        width,
        height,
        role,
        formats.said(title),
        formats.said(title),
        formats.said(description),
        body,
    )


def _height_lines(top: float) -> SafeString:
    """Five lines at most: zero, quarters or halves of the top, with their numbers."""
    levels = [top * part / 4 for part in range(5)] if top % 4 == 0 else [0, top / 2, top]
    return format_html_join(
        "",
        '<path class="axis" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (_LEFT, y, WIDTH - _RIGHT, _LEFT - 8, y + 4, formats.number(level))
            for level in levels
            for y in [round(_y(level, top), 1)]
        ),
    )


def _step_labels(steps: Sequence[str]) -> SafeString:
    """First and last step always; a few between them where there is room."""
    last = len(steps) - 1
    chosen = sorted({round(last * part / 4) for part in range(5)}) if last >= 0 else []
    ends = {0: "start", last: "end"}
    return format_html_join(
        "",
        '<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                "step" if i in ends else "spare",
                _short(_x(i, len(steps))),
                HEIGHT - 8,
                ends.get(i, "middle") if last else "middle",
                steps[i],
            )
            for i in chosen
        ),
    )


def _line(values: Sequence[float | None], top: float, css: str) -> SafeString:
    path = _paths(values, lambda i: _x(i, len(values)), lambda v: _y(v, top))
    return format_html('<path class="{}" d="{}"/>', css, path) if path else mark_safe("")


def _paths(values: Sequence[float | None], x: Callable[[int], float], y: Callable[[float], float]) -> str:
    """An SVG path through the known values; a lone value becomes a line of no length."""
    written, pen_down = [], False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        written.append(f"{'L' if pen_down else 'M'}{_short(x(index))} {_short(y(value))}")
        pen_down = True
    return "".join(written)


def _x(index: int, count: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (index / (count - 1) if count > 1 else 0.5)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top


def _round_top(highest: float) -> float:
    """The next round number a reader would choose: 4, 8, 10, 20, 40 ... times a power of ten."""
    if highest <= 4:
        return 4 if highest > 1 else 1
    size = 10 ** floor(log10(highest))
    return next(step * size for step in (1, 2, 4, 6, 8, 10, 20) if highest <= step * size)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
