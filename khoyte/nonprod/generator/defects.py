"""Known defects, planted one to a dossier, with the answers kept beside the files."""

from __future__ import annotations

from dataclasses import dataclass, field

from khoyte.nonprod.generator.dossier import Dossier


@dataclass(frozen=True)
class Defect:
    """One planted defect and where it lies; `also` names rules that it cannot help setting off too."""

    rule: str
    file: str
    ma_lk: str | None
    table: str | None
    row: int | None
    field: str | None
    also: list[str] = field(default_factory=list)


class Planter:
    """Chooses the dossiers to spoil and spoils them."""

    def __init__(self, seed: int, visits: int, defects: int) -> None:
        self.planted: list[Defect] = []
        if defects:
            raise ValueError("defects cannot be planted yet")

    def open_file(self, name: str, visits: int) -> int:
        """The number of dossiers the file declares."""
        return visits

    def visit(self, dossier: Dossier) -> str | None:
        """The text of the dossier when it was spoiled."""
        return None

    def finish(self) -> None:
        """Every defect asked for is planted."""
