"""Small invented catalogues and packs of them, for tests of what a change of a catalogue does."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from khoyte.submissions.tests.senders import valid_rows
from khoyte.terminology import Pack
from khoyte.terminology.bundled import bundled_releases
from khoyte.terminology.release_files import StoredRelease, make_header

STARTS = date(2020, 1, 1)
CODES = ("E11.9", "I10", "J18.9", "A90")


def disease_in_use() -> str:
    """The main disease of the accepted dossier of the tests, as the official list writes it."""
    code = valid_rows("XML1")[0]["MA_BENH_CHINH"]
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code


def diseases(*left_out: str, complete: bool = True, starts: date = STARTS, **marked: str) -> StoredRelease:
    """A release of ICD-10 of an invented size; `marked` puts an attribute on a code (not_as_main="I10")."""
    codes: dict[str, Mapping[str, str]] = {
        code: {"name_vi": f"Bệnh {code}"} for code in (*CODES, disease_in_use()) if code not in left_out
    }
    for attribute, code in marked.items():
        codes[code] = {**codes[code], attribute: "1"}
    header = make_header("icd10", codes, valid_from=starts, complete=complete, source="thử nghiệm")
    return StoredRelease(header, lambda: codes)


def pack_of(*releases: StoredRelease) -> Pack:
    names = {release.header.name for release in releases}
    return Pack([*(one for one in bundled_releases() if one.header.name not in names), *releases])


def write_csv(path: Path, *left_out: str, extra: str = "", header: str = "ma,ten,not_as_main") -> Path:
    """The same codes as a file for import."""
    lines = [f"{code},Bệnh {code}," for code in (*CODES, disease_in_use()) if code not in left_out]
    path.write_text("\n".join([header, *lines, *filter(None, [extra])]) + "\n", encoding="utf-8")
    return path
