"""Each of the application's filters taken away in turn: does the matrix notice, does PostgreSQL still hold?

First the second wall is switched off, so that the application stands alone: the matrix must hold without it,
and must break whenever one filter is missing. Then the wall is up again, and with a tenant's filter missing
no record of another tenant may be seen all the same. `data/not_walls.csv` names the places found in the code
that keep nobody apart, each with its reason.
"""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import Any

from khoyte.foundation.errors import KhoyteError
from khoyte.nonprod.matrix import world as worlds
from khoyte.nonprod.matrix.asking import Asker
from khoyte.nonprod.matrix.filters import Site, codes_of, sites, without
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.table import FILE
from khoyte.nonprod.matrix.trial import Trial, Try, moved_by_others, reaches
from khoyte.nonprod.matrix.world import World
from khoyte.units import policy
from khoyte.warehouse import answering, statements

NOT_WALLS_FILE = FILE.parent / "not_walls.csv"
# Filters on rows of tenants. What role, sign-in or mask keep from people of one unit PostgreSQL cannot know.
OF_TENANTS = {"owner", "sql"}
_REFUSED = 2
_CELLS_EACH, _CELLS_BEHIND = (50, 40, 60), 40
_ABOUT_RECORDS = ("Facts(", ", facts)")


@dataclass
class Removals:
    """Filters tried; names of those whose removal the matrix did not notice; what then showed through.

    What is not noticed is no fault of the program, but a place that the matrix does not guard: it is named.
    """

    alone: list[str] = field(default_factory=list)
    filters: int = 0
    caught: int = 0
    not_caught: list[str] = field(default_factory=list)
    behind_the_wall: int = 0
    shown_through: list[str] = field(default_factory=list)
    known: int = 0

    @property
    def faults(self) -> list[str]:
        return [
            *(f"without row-level security: {one}" for one in self.alone),
            *self.shown_through,
        ]


@cache
def not_walls() -> dict[str, str]:
    """Name of a place -> why its removal opens nothing."""
    with NOT_WALLS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["filter"]: row["reason"] for row in csv.DictReader(file)}


def try_removals(
    world: World,
    cells: Sequence[Try],
    chosen: Sequence[Site] | None = None,
    say: Callable[[str], None] = lambda line: None,
    behind: int = _CELLS_BEHIND,
) -> Removals:
    """Take each filter away (of `chosen`, by default all) and ask the cells that come by it.

    `behind`: how many of them are asked once more with row-level security.
    """
    wanted = list(chosen if chosen is not None else sites())
    removals = Removals()
    coming_by = _baseline(world, cells, wanted, removals)
    for number, site in enumerate(wanted, 1):
        removals.known += site.name in not_walls()
        if site.name not in not_walls():
            removals.filters += 1
            _alone(world, site, coming_by.get(site, []), removals, say)
        if site.kind in OF_TENANTS or any(word in site.text for word in _ABOUT_RECORDS):
            _behind_the_wall(world, site, coming_by.get(site, []), removals, behind)
        if number % 10 == 0:
            say(f"{number}/{len(wanted)} filters, {len(removals.not_caught)} not noticed")
    return removals


def _baseline(
    world: World, cells: Sequence[Try], wanted: Sequence[Site], removals: Removals
) -> dict[Site, list[Try]]:
    """Ask every cell without the second wall; which cells come by which filter."""
    watched = codes_of(wanted)
    cells = [cell for cell in cells if cell.known]
    coming_by: dict[Site, list[Try]] = {}
    asking_for: dict[str, list[Try]] = {}
    trial = Trial(world, walls=False)
    seen: set[Any] = set()
    asked: set[str] = set()
    question = policy.decide.__code__

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call":
            return
        if frame.f_code in watched:
            seen.add(frame.f_code)
        if frame.f_code is question:
            asked.add(frame.f_locals["action"])

    for cell in cells:
        seen.clear()
        asked.clear()
        _forget()  # what is kept would come by no filter
        sys.setprofile(watch)
        try:
            trial.try_one(cell)
        finally:
            sys.setprofile(None)
        for site in dict.fromkeys(site for code in seen for site in watched[code]):
            coming_by.setdefault(site, []).append(cell)
        for action in asked:
            asking_for.setdefault(action, []).append(cell)
    removals.alone = [*trial.outcome.leaks, *trial.outcome.faults]
    return {site: _few(_about(site, found, asking_for)) for site, found in coming_by.items()}


def _about(site: Site, cells: Sequence[Try], asking_for: Mapping[str, Sequence[Try]]) -> Sequence[Try]:
    """Every request comes by the access table: of a line of it, those that asked whether they may do its act.

    Those whose very route is about the act come first.
    """
    if site.kind != "permission":
        return cells
    action = site.text.split()[0]
    found = asking_for.get(action, cells)
    return sorted(found, key=lambda cell: _action(cell.line.route, cell.line.method) != action)


def _action(address: str, method: str) -> str | None:
    marks = _marks()
    return marks.get((address, method), marks.get((address, "")))


@cache
def _marks() -> dict[tuple[str, str], str | None]:
    """The act that each route is marked with."""
    return {(one.address, one.method): getattr(one.view, "guarded_action", None) for one in routes()}


def _few(cells: Sequence[Try]) -> list[Try]:
    """Of each sort the most different cells: other lines and relations first, then other askers."""
    chosen: list[Try] = []
    for telling, most in enumerate(_CELLS_EACH):
        rest = [cell for cell in cells if _telling(cell) == telling]
        lines_seen: Counter[tuple[str, str]] = Counter()
        askers_seen: Counter[str] = Counter()
        ranked: list[tuple[int, int, Try]] = []
        for cell in rest:
            key = (cell.line.name, cell.relation)
            ranked.append((min(lines_seen[key], askers_seen[cell.asker.name]), len(ranked), cell))
            lines_seen[key] += 1
            askers_seen[cell.asker.name] += 1
        chosen += [cell for _, _, cell in sorted(ranked, key=lambda one: one[:2])[:most]]
    return chosen


def _telling(cell: Try) -> int:
    """Others' records first, then refusals: there a missing filter shows soonest."""
    mine = cell.line.cell_of(cell.asker.who)
    if reaches(mine, cell.relation):
        return 1
    return _REFUSED if mine.reach == "no" else 0


@contextmanager
def _taken(site: Site) -> Iterator[None]:
    """The filter is away, and no answer of before is kept."""
    _forget()
    with without(site):
        yield
    _forget()


def _forget() -> None:
    answering._answers.clear()
    statements.forget()


def _alone(
    world: World, site: Site, cells: Sequence[Try], removals: Removals, say: Callable[[str], None]
) -> None:
    trial = Trial(world, walls=False)
    with _taken(site):
        noticed = any(not trial.try_one(cell) for cell in cells) or _moves(world, cells)
    if noticed:
        removals.caught += 1
    else:
        removals.not_caught.append(site.name)
        say(f"not noticed: {site.name} ({len(cells)} cells)")


def _moves(world: World, cells: Sequence[Try]) -> bool:
    """Counts show nobody's words, but they change with what others send."""
    reading = [cell for cell in cells if cell.method == "GET" and _telling(cell) == 1]
    asking = {cell.asker.name: cell.asker for cell in reading if cell.asker.kind in ("facility", "province")}
    chosen = list({cell.line: None for cell in reading})
    few = list(asking.values())[:4]
    try:
        return bool(chosen and few and moved_by_others(world, few, walls=False, chosen_lines=chosen)[1])
    except KhoyteError:  # without the filter those others cannot even send: that is noticed, too
        return True


def _behind_the_wall(world: World, site: Site, cells: Sequence[Try], removals: Removals, most: int) -> None:
    """Only what is shown counts: without its filter a page may answer with another status."""
    trial = Trial(world)
    with _taken(site):
        trial.run([cell for cell in cells if _telling(cell) < _REFUSED][:most])
    shown = [
        f"without {site.name}, behind the wall: {one.name} shows {word.kind} of {word.tenant}"
        for one, word in trial.outcome.seen
        if word.kind != "@name" and not _in_sight(one.asker, word.tenant)
    ]
    removals.behind_the_wall += 1
    removals.shown_through += shown[:3]


def _in_sight(asker: Asker, tenant: str) -> bool:
    """What row-level security lets the asker's unit see: itself, and whom it oversees."""
    if asker.kind == "facility":
        return tenant == asker.home
    if asker.kind == "province":
        return tenant == asker.unit or worlds.FACILITIES.get(tenant) == asker.province
    return True
