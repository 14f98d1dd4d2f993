"""The expected table: `data/expected.csv`, one line per route, method and question.

`route`, `method`: as the program has them; a line for GET speaks of HEAD, too. `ask`: query string with
placeholders that are filled with something of the record's owner. `send`: which body (`asking.BODIES`).
`record`: what the placeholders name; "none" where the request names nobody's, "national" the ministry's
session of training, which is everybody's, "attending" an account in the body of a request to that session,
"visits" the database of visits in the place of a register.
`answer`: status for those who are served; `else`: status for those whose role may do this, but not with this
owner, and then the answer must be the same for an owner that does not exist. Then a column per kind of actor:

    no        refused: 401 from the API, sign-in page or 403 elsewhere, or answered as not there (`else`)
    yes       served; the request names nobody's records
    own       records of the actor's own unit
    province  records of facilities of the actor's province
    all       every record
    any       every record, and a name of nothing is answered like a name without records
    x=STATUS  as x, with another status than `answer`

Columns of machines (scopes), and of a role held in units of several kinds, say it by kind of unit: `F:own
P:province M:all D:all`; a kind not named is "no". A word alone speaks of every kind the role is held in.
`purpose`: with which purpose the reading of a person's record must be written into the audit log. `shows`:
what must stand in the answer to who is served.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from khoyte.units.enums import Role, Scope

FILE = Path(__file__).parent / "data" / "expected.csv"
ROLES = tuple(role.value for role in Role)
SCOPES = tuple(scope.value for scope in Scope)
Who = str | tuple[str, str]  # role or "anonymous"; scope or role, and kind of unit
KINDS = {"F": "facility", "P": "province", "M": "ministry", "D": "department"}
REACHES = ("no", "yes", "own", "province", "all", "any")


@dataclass(frozen=True)
class Cell:
    """What one kind of actor may: how far it reaches, and the status when it is served."""

    reach: str
    answer: int


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the table. `who` holds roles, "anonymous", and (scope, kind of unit) for machines."""

    route: str
    method: str
    ask: str
    send: str
    record: str
    answer: int
    otherwise: int
    purpose: str
    shows: str
    sentence: str
    who: dict[Who, Cell]

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.method, self.route, self.ask, self.send)))

    def cell_of(self, who: Who) -> Cell:
        return cell_for(self.who, who)


@cache
def lines() -> tuple[Line, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_line(row) for row in csv.DictReader(file))


def _line(row: dict[str, str]) -> Line:
    answer = int(row["answer"])
    return Line(
        route=row["route"],
        method=row["method"],
        ask=row["ask"],
        send=row["send"],
        record=row["record"],
        answer=answer,
        otherwise=int(row["else"] or 0),
        purpose=row["purpose"],
        shows=row["shows"],
        sentence=row["sentence"],
        who=cells_of(row, answer),
    )


def cell_for(cells: dict[Who, Cell], who: Who) -> Cell:
    """What a kind of actor may; a role held in several kinds of unit may be spoken of for all of them."""
    found = cells.get(who) or (cells.get(who[0]) if isinstance(who, tuple) else None)
    return found or Cell("no", 0)


def cells_of(row: dict[str, str], answer: int = 0) -> dict[Who, Cell]:
    """The columns of the actors."""
    who: dict[Who, Cell] = {}
    for name in ("anonymous", *ROLES, *SCOPES):
        for part in row[name].split():
            kind, _, words = part.rpartition(":")
            # A word without a kind of unit: the role is held in one kind alone.
            who[(name, KINDS[kind]) if kind else name] = _cell(words, answer)
    return who


def _cell(words: str, answer: int) -> Cell:
    reach, _, status = words.partition("=")
    if reach not in REACHES:
        raise ValueError(f"{words!r} is none of {', '.join(REACHES)}")
    return Cell(reach, int(status or answer))


def missing(found: Sequence[tuple[str, str]]) -> list[str]:
    """A sentence for every route x method of the program without a line, and every line without a route."""
    known = {(line.route, line.method) for line in lines()}
    addresses = {route for route, _ in known}
    sentences = []
    for address, method in found:
        if (address, method) not in known if method else address not in addresses:
            sentences.append(
                f"{method or 'GET'} {address} has no line in {FILE.name}: add one that says which role is"
                " served whose records (columns are explained in khoyte/nonprod/matrix/table.py)."
            )
    gone = addresses - {address for address, _ in found} - BESIDE_THE_RESOLVER
    sentences += [f"{FILE.name} speaks of {address}, which is no route any more." for address in sorted(gone)]
    return sentences


BESIDE_THE_RESOLVER = {"/static/khoyte/<name>", "/khong-co-trang-nay"}
"""Answered by a middleware, or by nothing at all."""
