"""Which registers this installation has. Each room announces its own when Django is set up (`apps.ready`)."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from khoyte.foundation.look.parts import Link
from khoyte.notices.kinds import announce_labels
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import UnknownRegister
from khoyte.units.policy import Actor

if TYPE_CHECKING:
    from khoyte.registers.models import Record


RecordLinks = Callable[["Record", Actor], Sequence[Link]]
PublicLinks = Callable[[uuid.UUID, Mapping[str, Any]], Sequence[Link]]
PublicNotices = Callable[[uuid.UUID, Mapping[str, Any]], Sequence[Any]]
"""Id and public content of a published record -> `presenters.PublicNotice`s for whoever looks it up."""


def no_links(*_: Any) -> Sequence[Link]:
    return ()


@dataclass(frozen=True)
class Register:
    """A declaration with the model its records are stored in.

    `record_links` and `public_links` lead from the page of a record, and from what the public sees
    of it, to pages of the room that announced the register. `public_notices` stand above it.
    """

    declaration: Declaration
    model: "type[Record]"
    record_links: RecordLinks = no_links
    public_links: PublicLinks = no_links
    public_notices: PublicNotices = no_links

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
) -> None:
    _KNOWN[declaration.name] = Register(declaration, model, record_links, public_links, public_notices)
    announce_labels("register", {declaration.name: declaration.label})


def register(name: str) -> Register:
    """Raises UnknownRegister."""
    if name not in _KNOWN:
        raise UnknownRegister(name, sorted(_KNOWN))
    return _KNOWN[name]


def registers() -> list[Register]:
    return list(_KNOWN.values())
