"""What another system says of a file it was given: row, column, reason → record and field.

Two forms are read: a list of row, column and reason, and the file itself given back with a column of reasons.
A row is known by its number; in a file given back by its key, as people sort. All lines are understood or
nothing is kept; the same file again has no second effect.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.notices import addressing
from khoyte.notices.actions import tell
from khoyte.registers import content as contents
from khoyte.registers.checking import REPAIRABLE, check
from khoyte.registers.errors import FileRefused
from khoyte.registers.known import Register
from khoyte.registers.layouts import NUMBERING, Layout
from khoyte.registers.models import Export, ExportLine, Rejection
from khoyte.registers.reading import HEADING_WITHIN, Source
from khoyte.terminology.sheets import column_letters, heading_key
from khoyte.units.policy import Actor

LONGEST_REASON = 500
PROBLEMS_LISTED = 50
# What a file given back says of rows that were taken.
_TAKEN = frozenset(
    {"", "ok", "dat", "hop_le", "thanh_cong", "success", "da_nhan", "da_nhap", "khong_loi", "khong"}
)
REMEDY = Text(
    vi="Kiểm tra lại: có đúng tệp kết quả của lần xuất này không.",
    en="Check that this is the result of this very file.",
)
NO_HEADINGS = Text(
    vi="Tệp kết quả không có cột lý do. Cần các cột: dòng, cột, lý do; hoặc tệp đã xuất kèm cột lý do.",
    en="No column of reasons. Wanted: row, column, reason; or the file itself with a column of reasons.",
)


class LinesNotUnderstood(FileRefused):
    """`lines`: (row of the file that came back, what is wrong with it)."""

    def __init__(self, lines: Sequence[tuple[int, Text]]):
        super().__init__(
            Text(
                vi=f"{len(lines)} dòng của tệp kết quả không khớp với lần xuất này. Chưa lưu dòng nào.",
                en=f"{len(lines)} lines do not fit this export. Nothing was stored.",
            ),
            REMEDY,
        )
        self.lines = list(lines[:PROBLEMS_LISTED])


@dataclass(frozen=True)
class Told:
    """One line of what came back: `at` is its row there, `row` that of the export (0: see `key`)."""

    at: int
    row: int
    key: bytes | None
    field: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """What taking a file in did: lines read, rejections new and known before, records they are of."""

    lines: int
    new: int
    known: int
    records: int


@transaction.atomic
def take(*, register: Register, layout: Layout, export: Export, source: Source, by: Actor) -> Taken:
    """Attach the reasons of a file to the records of an export, and tell the units that must act.

    Raises FileRefused, LinesNotUnderstood.
    """
    told = list(read(register, layout, source))
    rows = ExportLine.objects.filter(export=export.pk)
    lines = {line.row: line for line in rows}
    by_key = _by_key(register, list(lines.values())) if any(one.key for one in told) else {}
    wrong, found = [], []
    for one in told:
        line = by_key.get(one.key) if one.key else lines.get(one.row)
        if line is None:
            wrong.append((one.at, _NOT_THERE.fill(row=one.row or one.at)))
        else:
            found.append((line, one))
    if wrong:
        raise LinesNotUnderstood(wrong)
    known = _known(export)
    fresh = {}
    for line, one in found:
        key = (line.record, one.field, one.reason)
        if key not in known:
            fresh[key] = Rejection(
                register=register.name,
                export=export.pk,
                record=line.record,
                version=line.version,
                facility=line.facility,
                province=line.province,
                field=one.field,
                reason=one.reason,
                told_at=timezone.now(),
                told_by=by.name,
            )
    Rejection.objects.bulk_create(list(fresh.values()), batch_size=1_000, ignore_conflicts=True)
    _tell(register, export, list(fresh.values()))
    audit.record(
        by=by,
        action="register.rejections",
        subject_kind="register",
        subject_id=register.name,
        facility=by.facility,
        province=by.province,
        details={"export": str(export.pk), "lines": len(told), "new": len(fresh)},
    )
    return Taken(len(told), len(fresh), len(found) - len(fresh), len({line.record for line, _ in found}))


_NOT_THERE = Text(vi="Không có dòng {row} trong tệp đã xuất.", en="The file exported has no row {row}.")


def _known(export: Export) -> set[tuple[Any, str, str]]:
    return set(Rejection.objects.filter(export=export.pk).values_list("record", "field", "reason"))


def _by_key(register: Register, lines: Sequence[ExportLine]) -> dict[bytes, ExportLine]:
    records = {line.record: line for line in lines}
    rows = register.model.objects.filter(pk__in=list(records)).values_list("key_digest", "pk")
    return {bytes(key): records[pk] for key, pk in rows}


def _tell(register: Register, export: Export, fresh: Sequence[Rejection]) -> None:
    """One notice per unit that must act, however many records were sent back."""
    of_unit: dict[tuple[str, str], set[Any]] = {}
    for one in fresh:
        of_unit.setdefault((one.facility, one.province), set()).add(one.record)
    said = blake2b(digest_size=8)
    for one in sorted(fresh, key=lambda row: (str(row.record), row.field, row.reason)):
        said.update(f"{one.record}{one.field}{one.reason}".encode())
    for (facility, province), records in of_unit.items():
        tell(
            "file_rejected",
            to=[addressing.officers(facility, province)],
            subject=str(export.pk),
            occasion=said.hexdigest(),
            facts={"register": register.name, "records": len(records)},
            href=f"/so-dang-ky/{register.name}/bi-tra-lai",
        )


# Reading


def read(register: Register, layout: Layout, source: Source) -> Iterator[Told]:
    """The lines of a file that came back. Raises FileRefused."""
    lines = source.lines()
    first = list(islice(lines, HEADING_WITHIN))
    wanted = {
        what: {heading_key(one) for one in layout.rejections.get(what, ())}
        for what in ("row", "column", "reason")
    }
    own = {heading_key(one): column.field for column in layout.columns for one in column.headings}
    heading, places, fields = _headings(first, wanted, own)
    for number, cells in [*first, *lines]:
        if number <= heading or not any(cells):
            continue
        reason = _cell(cells, places["reason"])
        if heading_key(reason) in _TAKEN:
            continue
        if "row" in places:
            yield _of_list(layout, number, cells, places, reason)
        else:
            key = _key(register, {name: _cell(cells, place) for name, place in fields.items()})
            yield Told(number, 0 if key else number, key, "", reason[:LONGEST_REASON])


def _headings(
    first: Sequence[tuple[int, Sequence[str]]], wanted: Mapping[str, set[str]], own: Mapping[str, str]
) -> tuple[int, dict[str, int], dict[str, int]]:
    """(line, place of row/column/reason, place of each property) of the line that has a column of reasons."""
    for number, cells in first:
        keys = [heading_key(cell) for cell in cells]
        places = {
            what: next(place for place, key in enumerate(keys) if key in known)
            for what, known in wanted.items()
            if any(key in known for key in keys)
        }
        if "reason" not in places:
            continue
        fields = {own[key]: place for place, key in enumerate(keys) if key in own and own[key] != NUMBERING}
        if "row" in places or fields:
            return number, places, fields
    raise FileRefused(NO_HEADINGS, REMEDY)


def _cell(cells: Sequence[str], place: int) -> str:
    return " ".join(cells[place].split()) if place < len(cells) else ""


_PLACE = re.compile(r"^([A-Za-z]{1,2})(\d*)$")


def _of_list(
    layout: Layout, number: int, cells: Sequence[str], places: Mapping[str, int], reason: str
) -> Told:
    written = _cell(cells, places["row"])
    digits = re.search(r"\d+", written)
    column = _cell(cells, places["column"]) if "column" in places else ""
    field = _field_of(layout, column)
    said = reason if field or not column else f"{column}: {reason}"
    return Told(
        number, int(digits[0]) if digits and len(digits[0]) < 8 else -1, None, field, said[:LONGEST_REASON]
    )


def _field_of(layout: Layout, column: str) -> str:
    """The property a column is called by: its heading, its letters (C, or C9), the property's own name."""
    key = heading_key(column)
    letters = _PLACE.match(column)
    for place, one in enumerate(layout.columns):
        named = {heading_key(heading) for heading in one.headings} | {one.field}
        if key in named or (letters and letters[1].upper() == column_letters(place)):
            return "" if one.field == NUMBERING else one.field
    return ""


def _key(register: Register, values: Mapping[str, str]) -> bytes | None:
    """The key of the record a line given back is about; None where its columns do not tell."""
    declaration = register.declaration
    if not set(declaration.key) <= set(values):
        return None
    raw = pl.DataFrame(
        {name: [values[name] or None] for name in declaration.key},
        schema=dict.fromkeys(declaration.key, pl.String),
    )
    content = check(declaration, raw, REPAIRABLE).values.row(0, named=True)
    return (
        contents.key_digest(declaration, content) if all(content[name] for name in declaration.key) else None
    )
