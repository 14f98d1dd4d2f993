"""Which registers this installation has. Each room announces its own when Django is set up (`apps.ready`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import UnknownRegister

if TYPE_CHECKING:
    from khoyte.registers.models import Record


# Records that have become official with their contents, in the transaction that confirms them.
Official = Callable[[Declaration, "Sequence[tuple[Record, Mapping[str, Any]]]"], None]


@dataclass(frozen=True)
class Register:
    """A declaration with the model its records are stored in.

    `official` is what the register's room does in the same transaction when versions become official.
    """

    declaration: Declaration
    model: "type[Record]"
    official: Official | None = None

    @property
    def name(self) -> str:
        return self.declaration.name


_KNOWN: dict[str, Register] = {}


def announce(declaration: Declaration, model: "type[Record]", official: Official | None = None) -> None:
    _KNOWN[declaration.name] = Register(declaration, model, official)


def made_official(declaration: Declaration, confirmed: "Sequence[tuple[Record, Mapping[str, Any]]]") -> None:
    """Let the register's room do its part for records that have just become official."""
    known = _KNOWN.get(declaration.name)
    if known is not None and known.official is not None and confirmed:
        known.official(declaration, confirmed)


def register(name: str) -> Register:
    """Raises UnknownRegister."""
    if name not in _KNOWN:
        raise UnknownRegister(name, sorted(_KNOWN))
    return _KNOWN[name]


def registers() -> list[Register]:
    return list(_KNOWN.values())
