"""What pages are made of, as plain values: presenters build them, templates in `look/` draw them.

Words are `Text` (both languages) or, for data that has no translation, plain strings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, TypeVar

from khoyte.foundation.language import Text

Words = Text | str
T = TypeVar("T")
Tone = Literal["good", "warn", "bad", "info", "wait"]
Kind = Literal["text", "number", "share", "day", "moment", "tag", "chart"]


def spoken(words: Words, language: str) -> str:
    """The words in a language; data that has no translation as it stands."""
    return words if isinstance(words, str) else words.say(language)


@dataclass(frozen=True)
class Link:
    """A place to go; `current` marks where the reader is."""

    href: str
    label: Words
    current: bool = False


@dataclass(frozen=True)
class Tag:
    """A state: always an icon and a word beside its colour."""

    tone: Tone
    label: Words

    @property
    def icon(self) -> str:
        return {"good": "ok", "warn": "attention", "bad": "no", "info": "info", "wait": "clock"}[self.tone]


@dataclass(frozen=True)
class Fact:
    """One line of a summary list, or one figure of a row of counts."""

    label: Words
    value: object
    kind: Kind = "text"
    href: str = ""
    note: Words = ""


@dataclass(frozen=True)
class Cell:
    """A cell that is more than its value: a link, a small second line."""

    value: object
    href: str = ""
    note: Words = ""


@dataclass(frozen=True)
class Column:
    """One column; `name` is its key in the rows and its name in the address when it can be sorted."""

    name: str
    label: Words
    kind: Kind = "text"
    head: bool = False
    sortable: bool = False


@dataclass(frozen=True)
class Pages:
    """Where the reader is in a long list; pages count from 1. `more`: not all were counted."""

    number: int
    size: int
    total: int
    more: bool = False

    @classmethod
    def cut(cls, found: Sequence[T], size: int, page: int | None) -> "tuple[Pages | None, Sequence[T]]":
        """Where the reader is in all that was found, and the lines of that page.

        Beyond the last page stands the last; `page` None: all lines and no pages, as for a sheet.
        """
        if page is None:
            return None, found
        last = cls(1, size, len(found)).count
        pages = cls(max(1, min(page, last)), size, len(found))
        return pages, found[(pages.number - 1) * size : pages.number * size]

    @property
    def count(self) -> int:
        return max(1, ceil(self.total / self.size))

    @property
    def around(self) -> list[int | None]:
        """Page numbers to offer; None stands for a gap."""
        near = {1, self.number - 1, self.number, self.number + 1, self.count}
        shown = sorted(near & {*range(1, self.count + 1)})
        around: list[int | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number - before > 1:
                around.append(None)
            around.append(number)
        return around

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.count else None


@dataclass(frozen=True)
class Table:
    """A table that becomes cards on a phone, a sheet in XLSX and a list on paper.

    `rows` hold, per column name, a value of the column's kind or a Cell; None is shown as a dash. `total`
    says how many rows exist when only some are shown. `empty` says what will stand here and how to begin.
    """

    title: Words
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, object]]
    empty: Words
    name: str = "table"
    total: int | None = None
    pages: Pages | None = None
    sorted_by: str = ""
    downloads: Sequence[Link] = ()
    foot: Mapping[str, object] | None = None
    note: Words = ""
    links: Sequence[Link] = field(default=())

    @property
    def count(self) -> int:
        return len(self.rows) if self.total is None else self.total
