"""Which official papers the platform writes about records, and what each is made of.

A room announces its papers as it announces its registers. A paper is composed from confirmed content alone,
as of a moment; numbers, days and signers are the officer's, or the register's where it holds them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper
from khoyte.registers.errors import UnknownRecord
from khoyte.registers.models import Record
from khoyte.units.policy import Actor

ANY = "*"


@dataclass(frozen=True)
class Issuer:
    """Who issues: names as papers print them, the place of its seat where that is known."""

    code: str
    name: str
    above: str = ""
    place: str = ""

    @property
    def symbol(self) -> str:
        """For numbers: SYT of a health department, the code of a facility."""
        return "SYT" if not self.code or (self.code.isdecimal() and len(self.code) == 2) else self.code


@dataclass(frozen=True)
class Occasion:
    """What a paper is composed from. `content` is the confirmed one ({} where none is); `asked` the answers
    of the officer to the options of the kind."""

    record: Record
    content: Mapping[str, Any]
    actor: Actor
    issuer: Issuer
    at: datetime
    number: str = ""
    day: date | None = None
    place: str = ""
    authority: Sequence[str] = ()
    signer: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True)
class Option:
    """One more question to the officer: of `choices`, or a day where there are none."""

    name: str
    label: Text
    choices: Mapping[str, Text] = field(default_factory=dict)
    help: Text | None = None


@dataclass(frozen=True)
class Known:
    """What the register itself says of a paper: then nobody types it."""

    number: str = ""
    day: date | None = None
    signer: str = ""


@dataclass(frozen=True)
class PaperKind:
    """`unit_kinds` may issue it. `compose` gives the paper and how many persons' lines it holds.
    `refusal` says why it cannot be written of this record now, None: it can."""

    name: str
    label: Text
    register: str
    unit_kinds: frozenset[str]
    legal: str
    compose: Callable[[Occasion], tuple[Paper, int]]
    symbol: str = ""
    help: Text | None = None
    options: Sequence[Option] = ()
    known: Callable[[Mapping[str, Any]], Known] = lambda content: Known()
    refusal: Callable[[Record, Mapping[str, Any], Actor], Text | None] = lambda record, content, actor: None
    from_confirmed: bool = True


_KNOWN: dict[str, PaperKind] = {}


def announce_paper(kind: PaperKind) -> None:
    _KNOWN[kind.name] = kind


def paper_kind(name: str) -> PaperKind:
    """Raises UnknownRecord."""
    if name not in _KNOWN:
        raise UnknownRecord
    return _KNOWN[name]


def kinds_of(register: str, unit_kind: str = "") -> list[PaperKind]:
    """Papers about records of a register; of one kind of unit only, where named."""
    return [
        kind
        for kind in _KNOWN.values()
        if kind.register in (register, ANY) and (not unit_kind or unit_kind in kind.unit_kinds)
    ]
