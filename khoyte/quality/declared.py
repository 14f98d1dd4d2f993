"""Which records break a rule of their register's own declaration, in column operations over whole units.

What a rule stops (level E) is never stored; it counts here when the rule is newer than the record.
"""

from collections.abc import Sequence
from typing import Any

from khoyte.quality.criteria import DECLARED, Database
from khoyte.registers import content as contents
from khoyte.registers.checking import check
from khoyte.registers.known import register

Unit = tuple[str, str]
"""(facility, province); the facility is "" for what a health office itself keeps."""

_AT_ONCE = 20_000


def broken_rules(database: Database, units: Sequence[Unit]) -> list[dict[str, Any]]:
    """`{"record", "broken": [criterion, ...]}` of the records of these units that break a declared rule.

    Sealed numbers are opened for it; for the worker alone.
    """
    declaration = database.declaration
    if declaration is None or not declaration.rules:
        return []
    rules = {rule.id for rule in declaration.rules if rule.counted}
    found: dict[str, list[str]] = {}
    rows = _rows(database.name, units)
    for start in range(0, len(rows), _AT_ONCE):
        piece = rows[start : start + _AT_ONCE]
        frame = contents.frame_of(declaration, [contents.content_of(declaration, row) for row in piece])
        for problem in check(declaration, frame).problems:
            if problem.cause in rules:
                for place in problem.rows.arg_true():
                    found.setdefault(str(piece[place].pk), []).append(DECLARED + problem.cause)
    return [{"record": record, "broken": broken} for record, broken in found.items()]


def _rows(name: str, units: Sequence[Unit]) -> list[Any]:
    model = register(name).model
    facilities = [facility for facility, _ in units if facility]
    offices = [province for facility, province in units if not facility]
    rows = list(model.objects.filter(facility__in=facilities).exclude(state="withdrawn"))
    if offices:
        rows += model.objects.filter(facility="", province__in=offices).exclude(state="withdrawn")
    return rows
