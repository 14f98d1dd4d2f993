"""What a security monitor (SIEM) is told of the audit log: which acts, how grave, in which words.

The words are those of the Elastic Common Schema, which the usual monitors read; the grade is that of syslog
(RFC 5424: 3 error, 4 warning, 5 notice, 6 information). An event names accounts, units and identifiers of
records, as the audit entry does, and carries no value of a record.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

WARNING = 4


@dataclass(frozen=True)
class Kind:
    """`category` as in ECS event.category; `severity` as in syslog."""

    category: str
    severity: int


@cache
def kinds() -> Mapping[str, Kind]:
    """Security events by the action of their audit entry."""
    text = files("khoyte.audit").joinpath("data/security_events.csv").read_text(encoding="utf-8")
    return {
        row["action"]: Kind(row["category"], int(row["severity"]))
        for row in csv.DictReader(text.splitlines())
    }


def event(entry: Mapping[str, Any], kind: Kind) -> str:
    """One line of JSON for an audit entry (its columns by name; `at` a datetime)."""
    document: dict[str, Any] = {
        "@timestamp": entry["at"].isoformat(timespec="milliseconds"),
        "event": {
            "id": str(entry["id"]),
            "action": entry["action"],
            "category": [kind.category],
            "kind": "alert" if kind.severity <= WARNING else "event",
            "module": "khoyte",
            "severity": kind.severity,
        },
        "user": {"name": entry["actor"], "roles": [entry["actor_role"]]},
        "organization": {"id": entry["actor_unit"]},
        "khoyte": {
            "subject": {"kind": entry["subject_kind"], "id": entry["subject_id"]},
            "facility": entry["facility"],
            "province": entry["province"],
            "purpose": entry["purpose"],
        },
    }
    if entry["source_address"]:
        document["source"] = {"ip": entry["source_address"]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
