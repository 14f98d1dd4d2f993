"""Each of the application's filters taken away in turn: does the matrix notice, does PostgreSQL still hold?

First the second wall is switched off, so that the application stands alone: the matrix must hold without it,
and must break whenever one filter is missing. Then the wall is up again, and with a tenant's filter missing
no record of another tenant may be seen all the same. `data/not_walls.csv` names the places found in the code
that keep nobody apart, each with its reason.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import astuple, dataclass, field
from functools import cache
from types import CodeType, FunctionType
from typing import Any, TypeVar

from khoyte.foundation.errors import KhoyteError
from khoyte.nonprod.matrix import world as worlds
from khoyte.nonprod.matrix.asking import Asker
from khoyte.nonprod.matrix.filters import Site, codes_of, sites, without
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.table import FILE, Line
from khoyte.nonprod.matrix.trial import Trial, Try, moved_by_others, reaches
from khoyte.nonprod.matrix.world import World
from khoyte.units import policy
from khoyte.warehouse import answering, statements

NOT_WALLS_FILE = FILE.parent / "not_walls.csv"
# Filters on rows of tenants. What role, sign-in or mask keep from people of one unit PostgreSQL cannot know.
OF_TENANTS = {"owner", "sql"}
# Words of tables without a second wall (`walls.csv` says why): units, accounts, reorganisations.
WITHOUT_WALL = {"@name", "@account", "@reorganisation"}
_REFUSED = 2
_SAY_EVERY = 1000
T = TypeVar("T")
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


@dataclass(frozen=True)
class Share:
    """Which part of the work is this process's. `exchange`: gives what it found, returns what all found."""

    part: int = 0
    parts: int = 1
    exchange: Callable[[Any], list[Any]] = lambda found: [found]

    def of(self, things: Sequence[T]) -> list[T]:
        return list(things)[self.part :: self.parts]


ALL = Share()


def try_removals(
    world: World,
    cells: Sequence[Try],
    chosen: Sequence[Site] | None = None,
    say: Callable[[str], None] = lambda line: None,
    behind: int = _CELLS_BEHIND,
    share: Share = ALL,
) -> Removals:
    """Take each filter away (of `chosen`, by default all) and ask the cells that come by it.

    `behind`: how many of them are asked once more with row-level security. `share`: every process takes some
    of the cells and filters, in a world of its own made the same way, and is told by the others which of
    their cells come by which filter.
    """
    known = [cell for cell in cells if cell.known]
    wanted = list(chosen if chosen is not None else sites())
    removals = Removals()
    coming_by = _baseline(world, known, wanted, removals, say, share)
    mine = share.of(wanted)
    for number, site in enumerate(mine, 1):
        removals.known += site.name in not_walls()
        if site.name not in not_walls():
            removals.filters += 1
            _alone(world, site, coming_by.get(site, []), removals, say)
        if site.kind in OF_TENANTS or any(word in site.text for word in _ABOUT_RECORDS):
            _behind_the_wall(world, site, coming_by.get(site, []), removals, behind)
        if number % 10 == 0:
            say(f"{number}/{len(mine)} filters, {len(removals.not_caught)} not noticed")
    return removals


def _baseline(
    world: World,
    cells: Sequence[Try],
    wanted: Sequence[Site],
    removals: Removals,
    say: Callable[[str], None],
    share: Share,
) -> dict[Site, list[Try]]:
    """Ask every cell without the second wall; which cells come by which filter."""
    places: dict[CodeType, list[int]] = {}
    for place, site in enumerate(wanted):
        for code in codes_of([site]):
            places.setdefault(code, []).append(place)
    trial = Trial(world, walls=False)
    ways = []
    mine = share.of(range(len(cells)))
    with _questions() as asked:
        known: dict[Question, int] = {}
        for done, number in enumerate(mine, 1):
            asked.clear()
            seen, right = _codes_run(trial, cells[number])
            if not right:  # wrong with every filter there: it would "notice" whatever is taken away
                continue
            found = sorted({place for code in seen for place in places.get(code, ())})
            ways.append((number, found, sorted(known.setdefault(one, len(known)) for one in asked)))
            if done % _SAY_EVERY == 0:
                say(f"{done}/{len(mine)} cells without row-level security")
    removals.alone = [*trial.outcome.leaks, *trial.outcome.faults]
    coming_by: dict[Site, list[Try]] = {}
    asking: dict[Question, list[Try]] = {}
    told = share.exchange([ways, [_written(one) for one in known]])
    every_way = (
        (number, found, numbers, part)
        for part, (some, _) in enumerate(told)
        for number, found, numbers in some
    )
    read = [[_read(one) for one in questions] for _, questions in told]
    for number, found, numbers, part in sorted(every_way):
        for place in found:
            coming_by.setdefault(wanted[place], []).append(cells[number])
        for one in numbers:
            asking.setdefault(read[part][one], []).append(cells[number])
    return {site: _about(site, found, asking) for site, found in coming_by.items()}


def _codes_run(trial: Trial, cell: Try) -> tuple[set[Any], bool]:
    """The code objects that run while the cell is asked; whether it is answered as it should be."""
    _forget()  # what is kept would come by no filter
    # Written in C: a tracer in Python would take most of the time.
    profile = Profile(subcalls=False, builtins=False)
    profile.enable()
    try:
        right = trial.try_one(cell)
    finally:
        profile.disable()
    return {entry.code for entry in profile.getstats()}, right


Question = tuple[policy.Actor, str, policy.Facts | None]


@contextmanager
def _questions() -> Iterator[set[Question]]:
    """What the policy is asked: added to the set by every question."""
    asked: set[Question] = set()
    answers = FunctionType(policy.decide.__code__, vars(policy), "decide", policy.decide.__defaults__)

    def noted(actor: Any, action: str, facts: Any = None) -> Any:
        noted_questions.add((actor, action, facts))  # type: ignore[name-defined]  # noqa: F821 - a name of the policy meanwhile
        return answers_of_policy(actor, action, facts)  # type: ignore[name-defined]  # noqa: F821

    before = policy.decide.__code__
    vars(policy).update(noted_questions=asked, answers_of_policy=answers)
    policy.decide.__code__ = noted.__code__
    try:
        yield asked
    finally:
        policy.decide.__code__ = before
        del policy.noted_questions, policy.answers_of_policy  # type: ignore[attr-defined]


def _written(question: Question) -> list[Any]:
    """A question as JSON holds it, for the other processes."""
    actor, action, facts = question
    return [astuple(actor), action, None if facts is None else astuple(facts)]


def _read(written: Sequence[Any]) -> Question:
    actor, action, facts = written
    plain: list[Any] = [tuple(value) if isinstance(value, list) else value for value in actor]
    return policy.Actor(*plain), action, None if facts is None else policy.Facts(*facts)


def _about(site: Site, cells: Sequence[Try], asking: Mapping[Question, Sequence[Try]]) -> list[Try]:
    """The cells to be asked without the filter. Where the policy answers otherwise without it, those that
    ask this come first: every request comes by the policy, and few by the line that is gone.
    """
    if site.kind not in ("permission", "comparison", "question"):
        return _few(cells)
    coming = {id(cell) for cell in cells}
    changed = {
        id(cell): cell
        for question in _answered_otherwise(site, list(asking))
        for cell in asking[question]
        if id(cell) in coming
    }
    first = _few(_own_route_first(site, list(changed.values())))
    same = _few(_own_route_first(site, _of_the_act(site, cells, asking)))
    return list({id(cell): cell for cell in (*first, *same)}.values())


def _answered_otherwise(site: Site, questions: Sequence[Question]) -> list[Question]:
    """Those that the policy answers otherwise without the filter; of a question to it, those it refuses."""
    if site.kind == "question":
        return [one for one in questions if f"'{one[1]}'" in site.text and not policy.decide(*one)]
    before = [bool(policy.decide(*one)) for one in questions]
    with without(site):
        after = [_or_none(one) for one in questions]
    return [
        one
        for one, was, now in zip(questions, before, after, strict=True)
        if now is not None and now is not was
    ]


def _or_none(question: Question) -> bool | None:
    """None where the policy breaks: that opens nothing."""
    try:
        return bool(policy.decide(*question))
    except (AttributeError, KeyError):
        return None


def _of_the_act(site: Site, cells: Sequence[Try], asking: Mapping[Question, Sequence[Try]]) -> Sequence[Try]:
    """Of a line of the access table, those that asked whether they may do its act."""
    if site.kind != "permission":
        return cells
    act = site.text.split()[0]
    found = {id(cell): cell for one, those in asking.items() if one[1] == act for cell in those}
    return list(found.values()) or cells


def _own_route_first(site: Site, cells: Sequence[Try]) -> Sequence[Try]:
    """Those whose very route is about the act come first."""
    if site.kind != "permission":
        return cells
    act = site.text.split()[0]
    return sorted(cells, key=lambda cell: _action(cell.line.route, cell.line.method) != act)


def _action(address: str, method: str) -> str | None:
    marks = _marks()
    return marks.get((address, method), marks.get((address, "")))


@cache
def _marks() -> dict[tuple[str, str], str | None]:
    """The act that each route is marked with."""
    return {(one.address, one.method): getattr(one.view, "guarded_action", None) for one in routes()}


def _few(cells: Sequence[Try]) -> list[Try]:
    """Of each sort the most different cells."""
    chosen: list[Try] = []
    for telling, most in enumerate(_CELLS_EACH):
        rest = [cell for cell in cells if _telling(cell) == telling]
        different = [*_of_all_lines(rest)[:most], *_of_all_askers(rest)[:most]]
        chosen += {id(cell): cell for cell in different}.values()
    return chosen


def _of_all_lines(cells: Sequence[Try]) -> list[Try]:
    """Other lines and relations first, then other askers."""
    lines_seen: Counter[tuple[str, str]] = Counter()
    askers_seen: Counter[str] = Counter()
    ranked: list[tuple[int, int, Try]] = []
    for cell in cells:
        key = (cell.line.name, cell.relation)
        ranked.append((min(lines_seen[key], askers_seen[cell.asker.name]), len(ranked), cell))
        lines_seen[key] += 1
        askers_seen[cell.asker.name] += 1
    return [cell for _, _, cell in sorted(ranked, key=lambda one: one[:2])]


def _of_all_askers(cells: Sequence[Try]) -> list[Try]:
    """Each line with each asker once: the first of every line, then the second."""
    pairs = {(cell.line, cell.asker.name): cell for cell in reversed(cells)}
    askers_of: Counter[Line] = Counter()
    ranked: list[tuple[int, int, Try]] = []
    for line, name in reversed(pairs):
        ranked.append((askers_of[line], len(ranked), pairs[line, name]))
        askers_of[line] += 1
    return [cell for _, _, cell in sorted(ranked, key=lambda one: one[:2])]


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
        noticed = any(_notices(trial, cell) for cell in cells) or _moves(world, cells)
    if noticed:
        removals.caught += 1
    else:
        removals.not_caught.append(site.name)
        say(f"not noticed: {site.name} ({len(cells)} cells)")


def _notices(trial: Trial, cell: Try) -> bool:
    """A page that only broke without its filter has shown nothing: that is no notice."""
    told = len(trial.outcome.faults), len(trial.outcome.leaks)
    trial.try_one(cell)
    new = [*trial.outcome.faults[told[0] :], *trial.outcome.leaks[told[1] :]]
    broken = any("answered 500" in one for one in new) and not any(": shows " in one for one in new)
    return bool(new) and not broken


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
        if word.kind not in WITHOUT_WALL and not _in_sight(one.asker, word.tenant)
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
