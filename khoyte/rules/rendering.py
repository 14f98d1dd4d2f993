"""Words of a finding, made when somebody reads it: message, hint and label in the language asked.

Places in messages: {where} (table, row, field with its label), {table} {row} {field} {label} {value}, and the
names a rule shows. Dates and numbers are written for the reader; a text stands in quotation marks.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from khoyte.foundation.language import Text
from khoyte.foundation.numbers import vn_number
from khoyte.rules import nodes
from khoyte.rules.declaration import Rule
from khoyte.rules.findings import Finding
from khoyte.rules.moments import read_minute
from khoyte.standards.model import FieldSpec, Standard

_EMPTY = Text("(trống)", "(empty)")
_EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Rendered:
    """A finding in one language."""

    label: str
    message: str
    hint: str
    legal: str


def render(rule: Rule, finding: Finding, lang: str, standard: Standard) -> Rendered:
    """The finding in words; `standard` gives labels and kinds of fields."""
    params = {
        "where": where(finding, standard).say(lang),
        "table": finding.table,
        "row": str(finding.row),
        "field": finding.field,
        "label": _label(finding.table, finding.field, standard).say(lang),
        "value": _shown_field(finding.value, _spec(finding.table, finding.field, standard), lang),
    }
    for name, value in finding.params.items():
        params[name] = _shown(value, rule.show.get(name), rule.table, lang, standard)
    return Rendered(
        rule.label.fill(**params).say(lang),
        rule.message.fill(**params).say(lang),
        rule.hint.fill(**params).say(lang),
        rule.legal,
    )


def where(finding: Finding, standard: Standard) -> Text:
    """Place of a finding: "XML2 dòng 3, NGAY_YL (Ngày y lệnh)"; no row where there is but one."""
    table = standard.tables.get(finding.table)
    if table is None:
        return Text(finding.table or "Tệp", finding.table or "File")
    vi, en = finding.table, finding.table
    if table.list_element is not None or finding.table == "CHECKIN":
        vi, en = f"{vi} dòng {finding.row}", f"{en} row {finding.row}"
    if not finding.field:
        return Text(vi, en)
    spec = _spec(finding.table, finding.field, standard)
    label = Text(f" ({spec.label.vi})", f" ({spec.label.en})") if spec else Text("", "")
    return Text(f"{vi}, {finding.field}{label.vi}", f"{en}, {finding.field}{label.en}")


def _spec(table: str, field: str, standard: Standard) -> FieldSpec | None:
    return standard.tables[table].by_name.get(field) if table in standard.tables else None


def _label(table: str, field: str, standard: Standard) -> Text:
    spec = _spec(table, field, standard)
    return spec.label if spec else Text(field, field)


def _shown(value: object, node: nodes.Node | None, table: str, lang: str, standard: Standard) -> str:
    """A parameter in words, by the node it was computed from; without one, as the reader gave it."""
    if isinstance(node, nodes.Head):
        return _shown(value, node.inner, "XML1", lang, standard)
    if isinstance(node, nodes.Column):
        return _shown_field(None if value is None else str(value), _spec(table, node.name, standard), lang)
    if value is None:
        return _EMPTY.say(lang)
    if node is not None and node.kind in ("minute", "day") and isinstance(value, int):
        return _moment(value if node.kind == "minute" else value * 1440, 12 if node.kind == "minute" else 8)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return vn_number(round(value, 4)) if lang == "vi" else f"{round(value, 4):,}"
    return str(value)


def _shown_field(value: str | None, spec: FieldSpec | None, lang: str) -> str:
    if value is None:
        return _EMPTY.say(lang) if spec is None or not spec.identifying else "•••"
    minute = read_minute(value) if spec is not None and spec.kind.startswith("date") else None
    if minute is not None:
        return _moment(minute, len(value))
    return f"“{value}”"


def _moment(minute: int, digits: int) -> str:
    """A time as officials write it in lists: 15/08/2026 10:00."""
    day = _EPOCH + datetime.timedelta(days=minute // 1440)
    date = f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
    return date if digits == 8 else f"{date} {minute % 1440 // 60:02d}:{minute % 60:02d}"
