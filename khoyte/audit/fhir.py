"""Audit entries as FHIR R4 AuditEvent; reads and new records by the profiles of IHE BALP.

BALP (Basic Audit Log Patterns) speaks of RESTful acts. `data/fhir_profiles.csv` says which of ours are such:
their events claim the profile in `meta.profile`, unless the entry does not say where the request came from
(entries older than that column, acts of the system itself), for then the profile could not be kept. All other
acts are plain AuditEvents. `conformance` checks both.
"""

import ipaddress
import json
import socket
from collections.abc import Mapping
from functools import cache
from typing import Any

from khoyte.audit.chain import COLUMNS
from khoyte.audit.conformance import BALP, PARENTS, profile_of_action

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_VERBS = {
    "read": "R",
    "export": "R",
    "list": "R",
    "provide": "R",
    "share": "R",
    "create": "C",
    "receive": "C",
}
# DICOM, PS3.16, context group 400: what is no RESTful act.
_USED, _AUTHENTICATED = ("110100", "Application Activity"), ("110114", "User Authentication")
_SOURCE_ROLE, _DESTINATION_ROLE = ("110153", "Source Role ID"), ("110152", "Destination Role ID")
_MACHINE_NAME, _IP_ADDRESS = "1", "2"
# COPY text format: what stands behind a backslash.
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}


def audit_event(line: bytes) -> dict[str, Any]:
    """One AuditEvent of one entry's line (`chain.lines`). Persons appear by account and record only."""
    entry = dict(zip(COLUMNS, map(_plain, line.decode().rstrip("\n").split("\t")), strict=True))
    details = json.loads(entry["details"])
    address = details.pop("source_address", "")
    profile = profile_of_action().get(entry["action"], "") if address else ""
    event = {
        "resourceType": "AuditEvent",
        "id": f"khoyte-{entry['id']}",
        **({"meta": {"profile": [BALP + profile]}} if profile else {}),
        **_kind(entry["action"], PARENTS.get(profile, profile)),
        "recorded": entry["at"],
        "outcome": "4" if entry["action"].endswith(".not_found") else "0",
        "agent": _agents(entry, address, PARENTS.get(profile, profile)),
        "source": {"observer": _identified("system", "khoyte")},
        "entity": [_record(entry, details), *([_patient_of(entry)] if profile == "PatientRead" else [])],
    }
    if entry["purpose"]:
        event["purposeOfEvent"] = [{"coding": [_coding("urn:khoyte:purpose", entry["purpose"])]}]
    return _without_empty(event)


def _kind(action: str, profile: str) -> dict[str, Any]:
    ours = _coding("urn:khoyte:action", action)
    if profile:
        interaction = profile.lower()
        return {
            "type": _coding(_EVENT_TYPE, "rest", "Restful Operation"),
            "subtype": [_coding(_INTERACTION, interaction, interaction), ours],
            "action": profile[0],
        }
    code = _AUTHENTICATED if action in ("account.sign_in", "session.end") else _USED
    return {
        "type": _coding(_DCM, *code),
        "subtype": [ours],
        "action": _VERBS.get(action.rpartition(".")[2], "E"),
    }


def _agents(entry: Mapping[str, str], address: str, profile: str) -> list[dict[str, Any]]:
    """Who asked (an officer, or software), the machine they came from, and this server."""
    is_person = not entry["actor"].startswith(("system:", "machine:"))
    who = _identified("account", entry["actor"])
    asked: dict[str, Any] = {
        "role": [{"coding": [_coding("urn:khoyte:role", entry["actor_role"] or "none")]}],
        "who": who,
        "requestor": True,
    }
    if not address:
        return [{**asked, "requestor": not entry["actor"].startswith("system:")}]
    # Who reads, receives: the record goes from the server to the client; what is new comes from the client.
    roles = (_DESTINATION_ROLE, _SOURCE_ROLE) if profile != "Create" else (_SOURCE_ROLE, _DESTINATION_ROLE)
    client, server = ({"coding": [_coding(_DCM, *role)]} for role in roles)
    user = _coding(_PARTICIPATION, "AUT" if profile == "Create" else "IRCP")
    network = {"address": address, "type": _IP_ADDRESS if _is_number(address) else _MACHINE_NAME}
    software = _identified("unit", entry["actor_unit"] or "none") if is_person else who
    agents = [
        {"type": client, "who": software, "requestor": not is_person, "network": network},
        {
            "type": server,
            "who": _identified("system", "khoyte"),
            "requestor": False,
            "network": {"address": _own_name(), "type": _MACHINE_NAME},
        },
    ]
    return [*agents, {"type": {"coding": [user]}, **asked}] if is_person else agents


def _record(entry: Mapping[str, str], details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": _coding(_ENTITY, "2", "System Object"),
        "role": _coding(_ROLE, "4", "Domain Resource"),
        "what": _identified(entry["subject_kind"], entry["subject_id"]),
        "detail": [
            {"type": key, "valueString": json.dumps(value, ensure_ascii=False)}
            for key, value in details.items()
        ],
    }


def _patient_of(entry: Mapping[str, str]) -> dict[str, Any]:
    """The patient, as far as the log knows: the one of that visit. It holds no number or name of a person."""
    return {
        "type": _coding(_ENTITY, "1", "Person"),
        "role": _coding(_ROLE, "1", "Patient"),
        "what": {"type": "Patient", **_identified("patient-of-visit", entry["subject_id"])},
    }


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _identified(kind: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": f"urn:khoyte:{kind}", "value": value if value.strip() else "-"}}


def _is_number(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


@cache
def _own_name() -> str:
    return socket.gethostname() or "localhost"


def _plain(value: str) -> str:
    """A field of COPY text format as it was stored."""
    if "\\" not in value:
        return value
    head, *rest = value.split("\\\\")
    parts = [_unescape(part) for part in (head, *rest)]
    return "\\".join(parts)


def _unescape(part: str) -> str:
    plain, *escaped = part.split("\\")
    return plain + "".join(_ESCAPED.get(one[:1], one[:1]) + one[1:] for one in escaped)


def _without_empty(value: Any) -> Any:
    """FHIR knows no empty lists, objects or strings."""
    if isinstance(value, dict):
        kept = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in ("", [], {})}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value
