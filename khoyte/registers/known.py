"""Which registers this installation has. Each room announces its own when Django is set up (`apps.ready`)."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Table
from khoyte.notices.kinds import announce_labels
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import UnknownRegister
from khoyte.units.policy import Actor

if TYPE_CHECKING:
    from khoyte.registers.models import Record


RecordLinks = Callable[["Record", Actor], Sequence[Link]]
PublicLinks = Callable[[uuid.UUID, Mapping[str, Any]], Sequence[Link]]
PublicTables = Callable[[uuid.UUID, Mapping[str, Any], int], Sequence[Table]]
"""The same and a page (from 1) -> tables that stand below it."""
PublicNotices = Callable[[uuid.UUID, Mapping[str, Any]], Sequence[Any]]
"""Id and public content of a published record -> `presenters.PublicNotice`s for whoever looks it up."""
Doubts = Callable[["Record", Mapping[str, Any]], Sequence[Text]]
"""A record and its content -> what other records say against it: stops nothing, reviewers open it first."""


def no_links(*_: Any) -> Sequence[Link]:
    return ()


def no_tables(*_: Any) -> Sequence[Table]:
    return ()


def no_doubts(*_: Any) -> Sequence[Text]:
    return ()


@dataclass(frozen=True)
class Register:
    """A declaration with the model its records are stored in.

    `record_links` and `public_links` lead from the page of a record, and from what the public sees
    of it, to pages of the room that announced the register. `public_notices` stand above it,
    `public_tables` below. `doubts` are said to whoever has the record before them.
    """

    declaration: Declaration
    model: "type[Record]"
    record_links: RecordLinks = no_links
    public_links: PublicLinks = no_links
    public_notices: PublicNotices = no_links
    public_tables: PublicTables = no_tables
    doubts: Doubts = no_doubts

    @property
    def name(self) -> str:
        return self.declaration.name


_KNOWN: dict[str, Register] = {}


def announce(
    declaration: Declaration,
    model: "type[Record]",
    *,
    record_links: RecordLinks = no_links,
    public_links: PublicLinks = no_links,
    public_notices: PublicNotices = no_links,
    public_tables: PublicTables = no_tables,
    doubts: Doubts = no_doubts,
) -> None:
    _KNOWN[declaration.name] = Register(
        declaration, model, record_links, public_links, public_notices, public_tables, doubts
    )
    announce_labels("register", {declaration.name: declaration.label})


def register(name: str) -> Register:
    """Raises UnknownRegister."""
    if name not in _KNOWN:
        raise UnknownRegister(name, sorted(_KNOWN))
    return _KNOWN[name]


def registers() -> list[Register]:
    return list(_KNOWN.values())
