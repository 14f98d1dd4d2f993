"""What goes to which national system, said once by the room that owns the facts.

A source reads records of one kind; a feed says which of their fields one destination gets under which names,
and by what law. Rooms announce both when Django is set up, so this room needs to know none of them. Nothing
of a record lies in the outbox: what is sent is read from the version the message names, when it is sent.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import orjson

from khoyte.foundation.language import Text
from khoyte.units.training import is_training

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A version of a record that came into force; `content` None: the record is no more."""

    subject: str
    version: int
    facility: str
    province: str
    content: Content | None

    @property
    def is_training(self) -> bool:
        """Of the training province: told to nobody outside."""
        return is_training(self.facility) or is_training(self.province)


class Source(Protocol):
    """The room's own way to its records. Called by the worker, inside `working()`."""

    kind: str

    def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Content]:
        """Subject → content of that version; what is not there is left out."""
        ...

    def now(self, subjects: Sequence[str]) -> list[Change]:
        """These records as they are in force; those that are not are left out."""
        ...

    def current(self, since: date | None) -> Iterator[Change]:
        """All records in force, or those whose bucket is not before a day where the feed has a window."""
        ...


@dataclass(frozen=True)
class Feed:
    """Records of one kind on their way to one destination.

    `carries`: their name → our field. `bucket_field` groups records by a day for reconciling, and only the
    last `window_days` of these are held against each other every night; without it all records are, in 256
    groups by the hash of their id.
    """

    destination: str
    kind: str
    label: Text
    legal: str
    carries: Mapping[str, str]
    bucket_field: str = ""
    window_days: int = 0

    def payload(self, content: Content) -> dict[str, Any]:
        """What the destination gets; fields without a value are left out."""
        found = {theirs: content.get(ours) for theirs, ours in self.carries.items()}
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def bucket(self, subject: str, content: Content | None) -> str:
        if self.bucket_field:
            return str((content or {}).get(self.bucket_field) or "")
        return hashlib.sha256(subject.encode()).hexdigest()[:2]


def digest_of(payload: Mapping[str, Any] | None) -> str:
    """SHA-256 (hexadecimal) over the payload as JSON with sorted names; "" for a record that is no more."""
    if payload is None:
        return ""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


def bucket_digest(held: Mapping[str, str]) -> str:
    """SHA-256 over the lines "subject digest" of a bucket, sorted by subject."""
    lines = "".join(f"{subject} {digest}\n" for subject, digest in sorted(held.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


_SOURCES: dict[str, Source] = {}
_FEEDS: dict[tuple[str, str], Feed] = {}


def announce(source: Source, *feeds: Feed) -> None:
    _SOURCES[source.kind] = source
    for feed in feeds:
        _FEEDS[feed.destination, feed.kind] = feed


def feeds_to(destination: str) -> list[Feed]:
    return [feed for feed in _FEEDS.values() if feed.destination == destination]


def feeds_of(kind: str) -> list[Feed]:
    return [feed for feed in _FEEDS.values() if feed.kind == kind]


def feed(destination: str, kind: str) -> Feed | None:
    return _FEEDS.get((destination, kind))


def source(kind: str) -> Source | None:
    return _SOURCES.get(kind)
