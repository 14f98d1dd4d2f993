"""Files of other systems as dated data: how their columns are called, how they write codes and days.

Rooms announce a file of layouts; `KHOYTE_HOME/layouts.toml`, of the same form, corrects and adds to them.
A layout counts from its day until a later one of the same register and name.
"""

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.home import home
from khoyte.foundation.language import Text

Way = Literal["out", "in", "compare"]
NUMBERING = "#"
DATES = ("dd/mm/yyyy", "yyyymmdd", "yyyy-mm-dd")


class LayoutsUnreadable(KhoyteError):
    """A file of layouts that does not say what it should."""

    code = "wrong-layouts"

    def __init__(self, place: Path, what: str):
        super().__init__(
            Text(
                vi=f"Khai báo mẫu tệp {place.name} không đọc được: {what}.",
                en=f"The layouts in {place.name} cannot be read: {what}.",
            ),
            remedy=Text(
                vi="Sửa tệp theo mẫu của lệnh khoyte register layouts --copy.",
                en="Correct it after the example of khoyte register layouts --copy.",
            ),
        )


@dataclass(frozen=True)
class LayoutColumn:
    """One column: `codes` is ours → theirs."""

    heading: str
    field: str
    also: tuple[str, ...] = ()
    codes: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.heading, *self.also)


@dataclass(frozen=True)
class Layout:
    """One file of another system. `rejections`: headings of row, column and reason in what comes back."""

    name: str
    register: str
    way: Way
    valid_from: date
    label: Text
    source: str
    columns: tuple[LayoutColumn, ...]
    assumed: bool = False
    sheet: str = ""
    title: tuple[str, ...] = ()
    heading_line: int = 1
    dates: str = "dd/mm/yyyy"
    rejections: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    own: bool = False  # said by this installation

    @property
    def key(self) -> tuple[str, str, date]:
        return self.register, self.name, self.valid_from


_ANNOUNCED: list[Path] = []


def announce_layouts(place: Path) -> None:
    if place not in _ANNOUNCED:
        _ANNOUNCED.append(place)


def announced() -> Sequence[Path]:
    return tuple(_ANNOUNCED)


def own_file() -> Path:
    return home() / "layouts.toml"


def layouts() -> list[Layout]:
    """Every layout known, the installation's own in place of those it corrects. Raises LayoutsUnreadable."""
    found = {one.key: one for place in _ANNOUNCED for one in _read(place, place.stat().st_mtime_ns)}
    own = own_file()
    if own.exists():
        found |= {one.key: one for one in _read(own, own.stat().st_mtime_ns, own=True)}
    return sorted(found.values(), key=lambda one: one.key)


def layouts_of(register: str, way: Way, on: date | None = None) -> list[Layout]:
    """Those in force on a day (default today), one per name."""
    day = on or today()
    newest: dict[str, Layout] = {}
    for one in layouts():
        if one.register == register and one.way == way and one.valid_from <= day:
            newest[one.name] = one
    return list(newest.values())


def layout(register: str, name: str, on: date | None = None) -> Layout | None:
    """The layout of that name in force on a day."""
    return next(
        (
            one
            for way in ("out", "in", "compare")
            for one in layouts_of(register, way, on)
            if one.name == name
        ),
        None,
    )


def incoming_headings(register: str) -> dict[str, str]:
    """Heading → property, as files of other systems that are imported call them."""
    return {
        heading: column.field
        for one in layouts_of(register, "in")
        for column in one.columns
        for heading in column.headings
    }


@lru_cache(maxsize=16)
def _read(place: Path, changed_at: int, own: bool = False) -> tuple[Layout, ...]:
    try:
        declared = tomllib.loads(place.read_text(encoding="utf-8")).get("layout", [])
        return tuple(_layout(one, place, own) for one in declared)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise LayoutsUnreadable(place, str(wrong)) from wrong
    except (KeyError, TypeError, AttributeError) as wrong:
        raise LayoutsUnreadable(place, f"{type(wrong).__name__} {wrong}") from wrong


def _layout(one: Mapping[str, Any], place: Path, own: bool) -> Layout:
    label = one["label"]
    found = Layout(
        name=one["name"],
        register=one["register"],
        way=one["way"],
        valid_from=one["valid_from"],
        label=Text(vi=label["vi"], en=label.get("en") or label["vi"]),
        source=one.get("source", ""),
        columns=tuple(
            LayoutColumn(
                column["heading"], column["field"], tuple(column.get("also", ())), column.get("codes", {})
            )
            for column in one["columns"]
        ),
        assumed=bool(one.get("assumed", False)),
        sheet=one.get("sheet", ""),
        title=tuple(one.get("title", ())),
        heading_line=int(one.get("heading_line", 1)),
        dates=one.get("dates", DATES[0]),
        rejections=one.get("rejections", {}),
        own=own,
    )
    wrong = _wrong(found)
    if wrong:
        raise LayoutsUnreadable(place, f"{found.register}, {found.name}: {wrong}")
    return found


def _wrong(one: Layout) -> str:
    if one.way not in ("out", "in", "compare"):
        return f"way {one.way!r}"
    if type(one.valid_from) is not date:
        return "valid_from"
    if one.dates not in DATES:
        return f"dates {one.dates!r}"
    if one.heading_line <= len(one.title):
        return "heading_line"
    headings = [column.heading for column in one.columns]
    if not headings or len(set(headings)) < len(headings):
        return "columns"
    return ""
