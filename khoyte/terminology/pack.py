"""The reference pack: everything dated that judging looks codes up in, as one immutable, hashed whole.

The digest covers the headers (each with the hash of its codes) and the data of the message standards. Two
installations with the same digest give the same answers. Between two breakpoints nothing changes, so answers
are shared by all records of such an epoch; `Reference.key` names it.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import orjson

from khoyte import standards
from khoyte.standards import Standard
from khoyte.terminology.model import CatalogueRelease, ReleaseHeader
from khoyte.terminology.release_files import StoredRelease

FORMAT = 1


@dataclass(frozen=True)
class Reference:
    """Reference data of one epoch. `key` is equal exactly where all answers are the same."""

    pack: "Pack"
    epoch: date
    standard: Standard

    @property
    def key(self) -> Hashable:
        return (self.pack.digest, self.epoch)

    def codes(self, list_name: str) -> frozenset[str] | None:
        """The codes of a list of the standard, else of a catalogue; None when it is not held whole."""
        return self.pack.codes_of(list_name, self)

    def catalogue(self, name: str) -> CatalogueRelease | None:
        """The release in force, None when the pack holds none for these days."""
        return self.pack.release(name, self.epoch)


class Pack:
    """An immutable set of releases; codes are read when first asked for and then kept."""

    def __init__(self, releases: Sequence[StoredRelease]) -> None:
        self._releases = tuple(sorted(releases, key=_place))
        self._read: dict[str, CatalogueRelease] = {}
        self._code_sets: dict[tuple[str, date], frozenset[str] | None] = {}
        self._references: dict[date, Reference] = {}

    @cached_property
    def digest(self) -> str:
        """sha256:... over all that answers depend on."""
        content = [FORMAT, standards.data_digest(), [header.sha256 for header in self.headers()]]
        return f"sha256:{hashlib.sha256(orjson.dumps(content)).hexdigest()}"

    def headers(self) -> tuple[ReleaseHeader, ...]:
        """All releases by name and first day."""
        return tuple(release.header for release in self._releases)

    def releases(self) -> tuple[StoredRelease, ...]:
        return self._releases

    @cached_property
    def _breakpoints(self) -> tuple[date, ...]:
        days = set(standards.epochs())
        for header in self.headers():
            days.add(header.valid_from)
            if header.valid_to is not None:
                days.add(header.valid_to + timedelta(days=1))
        return tuple(sorted(days))

    def breakpoints(self) -> tuple[date, ...]:
        """First days of the epochs, oldest first; the time before the first is an epoch too."""
        return self._breakpoints

    def on(self, day: date) -> Reference:
        """The reference data of a day; the same object for every day of one epoch."""
        place = bisect_right(self._breakpoints, day)
        epoch = self._breakpoints[place - 1] if place else date.min
        if epoch not in self._references:
            self._references[epoch] = Reference(self, epoch, standards.standard_on(epoch))
        return self._references[epoch]

    def release(self, name: str, day: date) -> CatalogueRelease | None:
        """The release of a catalogue in force on a day: of several the one that began last."""
        in_force = [release for release in self._of(name) if release.header.holds_on(day)]
        return self._opened(in_force[-1]) if in_force else None

    def codes_of(self, list_name: str, reference: Reference) -> frozenset[str] | None:
        """See Reference.codes."""
        key = (list_name, reference.epoch)
        if key not in self._code_sets:
            self._code_sets[key] = self._code_set(list_name, reference)
        return self._code_sets[key]

    def _code_set(self, list_name: str, reference: Reference) -> frozenset[str] | None:
        code_list = reference.standard.code_lists.get(list_name)
        if code_list is not None:
            return frozenset(code_list.codes) if code_list.complete else None
        release = self.release(list_name, reference.epoch)
        return release.all_forms if release is not None and release.complete else None

    def _opened(self, stored: StoredRelease) -> CatalogueRelease:
        header = stored.header
        if header.sha256 not in self._read:
            release = CatalogueRelease(
                header.name, header.valid_from, header.valid_to, header.complete, header.source, stored.load()
            )
            base = self._base_of(header) if header.overlay else None
            self._read[header.sha256] = release.overlaid_on(base)
        return self._read[header.sha256]

    def _base_of(self, overlay: ReleaseHeader) -> CatalogueRelease | None:
        earlier = [
            release
            for release in self._of(overlay.name)
            if release.header.valid_from <= overlay.valid_from and not release.header.overlay
        ]
        return self._opened(earlier[-1]) if earlier else None

    def _of(self, name: str) -> list[StoredRelease]:
        return [release for release in self._releases if release.header.name == name]


def _place(release: StoredRelease) -> tuple[str, date, bool, str]:
    return (*release.header.slot, release.header.sha256)
