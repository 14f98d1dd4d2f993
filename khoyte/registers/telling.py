"""Who hears of a version, in the transaction in which it is handed in or comes into force.

National systems hear of what is in force by the outbox (`links.exchange`). Rooms above this one that look at
what was handed in (a check against the population database) announce a listener.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from khoyte.links import exchange
from khoyte.links.feeds import Change
from khoyte.registers import content as contents
from khoyte.registers.content import Content
from khoyte.registers.declaration import Declaration
from khoyte.registers.known import register
from khoyte.registers.models import Record, Version

Told = Sequence[tuple[Record, Content]]
Listener = Callable[[Declaration, Told], None]

_LISTENERS: dict[str, list[Listener]] = {}
_FOLLOWERS: dict[str, list[Listener]] = {}


def listen(register_name: str, listener: Listener) -> None:
    """Be told, in the same transaction, of versions of a register handed in for review or confirmed."""
    _LISTENERS.setdefault(register_name, []).append(listener)


def follow(register_name: str, follower: Listener) -> None:
    """Be told, in the same transaction, of versions of a register that come into force."""
    _FOLLOWERS.setdefault(register_name, []).append(follower)


def handed_in(declaration: Declaration, told: Told) -> None:
    """Sent for review: not in force yet."""
    for listener in _LISTENERS.get(declaration.name, ()):
        listener(declaration, told)


def confirmed(declaration: Declaration, told: Told) -> None:
    """In force from now on."""
    exchange.tell(
        declaration.name,
        [
            Change(str(record.pk), record.version, record.facility, record.province, content)
            for record, content in told
        ],
    )
    handed_in(declaration, told)
    for follower in _FOLLOWERS.get(declaration.name, ()):
        follower(declaration, told)


_PIECE = 2_000
_IN_FORCE = """
SELECT v.record, v.number, v.facility, v.province, v.content, v.content_sealed
FROM {table} r JOIN register_version v ON v.record = r.id AND v.number = r.confirmed_version
WHERE {which} ORDER BY r.id LIMIT %s
"""
_FIRST = UUID(int=0)


class RegisterSource:
    """The versions in force of one register, for the feeds to national systems."""

    def __init__(self, name: str) -> None:
        self.kind = name

    def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Content]:
        declaration = register(self.kind).declaration
        versions = dict(wanted)
        rows = Version.objects.filter(register=self.kind, record__in=list(versions))
        return {
            str(row.record): contents.opened_content(declaration, row)
            for row in rows
            if versions[str(row.record)] == row.number
        }

    def current(self, since: date | None) -> Iterator[Change]:
        last = _FIRST
        while True:
            piece = self._in_force("r.id > %s", last)
            yield from piece
            if len(piece) < _PIECE:
                return
            last = UUID(piece[-1].subject)

    def now(self, subjects: Sequence[str]) -> list[Change]:
        found: list[Change] = []
        for start in range(0, len(subjects), _PIECE):
            found += self._in_force("r.id = ANY(%s::uuid[])", list(subjects[start : start + _PIECE]))
        return found

    def _in_force(self, which: str, parameter: Any) -> list[Change]:
        known = register(self.kind)
        table = connection.ops.quote_name(known.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(_IN_FORCE.format(table=table, which=which), [parameter, _PIECE])
            return [_change(known.declaration, row) for row in cursor.fetchall()]


def _change(declaration: Declaration, row: Sequence[Any]) -> Change:
    record, number, facility, province, content, sealed = row
    version = Version(content=_loaded(content), content_sealed=sealed)
    return Change(str(record), number, facility, province, contents.opened_content(declaration, version))


def _loaded(content: Any) -> Any:
    """Django hands the JSON of a raw query over as text."""
    return orjson.loads(content) if isinstance(content, str | bytes) else content
