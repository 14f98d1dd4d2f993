"""What the engine needs of reference data, said as protocols so that it depends on no room above its own."""

from __future__ import annotations

import datetime
from collections.abc import Hashable
from typing import Protocol

from khoyte.standards.model import Standard


class Release(Protocol):
    """One dated release of a catalogue."""

    def has(self, code: str) -> bool: ...

    def with_attribute(self, attribute: str) -> frozenset[str]: ...


class Reference(Protocol):
    """Reference data on one date; two dates with the same `key` get the same answers."""

    @property
    def standard(self) -> Standard: ...

    @property
    def key(self) -> Hashable: ...

    def codes(self, list_name: str) -> frozenset[str] | None: ...

    def catalogue(self, name: str) -> Release | None: ...


class Pack(Protocol):
    """An immutable set of dated reference data."""

    @property
    def digest(self) -> str: ...

    def on(self, day: datetime.date) -> Reference: ...
