"""The web font of the house, made from the bundled package at first start.

The package ships whole TrueType files (130 kB each); a page needs Latin and Vietnamese letters in two
weights. Subset to WOFF2 they weigh about 10 kB each. The family has no tabular figures, so we add
them: columns of numbers must line up. Be Vietnam Pro is under the SIL Open Font License 1.1, which
allows this.
"""

import io
import logging
from importlib import import_module, metadata
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from khoyte.foundation.home import write_durably

PACKAGE = "fontpkg-be-vietnam-pro"
WEIGHTS = {"400": "BeVietnamPro-Regular.ttf", "600": "BeVietnamPro-SemiBold.ttf"}

_VIETNAMESE = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưÐð"
_SIGNS = "\u00a0«»×·–—‘’“”•…≤≥≠−°₫±§²³½"
LETTERS = frozenset(
    [chr(code) for code in range(0x20, 0x7F)]
    + [chr(code) for code in range(0x1EA0, 0x1EFA)]
    + list(_VIETNAMESE + _SIGNS)
)

# It tells every glyph it keeps.
logging.getLogger("fontTools").setLevel(logging.WARNING)

_FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def font_files() -> tuple[str, ...]:
    """Names of the files `build_fonts` makes."""
    return tuple(f"be-vietnam-pro-{weight}.woff2" for weight in WEIGHTS)


def build_fonts(target: Path) -> list[Path]:
    """Make the font files in `target` unless those of the installed package version are there already.

    Takes about a second the first time. Returns the paths, one per weight.
    """
    made_from = target / "be-vietnam-pro.version"
    version = f"{metadata.version(PACKAGE)}+{len(LETTERS)}"
    paths = [target / name for name in font_files()]
    if all(path.exists() for path in paths) and made_from.exists() and made_from.read_text() == version:
        return paths
    folder = Path(import_module(PACKAGE.replace("-", "_")).ROOT) / "files"
    for path, source in zip(paths, WEIGHTS.values(), strict=True):
        write_durably(path, web_font(folder / source), mode=0o644)
    write_durably(made_from, version.encode(), mode=0o644)
    return paths


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
