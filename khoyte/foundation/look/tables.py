"""The lines of a table as HTML, made in plain Python.

A table of 50 lines has hundreds of cells; a template for each would cost more than all else on the page.

On a narrow screen the style sheet turns each line into a card, with the column's label from `data-label`.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Kind, Table, Tag

# Which values a kind has is what the presenter promised by naming the kind.
_WRITERS: Mapping[Kind, Callable[[Any], str]] = {
    "number": formats.number,
    "share": formats.share,
    "day": formats.day,
    "moment": formats.moment,
}


def written(value: object, kind: Kind = "text") -> str | SafeString:
    """A value as its kind is written; words may stand where a number is usual ("không giới hạn")."""
    if isinstance(value, Tag):
        return status(value)
    if value is None or value == "":
        return formats.NOTHING
    if isinstance(value, SafeString):
        return value
    if isinstance(value, Text | str) or kind not in _WRITERS:
        return formats.said(value)
    return _WRITERS[kind](value)


def status(tag: Tag) -> SafeString:
    """A state: icon and word on its ground."""
    return format_html('<span class="tag {}">{}{}</span>', tag.tone, icon(tag.icon), formats.said(tag.label))


def icon(name: str) -> SafeString:
    """One of the drawings of look/icons.html; always stands beside its word."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


def body(table: Table) -> SafeString:
    """The lines between <tbody> and </tbody>."""
    frames = _frames(table.columns)
    return mark_safe("\n".join(_line(row, frames) for row in table.rows))  # noqa: S308 - escaped in _cell


def foot(table: Table) -> SafeString:
    """The line of totals; columns it does not speak of stay empty."""
    return mark_safe(_line(table.foot or {}, _frames(table.columns)))  # noqa: S308 - escaped in _cell


def _escaped(text: str) -> str:
    """Django's conditional_escape without its care for lazy text, of which there is none here."""
    return text if isinstance(text, SafeString) else escape(text)


_Frame = tuple[str, Kind, str, str]


def _frames(columns: Sequence[Column]) -> list[_Frame]:
    """Per column: its name, its kind, and what stands before and after the content of each of its cells."""
    return [
        (
            column.name,
            column.kind,
            f'<{"th scope=row" if column.head else "td"} class="is-{column.kind}"'
            f' data-label="{_escaped(formats.said(column.label))}"><span>',
            f"</span></{'th' if column.head else 'td'}>",
        )
        for column in columns
    ]


def _line(row: Mapping[str, object], frames: Sequence[_Frame]) -> str:
    cells = (
        f"{before}{_content(row[name], kind)}{after}" if name in row else '<td class="none"></td>'
        for name, kind, before, after in frames
    )
    return f"<tr>{''.join(cells)}</tr>"


def _content(value: object, kind: Kind) -> str:
    if not isinstance(value, Cell):
        return _escaped(written(value, kind))
    content = _escaped(written(value.value, kind))
    if value.href:
        content = f'<a href="{_escaped(value.href)}">{content}</a>'
    note = formats.said(value.note) if value.note else ""
    return f"{content}<small>{_escaped(note)}</small>" if note else content
