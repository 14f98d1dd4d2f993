"""The web font of the house, made from the bundled package at first start.

The package ships whole TrueType files (130 kB each); a page needs Latin and Vietnamese letters in two
weights. Subset to WOFF2 they weigh about 10 kB each. The family has no tabular figures, so we add
them: columns of numbers must line up. Be Vietnam Pro is under the SIL Open Font License 1.1, which
allows this.
"""

from importlib import import_module, metadata
from pathlib import Path

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
    # Here, as web processes rarely need what takes a second to load.
    from khoyte.foundation.look.font_making import web_font

    folder = Path(import_module(PACKAGE.replace("-", "_")).ROOT) / "files"
    for path, source in zip(paths, WEIGHTS.values(), strict=True):
        write_durably(path, web_font(folder / source), mode=0o644)
    write_durably(made_from, version.encode(), mode=0o644)
    return paths
