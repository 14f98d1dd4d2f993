"""One cell of the matrix after the other: the status the table says, no word of another tenant, and the same
answer for what is another's as for what is not there.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from django.db import transaction

from khoyte.nonprod.matrix import world as worlds
from khoyte.nonprod.matrix.asking import NAMING_AN_OFFICER, Answer, Asker, Request, ask, request_for
from khoyte.nonprod.matrix.routes import METHODS
from khoyte.nonprod.matrix.table import Cell, Line, lines
from khoyte.nonprod.matrix.words import Word, forbidden_words, seen_words
from khoyte.nonprod.matrix.world import Tenant, World

RELATIONS = ("own", "neighbour", "stranger", "deleted", "guessed")
# Of these lines the answer to others depends on what the placeholder happens to be.
_NOT_COMPARED = {"cursor", "key", "word", "tenant", "listed"}
OF_THE_UNIT = {"upload", "request", "consent", "breach"}
ECHOED = {"word", "account"}
# Software proves itself anew in the body of each request.
BY_PROOF_ALONE = {"/oauth/token"}
_CHANGES = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|\b[0-9A-F]{8}\b|\d\d giờ \d\d|\d\d:\d\d(?::\d\d)?|'
    r"[0-9a-f]{8}-[0-9a-f-]{27}|"
    # A new key for the second step, and its picture, are drawn each time the page is opened.
    r'<code id="secret">[^<]+|(?s:<div class="scan".*?</div>)|href="otpauth:[^"]+"'
)


@dataclass(frozen=True)
class Try:
    """One cell: a line of the table (or a method without one), an asker, and whose record is asked for."""

    line: Line
    asker: Asker
    relation: str
    method: str
    known: bool = True

    @property
    def name(self) -> str:
        asked = f"{self.method} {self.line.route}{self.line.ask} {self.line.send}"
        return f"{asked}, {self.asker.name}, {self.relation}"


@dataclass
class Outcome:
    """What came out: counts of cells, and a sentence for every fault."""

    tried: int = 0
    allowed: int = 0
    refused: int = 0
    not_there: int = 0
    other_method: int = 0
    faults: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    seen: list[tuple[Try, Word]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        return len(self.faults) + len(self.leaks)


def tries(asking: Sequence[Asker], chosen: Iterable[Line] | None = None) -> Iterator[Try]:
    """Every cell of the table, then every method that has no line."""
    wanted = list(chosen if chosen is not None else lines())
    for line in wanted:
        for asker in asking:
            for relation in relations_of(line):
                yield Try(line, asker, relation, line.method)
            if line.method == "GET":
                yield Try(line, asker, relations_of(line)[0], "HEAD")
    for line, method in _without_line(wanted):
        for asker in asking:
            yield Try(line, asker, relations_of(line)[0], method, known=False)


def _without_line(wanted: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    served: dict[str, set[str]] = {}
    for line in lines():
        methods = served.setdefault(line.route, set())
        methods |= {line.method, *(("HEAD",) if line.method == "GET" else ())}
    first: dict[str, Line] = {}
    for line in wanted:
        if not line.send:
            first.setdefault(line.route, line)
    for route, line in first.items():
        for method in METHODS:
            if method not in served[route]:
                yield line, method


def relations_of(line: Line) -> tuple[str, ...]:
    if line.record in ("none", "national", "visits"):
        return ("own",)
    if line.record == "account":
        return ("own", "guessed")
    if line.record == "listed":  # whether a facility exists is no secret; a province may name a new one
        return ("own", "neighbour", "stranger")
    return tuple(name for name in RELATIONS if line.record != "province" or name != "neighbour")


def tenant_of(one: Try, world: World) -> Tenant:
    """Whose record a relation means for this asker."""
    asker, relation = one.asker, one.relation
    if one.line.record == "province":
        return world.tenants[_province_of(asker, relation)]
    if relation == "deleted":
        return world.tenants[worlds.DELETED]
    if relation == "guessed":
        return world.tenants[worlds.GUESSED]
    if one.line.record in OF_THE_UNIT and asker.unit in world.tenants and asker.kind != "facility":
        # What it began itself; what a facility of its province began is not its own.
        other = next(code for code in worlds.PROVINCES if code != asker.province)
        return world.tenants[{"own": asker.unit, "neighbour": asker.home, "stranger": other}[relation]]
    codes = {
        "own": asker.home,
        "neighbour": next(c for c, p in worlds.FACILITIES.items() if p == asker.province and c != asker.home),
        "stranger": next(c for c, p in worlds.FACILITIES.items() if p != asker.province),
    }
    return world.tenants[codes[relation]]


def _province_of(asker: Asker, relation: str) -> str:
    other = next(code for code in worlds.PROVINCES if code != asker.province)
    return {
        "own": asker.province,
        "stranger": other,
        "deleted": worlds.DELETED_PROVINCE,
        "guessed": worlds.GUESSED_PROVINCE,
    }[relation]


def reaches(cell: Cell, relation: str) -> bool:
    return (
        relation
        in {
            "no": (),
            "yes": RELATIONS,
            "own": ("own",),
            "province": ("own", "neighbour"),
            "all": ("own", "neighbour", "stranger"),
            "any": RELATIONS,
        }[cell.reach]
    )


class Trial:
    """Asks cells in a world and keeps the outcome."""

    def __init__(self, world: World, *, walls: bool = True) -> None:
        self.world, self.walls = world, walls
        self.outcome = Outcome()
        self._guessed: dict[tuple[Line, str, str], Answer] = {}

    def run(self, cells: Iterable[Try]) -> Outcome:
        for one in cells:
            self.try_one(one)
        return self.outcome

    def try_one(self, one: Try) -> bool:
        """Whether the cell is as it should be."""
        before = self.outcome.bad
        tenant = tenant_of(one, self.world)
        asked = (
            self._guessed.get((one.line, one.asker.name, one.method)) if one.relation == "guessed" else None
        )
        answer = asked or self._ask(one, tenant)
        self.outcome.tried += 1
        self._judge_status(one, tenant, answer)
        self._judge_words(one, tenant, answer)
        return self.outcome.bad == before

    def _ask(self, one: Try, tenant: Tenant) -> Answer:
        request = request_for(one.line, tenant, self.world, one.asker)
        asked = Request(one.method, request.address, request.content, request.content_type, request.headers)
        return ask(asked, one.asker, walls=self.walls, purposes=bool(one.line.purpose))

    def _judge_status(self, one: Try, tenant: Tenant, answer: Answer) -> None:
        cell = one.line.cell_of(one.asker.who)
        if not one.known:
            self._judge_other_method(one, answer)
        elif not one.asker.csrf and one.method not in ("GET", "HEAD", "OPTIONS") and _knows_session(one):
            self._expect(one, answer, 403, "forged")
        elif cell.reach == "no":
            self._judge_refusal(one, answer)
        elif reaches(cell, one.relation):
            self.outcome.allowed += 1
            self._expect(one, answer, cell.answer, "served")
            if one.line.shows not in answer.everything and one.method != "HEAD":
                self._fault(one, f"does not show {one.line.shows}")
            if one.line.purpose and one.method == "GET" and set(answer.purposes) != {one.line.purpose}:
                said = answer.purposes or "nothing"
                self._fault(one, f"read for {one.line.purpose}, the audit log says {said}")
        else:
            self.outcome.not_there += 1
            self._expect(one, answer, one.line.otherwise, "not there")
            self._compare(one, tenant, answer)

    def _judge_other_method(self, one: Try, answer: Answer) -> None:
        self.outcome.other_method += 1
        if answer.status not in (401, 403, 404, 405) and not answer.to_sign_in:
            self._fault(
                one,
                f"answers {answer.status} to {one.method}: add a line to expected.csv, or say in the view's"
                " mark which methods it takes (`methods=`)",
            )

    def _judge_refusal(self, one: Try, answer: Answer) -> None:
        self.outcome.refused += 1
        api = one.line.route.startswith("/api/")
        if not one.asker.anonymous:
            # Whose role may do this with records of another kind is told that there is none here.
            if not one.line.otherwise or answer.status != one.line.otherwise or answer.status < 400:
                self._expect(one, answer, 403, "refused")
        elif api or not answer.to_sign_in:
            self._expect(one, answer, 401, "refused")

    def _expect(self, one: Try, answer: Answer, status: int, why: str) -> None:
        if answer.status != status:
            self._fault(one, f"answered {answer.status}, expected {status} ({why})")
        if one.method == "HEAD" and answer.text:
            self._fault(one, "HEAD has a body")

    def _compare(self, one: Try, tenant: Tenant, answer: Answer) -> None:
        """Another's and nobody's: the same answer, apart from what was asked for."""
        if one.line.record in _NOT_COMPARED or one.relation == "guessed":
            return
        guessed = Try(one.line, one.asker, "guessed", one.method)
        other = tenant_of(guessed, self.world)
        key = (one.line, one.asker.name, one.method)
        if key not in self._guessed:
            self._guessed[key] = self._ask(guessed, other)
        if plain(answer, tenant) == plain(self._guessed[key], other):
            return
        # A minute may have passed between the two; once more, one right after the other.
        again, nobody = self._ask(one, tenant), self._ask(guessed, other)
        if plain(again, tenant) != plain(nobody, other):
            self._leak(one, "another's record is answered otherwise than one that is not there")

    def _judge_words(self, one: Try, tenant: Tenant, answer: Answer) -> None:
        cell = one.line.cell_of(one.asker.who)
        reached = one.known and reaches(cell, one.relation)
        text = answer.everything
        if not reached or one.line.record in ECHOED:
            text = _without(text, tenant)
        if one.line.send in NAMING_AN_OFFICER:
            text = text.replace(worlds.officer(tenant.code), "§")
        # Where others get an empty list, or a form back with what is wrong, the page around it is one's own.
        otherwise = one.line.otherwise < 300 or (one.method == "POST" and one.line.otherwise == 422)
        served = reached or (one.known and cell.reach != "no" and otherwise)
        for word in forbidden_words(self.world, one.asker, one.line.route, served=served):
            if word.text in text:
                self.outcome.seen.append((one, word))
                self._leak(one, f"shows {word.kind} of {word.tenant}")
        for name in seen_words(self.world, one.asker, one.line.route, text):
            self.outcome.shown[name] += 1

    def _fault(self, one: Try, words: str) -> None:
        self.outcome.faults.append(f"{one.name}: {words}")

    def _leak(self, one: Try, words: str) -> None:
        self.outcome.leaks.append(f"{one.name}: {words}")


def _knows_session(one: Try) -> bool:
    """Whether the address acts for whoever is signed in: one that reads no session cannot be forged."""
    return one.line.route not in BY_PROOF_ALONE


def asked_words(tenant: Tenant) -> list[str]:
    """What the request itself may have named: an answer may repeat it."""
    return sorted((word for word in tenant.fillings().values() if len(word) > 3), key=len, reverse=True)


def plain(answer: Answer, tenant: Tenant) -> str:
    """The answer without what names the record asked for, reference numbers and the time of day."""
    kept = ("Content-Type", "Location", "Allow", "Content-Disposition", "Retry-After", "Upload-Offset")
    head = "".join(f"{name}: {answer.headers.get(name, '')}\n" for name in kept)
    text = f"{answer.status}\n{head}\n{answer.text}"
    text = text.replace(f"tinh={tenant.province}", "tinh=§")
    return _CHANGES.sub("~", _without(text, tenant))


def _without(text: str, tenant: Tenant) -> str:
    for word in asked_words(tenant):
        for written in (word, quote(word, safe=""), quote_plus(word)):
            text = text.replace(written, "§")
    return text


def moved_by_others(
    world: World, asking: Sequence[Asker], *, walls: bool = True, chosen_lines: Sequence[Line] | None = None
) -> tuple[int, list[str]]:
    """Whether lists, counts, exports and pages of one tenant change when others send more: none may.

    How many answers were compared, and a sentence for each that changed.
    """
    wanted = chosen_lines if chosen_lines is not None else lines()
    everybody = set(worlds.FACILITIES)
    compared, moved = 0, []
    for reach in ("facility", "province"):
        chosen = [
            Try(line, asker, "own", "GET")
            for asker in asking
            if asker.kind == reach and asker.csrf
            for line in wanted
            if line.method == "GET"
            and line.cell_of("anonymous").reach == "no"
            and reaches(line.cell_of(asker.who), "own")
        ]
        if not chosen:
            continue
        asker = chosen[0].asker
        own = {code for code in everybody if worlds.FACILITIES[code] == asker.province}
        others = sorted(everybody - ({asker.home} if reach == "facility" else own))
        compared += len(chosen)
        # A minute may have passed in between; what really moves, moves again.
        found = _moved(world, _moved(world, chosen, others, walls), others, walls)
        moved += [f"{one.name}: changes with what others send" for one in found]
    return compared, moved


def _moved(world: World, chosen: Sequence[Try], others: Sequence[str], walls: bool) -> list[Try]:
    """Those whose answer is another one once `others` have sent more."""
    if not chosen:
        return []
    before = [_plain_answer(world, one, walls) for one in chosen]
    with transaction.atomic():
        worlds.grow(others, world)
        after = [_plain_answer(world, one, walls) for one in chosen]
        transaction.set_rollback(True)
    return [one for one, then, now in zip(chosen, before, after, strict=True) if then != now]


def _plain_answer(world: World, one: Try, walls: bool) -> str:
    tenant = tenant_of(one, world)
    return plain(ask(request_for(one.line, tenant, world, one.asker), one.asker, walls=walls), tenant)


def sample(cells: Sequence[Try], n: int, seed: int) -> list[Try]:
    """`n` cells drawn by chance (0: all), in their own order."""
    if not n or n >= len(cells):
        return list(cells)
    drawn = sorted(random.Random(seed).sample(range(len(cells)), n))
    return [cells[place] for place in drawn]


def short(cells: Iterable[Try], seed: int, *, wide: bool = False) -> list[Try]:
    """Of every line, relation and method one asker of each sort: served so far, refused as person, machine,
    nobody (who are refused before anybody looks whose record it is: once). Of methods without a line one
    asker who is served otherwise; of HEAD one who is served and one who is not. `wide`: one of each role, as
    pages show more to some, and some are let in by the route and refused by what stands behind it.
    """
    sorts: dict[tuple[Line, str, str], dict[str, list[Try]]] = {}
    for one in cells:
        cell = one.line.cell_of(one.asker.who)
        if cell.reach == "no" and (one.relation != "own" or not one.known):
            continue
        sort = _sort(one, cell, wide=wide)
        sorts.setdefault((one.line, one.method, sort), {}).setdefault(one.relation, []).append(one)
    chance = random.Random(seed)
    chosen: list[Try] = []
    for same in sorts.values():
        # One asker for all relations: what is answered about nobody's record is then asked once.
        drawn = chance.random()
        chosen += [found[int(drawn * len(found))] for found in same.values()]
    return chosen


def _sort(one: Try, cell: Cell, *, wide: bool) -> str:
    kind = "anonymous" if one.asker.anonymous else "account" if one.asker.cookie else "machine"
    if not one.known or (one.method == "HEAD" and one.line.method == "GET"):
        # Refused or not is asked with the line's own method.
        return "served" if cell.reach != "no" and not one.asker.anonymous else "refused"
    if cell.reach == "no":
        return f"no {kind} {one.asker.who if wide else ''}"
    return f"{cell.reach} {cell.answer} {one.asker.kind} {one.asker.who if wide else ''}"
