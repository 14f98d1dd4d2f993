"""Where the dossiers of a file and their tables lie, in bytes."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

# "several": more than one LOAIHOSO or NOIDUNGFILE in a FILEHOSO; "excess": all parts beyond the limit.
FORMS = ("empty", "base64", "cdata", "nested", "several", "excess")
EMPTY, BASE64, CDATA, NESTED, SEVERAL, EXCESS = range(len(FORMS))

_KINDS_NAMED = 250
_OTHER_KINDS = "…"


@dataclass(frozen=True)
class PartRef:
    """One table as sent: LOAIHOSO as written ("" if none) and the exact place of its content."""

    kind: str
    offset: int
    length: int
    form: str


@dataclass(frozen=True)
class DossierRef:
    """One dossier: `position` from 1, and the exact place of its element, from its "<" to its last ">"."""

    position: int
    offset: int
    length: int
    parts: tuple[PartRef, ...]


class Dossiers(Sequence[DossierRef]):
    """The dossiers of a file, kept as plain numbers: about 20 bytes a table, however many there are."""

    def __init__(self) -> None:
        self._starts, self._ends, self._part_ends = array("q"), array("q"), array("q")
        self._part_offsets, self._part_lengths = array("q"), array("q")
        self._part_kinds, self._part_forms = array("B"), array("B")
        self._kinds: list[str] = []

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, number: int) -> DossierRef: ...

    @overload
    def __getitem__(self, number: slice) -> list[DossierRef]: ...

    def __getitem__(self, number: int | slice) -> DossierRef | list[DossierRef]:
        if isinstance(number, slice):
            return [self._dossier(each) for each in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self._dossier(number % len(self))

    def __iter__(self) -> Iterator[DossierRef]:
        return map(self._dossier, range(len(self)))

    def places(self) -> "Places":
        """(offset, length) of each dossier, without its parts."""
        return Places(self._starts, self._ends)

    def add_part(self, kind: str, offset: int, length: int, form: int) -> None:
        """A part of the dossier that the next `add` closes."""
        self._part_kinds.append(self._number_of(kind))
        self._part_offsets.append(offset)
        self._part_lengths.append(length)
        self._part_forms.append(form)

    def add(self, start: int, end: int) -> None:
        self._starts.append(start)
        self._ends.append(end)
        self._part_ends.append(len(self._part_kinds))

    def _dossier(self, number: int) -> DossierRef:
        first = self._part_ends[number - 1] if number else 0
        parts = tuple(map(self._part, range(first, self._part_ends[number])))
        start = self._starts[number]
        return DossierRef(number + 1, start, self._ends[number] - start, parts)

    def _part(self, number: int) -> PartRef:
        return PartRef(
            self._kinds[self._part_kinds[number]],
            self._part_offsets[number],
            self._part_lengths[number],
            FORMS[self._part_forms[number]],
        )

    def _number_of(self, kind: str) -> int:
        if kind not in self._kinds:
            # A file that invents kinds without end gets one common name for the rest of them.
            kind = kind if len(self._kinds) < _KINDS_NAMED else _OTHER_KINDS
            if kind not in self._kinds:
                self._kinds.append(kind)
        return self._kinds.index(kind)


class Places(Sequence[tuple[int, int]]):
    """Where dossiers lie, over the numbers kept anyway."""

    def __init__(self, starts: "array[int]", ends: "array[int]") -> None:
        self._starts, self._ends = starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, number: int) -> tuple[int, int]: ...

    @overload
    def __getitem__(self, number: slice) -> list[tuple[int, int]]: ...

    def __getitem__(self, number: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        return self._starts[number], self._ends[number] - self._starts[number]
