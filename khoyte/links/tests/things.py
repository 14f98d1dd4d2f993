"""An invented kind of record for tests of the exchange: things that live in a dict, with versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from khoyte.foundation.language import Text
from khoyte.links import exchange
from khoyte.links.feeds import Change, Content, Feed

KIND = "things"
FEED = Feed(
    destination="datacentre",
    kind=KIND,
    label=Text(vi="Đồ vật", en="Things"),
    legal="không có",
    carries={"thing_name": "name", "thing_colour": "colour"},
)
WALLET_FEED = Feed(
    destination="vneid",
    kind=KIND,
    label=Text(vi="Đồ vật", en="Things"),
    legal="không có",
    carries={"holder": "number", "name": "name"},
)


@dataclass
class Things:
    """A source; `versions` keeps every version of every subject."""

    kind: str = KIND
    versions: dict[tuple[str, int], Content] = field(default_factory=dict)

    def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Content]:
        return {one[0]: self.versions[one] for one in wanted if one in self.versions}

    def current(self, since: date | None) -> Iterator[Change]:
        newest = {subject: max(v for s, v in self.versions if s == subject) for subject, _ in self.versions}
        for subject, version in newest.items():
            yield Change(subject, version, "97001", "97", self.versions[subject, version])

    def now(self, subjects: Sequence[str]) -> list[Change]:
        return [change for change in self.current(None) if change.subject in subjects]

    def change(self, subject: str, **content: Any) -> int:
        """A new version with its message, in one transaction; its number."""
        version = 1 + max((v for s, v in self.versions if s == subject), default=0)
        self.versions[subject, version] = content
        with transaction.atomic():
            exchange.tell(KIND, [Change(subject, version, "97001", "97", content)])
        return version
