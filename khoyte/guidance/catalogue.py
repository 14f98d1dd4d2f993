"""What this room has as data: kinds of requests with their terms, topics of training with their checks."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from khoyte.foundation.calendar import in_vietnam
from khoyte.foundation.deadlines import Deadline
from khoyte.foundation.language import Text

DATA = Path(__file__).parent / "data"
_LEGAL = "Kế hoạch 1642/KH-BYT, III.1, III.3"


@dataclass(frozen=True)
class Kind:
    """A kind of request for support. `terms`: (valid from, term for an answer), the oldest first."""

    name: str
    label: Text
    hint: Text
    terms: tuple[tuple[date, Deadline], ...]

    def due(self, at: datetime) -> datetime:
        """Until when a desk that gets it at this moment is to answer."""
        day = in_vietnam(at).date()
        known = [term for begins, term in self.terms if begins <= day] or [self.terms[0][1]]
        return known[-1].due(at)


@dataclass(frozen=True)
class Question:
    text: Text
    answers: tuple[Text, ...]
    right: int
    """Place of the right answer, from 1."""


@dataclass(frozen=True)
class Topic:
    name: str
    label: Text
    check: tuple[Question, ...]


@cache
def kinds() -> dict[str, Kind]:
    return {
        name: Kind(
            name,
            _text(one),
            _text(one["hint"]),
            tuple(
                (term["valid_from"], Deadline(term["amount"], term["unit"], _LEGAL))
                for term in sorted(one["terms"], key=lambda term: term["valid_from"])
            ),
        )
        for name, one in _read("support").items()
    }


@cache
def topics() -> dict[str, Topic]:
    return {
        name: Topic(name, _text(one), tuple(_question(each) for each in one.get("check", ())))
        for name, one in _read("topics").items()
    }


def _question(one: Mapping[str, Any]) -> Question:
    return Question(_text(one), tuple(_text(each) for each in one["answers"]), one["right"])


def _text(one: Mapping[str, Any]) -> Text:
    return Text(vi=one["vi"], en=one["en"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
