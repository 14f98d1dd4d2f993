"""Choosing the dossiers to spoil, and remembering where the defects lie."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from khoyte.nonprod.generator.defects.catalogue import KINDS, SHARED
from khoyte.nonprod.generator.defects.kinds import Kind, Spot
from khoyte.nonprod.generator.dossier import Dossier, dossier_text

OVERSTATED_BY = 2
ONE_FILE_DEFECT_IN = 25
SHARED_SHARE = 0.3
SHARED_WEIGHTS = (5, 2, 2)


@dataclass(frozen=True)
class Defect:
    """One planted defect and where it lies; `also` names rules that it cannot help setting off too.

    A defect of a whole file has no dossier. Table, row and field are those of the finding in a verdict.
    """

    rule: str
    file: str
    ma_lk: str | None
    table: str
    row: int
    field: str
    also: list[str] = dataclasses.field(default_factory=list)


class Planter:
    """Spoils `defects` of the `visits` dossiers that pass by, each in one known way.

    Some defects are of whole files (a wrong number of dossiers), some are shared causes (the same wrong value
    in many dossiers), the others take turns over all kinds that a dossier has room for.
    """

    def __init__(self, seed: int, visits: int, defects: int, files: int) -> None:
        self.planted: list[Defect] = []
        self._rng = Random(f"defects, seed {seed}")
        self._file_defects = min(defects // ONE_FILE_DEFECT_IN, files)
        chosen = self._rng.sample(range(visits), defects - self._file_defects)
        self._shared = set(chosen[: round(len(chosen) * SHARED_SHARE)])
        self._chosen = set(chosen)
        self._used: Counter[int] = Counter()
        self._order = list(range(len(KINDS)))
        self._rng.shuffle(self._order)
        self._passed = 0
        self._file = ""
        self._previous: str | None = None
        self._understate = True

    def open_file(self, name: str, visits: int) -> int:
        """Begin a file; the number of dossiers it declares."""
        self._file, self._previous = name, None
        if not self._file_defects:
            return visits
        self._file_defects -= 1
        self.planted.append(Defect("V-003", name, None, "", 1, "SOLUONGHOSO"))
        self._understate = not self._understate
        return visits - 1 if self._understate and visits > 1 else visits + OVERSTATED_BY

    def visit(self, dossier: Dossier) -> str | None:
        """The text of the dossier when its turn to be spoiled had come."""
        place, self._passed = self._passed, self._passed + 1
        previous, self._previous = self._previous, dossier.ma_lk
        if place not in self._chosen:
            return None
        self._previous = None
        dossier.before = previous
        return self._spoil(dossier, place in self._shared)

    def _spoil(self, dossier: Dossier, shared: bool) -> str:
        for number, kind in self._candidates(shared):
            spot = kind.spoil(dossier)
            if spot is not None:
                self._used[number] += 1
                self._remember(kind, dossier, spot)
                return spot.text or dossier_text(dossier)
        raise AssertionError(f"no defect fits the dossier {dossier.ma_lk}")

    def _candidates(self, shared: bool) -> Iterable[tuple[int, Kind]]:
        """Kinds to try, the least used first; shared causes first where a shared one is wanted."""
        order = sorted(self._order, key=lambda number: self._used[number])
        if shared:
            first = self._rng.choices(range(len(SHARED)), SHARED_WEIGHTS)[0]
            yield -1 - first, SHARED[first]
        yield from ((number, KINDS[number]) for number in order)

    def _remember(self, kind: Kind, dossier: Dossier, spot: Spot) -> None:
        self.planted.append(
            Defect(kind.rule, self._file, dossier.ma_lk, spot.table, spot.row, spot.field, list(kind.also))
        )
