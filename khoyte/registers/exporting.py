"""Confirmed records as a file of another system's layout, and which record stood in which row.

Today's national system of practice takes files of its template only. What it took and what it sent back is
known by the export a record went out with (`rejections` reads what comes back).
"""

import io
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import xlsxwriter
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.foundation.look.formulas import runs_as_formula
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.content import Content
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.errors import NotNow, UnknownRecord
from khoyte.registers.known import Register
from khoyte.registers.layouts import NUMBERING, Layout, LayoutColumn
from khoyte.registers.models import Export, ExportLine, Record, Rejection, Version
from khoyte.units.policy import Actor

Chosen = Literal["all", "changed", "corrected"]
CHOICES: dict[Chosen, Text] = {
    "changed": Text(vi="Hồ sơ mới hoặc thay đổi từ lần xuất trước", en="New or changed since the last file"),
    "corrected": Text(vi="Hồ sơ bị trả lại nay đã sửa", en="Sent back and corrected since"),
    "all": Text(vi="Mọi hồ sơ đã xác nhận", en="All that is confirmed"),
}
ROWS_OF_A_FILE = 50_000
_PIECE = 1_000
NOTHING = Text(
    vi="Không có hồ sơ nào để xuất. Chỉ hồ sơ đã xác nhận ở cấp cuối mới được xuất.",
    en="There is nothing to export: only what is confirmed at the last level is.",
)


@transaction.atomic
def export(*, register: Register, layout: Layout, chosen: Chosen, by: Actor) -> Export:
    """Write down which records go out, in the version in force, and say of rejections that they do.

    At most ROWS_OF_A_FILE; what is left goes with the next one. Raises NotNow when there is nothing.
    """
    rows = list(
        _wanted(register, layout, chosen, by)
        .order_by("sort_key", "id")
        .values_list("pk", "confirmed_version", "facility", "province")[:ROWS_OF_A_FILE]
    )
    if not rows:
        raise NotNow(NOTHING)
    made = Export(
        register=register.name,
        layout=layout.name,
        layout_from=layout.valid_from,
        unit=by.unit_code,
        facility=by.facility,
        province=by.province,
        chosen=chosen,
        rows=len(rows),
        made_at=timezone.now(),
        made_by=by.name,
    )
    made.save(force_insert=True)
    ExportLine.objects.bulk_create(
        [
            ExportLine(
                export=made.pk,
                row=row,
                record=record,
                version=version or 0,
                facility=facility,
                province=province,
            )
            for row, (record, version, facility, province) in enumerate(rows, start=layout.heading_line + 1)
        ],
        batch_size=_PIECE,
    )
    _say_sent_again(made, rows)
    audit.record(
        by=by,
        action="register.export_file",
        subject_kind="register",
        subject_id=register.name,
        facility=by.facility,
        province=by.province,
        details={"export": str(made.pk), "layout": layout.name, "chosen": chosen, "rows": len(rows)},
    )
    return made


def _say_sent_again(made: Export, rows: Sequence[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), _PIECE):
        versions = {row[0]: row[1] for row in rows[start : start + _PIECE]}
        open_ones = Rejection.objects.filter(record__in=list(versions), sent_again=None)
        late = [one.pk for one in open_ones if versions[one.record] > one.version]
        Rejection.objects.filter(pk__in=late).update(sent_again=made.pk)


def _wanted(register: Register, layout: Layout, chosen: Chosen, by: Actor) -> QuerySet[Record]:
    rows = queries.visible(register, by).exclude(confirmed_version=None).exclude(state="withdrawn")
    if chosen == "corrected":
        return rows.filter(pk__in=_corrected(register, by))
    if chosen == "changed":
        exports = list(exports_of(register, layout.name, by).values_list("pk", flat=True))
        lines = ExportLine.objects.filter(export__in=exports)
        sent = dict(lines.values("record").annotate(last=Max("version")).values_list("record", "last"))
        current = rows.values_list("pk", "confirmed_version")
        return rows.filter(pk__in=[pk for pk, version in current if sent.get(pk, 0) < version])
    return rows


def _corrected(register: Register, by: Actor) -> list[Any]:
    rejected = open_rejections(register, by).values("record").annotate(last=Max("version"))
    wanted = dict(rejected.values_list("record", "last"))
    rows = register.model.objects.filter(pk__in=list(wanted)).values_list("pk", "confirmed_version")
    return [pk for pk, version in rows if version is not None and version > wanted[pk]]


def counts(register: Register, layout: Layout, by: Actor) -> dict[Chosen, int]:
    """How many records each choice would write."""
    return {chosen: _wanted(register, layout, chosen, by).count() for chosen in CHOICES}


def exports_of(register: Register, layout: str, by: Actor) -> QuerySet[Export]:
    """The unit's own files of a layout, newest first."""
    rows = Export.objects.filter(register=register.name, unit=by.unit_code, facility=by.facility)
    return rows.filter(layout=layout).order_by("-made_at")


def export_of(register: Register, id: Any, by: Actor) -> Export:
    """Raises UnknownRecord for another unit's as for none."""
    found = Export.objects.filter(
        register=register.name, pk=id, unit=by.unit_code, facility=by.facility
    ).first()
    if found is None:
        raise UnknownRecord
    return found


def open_rejections(register: Register, by: Actor) -> QuerySet[Rejection]:
    """What was sent back of records of the actor's unit and has not gone out again."""
    rows = Rejection.objects.filter(register=register.name, sent_again=None)
    if by.facility:
        return rows.filter(facility__in=by.units)
    return rows.filter(province__in=by.provinces) if by.unit_kind == "province" else rows


def rejections_of(record: Record) -> list[Rejection]:
    """What stands against the version in force of a record."""
    rows = Rejection.objects.filter(record=record.pk, sent_again=None).order_by("id")
    return list(rows.filter(Q(version__gte=record.confirmed_version or 0)))


def rejections_in(made: Export) -> QuerySet[Rejection]:
    """What was sent back of an export, in the order of the answer."""
    return Rejection.objects.filter(export=made.pk).order_by("id")


def records_of(register: Register, rows: Sequence[Rejection]) -> dict[uuid.UUID, Record]:
    """The records that rejections speak of, by id, as far as the reader may see them."""
    return register.model.objects.in_bulk([row.record for row in rows])


# The file


def workbook(register: Register, layout: Layout, made: Export) -> bytes:
    """The file of an export: the same rows whenever it is asked for, as its versions stand."""
    written = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        sheet = book.add_worksheet(layout.sheet[:31] or None)
        bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        for line, words in enumerate(layout.title):
            sheet.write_string(line, 0, words, bold)
        for place, column in enumerate(layout.columns):
            sheet.set_column(place, place, max(12, min(36, len(column.heading) + 2)))
            sheet.write_string(layout.heading_line - 1, place, column.heading, bold)
        for row, content in _lines(register.declaration, made):
            cells = cells_of(register.declaration, layout, content, row - layout.heading_line)
            for place, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(row - 1, place, cell)
                elif cell:
                    sheet.write_string(row - 1, place, cell, quoted if runs_as_formula(cell) else text)
    return written.getvalue()


def _lines(declaration: Declaration, made: Export) -> Iterator[tuple[int, Content]]:
    """Row → content of the version that went out, in the order of the rows."""
    lines = list(ExportLine.objects.filter(export=made.pk).order_by("row"))
    for start in range(0, len(lines), _PIECE):
        piece = lines[start : start + _PIECE]
        versions = {
            (one.record, one.number): one
            for one in Version.objects.filter(record__in=[line.record for line in piece])
        }
        for line in piece:
            yield line.row, contents.opened_content(declaration, versions[line.record, line.version])


def cells_of(declaration: Declaration, layout: Layout, content: Content, number: int) -> list[str | int]:
    """One row as the other system writes it; `number` counts the rows from 1."""
    return [_cell(declaration, layout, column, content, number) for column in layout.columns]


def _cell(
    declaration: Declaration, layout: Layout, column: LayoutColumn, content: Content, number: int
) -> str | int:
    if column.field == NUMBERING:
        return number
    field = declaration.by_name.get(column.field)
    value = content.get(column.field)
    if field is None or value in (None, "", []):
        return ""
    return _written(field, value, column, layout.dates)


def _written(field: Field, value: Any, column: LayoutColumn, dates: str) -> str | int:
    if field.codes:
        label = field.labels_by_code.get(value)
        return column.codes.get(value) or (label.vi if label else str(value))
    if isinstance(value, bool):
        return column.codes.get("1" if value else "0") or ("Có" if value else "Không")
    if isinstance(value, int):
        return value
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    if field.kind in ("date", "partial_date"):
        return day_written(str(value), dates)
    return str(value)


def day_written(value: str, dates: str) -> str:
    """A day, month or year as a layout writes it; what is not known is not invented."""
    parts = value.split("-")
    if dates == "yyyymmdd":
        return "".join(parts)
    return "/".join(reversed(parts)) if dates == "dd/mm/yyyy" else value
