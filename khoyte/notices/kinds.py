"""Kinds of notices as data (`data/kinds.toml`), and the narrow gate of what may stand in one.

A fact is a count, a day, the code of a facility or another unit (shown by its public name), the number of a
plan's step, or a label that a room announced when Django was set up. Free words cannot be facts: names,
personal numbers and anything about health have no way in. A one-time code (`code`) is no fact that is kept:
it lies sealed beside them (`Notice.code_sealed`) and is read by nobody but the way out.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.notices.enums import Channel, Level
from khoyte.notices.errors import UnsafeFact

Facts = Mapping[str, object]
MOST = 10_000_000
_FACILITY = re.compile(r"[0-9A-Z]{5}")
_UNIT = re.compile(r"[0-9A-Z]{5}|[0-9]{2}|[A-Z]{2,8}")
_STEP = re.compile(r"[IVX]{1,4}\.[1-9]\d?")
_CODE = re.compile(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}")
HIDDEN_CODE = "••••-••••-••••"


@dataclass(frozen=True)
class Kind:
    """`fields`: name -> what kind of fact. `channels`: ways out beside the application."""

    name: str
    level: Level
    channels: tuple[Channel, ...]
    is_digest: bool
    is_quiet: bool
    legal: str
    fields: Mapping[str, str]
    label: Text
    title: Text
    body: Text

    @property
    def has_code(self) -> bool:
        """Goes out to somebody who has no account yet: nothing to choose about it."""
        return "code" in self.fields.values()


_LABELS: dict[str, dict[str, Text]] = {}


def announce_labels(name: str, labels: Mapping[str, Text]) -> None:
    """Let fields `label:NAME` take these codes, which people read as the labels."""
    _LABELS.setdefault(name, {}).update(labels)


@cache
def kinds() -> dict[str, Kind]:
    found = tomllib.loads((Path(__file__).parent / "data" / "kinds.toml").read_text(encoding="utf-8"))
    return {name: _kind(name, one) for name, one in found.items()}


def _kind(name: str, one: Mapping[str, Any]) -> Kind:
    return Kind(
        name=name,
        level=Level(one["level"]),
        channels=tuple(Channel(channel) for channel in one["channels"]),
        is_digest={"digest": True, "at_once": False}[one["pace"]],
        is_quiet=one["quiet"],
        legal=one["legal"],
        fields=one["fields"],
        label=Text(one["vi"]["label"], one["en"]["label"]),
        title=Text(one["vi"]["title"], one["en"]["title"]),
        body=Text(one["vi"]["body"], one["en"]["body"]),
    )


def kept_facts(kind: Kind, facts: Facts) -> dict[str, str | int]:
    """The facts as they are stored. Raises UnsafeFact for one missing, too many, or of another sort."""
    for name in facts.keys() ^ kind.fields.keys():
        raise UnsafeFact(kind.name, name)
    kept = {}
    for name, sort in kind.fields.items():
        value = _kept(sort, facts[name])
        if value is None:
            raise UnsafeFact(kind.name, name)
        kept[name] = value
    return kept


def _kept(sort: str, value: object) -> str | int | None:
    """What is stored of a fact; None when it is none of that sort."""
    if sort in ("count", "days"):
        return value if type(value) is int and 0 <= value <= MOST else None
    if sort == "day":
        return value.isoformat() if type(value) is date else None
    if not isinstance(value, str):
        return None
    if sort.startswith("label:"):
        return value if value in _LABELS.get(sort.removeprefix("label:"), {}) else None
    if sort == "code":
        return "" if _CODE.fullmatch(value) else None
    pattern = {"facility": _FACILITY, "unit": _UNIT, "step": _STEP}[sort]
    return value if pattern.fullmatch(value) else None


def code_in(kind: Kind, facts: Facts) -> str:
    """The one-time code among the facts, which is kept apart; "" for none."""
    return next((str(facts[name]) for name, sort in kind.fields.items() if sort == "code"), "")


def words(
    kind: Kind, kept: Mapping[str, Any], name_of: Callable[[str], str], code: str = HIDDEN_CODE
) -> tuple[Text, Text]:
    """Title and body for people. `name_of` gives the public name of a facility by its code."""
    said = {
        name: code if sort == "code" else _said(sort, kept.get(name), name_of)
        for name, sort in kind.fields.items()
    }
    return kind.title.fill(**said), kind.body.fill(**said)


def _said(sort: str, value: Any, name_of: Callable[[str], str]) -> object:
    if sort == "day" and value:
        return format_date(date.fromisoformat(value))
    if sort in ("facility", "unit"):
        return name_of(value) or value
    if sort.startswith("label:"):
        return _LABELS.get(sort.removeprefix("label:"), {}).get(value, value)
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else value


def facilities_in(kind: Kind, kept: Mapping[str, Any]) -> set[str]:
    """Codes of the facilities, or other units, whose names a notice shows."""
    shown = ("facility", "unit")
    return {str(kept[name]) for name, sort in kind.fields.items() if sort in shown and name in kept}
