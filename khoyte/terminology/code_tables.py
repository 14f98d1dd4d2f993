"""From rows or FHIR concepts to codes with attributes; everything wrong is said at once, with its cell."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.text import nfc
from khoyte.terminology.errors import CatalogueRefused, Problem
from khoyte.terminology.model import Attributes, official_code
from khoyte.terminology.sheets import Row, heading_key, read_rows, refused, sheet_names

CODE_HEADINGS = ("code", "ma", "ma_code", "code_nodot")
NAME_HEADINGS = {
    "ten": "name_vi",
    "ten_vi": "name_vi",
    "ten_tieng_viet": "name_vi",
    "name": "name_vi",
    "display": "name_vi",
    "ten_en": "name_en",
    "ten_tieng_anh": "name_en",
}
_LINES_BEFORE_HEADINGS = 20
_DEEPEST_CONCEPT = 30


@dataclass(frozen=True)
class CodeTable:
    """What a file says: codes with attributes, whether it calls itself complete, and how it names itself."""

    codes: dict[str, Attributes]
    complete: bool = True
    source: str = ""


def read_code_table(name: str, path: Path) -> CodeTable:
    """The codes of a CSV, XLSX or FHIR CodeSystem (JSON) file for the catalogue `name`.

    A table needs a column headed `code` or `ma` (or `ma_...`, if it is the first); titles above the headings
    are skipped. The other columns become attributes, `name_vi` and `name_en` among them. Raises
    CatalogueRefused.
    """
    if path.suffix.lower() == ".json":
        return _read_code_system(name, path)
    misread: list[Problem] = []
    rows = read_rows(path, misread)
    if _find_headings(rows) is None:
        _say_wrong_sheet(path)
    try:
        codes = codes_of_rows(name, path.name, rows)
    except CatalogueRefused as refused_too:
        raise CatalogueRefused(path.name, [*refused_too.problems, *misread]) from refused_too
    if misread:
        raise CatalogueRefused(path.name, misread)
    return CodeTable(codes)


def _say_wrong_sheet(path: Path) -> None:
    """Without a column of codes in the first of several sheets, another is perhaps the one that is meant."""
    names = sheet_names(path)
    if len(names) > 1:
        others = ", ".join(f"“{name}”" for name in names[1:])
        raise refused(
            path.name,
            "A1",
            f"trang tính đầu “{names[0]}” không có cột mã (tiêu đề “code” hoặc “ma”); chỉ trang đầu được "
            f"đọc, tệp còn có {others}: chuyển trang chứa danh mục lên đầu rồi gửi lại",
            f"the first sheet “{names[0]}” has no column of codes (headed “code” or “ma”); only the first is "
            f"read and the file also has {others}: move the sheet with the catalogue to the front, "
            "then send it again",
        )


def codes_of_rows(name: str, file: str, rows: list[Row]) -> dict[str, Attributes]:
    """Codes of a table with headings, by official form; raises CatalogueRefused with every wrong cell."""
    found = _find_headings(rows)
    if found is None:
        raise refused(
            file,
            "A1",
            "không thấy cột mã (tiêu đề “code” hoặc “ma”)",
            'no column of codes (headed "code" or "ma")',
        )
    place, headings, column = found
    gathered = _Gathered(name)
    for row in rows[place + 1 :]:
        attributes = _attributes(headings, column, row)
        code = row.cells[column] if column < len(row.cells) else ""
        gathered.add(row.cell_name(column), code, attributes)
    return gathered.finish(file, rows[place].cell_name(column))


def _find_headings(rows: list[Row]) -> tuple[int, list[str], int] | None:
    """Place of the line of headings, the headings, and the column of codes."""
    for place, row in enumerate(rows[:_LINES_BEFORE_HEADINGS]):
        headings = [heading_key(cell) for cell in row.cells]
        column = _code_column(headings)
        if column is not None:
            return place, headings, column
    return None


def _code_column(headings: list[str]) -> int | None:
    for wanted in CODE_HEADINGS:
        if wanted in headings:
            return headings.index(wanted)
    return 0 if headings and headings[0].startswith("ma_") else None


def _attributes(headings: list[str], code_column: int, row: Row) -> Attributes:
    return {
        NAME_HEADINGS.get(heading, heading): cell
        for column, (heading, cell) in enumerate(zip(headings, row.cells, strict=False))
        if cell and heading and column != code_column
    }


class _Gathered:
    """Codes so far and what is wrong with them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._codes: dict[str, Attributes] = {}
        self._first_cell: dict[str, str] = {}
        self._problems: list[Problem] = []

    def add(self, cell: str, code: str, attributes: Attributes) -> None:
        written = official_code(self._name, code)
        if not written:
            self._problems.append(Problem(cell, Text("thiếu mã", "the code is missing")))
        elif any(not sign.isprintable() for sign in written):
            self._problems.append(Problem(cell, _CONTROL_SIGNS))
        elif written not in self._codes:
            self._codes[written], self._first_cell[written] = attributes, cell
        elif self._codes[written] != attributes:
            self._problems.append(Problem(cell, _REPEATED.fill(code=written, cell=self._first_cell[written])))

    def finish(self, file: str, heading_cell: str) -> dict[str, Attributes]:
        if not self._codes and not self._problems:
            nothing = Text("không có mã nào", "there is no code")
            self._problems.append(Problem(heading_cell, nothing))
        if self._problems:
            raise CatalogueRefused(file, self._problems)
        return self._codes


_CONTROL_SIGNS = Text("mã chứa ký tự điều khiển không in được", "the code holds control signs")
_REPEATED = Text(
    vi="mã {code} đã có ở ô {cell} với nội dung khác",
    en="code {code} already stands in cell {cell} with other content",
)


def _read_code_system(name: str, path: Path) -> CodeTable:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        raise refused(path.name, "$", "tệp không phải JSON ở bảng mã UTF-8", "not JSON in UTF-8") from wrong
    if not isinstance(document, dict) or document.get("resourceType") != "CodeSystem":
        raise refused(path.name, "$.resourceType", "không phải FHIR CodeSystem", "not a FHIR CodeSystem")
    gathered = _Gathered(name)
    for place, concept in _concepts(document.get("concept", []), "$.concept"):
        if not isinstance(concept, dict) or not isinstance(concept.get("code"), str):
            gathered.add(place, "", {})
            continue
        language = str(document.get("language", "vi"))
        gathered.add(place, concept["code"].strip(), _concept_attributes(concept, language))
    source = " ".join(str(document[key]) for key in ("url", "version") if document.get(key))
    return CodeTable(gathered.finish(path.name, "$.concept"), document.get("content") == "complete", source)


def _concepts(concepts: object, place: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if not isinstance(concepts, list) or depth > _DEEPEST_CONCEPT:
        yield place, None
        return
    for position, concept in enumerate(concepts):
        here = f"{place}[{position}]"
        yield here, concept
        if isinstance(concept, dict) and "concept" in concept:
            yield from _concepts(concept["concept"], f"{here}.concept", depth + 1)


def _concept_attributes(concept: dict[str, Any], language: str) -> Attributes:
    named = {f"name_{language[:2]}": concept.get("display")}
    for other in _objects(concept.get("designation")):
        named.setdefault(f"name_{str(other.get('language', language))[:2]}", other.get("value"))
    for known in _objects(concept.get("property")):
        value = next((known[key] for key in known if key.startswith("value")), None)
        named[heading_key(str(known.get("code", "")))] = "1" if value is True else value
    return {
        key: nfc(str(value)).strip()
        for key, value in named.items()
        if key and not isinstance(value, dict | list) and value not in (None, False, "")
    }


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
