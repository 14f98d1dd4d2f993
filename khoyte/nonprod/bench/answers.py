"""What both sides must agree on, asked of the tables they filled.

The generator says how many visits there are and that all are sound; the floor says what rows and sums of
money the bytes hold. Ours must have accepted every visit, stored the same rows and sums, and its ledger must
balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import psycopg

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.floor import SCHEMA, TABLES

OUR_TABLES = dict(
    zip(TABLES, ("visit", "visit_drug", "visit_service", "visit_result", "visit_progress"), strict=True)
)
MONEY = {"XML1": ("t_tongchi_bv", "t_bhtt"), "XML2": ("thanh_tien_bv",), "XML3": ("thanh_tien_bh",)}


@dataclass(frozen=True)
class Answer:
    """Rows and sums of money by "TABLE" and "TABLE.column"."""

    figures: dict[str, Decimal]


def floor_answer(connection: psycopg.Connection) -> Answer:
    """What lies in the floor's tables."""
    found: dict[str, Decimal] = {}
    for table in TABLES:
        found |= _figures(connection, table, f"{SCHEMA}.{table}", "", [])
    return Answer(found)


def our_answer(connection: psycopg.Connection, submissions: Sequence[str]) -> Answer:
    """What lies in the visit tables of these submissions."""
    found: dict[str, Decimal] = {}
    for table, name in OUR_TABLES.items():
        column = "id" if table == "XML1" else "visit_id"
        found |= _figures(connection, table, name, f" WHERE {column} IN {_THEIR_VISITS}", [list(submissions)])
    return Answer(found)


_THEIR_VISITS = "(SELECT id FROM visit WHERE is_current AND submission_id = ANY(%s::uuid[]))"


def check(connection: psycopg.Connection, submissions: Sequence[str], visits: int) -> None:
    """Hold ours against the floor, whose tables hold exactly these visits. Raises AnswersDiffer."""
    ours, floor = our_answer(connection, submissions).figures, floor_answer(connection).figures
    for what, expected in {**floor, "XML1": Decimal(visits)}.items():
        if ours[what] != expected or floor[what] != expected:
            raise errors.answers_differ(what, ours[what], expected)
    _check_ledger(connection, submissions, visits)


def _figures(
    connection: psycopg.Connection, table: str, name: str, where: str, parameters: list[object]
) -> dict[str, Decimal]:
    sums = MONEY.get(table, ())
    wanted = ", ".join(["count(*)", *(f"coalesce(sum({column}), 0)" for column in sums)])
    row = connection.execute(f"SELECT {wanted} FROM {name}{where}", parameters).fetchone()  # noqa: S608
    assert row is not None  # noqa: S101 - an aggregate always answers
    return dict(zip([table, *(f"{table}.{column}" for column in sums)], map(Decimal, row), strict=True))


_LEDGER = """
SELECT count(*), sum(declared), sum(received), sum(accepted),
       sum(undeclared + rejected + quarantined + duplicate + missing)
FROM ledger_entry WHERE submission_id = ANY(%s::uuid[]) AND readable
"""
_DOSSIERS = "SELECT count(*) FROM dossier WHERE submission_id = ANY(%s::uuid[]) AND verdict = 'accepted'"


def _check_ledger(connection: psycopg.Connection, submissions: Sequence[str], visits: int) -> None:
    found = connection.execute(_LEDGER, [list(submissions)]).fetchone()
    expected = (len(submissions), visits, visits, visits, 0)
    if found != expected:
        raise errors.answers_differ("ledger", found, expected)
    dossiers = connection.execute(_DOSSIERS, [list(submissions)]).fetchone()
    if dossiers != (visits,):
        raise errors.answers_differ("verdicts", dossiers, (visits,))
