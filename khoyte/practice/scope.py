"""What somebody may do by the items of scope in force on a day, and what a facility has delegated beyond it.

Told on pages; the licence gate does not ask it: which technique an order is, is not known by these names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Fact
from khoyte.practice.models import ScopeItem
from khoyte.practice.registers.scope_items import DELEGATED
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section, announce_beside
from khoyte.units import queries as units

NAME = "scope_items"


@dataclass(frozen=True)
class Item:
    """One confirmed item; both days included, `valid_to` None: no end. `place`: of delegated techniques."""

    source: str
    name: str
    place: str
    decision: str
    valid_from: date
    valid_to: date | None


def in_force(items: Iterable[Item], day: date, facility: str | None = None) -> list[Item]:
    """Those of a day, in order of their first day; with `facility` only techniques it has delegated."""
    found = [
        one
        for one in items
        if one.valid_from <= day
        and (one.valid_to is None or day <= one.valid_to)
        and (facility is None or one.source != DELEGATED or one.place == facility)
    ]
    return sorted(found, key=lambda one: (one.source == DELEGATED, one.valid_from, one.name))


def confirmed_of(person: bytes) -> list[Item]:
    """Of a person, as far as the transaction's speaker may see them."""
    rows = ScopeItem.objects.filter(personal_number_key=person, state=State.CONFIRMED.value)
    return [
        Item(row.source, row.name, row.place, row.decision, row.valid_from, row.valid_to)
        for row in rows
        if row.valid_from
    ]


def facts(person: bytes, day: date) -> list[Fact]:
    found = in_force(confirmed_of(person), day)
    names = units.names_of({one.place for one in found if one.place})
    return [
        Fact(
            DELEGATED_AT.fill(place=names.get(one.place, one.place)) if one.source == DELEGATED else SCOPE,
            one.name,
            note=_until(one),
        )
        for one in found
    ]


def _until(one: Item) -> Text:
    told = UNTIL if one.valid_to else BY
    return told.fill(decision=one.decision, day=formats.day(one.valid_to))


def section(record: Record, _content: Mapping[str, Any]) -> Section | None:
    """On the page of a practitioner's record: what is in force today."""
    found = facts(bytes(record.personal_number_key), today())  # type: ignore[attr-defined]
    return Section(LABEL, found) if found else None


def announce_section() -> None:
    announce_beside("practitioners", section)


LABEL = Text(vi="Phạm vi hành nghề đang có hiệu lực", en="Scope in force")
SCOPE = Text(vi="Phạm vi", en="Scope")
DELEGATED_AT = Text(vi="Kỹ thuật được giao tại {place}", en="Delegated at {place}")
BY = Text(vi="quyết định {decision}", en="decision {decision}")
UNTIL = Text(vi="quyết định {decision}, đến ngày {day}", en="decision {decision}, until {day}")
