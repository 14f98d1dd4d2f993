"""Audit entries as FHIR R4 AuditEvent, in the manner of IHE BALP (Basic Audit Log Patterns)."""

import json
from typing import Any

from khoyte.audit.chain import COLUMNS

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_REST = {"system": _EVENT_TYPE, "code": "rest", "display": "Restful Operation"}
_VERBS = {"read": "R", "export": "R", "list": "R", "create": "C", "receive": "C"}
# COPY text format: what stands behind a backslash.
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}


def audit_event(line: bytes) -> dict[str, Any]:
    """One AuditEvent of one entry's line (`chain.lines`). Persons appear by account and record only."""
    entry = dict(zip(COLUMNS, map(_plain, line.decode().rstrip("\n").split("\t")), strict=True))
    event = {
        "resourceType": "AuditEvent",
        "id": f"khoyte-{entry['id']}",
        "type": _REST,
        "subtype": [{"system": "urn:khoyte:action", "code": entry["action"]}],
        "action": _VERBS.get(entry["action"].rpartition(".")[2], "E"),
        "recorded": entry["at"],
        "outcome": "0",
        "agent": [
            {
                "type": {"coding": [{"system": "urn:khoyte:role", "code": entry["actor_role"] or "none"}]},
                "who": _identified("account", entry["actor"]),
                "requestor": not entry["actor"].startswith("system:"),
            }
        ],
        "source": {"observer": _identified("unit", entry["actor_unit"] or "khoyte")},
        "entity": [
            {
                "what": _identified(entry["subject_kind"], entry["subject_id"]),
                "detail": [
                    {"type": key, "valueString": json.dumps(value, ensure_ascii=False)}
                    for key, value in json.loads(entry["details"]).items()
                ],
            }
        ],
    }
    if entry["purpose"]:
        event["purposeOfEvent"] = [{"text": entry["purpose"]}]
    return _without_empty(event)


def _identified(kind: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": f"urn:khoyte:{kind}", "value": value}}


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
