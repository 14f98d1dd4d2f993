"""Who hears at once that a licence was suspended or revoked: its holder, and where the holder is registered.

From the minute the decision is in force the holder may not practise (Law 15/2023/QH15, Art. 30, 35), so the
facility has to take them off duty the same day. A notice names the facility, the kind of the decision and its
day, never the person or the reason; the link opens the record for those who may see it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.practice.in_force import LICENCES, PLACES, licence_digest
from khoyte.practice.may_practise import Registration
from khoyte.practice.models import InForce
from khoyte.practice.successors import Successors, carried_over, successors
from khoyte.registers.declaration import Declaration
from khoyte.registers.models import Record
from khoyte.units.enums import Role
from khoyte.units.persons import accounts_of

STOPPED: Mapping[str, Text] = {
    "suspend": Text(vi="bị đình chỉ", en="suspended"),
    "revoke": Text(vi="bị thu hồi", en="revoked"),
}
"""Acts that end the right to practise, in the words of the notice."""

Confirmed = Sequence[tuple[Record, Mapping[str, Any]]]


def tell_stopped(_declaration: Declaration, confirmed: Confirmed) -> None:
    """Tell of decisions that have just become official, in their transaction; of none that is over."""
    acts = [(record, content) for record, content in confirmed if _stops(content)]
    if not acts:
        return
    persons = _persons(
        {digest for _, content in acts if (digest := licence_digest(content["licence_number"]))}
    )
    taken_over = successors()
    tell_all(
        telling
        for record, content in acts
        for person in persons[_digest(content)]
        for telling in _tellings(record, content, person, taken_over)
    )


def _stops(content: Mapping[str, Any]) -> bool:
    ends = content.get("valid_to")
    return content["kind"] in STOPPED and not (ends and ends < today().isoformat())


def _digest(content: Mapping[str, Any]) -> bytes:
    return licence_digest(content["licence_number"]) or b""


def _persons(licences: set[bytes]) -> Mapping[bytes, set[bytes]]:
    """Keyed hash of a licence → keyed hashes of its holders, by the new number and the old certificate."""
    found: dict[bytes, set[bytes]] = defaultdict(set)
    held = InForce.objects.filter(register=LICENCES, person__isnull=False)
    rows = held.filter(Q(licence__in=licences) | Q(other_licence__in=licences))
    for person, *digests in rows.values_list("person", "licence", "other_licence"):
        for digest in filter(None, digests):
            found[bytes(digest)].add(bytes(person or b""))
    return found


def _tellings(
    record: Record, content: Mapping[str, Any], person: bytes, taken_over: Successors
) -> Iterator[Telling]:
    since = date.fromisoformat(content["valid_from"])
    occasion = f"{content['kind']}:{since}"
    facts = {"act": content["kind"], "since": since}
    for name in accounts_of(person):
        yield Telling(
            "licence_stopped", addressing.account(name), str(record.pk), occasion, facts, "/hanh-nghe"
        )
    for facility, registration in _places(person, max(since, today()), taken_over).items():
        yield Telling(
            "licence_stopped_here",
            addressing.role(facility, Role.FACILITY_ADMIN, Role.FACILITY_REVIEWER),
            str(record.pk),
            occasion,
            {**facts, "facility": facility},
            f"/so-dang-ky/practice_registrations/{registration}",
        )


def _places(person: bytes, day: date, taken_over: Successors) -> dict[str, Any]:
    """Where the person is registered on that day or later → the registration."""
    rows = InForce.objects.filter(register=PLACES, person=person, first__isnull=False)
    rows = rows.filter(Q(last__isnull=True) | Q(last__gte=day)).order_by("first", "record")
    found: dict[str, Any] = {}
    for record, place, first, last in rows.values_list("record", "place", "first", "last"):
        for one in carried_over([Registration(place, first or day, last)], taken_over):
            if one.facility not in taken_over:
                found.setdefault(one.facility, record)
    return found
