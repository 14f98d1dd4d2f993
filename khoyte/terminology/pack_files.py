"""Packs as files: a zip of a manifest and one JSON document per release, whole in itself.

`KHOYTE_HOME/packs/<instant>-<digest12>.zip`; the newest is in use. A copy of the file in another home makes
`khoyte check` there answer as intake does here. Packs are never changed and never deleted, so that an old
verdict can be reproduced.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import orjson

from khoyte.foundation.calendar import now
from khoyte.foundation.home import folder, home, write_durably
from khoyte.foundation.language import Text
from khoyte.terminology.bundled import bundled_releases
from khoyte.terminology.errors import PackDamaged
from khoyte.terminology.model import Codes, ReleaseHeader
from khoyte.terminology.pack import FORMAT, Pack
from khoyte.terminology.release_files import StoredRelease, check_hash, header_from, stored_releases

_FOLDER = "packs"
_MANIFEST = "manifest.json"


def load_pack(digest: str | None = None) -> Pack:
    """The pack in use: the newest in the home, else the bundled default; or the stored one of that digest.

    Quick and shared: a pack is opened once per process, and a newer one is noticed at the next call. Raises
    PackDamaged when the newest cannot be read, or when none has the digest asked for.
    """
    if digest is None:
        newest = _pack_files()[-1:]
        return _opened(str(newest[0])) if newest else _default()
    for pack in (*(_opened(str(path)) for path in reversed(_pack_files())), _default()):
        if pack.digest == digest:
            return pack
    raise PackDamaged(_NO_SUCH_PACK.fill(digest=digest), digest=digest)


def build_pack() -> Pack:
    """A pack of bundled and imported releases, stored when it differs from the one in use; then in use."""
    pack = pack_of(stored_releases())
    if pack.digest != load_pack().digest:
        _write(pack)
    return load_pack()


def pack_of(imported: Sequence[StoredRelease]) -> Pack:
    """These releases and the bundled ones whose place none of them takes."""
    taken = {release.header.slot for release in imported}
    kept = [release for release in bundled_releases() if release.header.slot not in taken]
    return Pack([*kept, *imported])


def _pack_files() -> list[Path]:
    place = home() / _FOLDER
    # Names begin with the instant of making, so the last by name is the newest.
    return sorted(place.glob("*.zip"))


@lru_cache(maxsize=1)
def _default() -> Pack:
    return Pack(bundled_releases())


@lru_cache(maxsize=4)
def _opened(path: str) -> Pack:
    with _damage_named(path), zipfile.ZipFile(path) as file:
        manifest = orjson.loads(file.read(_MANIFEST))
        if manifest["format"] != FORMAT:
            raise PackDamaged(_OTHER_FORMAT.fill(file=Path(path).name), file=path)
        headers = [header_from(facts) for facts in manifest["releases"]]
    return Pack([StoredRelease(header, _loader(path, header)) for header in headers])


def _loader(path: str, header: ReleaseHeader) -> Callable[[], Codes]:
    def load() -> Codes:
        with _damage_named(path), zipfile.ZipFile(path) as file:
            return check_hash(header, orjson.loads(file.read(f"{header.sha256}.json")), Path(path).name)

    return load


@contextmanager
def _damage_named(path: str) -> Iterator[None]:
    """Turns what a broken zip or manifest raises into PackDamaged with the name of the file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError) as wrong:
        name = Path(path).name
        raise PackDamaged(_DAMAGED.fill(file=name), file=name) from wrong


def _write(pack: Pack) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        manifest = {"format": FORMAT, "digest": pack.digest, "releases": [asdict(h) for h in pack.headers()]}
        file.writestr(_MANIFEST, orjson.dumps(manifest))
        for release in pack.releases():
            file.writestr(f"{release.header.sha256}.json", orjson.dumps(release.load()))
    name = f"{now():%Y%m%dT%H%M%S%f}-{pack.digest.removeprefix('sha256:')[:12]}.zip"
    write_durably(folder(_FOLDER) / name, packed.getvalue())


_DAMAGED = Text(
    vi="Bộ dữ liệu tham chiếu {file} đã bị hỏng. Khôi phục tệp từ bản sao lưu hoặc xóa tệp này.",
    en="The reference pack {file} is damaged. Restore it from the backup or remove this file.",
)
_OTHER_FORMAT = Text(
    vi="Bộ dữ liệu tham chiếu {file} thuộc phiên bản phần mềm khác. Cập nhật Khoyte.",
    en="The reference pack {file} belongs to another version of the software. Update it.",
)
_NO_SUCH_PACK = Text(
    vi="Không còn lưu bộ dữ liệu tham chiếu {digest}.", en="The reference pack {digest} is not kept here."
)
