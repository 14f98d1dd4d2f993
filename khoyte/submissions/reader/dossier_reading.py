"""Reading one dossier: its tables, its hash, and what is wrong with its structure."""

import hashlib

from khoyte.foundation.byte_sources import ByteSource
from khoyte.submissions.reader.content import Document, Unreadable
from khoyte.submissions.reader.dossiers import DossierRef, PartRef
from khoyte.submissions.reader.envelope import CHECKIN
from khoyte.submissions.reader.findings import StructuralFinding
from khoyte.submissions.reader.limits import Limits
from khoyte.submissions.reader.shapes import Shape
from khoyte.submissions.reader.table_parser import TableRead
from khoyte.submissions.reader.tables import open_part, read_table, shape_of

# How a table came, where that is worth a word: the level of the finding V-006. Nested XML gives a warning;
# what every XML parser takes for the same document is only mentioned.
LEVEL_OF_WAY = {
    "nested": "W",
    "escaped": "W",
    "cdata": "W",
    "declared-encoding": "W",
    "base64-lines": "I",
    "cdata-values": "I",
    "empty-part": "I",
    "empty-list": "I",
}
SUMMARY = "XML1"
_MAIN_TABLES = (SUMMARY, CHECKIN)


class DossierReading:
    """Call `read`, then `check_identity`; then the attributes tell. `tables` is in the order sent."""

    def __init__(self, number: int, ref: DossierRef, limits: Limits) -> None:
        self.number, self.ref, self.limits = number, ref, limits
        self.tables: dict[str, TableRead] = {}
        self.findings: list[StructuralFinding] = []
        self.digest = hashlib.sha256()
        self.ma_lk: str | None = None
        self._ways: dict[str, list[str]] = {}
        self._unreadable: set[str] = set()

    def read(self, source: ByteSource) -> None:
        if self.ref.length > self.limits.dossier_bytes:
            self._find("V-006", None, "too-large", limit=self.limits.dossier_bytes, quarantine=True)
            return
        dossier_bytes = source.read_at(self.ref.offset, self.ref.length)
        for part in self.ref.parts:
            if part.form == "excess":
                self._find("V-005", None, "too-many", limit=self.limits.parts_per_dossier)
            else:
                self._read_part(part, dossier_bytes)
        if not {SUMMARY, CHECKIN} & (self.tables.keys() | self._unreadable):
            self._find("V-004", SUMMARY, "missing")
        for way, kinds in self._ways.items():
            self._find("V-006", kinds[0], way, level=LEVEL_OF_WAY[way], form=way, tables=kinds)

    def check_identity(self, facility: str | None, envelope: str | None = None) -> None:
        """V-002 and V-009, as far as one dossier shows them."""
        if facility is not None and envelope not in (None, facility):
            self._find(
                "V-002", None, "envelope", field="MACSKCB", found=envelope, expected=facility, quarantine=True
            )
            facility = envelope
        for kind in _MAIN_TABLES:
            named = _values_of(self.tables.get(kind), "MA_CSKCB")
            for other in sorted(named - {"", facility}) if facility is not None else ():
                self._find(
                    "V-002",
                    kind,
                    "differs",
                    field="MA_CSKCB",
                    row=1,
                    found=other,
                    expected=facility,
                    quarantine=True,
                )
        named_by = {kind: _values_of(read, "MA_LK") for kind, read in self.tables.items() if read.row_count}
        self.ma_lk = _first_code(named_by)
        for kind, codes in named_by.items():
            if "" in codes:
                self._find("V-009", kind, "missing", field="MA_LK")
            for other in sorted(codes - {"", self.ma_lk}):
                self._find("V-009", kind, "differs", field="MA_LK", found=other, expected=self.ma_lk)

    def _read_part(self, part: PartRef, dossier_bytes: bytes) -> None:
        shape = shape_of(part, self.ref)
        try:
            document = open_part(part, self.ref, dossier_bytes, self.limits)
            self._count_in(part.kind, document.data)
            if not document.data:
                self._came("empty-part", part.kind)
            elif shape is None:
                self._find("V-005", None, "unknown" if part.kind else "unnamed", kind=part.kind)
            elif part.kind in self.tables or part.kind in self._unreadable:
                self._find("V-004" if part.kind == SUMMARY else "V-005", part.kind, "doubled", kind=part.kind)
            else:
                self._keep(shape, document)
        except Unreadable as unreadable:
            # Hashed as sent: it must not look like the same dossier without this table.
            start = part.offset - self.ref.offset
            self._count_in(part.kind, dossier_bytes[start : start + part.length])
            self._unreadable.add(part.kind)
            self._find(
                "V-006", part.kind if shape else None, unreadable.reason, quarantine=True, **unreadable.facts
            )

    def _count_in(self, kind: str, data: bytes) -> None:
        if data:
            self.digest.update(b"%s\0%d\0" % (kind.encode(), len(data)))
            self.digest.update(data)

    def _keep(self, shape: Shape, document: Document) -> None:
        kind = shape.table
        read = self.tables[kind] = read_table(shape, document.data, self.limits)
        if document.way != "base64" and kind != CHECKIN:
            self._came(document.way, kind)
        if read.has_cdata:
            self._came("cdata-values", kind)
        if read.label:
            self._came("declared-encoding", kind)
        if not read.row_count:
            self._came("empty-list", kind)
        for reason, element in read.oddities:
            self._find("V-007", kind, reason, level="W", element=element)

    def _came(self, way: str, kind: str) -> None:
        self._ways.setdefault(way, []).append(kind)

    def _find(
        self,
        rule: str,
        table: str | None,
        reason: str,
        *,
        quarantine: bool = False,
        level: str | None = None,
        field: str | None = None,
        row: int | None = None,
        **params: object,
    ) -> None:
        self.findings.append(
            StructuralFinding(
                rule, self.number, table, row, field, {"reason": reason, **params}, quarantine, level
            )
        )


def _values_of(read: TableRead | None, name: str) -> set[str]:
    """The different values of a field, stripped; an absent tag counts as empty."""
    values: set[str] = set()
    for layout, rows in read.runs if read else ():
        if name in layout:
            at = layout.index(name)
            values.update([row[at].strip() for row in rows])
        else:
            values.add("")
    return values


def _first_code(named_by: dict[str, set[str]]) -> str | None:
    """The MA_LK of the main table, else of the first table in the order sent that has one."""
    for kind in sorted(named_by, key=lambda kind: kind not in _MAIN_TABLES):
        codes = named_by[kind] - {""}
        if codes:
            return min(codes)
    return None
