"""What `khoyte doctor` checks of the machine and the home."""

import os
import platform
import shutil
import stat
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from khoyte.foundation.calendar import now
from khoyte.foundation.database.addresses import configured_url
from khoyte.foundation.database.engine import installed_package
from khoyte.foundation.database.places import places_of
from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.signing.trust import load_trust
from khoyte.terminology import load_pack

# A day of a large hospital with its database, and room to notice that it is filling up.
FREE_DISK_GB = 2


@dataclass(frozen=True)
class Check:
    """One finding; the remedy matters only where `ok` is false."""

    name: str
    ok: bool
    message: Text
    remedy: Text | None = None


def python() -> Check:
    return Check(
        "python",
        sys.version_info >= (3, 11),
        Text("Python {v}", "Python {v}").fill(v=platform.python_version()),
        Text("Cài Python 3.11 trở lên.", "Install Python 3.11 or newer."),
    )


def time_zone() -> Check:
    known = "Asia/Ho_Chi_Minh" in zoneinfo.available_timezones()
    return Check(
        "time-zone",
        known,
        Text("Có dữ liệu múi giờ Việt Nam", "Vietnamese time is known")
        if known
        else Text("Thiếu dữ liệu múi giờ", "Time zone data is missing"),
        Text("Chạy lại `make install` (gói tzdata).", "Run `make install` again (package tzdata)."),
    )


def home_folder(folder: Path) -> Check:
    if not folder.exists():
        return Check(
            "home", True, Text("Thư mục {f} chưa có, sẽ được tạo", "{f} will be made").fill(f=folder)
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            "home",
            False,
            Text("Không ghi được vào thư mục {f}", "{f} cannot be written").fill(f=folder),
            Text("Chạy bằng tài khoản là chủ của thư mục này.", "Run as the owner of this folder."),
        )
    closed = stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0
    return Check(
        "home",
        closed,
        Text("{f}", "{f}").fill(f=folder)
        if closed
        else Text("Tài khoản khác trên máy đọc được thư mục {f}", "Others on this machine can read {f}").fill(
            f=folder
        ),
        Text("chmod 700 {f}", "chmod 700 {f}").fill(f=folder),
    )


def secrets(folder: Path) -> Check:
    candidates = [folder / "secret.json", folder / "demo-accounts.json"]
    if (folder / "secrets").is_dir():
        candidates += sorted((folder / "secrets").iterdir())
    loose = [path for path in candidates if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    return Check(
        "secrets",
        not loose,
        Text("Tệp khóa bí mật chỉ chủ sở hữu đọc được", "Secrets are for their owner alone")
        if not loose
        else Text("Tài khoản khác đọc được: {names}", "Others can read: {names}").fill(names=_names(loose)),
        Text("chmod 600 {names}", "chmod 600 {names}").fill(names=_names(loose)),
    )


def _names(paths: list[Path]) -> str:
    return " ".join(str(path) for path in paths)


def disk(folder: Path) -> Check:
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free / 1e9
    return Check(
        "disk",
        free >= FREE_DISK_GB,
        Text("Đĩa còn trống {gb} GB", "{gb} GB free").fill(gb=f"{free:.0f}"),
        Text(
            "Giải phóng dung lượng đĩa để còn trống ít nhất {gb} GB.", "At least {gb} GB must be free."
        ).fill(gb=FREE_DISK_GB),
    )


def engine() -> Check:
    if configured_url():
        return Check(
            "engine",
            True,
            Text("Đang dùng cơ sở dữ liệu khai báo tại KHOYTE_DATABASE_URL", "KHOYTE_DATABASE_URL is used"),
        )
    try:
        program = installed_package() / "pginstall" / "bin" / "postgres"
        version = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, check=True
        ).stdout
    except KhoyteError as trouble:
        return Check("engine", False, trouble.text, trouble.remedy)
    except (OSError, subprocess.CalledProcessError) as trouble:
        return Check(
            "engine",
            False,
            Text(
                "Máy chủ PostgreSQL kèm theo không chạy: {why}", "The embedded server does not run: {why}"
            ).fill(why=trouble),
            Text("Đặt KHOYTE_DATABASE_URL trỏ đến một máy chủ PostgreSQL.", "Set KHOYTE_DATABASE_URL."),
        )
    return Check("engine", True, Text("{v}", "{v}").fill(v=version.strip()))


def reference_pack() -> Check:
    try:
        pack = load_pack()
    except KhoyteError as trouble:
        return Check("reference-pack", False, trouble.text, trouble.remedy)
    return Check(
        "reference-pack",
        True,
        Text("Bộ dữ liệu tham chiếu {d}", "Reference pack {d}").fill(d=pack.digest[:19]),
    )


def trust() -> Check:
    """Whom signatures are held against, and whether the lists of revoked certificates are in date."""
    store = load_trust()
    if store.unreadable:
        broken = _UNREADABLE.fill(names=", ".join(store.unreadable))
        return Check("signatures", False, broken, _REMOVE)
    if not store:
        return Check("signatures", True, _NO_ANCHORS)
    ended = [one for one in store.lists if one.next_update_utc is None or one.next_update_utc < now()]
    message = _LISTS.fill(a=len(store.anchors), n=len(store.lists), old=len(ended))
    return Check("signatures", bool(store.lists) and not ended, message, _REFRESH)


_UNREADABLE = Text(
    "Không đọc được tệp trong thư mục tin cậy: {names}", "Files of the trust folder cannot be read: {names}"
)
_REMOVE = Text("Thay các tệp này bằng chứng thư đúng.", "Put the right certificates in their place.")
_NO_ANCHORS = Text(
    "Chưa khai báo tổ chức chứng thực chữ ký số được tin cậy; chữ ký chưa được kiểm tra",
    "No trusted certification authority is set up; signatures are not checked",
)
_LISTS = Text(
    "{a} chứng thư gốc được tin cậy, {n} danh sách thu hồi, {old} đã hết hạn",
    "{a} trusted anchors, {n} lists of revoked certificates, {old} out of date",
)
_REFRESH = Text(
    "Chạy `khoyte signing refresh` và đặt lịch chạy mỗi giờ.", "Run `khoyte signing refresh`, and every hour."
)


def former_clusters(folder: Path) -> Iterator[Check]:
    """Clusters of deleted homes that root's installations set aside."""
    places = places_of(folder)
    for path in sorted(places.base.parent.glob(f"{places.base.name}.left-*")):
        yield Check(
            "former-database",
            True,
            Text(
                "Cơ sở dữ liệu cũ còn ở {p}; xóa khi không còn cần",
                "An older database lies in {p}; remove it",
            ).fill(p=path),
        )
