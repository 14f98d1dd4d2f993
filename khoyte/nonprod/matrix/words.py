"""Which of the planted words may stand in an answer to whom: `data/fields.csv`.

`what` is a field of the standard or one of "@name" (code and name of a unit), "@record" (MA_LK, file names,
senders, hashes), "@submission" (its id), "@link" (webhooks, uploads), "@request", "@consent", "@breach" (of
the desk for data protection), "@asked" (requests for accounts), "@reorganisation". `shown`: "clear", "masked"
or "never"; a masked value stands nowhere in full.
`where`: routes that may show it, "*" for all that serve it. The columns of actors say whose, as in `table`.
Several lines of one thing add up.
"""

import csv
from dataclasses import dataclass
from functools import cache

from khoyte.foundation.identifiers import mask
from khoyte.nonprod.matrix import world as worlds
from khoyte.nonprod.matrix.asking import Asker
from khoyte.nonprod.matrix.table import FILE, Cell, Who, cell_for, cells_of
from khoyte.nonprod.matrix.world import Tenant, World

FIELDS_FILE = FILE.parent / "fields.csv"


_OF_THE_UNIT = {"@link", "@request", "@consent", "@breach"}


@dataclass(frozen=True)
class Clearance:
    """One line of the table: who may read what, where."""

    what: str
    shown: str
    where: tuple[str, ...]
    who: dict[Who, Cell]
    sentence: str

    def allows(self, asker: Asker, tenant: Tenant, route: str) -> bool:
        if self.shown != "clear" or ("*" not in self.where and route not in self.where):
            return False
        reach = cell_for(self.who, asker.who).reach
        return tenant_within(reach, asker, tenant, unit_alone=self.what in _OF_THE_UNIT)


@dataclass(frozen=True)
class Word:
    text: str
    kind: str
    tenant: str


@cache
def clearances() -> dict[str, tuple[Clearance, ...]]:
    with FIELDS_FILE.open(encoding="utf-8", newline="") as file:
        found: dict[str, tuple[Clearance, ...]] = {}
        for row in csv.DictReader(file):
            where = tuple(row["where"].split())
            one = Clearance(row["what"], row["shown"], where, cells_of(row), row["sentence"])
            found[one.what] = (*found.get(one.what, ()), one)
        return found


def is_shown(what: str, shown: str) -> bool:
    return any(one.shown == shown for one in clearances()[what])


def tenant_within(reach: str, asker: Asker, tenant: Tenant, *, unit_alone: bool) -> bool:
    """Whether a tenant lies within what an asker reaches. Webhooks and uploads are a unit's alone."""
    if reach in ("all", "any"):
        return tenant.code not in (worlds.DELETED, worlds.GUESSED)
    if tenant.code == asker.unit:
        return reach != "no"
    if unit_alone or reach in ("no", "yes"):
        return False
    if tenant.code in worlds.PROVINCES:
        return tenant.code == asker.province
    if reach == "own":
        return asker.kind == "facility" and tenant.code == asker.home
    return tenant.code in worlds.FACILITIES and tenant.province == asker.province


def forbidden_words(world: World, asker: Asker, route: str, *, served: bool) -> tuple[Word, ...]:
    """Words of all tenants that must not stand in an answer of this route to this asker.

    Where the asker is not served, nothing but the name of its own unit may stand there.
    """
    return _forbidden(_Key(world), asker.who, asker.unit, asker.home, asker.kind, route, served)


class _Key:
    """A world as a key of the cache below: the same as long as it is the same object."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __hash__(self) -> int:
        return id(self.world)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.world is self.world


@cache
def _forbidden(
    key: _Key, who: Who, unit: str, home: str, kind: str, route: str, served: bool
) -> tuple[Word, ...]:
    asker = Asker("", who, unit, kind, home)
    found = []
    for tenant in key.world.tenants.values():
        for what, texts in tenant.words.items():
            own_name = what == "@name" and tenant.code in (unit, asker.province if unit else "")
            if own_name or (served and any(one.allows(asker, tenant, route) for one in clearances()[what])):
                continue
            found += [Word(text, what, tenant.code) for text in texts]
    return tuple(found)


def seen_words(world: World, asker: Asker, route: str, text: str) -> list[str]:
    """What of the asker's own words really stood there: a test that nothing leaks must hold what could."""
    own = world.tenants.get(asker.home if asker.kind == "facility" else asker.unit)
    if own is None:
        return []
    seen = []
    for what, texts in own.words.items():
        shown = [mask(one) for one in texts] if is_shown(what, "masked") else texts
        seen += [what] if any(one in text for one in shown) else []
    return seen
