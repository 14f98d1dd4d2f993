"""Administrative units across reforms: what a unit became, and what it was made of.

The catalogue `unit_changes` holds one line per old and new unit of a reform: `old_code`, `new_code`, `kind`,
`effective_on` (first day of the new units), `legal`, and `level` (commune unless said). Units of 63 provinces
with districts became communes of 34 provinces on 2025-07-01 (Resolution 202/2025/QH15); in 2026 more
provinces became cities and more communes wards, mostly under the same code.

442 of about 10,000 communes were split over several new ones: such an answer is a list of candidates, and
nothing is chosen for the reader.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from khoyte.foundation.language import Text
from khoyte.terminology.errors import CatalogueRefused, Problem
from khoyte.terminology.model import Attributes, Codes
from khoyte.terminology.pack import Pack
from khoyte.terminology.pack_files import load_pack
from khoyte.terminology.sheets import Row, heading_key, refused

CATALOGUE = "unit_changes"
KINDS = {
    "whole": Text("toàn bộ", "whole"),
    "part": Text("một phần", "part"),
    "area_part": Text("một phần diện tích", "part of the area"),
    "area_part_whole_population": Text(
        "một phần diện tích, toàn bộ dân số", "part of the area, the whole population"
    ),
    "unchanged": Text("giữ nguyên", "unchanged"),
}
HEADINGS = frozenset({"old_code", "new_code", "kind", "effective_on"})
_LEVELS = ("commune", "district", "province")

Certainty = Literal["exact", "candidate_list", "unknown"]


@dataclass(frozen=True)
class Unit:
    """A unit that was found, and how much of the asked one it holds at each step."""

    code: str
    kinds: tuple[str, ...] = ()
    legal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapped:
    """Units on a day. `certainty` is exact for one unit, candidate_list for several; unknown when no list of
    changes is held."""

    units: tuple[Unit, ...]
    certainty: Certainty


def units_after(
    code: str, day: date, *, since: date = date.min, level: str = "commune", pack: Pack | None = None
) -> Mapped:
    """What the unit `code`, as written on the day `since`, is on the later `day`.

    Codes are used again: give `since`, the date of the record, where it is known. Without a change the answer
    is the unit itself.
    """
    changes = _changes(pack, level)
    between = [one for one in changes or () if since < _day(one) <= day]
    return _followed(code, between, "old_code", "new_code", known=changes is not None)


def units_before(
    code: str, day: date, *, until: date = date.max, level: str = "commune", pack: Pack | None = None
) -> Mapped:
    """Of which units of the earlier `day` the unit `code`, as written on the day `until`, was made."""
    changes = _changes(pack, level)
    between = [one for one in reversed(changes or ()) if day < _day(one) <= until]
    return _followed(code, between, "new_code", "old_code", known=changes is not None)


def _followed(code: str, changes: Iterable[Attributes], origin: str, target: str, *, known: bool) -> Mapped:
    units = {code: Unit(code)}
    for _, reform in groupby(changes, key=_day):
        steps: dict[str, list[Attributes]] = {}
        for change in reform:
            steps.setdefault(change[origin], []).append(change)
        met: dict[str, Unit] = {}
        for unit in units.values():
            for one in _step(unit, steps.get(unit.code), target):
                met.setdefault(one.code, one)
        units = met
    found = tuple(units[one] for one in sorted(units))
    return Mapped(found, "unknown" if not known else "exact" if len(found) == 1 else "candidate_list")


def _step(unit: Unit, changes: list[Attributes] | None, target: str) -> list[Unit]:
    if changes is None:
        return [unit]
    return [
        Unit(one[target], (*unit.kinds, one["kind"]), (*unit.legal, *filter(None, [one.get("legal", "")])))
        for one in changes
    ]


def _changes(pack: Pack | None, level: str) -> list[Attributes] | None:
    """The changes of one level by day, None when no list of changes is held."""
    release = (pack or load_pack()).release(CATALOGUE, date.max)
    if release is None:
        return None
    rows = [known for known in release.codes.values() if known.get("level", "commune") == level]
    return sorted(rows, key=lambda one: (_day(one), one["old_code"], one["new_code"]))


def _day(change: Attributes) -> date:
    return date.fromisoformat(change["effective_on"])


def codes_of_changes(file: str, rows: list[Row]) -> dict[str, Attributes]:
    """The lines of a table of changes, keyed "level:day:old>new". Raises CatalogueRefused with every wrong
    cell."""
    headings = [heading_key(cell) for cell in rows[0].cells] if rows else []
    if not set(headings) >= HEADINGS:
        raise refused(
            file,
            "A1",
            "thiếu tiêu đề old_code, new_code, kind hoặc effective_on",
            "a heading of old_code, new_code, kind, effective_on is missing",
        )
    codes: dict[str, Attributes] = {}
    places: dict[str, str] = {}
    problems: list[Problem] = []
    for row in rows[1:]:
        cells = zip(headings, row.cells, strict=False)
        known = {heading: cell for heading, cell in cells if heading and cell}
        known.setdefault("level", "commune")
        wrong = [
            Problem(row.cell_name(headings.index(heading) if heading in headings else 0), text)
            for heading, text in _wrong(known)
        ]
        key = "{level}:{effective_on}:{old_code}>{new_code}".format_map(_Blank(known))
        if not wrong and key in codes:
            wrong = [Problem(row.cell_name(headings.index("old_code")), _TWICE)]
        problems += wrong
        codes[key] = known
        places[key] = row.cell_name(headings.index("old_code"))
    problems += _several_wholes(codes, places)
    if not codes and not problems:
        problems = [Problem("A2", _NO_LINES)]
    if problems:
        raise CatalogueRefused(file, problems)
    return codes


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _wrong(known: Mapping[str, str]) -> Iterable[tuple[str, Text]]:
    for heading in ("old_code", "new_code"):
        if not known.get(heading, "").isdecimal():
            yield heading, Text("mã đơn vị hành chính phải gồm các chữ số", "codes of units are digits")
    if known.get("kind") not in KINDS:
        allowed = ", ".join(KINDS)
        yield "kind", Text(f"kind phải là một trong: {allowed}", f"kind must be one of: {allowed}")
    if known["level"] not in _LEVELS:
        yield (
            "level",
            Text(
                "level phải là commune, district hoặc province", "level must be commune, district or province"
            ),
        )
    try:
        date.fromisoformat(known.get("effective_on", ""))
    except ValueError:
        yield "effective_on", Text("ngày hiệu lực phải viết dạng 2025-07-01", "write the day as 2025-07-01")


def _several_wholes(codes: Codes, places: Mapping[str, str]) -> list[Problem]:
    """A unit that goes whole to one place cannot go to a second on the same day; `places` are cells."""
    targets: dict[tuple[str, str, str], list[str]] = {}
    for key, known in codes.items():
        origin = (known.get("level", ""), known.get("effective_on", ""), known.get("old_code", ""))
        targets.setdefault(origin, []).append(key)
    return [
        Problem(places[several[-1]], _SEVERAL.fill(code=old, day=day))
        for (_, day, old), several in sorted(targets.items())
        if len(several) > 1 and any(codes[key].get("kind") in ("whole", "unchanged") for key in several)
    ]


_NO_LINES = Text("không có dòng nào dưới tiêu đề", "there is no line under the headings")
_TWICE = Text("dòng này lặp lại một dòng trước", "this line repeats an earlier one")
_SEVERAL = Text(
    "đơn vị {code} chuyển toàn bộ hoặc giữ nguyên ngày {day} nhưng có nhiều đơn vị mới",
    "unit {code} goes whole or unchanged on {day} but to several new units",
)
