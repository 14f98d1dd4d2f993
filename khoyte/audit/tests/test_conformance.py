"""Every exported entry is a sound AuditEvent and keeps the profile it claims; a changed one does not."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from fhir.resources.R4B.auditevent import AuditEvent  # of which R4 has the same elements
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from khoyte.audit import actions, chain, fhir
from khoyte.audit.conformance import BALP, problems, profile_of_action

ADDRESSES = ("203.0.113.9", "2001:db8::17", "")
ACTORS = ("cb-nguyen-van-a", "machine:97001:his", "system:judging", "")


def others_accept(event: Any) -> bool:
    """Whether classes made from the specification by others take it."""
    try:
        AuditEvent.model_validate(event)
    except ValidationError:
        return False
    return True


def line_of(action: str, actor: str = "cb", address: str = "2001:db8::17", **fields: Any) -> bytes:
    """A line as the chain reads it."""
    details = {**fields.pop("details", {"n": 1}), **({"source_address": address} if address else {})}
    values = {
        "id": "7", "tx": "9", "at": "2026-11-28T01:02:03.000004Z", "actor": actor, "actor_unit": "97001",
        "actor_role": "facility", "action": action, "subject_kind": "visit", "subject_id": "12",
        "facility": "97001", "province": "97", "purpose": "facility.review",
        "details": json.dumps(details, ensure_ascii=False).replace("\\", "\\\\"), **fields,
    }  # fmt: skip
    return "\t".join(values[name] for name in chain.COLUMNS).encode() + b"\n"


def event_of(*arguments: Any, **fields: Any) -> dict[str, Any]:
    return fhir.audit_event(line_of(*arguments, **fields))


READ = event_of("visit.read")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("actor", ACTORS)
def test_acts_of_every_sort_are_sound(actor: str, address: str) -> None:
    for action in (*profile_of_action(), "account.sign_in", "register.not_found", "key.rotate"):
        event = event_of(action, actor, address)
        assert problems(event) == [], (action, actor, address)
        assert others_accept(event)
        claimed = event.get("meta", {}).get("profile", [])
        expected = profile_of_action().get(action) if address else None
        assert claimed == ([BALP + expected] if expected else [])


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(words.filter(str.strip), st.one_of(words, st.integers(), st.lists(words)), max_size=4),
    words,
    words,
    st.sampled_from(sorted(profile_of_action())),
)
def test_whatever_an_entry_holds_its_event_is_sound(
    details: dict[str, Any], actor: str, subject: str, action: str
) -> None:
    details.pop("source_address", None)
    event = event_of(action, actor.replace("\\", "/"), details=details, subject_id=subject.replace("\\", "/"))
    assert problems(event) == []
    assert others_accept(event)


def test_reading_names_who_from_where_which_record_and_whose() -> None:
    client, server, user = READ["agent"]
    assert client["network"] == {"address": "2001:db8::17", "type": "2"}
    assert server["who"]["identifier"]["value"] == "khoyte"
    assert user["who"]["identifier"] == {"system": "urn:khoyte:account", "value": "cb"}
    assert [agent["requestor"] for agent in READ["agent"]] == [False, False, True]
    assert [entity["what"]["identifier"]["value"] for entity in READ["entity"]] == ["12", "12"]
    assert READ["meta"]["profile"] == [BALP + "PatientRead"]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in an event, below its name."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in members:
        yield (*path, key)
        yield from paths(one, (*path, key))


def changed(path: tuple[Any, ...], value: Any = None) -> dict[str, Any]:
    """The event without what stands at a place, or with something else there."""
    made = copy.deepcopy(READ)
    holder: Any = made
    for key in path[:-1]:
        holder = holder[key]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return made


# Without these an event is still one, and of its profile: they say more than is asked for.
OPTIONAL = {
    ("id",), ("purposeOfEvent",), ("purposeOfEvent", 0, "coding"), ("agent", 2), ("agent", 2, "role"),
    ("agent", 2, "type"), ("agent", 2, "type", "coding"), ("agent", 2, "role", 0, "coding"),
    ("meta",), ("meta", "profile"), ("subtype", 1), ("entity", 0, "detail"),
}  # fmt: skip


def test_whatever_is_taken_out_of_a_read_is_missed() -> None:
    def is_free(path: tuple[Any, ...]) -> bool:
        free = ("display", "system", "value", "text", "identifier", "code", "address", "type")
        inside = any(isinstance(key, str) and key in ("identifier", "coding", "network") for key in path[:-1])
        return path in OPTIONAL or path[-1] == "display" or (inside and path[-1] in free) or path[-1] == 0

    asked = [path for path in paths(READ) if not is_free(path)]
    assert len(asked) > 25
    missed = [path for path in asked if not problems(changed(path))]
    assert missed == [path for path in missed if path[:2] == ("purposeOfEvent", 0) or path[0] == "subtype"]


def test_what_cannot_stand_there_is_refused_everywhere() -> None:
    for path in paths(READ):
        for value in ({"no": "such"}, 7, "", [], [[]]):
            event = changed(path, value)
            assert problems(event), f"{path} = {value!r}"
        assert path[0] == "resourceType" or not others_accept(changed(path, {"no": "such"})), path


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("recorded",), "2026-11-28", "recorded: not of type instant"),
        (("recorded",), "2026-11-28T25:00:00Z", "recorded: not of type instant"),
        (("action",), "X", "action: no such code"),
        (("action",), "E", "action must be R"),
        (("outcome",), "8", "outcome must be 0"),
        (("agent", 0, "network", "type"), "9", "network.type: no such code"),
        (("agent", 0, "requestor"), "true", "requestor: not a boolean"),
        (("agent", 0, "media"), {"code": "x"}, "agent[client] has media"),
        (("agent", 2, "network"), {"address": "::1"}, "agent[user] has network"),
        (("entity", 0, "role", "code"), "24", "entity[data] in another role"),
        (("entity", 1, "what", "type"), "Group", "names no Patient"),
        (("entity", 0, "query"), "YQ==", ""),
        (("meta", "profile", 0), BALP + "Unheard", "Unheard is not known here"),
        (("id",), "khoyte 7", "id: not of type id"),
        (("type", "code"), "read\n", "code: not of type code"),
    ],
)
def test_a_changed_event_is_told_by_its_place(path: tuple[Any, ...], value: Any, says: str) -> None:
    found = problems(changed(path, value))
    assert any(says in one for one in found) if says else found == []


def test_of_two_clients_and_no_server_both_are_told() -> None:
    event = copy.deepcopy(READ)
    event["agent"][1]["type"] = event["agent"][0]["type"]
    found = problems(event)
    assert any("2 of agent[client]" in one for one in found)
    assert any("0 of agent[server]" in one for one in found)


def test_what_is_no_event_at_all() -> None:
    for value in (None, [], {}, "AuditEvent", {"resourceType": "Patient"}, {"resourceType": "AuditEvent"}):
        assert problems(value)
    both = {**READ["entity"][0], "name": "x", "query": "YQ=="}
    assert any("sev-1" in one for one in problems({**READ, "entity": [both]}))


@pytest.mark.django_db
def test_where_a_request_came_from_is_sealed_with_its_entry() -> None:
    class By:
        name, unit_code, role = "ai", "97001", "facility"

    def record() -> bytes:
        actions.record(by=By, action="visit.read", subject_kind="visit", subject_id="1")
        return list(chain.lines(connection.connection))[-1]

    before = record()
    with actions.coming_from("2001:db8::17"):
        line = record()
    assert b"source_address" not in before
    assert b'{"source_address": "2001:db8::17"}' in line
    assert b"source_address" not in record()
    assert problems(fhir.audit_event(line)) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET source_address = '192.0.2.1' WHERE source_address <> ''")
    moved = list(chain.lines(connection.connection))[1]
    assert chain.digest(moved) != chain.digest(line)
