"""Guides by role as data (`data/guides/*.toml`): a few steps, each with its page, its control, a picture.

`data/pictures.json` says of every picture for which step it was taken and what its bytes are. A step whose
page or control was changed since, and a picture that was changed by hand, fail a test; so does a step whose
page no longer opens for the role or no longer holds the control. Pictures are taken by
`KHOYTE_WRITE_PICTURES=1 make test ARGS="-k guide_pictures"`.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from khoyte.foundation.language import Text

HERE = Path(__file__).parent
PICTURES = HERE / "static" / "khoyte"
LIST = HERE / "data" / "pictures.json"
CONTROLS = ("button", "link", "field", "heading", "column")


@dataclass(frozen=True)
class Step:
    """`who`: the account of a picture and of its test ("facility", "province", …).

    `then`: whether it is about the page behind the first link of the table there. `control` is a name in
    Vietnamese, as it stands on the page; its `kind` is one of CONTROLS.
    """

    title: Text
    text: Text
    who: str
    page: str
    then: bool
    kind: str
    control: str
    picture: str
    width: int = 0
    height: int = 0

    @property
    def opens(self) -> bool:
        """Whether the reader can go straight there."""
        return not self.then

    @property
    def digest(self) -> str:
        """What a picture depends on."""
        told = "\n".join((self.who, self.page, str(self.then), self.kind, self.control))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Guide:
    name: str
    label: Text
    about: Text
    roles: tuple[str, ...]
    steps: tuple[Step, ...]


@cache
def guides() -> dict[str, Guide]:
    taken = pictures()
    found = [
        _guide(path.stem.partition("-")[2], path, taken)
        for path in sorted((HERE / "data" / "guides").glob("*.toml"))
    ]
    return {guide.name: guide for guide in found}


def pictures() -> dict[str, dict[str, Any]]:
    """Picture -> {"step", "sha256", "width", "height"}."""
    return json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}


def _guide(name: str, path: Path, taken: Mapping[str, Mapping[str, Any]]) -> Guide:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    steps = tuple(_step(name, place, one, taken) for place, one in enumerate(said["steps"], start=1))
    return Guide(name, _text(said["label"]), _text(said["about"]), tuple(said["roles"]), steps)


def _step(guide: str, place: int, one: Mapping[str, Any], taken: Mapping[str, Mapping[str, Any]]) -> Step:
    picture = f"huong-dan-{guide}-{place}.webp"
    known = taken.get(picture, {})
    return Step(
        _text(one["title"]),
        _text(one["text"]),
        one["who"],
        one["page"],
        one.get("then", False),
        one["kind"],
        one["control"],
        picture if known else "",
        known.get("width", 0),
        known.get("height", 0),
    )


def _text(one: Mapping[str, str]) -> Text:
    return Text(vi=one["vi"], en=one["en"])
