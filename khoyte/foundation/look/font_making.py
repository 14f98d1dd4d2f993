"""Cutting the web font: our letters and tabular figures only, as WOFF2."""

import io
import logging
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from khoyte.foundation.look.fonts import LETTERS

# It tells every glyph it keeps.
logging.getLogger("fontTools").setLevel(logging.WARNING)

_FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def web_font(source: Path) -> bytes:
    """One weight as WOFF2 with our letters and tabular figures."""
    font = TTFont(source)
    _keep_only_our_letters(font)
    _add_tabular_figures(font)
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _keep_only_our_letters(font: TTFont) -> None:
    options = Options()
    options.layout_features = ["kern"]  # text is NFC: composed letters need no joining rules
    options.hinting = False
    options.name_IDs = [1, 2, 13, 14]  # family, style, licence and its address
    options.drop_tables += ["DSIG", "GSUB"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(LETTERS))
    subsetter.subset(font)


def _add_tabular_figures(font: TTFont) -> None:
    """Give every figure a second form of one common width, chosen by `font-variant-numeric: tabular-nums`."""
    glyphs, widths = font["glyf"], font["hmtx"]
    common = widths["seven"][0] + 40  # a little under the usual width, or a 1 would stand alone
    for figure in _FIGURES:
        width, left = widths[figure]
        shift = (common - width) // 2
        glyph = glyphs[figure].__class__(glyphs[figure].compile(glyphs))
        glyph.expand(glyphs)
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(glyphs)
        glyphs[f"{figure}.tnum"] = glyph
        widths[f"{figure}.tnum"] = (common, left + shift)
    rules = " ".join(f"sub {figure} by {figure}.tnum;" for figure in _FIGURES)
    addOpenTypeFeaturesFromString(font, f"feature tnum {{ {rules} }} tnum;", tables={"GSUB"})
