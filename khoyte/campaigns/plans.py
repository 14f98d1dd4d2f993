"""Plans as dated data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from khoyte.foundation.errors import UnreadableInput
from khoyte.foundation.home import home
from khoyte.foundation.language import Text

MEASURES = ("facilities_declared", "facilities_confirmed", "practitioners_declared", "practitioners_reviewed")


@dataclass(frozen=True)
class Step:
    """`measure`: one of MEASURES, or "" for what the registers cannot tell."""

    number: str
    label: Text
    lead: str
    due: date
    measure: str


@dataclass(frozen=True)
class Campaign:
    name: str
    label: Text
    legal: str
    starts: date
    steps: tuple[Step, ...]


def campaigns() -> dict[str, Campaign]:
    """All plans of this installation. Raises UnreadableInput for a file that is none."""
    own = home() / "campaigns.toml"
    paths = [Path(__file__).parent / "data" / "campaigns.toml", *([own] if own.exists() else [])]
    return {name: one for path in paths for name, one in _read(path).items()}


def _read(path: Path) -> dict[str, Campaign]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _campaign(name, one) for name, one in found.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise UnreadableInput(
            Text(vi="Tệp kế hoạch {file} không đọc được.", en="The plan in {file} cannot be read.").fill(
                file=path.name
            ),
            remedy=Text(
                vi="Mỗi bước cần number, vi, en, lead, due (ngày), measure; xem tệp mẫu của Khoyte.",
                en="Each step needs number, vi, en, lead, due (a day), measure; see the bundled file.",
            ),
            code="campaign-unreadable",
        ) from wrong


def _campaign(name: str, one: Mapping[str, Any]) -> Campaign:
    steps = tuple(
        Step(
            step["number"],
            Text(step["vi"], step["en"]),
            step["lead"],
            date.fromisoformat(str(step["due"])),
            _measure(step["measure"]),
        )
        for step in one["steps"]
    )
    starts = date.fromisoformat(str(one["starts"]))
    return Campaign(name, Text(one["vi"], one["en"]), one["legal"], starts, steps)


def _measure(name: str) -> str:
    if name and name not in MEASURES:
        raise ValueError(name)
    return name
