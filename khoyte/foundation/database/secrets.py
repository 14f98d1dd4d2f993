"""Passwords of the database roles and the identity of this home's cluster, in one file."""

import json
import secrets
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from khoyte.foundation.home import write_durably

ROLES = ("owner", "app", "worker")
ADMIN = "admin"


@dataclass(frozen=True)
class DatabaseSecrets:
    """`passwords` by role; `instance` marks the cluster that belongs to this home; `cluster` is the folder it
    was made in, empty as long as none was made."""

    instance: str
    passwords: dict[str, str]
    cluster: str = ""


def secrets_file(home: Path) -> Path:
    return home / "secrets" / "database.json"


def load_secrets(home: Path) -> DatabaseSecrets:
    """The secrets of this home, made on first use."""
    path = secrets_file(home)
    if path.exists():
        return DatabaseSecrets(**json.loads(path.read_text()))
    passwords = {role: secrets.token_urlsafe(32) for role in (*ROLES, ADMIN)}
    return save_secrets(home, DatabaseSecrets(instance=str(uuid.uuid4()), passwords=passwords))


def save_secrets(home: Path, known: DatabaseSecrets) -> DatabaseSecrets:
    write_durably(secrets_file(home), json.dumps(asdict(known), indent=1).encode())
    return known
