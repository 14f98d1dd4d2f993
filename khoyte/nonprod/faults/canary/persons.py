"""Files of records whose persons are canaries."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from khoyte.foundation.calendar import today
from khoyte.nonprod.generator.dossier import Dossier, dossier_text, draw_dossier, part_text
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.submissions import make_desk
from khoyte.nonprod.generator.world import FACILITIES


class Envelope:
    """Makes files of one facility; each has one dossier whose person the canary is."""

    def __init__(self, facility: str, folder: Path, seed: int) -> None:
        self.facility = facility
        self._path = folder / "file.xml"
        self._day = (today() - timedelta(days=1)).toordinal()
        self._desk = make_desk(FACILITIES[facility], seed)
        self._place = 0

    def sound(self, value: str, facility: str | None = None) -> bytes:
        """A whole file; the fields that identify the person hold the canary."""
        return self._file(value, lambda table, field: field.identifying, facility)

    def spoiled(self, value: str) -> bytes:
        """A whole file; the fields that identify the person hold the canary, and all others are wrong."""
        dossier = self._drawn()
        for name, rows in dossier.tables.items():
            for row in rows:
                for field in dossier.forms.standard.tables[name].fields:
                    if field.identifying:
                        row[field.name] = escape(value)
                    elif field.name not in ("MA_LK", "MA_CSKCB"):
                        row[field.name] = "?"
        return self._written(dossier, None)

    def around(self) -> tuple[str, str]:
        """What stands before and after the dossiers of a file."""
        marker = "(here)"
        with submission_file(self._path, self.facility, day8(self._day), 1) as add:
            add(marker)
        begin, _, end = self._path.read_text(encoding="utf-8").partition(marker)
        return begin, end

    def inside(self, inner: str) -> str:
        """A dossier whose table XML1 is this text."""
        return f"<HOSO>{part_text('XML1', inner)}</HOSO>"

    def _file(self, value: str, wanted: Callable, facility: str | None) -> bytes:
        dossier = self._drawn()
        for name, rows in dossier.tables.items():
            for row in rows:
                for field in dossier.forms.standard.tables[name].fields:
                    if field.name in row and wanted(name, field):
                        row[field.name] = escape(value)
        return self._written(dossier, facility)

    def _drawn(self) -> Dossier:
        self._place += 1
        return draw_dossier(self._desk, self._day, self._place)

    def _written(self, dossier: Dossier, facility: str | None) -> bytes:
        with submission_file(self._path, facility or self.facility, day8(self._day), 1) as add:
            add(dossier_text(dossier))
        return self._path.read_bytes()
