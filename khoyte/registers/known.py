"""Which registers this installation has. Each room announces its own when Django is set up (`apps.ready`)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from khoyte.notices.kinds import announce_labels
from khoyte.registers.declaration import Declaration
from khoyte.registers.errors import UnknownRegister

if TYPE_CHECKING:
    from khoyte.registers.models import Record


@dataclass(frozen=True)
class Register:
    """A declaration with the model its records are stored in."""

    declaration: Declaration
    model: "type[Record]"

    @property
    def name(self) -> str:
        return self.declaration.name


_KNOWN: dict[str, Register] = {}


def announce(declaration: Declaration, model: "type[Record]") -> None:
    _KNOWN[declaration.name] = Register(declaration, model)
    announce_labels("register", {declaration.name: declaration.label})


def register(name: str) -> Register:
    """Raises UnknownRegister."""
    if name not in _KNOWN:
        raise UnknownRegister(name, sorted(_KNOWN))
    return _KNOWN[name]


def registers() -> list[Register]:
    return list(_KNOWN.values())
