"""What the installation knows of catalogues, for pages and commands."""

from dataclasses import dataclass
from datetime import date

from khoyte.foundation.language import Text
from khoyte.terminology.differences import Differences, compare
from khoyte.terminology.errors import UnknownCatalogue
from khoyte.terminology.importing import CATALOGUES, check_name
from khoyte.terminology.model import Attributes, ReleaseHeader
from khoyte.terminology.pack_files import load_pack


@dataclass(frozen=True)
class Shown:
    """A code on a day: `attributes` None when the release does not hold it; `may_stand` as rules judge it."""

    name: str
    code: str
    day: date
    release: ReleaseHeader
    may_stand: bool
    attributes: Attributes | None


def list_releases() -> tuple[ReleaseHeader, ...]:
    """All releases of the pack in use, by catalogue and first day."""
    return load_pack().headers()


def label_of(name: str) -> Text:
    """What a catalogue is called."""
    return CATALOGUES.get(name, Text(name, name))


def show(name: str, code: str, day: date) -> Shown:
    """A code as the catalogue in force on a day has it. Raises UnknownCatalogue when none is in force."""
    check_name(name)
    pack = load_pack()
    release = pack.on(day).catalogue(name)
    if release is None:
        raise UnknownCatalogue(_NONE_IN_FORCE.fill(name=name, day=f"{day:%d/%m/%Y}"), name=name, day=day)
    header = next(
        header
        for header in reversed(pack.headers())
        if header.name == name and header.valid_from == release.valid_from
    )
    return Shown(
        name,
        release.written_form(code) or code,
        day,
        header,
        may_stand=release.has(code),
        attributes=release.attributes(code),
    )


def differences_between(name: str, first: date, second: date) -> Differences:
    """How a catalogue in force on `second` differs from that on `first`. Raises UnknownCatalogue when none
    is in force on either day."""
    check_name(name)
    pack = load_pack()
    before, after = pack.release(name, first), pack.release(name, second)
    if before is None and after is None:
        none = _NONE_IN_FORCE.fill(name=name, day=f"{second:%d/%m/%Y}")
        raise UnknownCatalogue(none, name=name, day=second)
    return compare(before, after)


KINDS = {
    "added": Text("Thêm", "Added"),
    "removed": Text("Bỏ", "Removed"),
    "changed": Text("Sửa", "Changed"),
}
_NONE_IN_FORCE = Text(
    vi="Chưa có danh mục {name} cho ngày {day}. Nhập bằng lệnh: khoyte catalogue import.",
    en="No catalogue {name} is held for {day}. Import one with: khoyte catalogue import.",
)
