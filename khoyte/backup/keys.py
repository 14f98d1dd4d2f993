"""The backup key: 32 random bytes in a file of one line, kept apart from the backup.

Whoever holds it and a backup holds everything; whoever lost it has no backup. It is not the installation's
secret file: that one lies (sealed) in the backup, so that this key, a backup and the program are enough.
Only where the secret file itself is kept apart (`KHOYTE_SECRET_FILE`) and no backup key was made, a key
derived from it serves, and the secret file opens the backup.
"""

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from khoyte.backup import errors
from khoyte.foundation.crypto import Keyring, SecretUnreadable, secret_file
from khoyte.foundation.home import home as chosen_home
from khoyte.foundation.home import write_durably

FILE = "backup-key.txt"
_PREFIX = "khoyte-backup-key-1:"
_BYTES = 32


@dataclass(frozen=True)
class BackupKey:
    """`id` (8 bytes) stands in every sealed file, to tell a wrong key from damage; it reveals nothing."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        return hashlib.sha256(b"khoyte backup key id 1" + self.secret).digest()[:8]


def key_file(home: Path) -> Path:
    """The file that holds the key of a home's backups, or will."""
    chosen = os.environ.get("KHOYTE_BACKUP_KEY_FILE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    own, apart = home / FILE, os.environ.get("KHOYTE_SECRET_FILE")
    return secret_file() if apart and not own.exists() and secret_file().exists() else own


def key_file_to_restore_with(home: Path) -> Path:
    """The same, for a home that is still empty: the key may lie in the home the environment names."""
    found = key_file(home)
    return found if found.exists() else key_file(chosen_home())


def load(path: Path) -> BackupKey:
    """Raises BackupUnusable where there is none."""
    try:
        written = path.read_text(encoding="ascii").strip()
        if written.startswith("{"):
            return BackupKey(Keyring.load_file(path).derive("backup.key"))
        secret = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except FileNotFoundError:
        raise errors.no_key(path) from None
    except (OSError, ValueError, binascii.Error, SecretUnreadable):
        raise errors.unreadable_key(path) from None
    if not written.startswith(_PREFIX) or len(secret) != _BYTES:
        raise errors.unreadable_key(path)
    return BackupKey(secret)


def load_or_make(path: Path) -> tuple[BackupKey, bool]:
    """The key, and whether it was made just now: then a person must put a copy of it away."""
    if path.exists():
        return load(path), False
    key = BackupKey(secrets.token_bytes(_BYTES))
    write_durably(path, (_PREFIX + base64.b64encode(key.secret).decode() + "\n").encode())
    return key, True
