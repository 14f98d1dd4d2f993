"""Does an exported entry keep to FHIR R4 AuditEvent, and to the BALP profiles that it claims?

The rules are data: `data/audit_event.csv` has the elements of the resource and of the types it uses (FHIR R4,
4.0.1), `data/balp.csv` what the profiles of IHE Basic Audit Log Patterns ask beyond them, slice by slice. It
is no general validator: terminology is looked up only where a code is named there, and references are not
followed. Tests hold its view of the resource against a library made from the specification by others.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
PARENTS = {"PatientRead": "Read"}
ACTIONS = {"Read": "R", "Create": "C"}
_REST = "http://terminology.hl7.org/CodeSystem/audit-event-type#rest"
_PRIMITIVES = {
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}"),
    # What counts as space is that of ASCII, as the specification's own expressions are read.
    "code": re.compile(r"[^\s]+(?: [^\s]+)*", re.ASCII),
    "uri": re.compile(r"\S+", re.ASCII),
    "string": re.compile(r"[ \r\n\t\S]+", re.ASCII),
    "base64Binary": re.compile(r"(?:[A-Za-z0-9+/]{4})+|(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,3}={1,2}"),
    "instant": re.compile(
        r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
        r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
    ),
}


@dataclass(frozen=True)
class Element:
    """One element: how often it stands, of which type, one of which codes (any, when empty)."""

    least: int
    is_list: bool
    type: str
    codes: frozenset[str]


@dataclass(frozen=True)
class Slice:
    """Members of a list that bear one of `codes`: how many, what each needs and must not have."""

    list: str
    name: str
    codes: frozenset[str]
    least: int
    most: int
    needs: tuple[str, ...]
    never: tuple[str, ...]
    roles: frozenset[str]


@cache
def _elements() -> dict[str, dict[str, Element]]:
    found: dict[str, dict[str, Element]] = {}
    for row in _read("audit_event.csv"):
        found.setdefault(row["of"], {})[row["name"]] = Element(
            int(row["least"]), row["most"] == "*", row["type"], frozenset(row["codes"].split())
        )
    return found


@cache
def _slices() -> dict[str, list[Slice]]:
    found: dict[str, list[Slice]] = {}
    for row in _read("balp.csv"):
        found.setdefault(row["profile"], []).append(
            Slice(
                row["list"],
                row["slice"],
                frozenset(row["codes"].split()),
                int(row["least"]),
                int(row["most"]),
                tuple(row["needs"].split()),
                tuple(row["never"].split()),
                frozenset(row["roles"].split()),
            )
        )
    return found


@cache
def profile_of_action() -> dict[str, str]:
    """Action of an entry -> the BALP profile its export claims; of the others none."""
    return {row["action"]: row["profile"] for row in _read("fhir_profiles.csv")}


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def problems(event: Any) -> list[str]:
    """What is wrong, each with its place; empty for an event that keeps to all it must."""
    if not isinstance(event, dict) or event.get("resourceType") != "AuditEvent":
        return ["resourceType: not an AuditEvent"]
    content = {name: value for name, value in event.items() if name != "resourceType"}
    found = [*_of_type("AuditEvent", content, "AuditEvent"), *_invariants(content)]
    if found:
        return found
    claimed = [one.removeprefix(BALP) for one in content.get("meta", {}).get("profile", ())]
    return [problem for profile in claimed for problem in _of_profile(profile, content)]


def _of_type(kind: str, value: Any, place: str) -> Iterator[str]:
    if kind == "boolean":
        if not isinstance(value, bool):
            yield f"{place}: not a boolean"
    elif kind in _PRIMITIVES:
        if not isinstance(value, str) or not _PRIMITIVES[kind].fullmatch(value):
            yield f"{place}: not of type {kind}"
    elif not isinstance(value, dict) or not value:
        yield f"{place}: not an object with content"
    else:
        yield from _of_object(_elements()[kind], value, place)


def _of_object(known: Mapping[str, Element], value: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in sorted(value.keys() - known.keys()):
        yield f"{place}.{name}: no such element"
    for name, element in known.items():
        if name not in value:
            if element.least:
                yield f"{place}.{name}: missing"
            continue
        members = value[name] if element.is_list else [value[name]]
        if not isinstance(members, list) or not members:
            yield f"{place}.{name}: not a list with members"
            continue
        for number, member in enumerate(members):
            here = f"{place}.{name}" + (f"[{number}]" if element.is_list else "")
            wrong = list(_of_type(element.type, member, here))
            yield from wrong
            if not wrong and element.codes and member not in element.codes:
                yield f"{here}: no such code"


def _invariants(event: Mapping[str, Any]) -> Iterator[str]:
    """sev-1, and that a detail has exactly one value; of what is no object that was told before."""
    for number, entity in enumerate(_objects(event.get("entity"))):
        if "name" in entity and "query" in entity:
            yield f"AuditEvent.entity[{number}]: either a name or a query (sev-1)"
        for detail in _objects(entity.get("detail")):
            if ("valueString" in detail) == ("valueBase64Binary" in detail):
                yield f"AuditEvent.entity[{number}].detail: exactly one value"


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _of_profile(profile: str, event: Mapping[str, Any]) -> Iterator[str]:
    if profile not in _slices():
        yield f"AuditEvent.meta.profile: {profile} is not known here"
        return
    base = PARENTS.get(profile, profile)
    if _REST not in _codes(event["type"]):
        yield f"{profile}: type must be rest"
    if event.get("action") != ACTIONS[base]:
        yield f"{profile}: action must be {ACTIONS[base]}"
    if event.get("outcome") != "0":
        yield f"{profile}: outcome must be 0"
    for one in dict.fromkeys((base, profile)):
        for wanted in _slices()[one]:
            yield from _of_slice(profile, wanted, event)


def _of_slice(profile: str, wanted: Slice, event: Mapping[str, Any]) -> Iterator[str]:
    members = [one for one in event.get(wanted.list, []) if _codes(_told_by(wanted, one)) & wanted.codes]
    if not wanted.least <= len(members) <= wanted.most:
        often = f"{len(members)} of {wanted.list}[{wanted.name}]"
        yield f"{profile}: {often}, not {wanted.least} to {wanted.most}"
    for member in members:
        for name in wanted.needs:
            if not member.get(name):
                yield f"{profile}: {wanted.list}[{wanted.name}] without {name}"
        for name in wanted.never:
            if name in member:
                yield f"{profile}: {wanted.list}[{wanted.name}] has {name}"
        if wanted.roles and not _codes(member.get("role", {})) & wanted.roles:
            yield f"{profile}: {wanted.list}[{wanted.name}] in another role"
        what = member.get("what", {})
        if wanted.name == "patient" and not (
            what.get("type") == "Patient" and {"identifier", "reference"} & what.keys()
        ):
            yield f"{profile}: {wanted.list}[patient] names no Patient"


def _told_by(wanted: Slice, member: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the code stands that tells members of the list apart."""
    return member if wanted.list == "subtype" else member.get("type", {})


def _codes(coded: Mapping[str, Any]) -> set[str]:
    """ "system#code" of a Coding or of every one in a CodeableConcept."""
    return {f"{one.get('system')}#{one.get('code')}" for one in coded.get("coding", [coded])}
