"""Cells that must not run: the one place that knows what a spreadsheet takes for a formula.

Values come from other people's files. In CSV such a cell gets an apostrophe before it, as spreadsheets write
text themselves; in XLSX it is written as text with the mark "quoted", so that it stays text when somebody
edits the cell. Spreadsheets skip signs nobody sees before they look for the sign that begins a formula.
"""

import csv
import unicodedata
from collections.abc import Iterable
from typing import Any, Protocol

_BEGINS = frozenset("=+-@")
# A tab or an end of line within the first signs makes some programs begin a cell anew.
_CELL_ENDS = frozenset("\t\r\n\v\f\x85\u2028\u2029")
# Seen by nobody, or perhaps: controls, formats (zero width, soft hyphen, byte-order mark), signs that are not
# assigned, spaces of every kind, marks that stand on a sign before them.
_UNSEEN = "CZM"
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet could take a cell with this text for a formula."""
    begin = 0
    while begin < len(text) and _is_unseen(text[begin]):
        if text[begin] in _CELL_ENDS:
            return True
        begin += 1
    # Full-width, small and superscript forms are read as the plain sign by some programs.
    first = unicodedata.normalize("NFKC", text[begin : begin + 1])[:1]
    return first in _BEGINS


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign)[0] in _UNSEEN or sign in _FILLERS


def harmless(value: object) -> object:
    """A cell of CSV; text that could run gets an apostrophe before it, all else is as it was."""
    return f"'{value}" if isinstance(value, str) and runs_as_formula(value) else value


class _Written(Protocol):
    def write(self, text: str, /) -> Any: ...


class HarmlessCsv:
    """A writer of CSV whose cells cannot run.

    Every text is quoted: a reader's country may split lines at another sign than ours.
    """

    def __init__(self, file: _Written, delimiter: str = ",") -> None:
        self._writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)

    def write(self, row: Iterable[object]) -> None:
        self._writer.writerow([harmless(cell) for cell in row])
