"""The state of a licence as anybody may know it: from what is published, as of this moment."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from khoyte.practice.may_practise import Licence, LicenceAct, Reason, licence_shown_on
from khoyte.practice.public_codes import record_of
from khoyte.practice.registers.licence_events import about_licence
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.models import Published


@dataclass(frozen=True)
class PublicState:
    """What the public may read of a licence, why it is in force or not, and where its holder practises."""

    record: uuid.UUID
    content: dict[str, Any]
    reason: Reason
    places: tuple[dict[str, Any], ...]


def of_code(code: str, day: date) -> PublicState | None:
    """None for every code that names no published licence, whatever is wrong with it.

    Wrong codes all ask the database once, for a record that is not there.
    """
    return of_record(record_of(code), day)


def of_record(record: uuid.UUID, day: date) -> PublicState | None:
    row = Published.objects.filter(register="practitioners", record=record).first()
    return None if row is None else _state(row, day)


def _state(row: Published, day: date) -> PublicState:
    content = row.content
    number = content.get("licence_number", "")
    licence = Licence(number, _day(content.get("licence_date")), _day(content.get("licence_valid_to")))
    acts = queries.published_about("licence_events", about_licence(number))
    places = queries.published_beside(row, "practice_registrations")
    return PublicState(
        record=row.record,
        content=content,
        reason=licence_shown_on([licence], [act_of(one.content) for one in acts], day),
        places=tuple(one.content for one in places if _holds(one.content, day)),
    )


def reasons_of(found: Sequence[Mapping[str, Any]], day: date) -> list[Reason]:
    """Why the licence of each published practitioner is in force or not, asked at once."""
    numbers = [str(content.get("licence_number") or "") for content in found]
    about = {number: contents.about_digest(about_licence(number)) for number in numbers}
    acts: dict[bytes, list[LicenceAct]] = {}
    known = [one for one in about.values() if one]
    for row in Published.objects.filter(register="licence_events", about__in=known):
        acts.setdefault(bytes(row.about or b""), []).append(act_of(row.content))
    return [
        licence_shown_on(
            [Licence(number, _day(content.get("licence_date")), _day(content.get("licence_valid_to")))],
            acts.get(about[number] or b"", []),
            day,
        )
        for number, content in zip(numbers, found, strict=True)
    ]


def act_of(content: dict[str, Any]) -> LicenceAct:
    """An act on a licence as it is published."""
    return LicenceAct(
        content["kind"],
        date.fromisoformat(content["valid_from"]),
        _day(content.get("valid_to")),
        content.get("decision", ""),
    )


def _holds(content: dict[str, Any], day: date) -> bool:
    last = _day(content.get("valid_to"))
    return date.fromisoformat(content["valid_from"]) <= day and (last is None or day <= last)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
