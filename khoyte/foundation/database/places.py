"""Where the embedded server keeps its things.

An ordinary user has everything under KHOYTE_HOME/database. PostgreSQL refuses to run as root, so for root the
server runs as the system user `khoyte`, who often cannot reach the home: its data then lies in
/var/lib/khoyte/<hash of home>, its programs in /var/lib/khoyte/engine-<version>. No parent folder of the home
is ever opened up for that user.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT_FOLDER = Path("/var/lib/khoyte")
SYSTEM_USER = "khoyte"
# A unix socket's path may be 107 bytes on Linux, 103 on macOS; the server adds "/.s.PGSQL.5432.lock".
_SOCKET_FOLDER_LIMIT = 103 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Places:
    home: Path
    base: Path
    as_root: bool

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def sockets(self) -> Path:
        inside = self.base / "run"
        if len(os.fsencode(inside)) <= _SOCKET_FOLDER_LIMIT:
            return inside
        return Path(tempfile.gettempdir()) / f"khoyte-{os.getuid()}-{_hash_of(self.home)}"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "database.log"

    @property
    def home_note(self) -> Path:
        """Says, beside root's clusters, which home a folder belongs to."""
        return self.base / "home"


def places_of(home: Path) -> Places:
    home = Path(os.path.abspath(home))
    if os.geteuid() == 0:
        return Places(home=home, base=ROOT_FOLDER / _hash_of(home), as_root=True)
    return Places(home=home, base=home / "database", as_root=False)


def _hash_of(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
