"""What a change of a catalogue touches: rules by their declarations, visits and files by the codes they hold.

Reads what is stored for every facility, so only the worker may ask (`units.tenancy.working`). A code counts
as affected exactly when a rule would learn something else of it (`differences.judged_by`), so a corrected
name touches nothing. Tables of which no typed rows are kept (XML6 and later) are taken whole: every dossier
of the period that has the table. A dossier that was refused for other reasons is found only by its findings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from khoyte import standards
from khoyte.rules import nodes
from khoyte.rules.declaration import Rule
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.terminology import Pack
from khoyte.terminology.differences import Span, compare_packs, judged_by
from khoyte.units.tenancy import working
from khoyte.visits.columns import COLUMNS

TABLES = {"XML1": "visit", "XML2": "visit_drug", "XML3": "visit_service", "XML4": "visit_result",
          "XML5": "visit_progress"}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """A rule that asks a catalogue about a field: whether the code may stand, or bears the attribute."""

    rule: str
    table: str
    field: str
    attribute: str | None = None


@dataclass(frozen=True)
class Impact:
    """What a change touches. `days` are the first and last affected (last None: for good)."""

    spans: tuple[Span, ...]
    rules: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def alters(self) -> bool:
        return bool(self.rules) and any(span.differences.alters for span in self.spans)


@dataclass(frozen=True)
class Touched:
    """How many stored visits (current versions), files and facilities hold affected codes."""

    visits: int = 0
    submissions: int = 0
    facilities: int = 0


def impact(before: Pack, after: Pack, name: str) -> Impact:
    """Differences and rules of a change of one catalogue between two packs; without a database."""
    spans = tuple(compare_packs(before, after, name))
    uses = {use for span in spans for use in uses_on(name, span)}
    return Impact(
        spans,
        tuple(sorted({use.rule for use in uses})),
        tuple(sorted({(use.table, use.field) for use in uses}, key=lambda one: (len(one[0]), one))),
    )


def uses_on(name: str, span: Span) -> set[Use]:
    """Which rules in force within a span ask the catalogue about which fields."""
    days = {span.first, *(day for day in standards.epochs() if _within(day, span))}
    return set().union(*(uses_of(name, day) for day in days))


def _within(day: date, span: Span) -> bool:
    return span.first <= day and (span.last is None or day <= span.last)


@lru_cache(maxsize=256)
def uses_of(name: str, day: date) -> frozenset[Use]:
    """Which rules in force on a day ask the catalogue about which fields."""
    standard = standards.standard_on(day)
    lists = name not in standard.code_lists
    return frozenset(use for rule in RULEBOOK.rules_on(day, standard) for use in _uses(rule, name, lists))


def _uses(rule: Rule, name: str, lists: bool) -> Iterator[Use]:
    for condition in (rule.check, rule.when):
        for member, table in _members(condition, rule.table) if condition is not None else ():
            asked = _attribute(member.source, name, lists)
            if asked is not NOT_ASKED:
                for column in _columns(member.of, table):
                    yield Use(rule.id, *column, asked)


NOT_ASKED = "\0"


def _attribute(source: nodes.Source, name: str, lists: bool) -> str | None:
    if isinstance(source, nodes.Catalogue) and source.name == name:
        return source.attribute
    return None if lists and isinstance(source, nodes.CodeList) and source.name == name else NOT_ASKED


def _members(node: nodes.Node, table: str) -> Iterator[tuple[nodes.Member, str]]:
    if isinstance(node, nodes.Member):
        yield node, table
    for child in node.children():
        yield from _members(child, _table_below(node, child, table))


def _columns(node: nodes.Node, table: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.Column):
        yield table, node.name
    for child in node.children():
        yield from _columns(child, _table_below(node, child, table))


def _table_below(node: nodes.Node, child: nodes.Node, table: str) -> str:
    """The table a child is computed on: XML1 below Head, the other table below Aggregate and Among."""
    if isinstance(node, nodes.Head):
        return "XML1"
    if isinstance(node, nodes.Aggregate) or (isinstance(node, nodes.Among) and child is not node.of):
        return node.table
    return table


# --- what is stored --------------------------------------------------------------------------------------


def count_touched(found: Impact, name: str) -> Touched:
    """How many stored visits, files and facilities a change touches; for the worker."""
    sources = list(_sources(found.spans, name))
    if not sources:
        return Touched()
    statement, parameters = _union(sources)
    # The statements are of this module; values travel as parameters.
    row = _rows(
        f"SELECT count(DISTINCT visit) FILTER (WHERE current), count(DISTINCT submission),"  # noqa: S608
        f" count(DISTINCT facility) FROM ({statement}) AS touched",
        parameters,
    )[0]
    return Touched(*row)


def stored_touched(found: Impact, name: str) -> Touched:
    """The same in a transaction of its own."""
    with working():
        return count_touched(found, name)


def touched_submissions(found: Impact, name: str) -> list[UUID]:
    """The files a change touches, in order of receipt; for the worker."""
    sources = list(_sources(found.spans, name))
    if not sources:
        return []
    statement, parameters = _union(sources)
    rows = _rows(f"SELECT DISTINCT submission FROM ({statement}) AS touched ORDER BY 1", parameters)  # noqa: S608
    return [row[0] for row in rows]


Source = tuple[str, Mapping[str, Any]]


def _union(sources: Sequence[Source]) -> tuple[str, dict[str, Any]]:
    parameters: dict[str, Any] = {}
    parts = []
    for number, (statement, values) in enumerate(sources):
        parts.append(statement.format(n=number))
        parameters |= {f"{key}{number}": value for key, value in values.items()}
    return " UNION ALL ".join(parts), parameters


def _sources(spans: Iterable[Span], name: str) -> Iterator[Source]:
    for span in spans:
        if not span.differences.alters:
            continue
        by_place: dict[tuple[str, str], set[Use]] = {}
        for use in uses_on(name, span):
            by_place.setdefault((use.table, use.field), set()).add(use)
        for (table, field), uses in sorted(by_place.items()):
            yield from _of_place(span, table, field, uses)


def _of_place(span: Span, table: str, field: str, uses: set[Use]) -> Iterator[Source]:
    days = {"first": span.first, "last": span.last or date(9999, 1, 1)}
    place = {**days, "table": table, "field": field, "rules": sorted({use.rule for use in uses})}
    column = _column(table, field)
    if column is None:
        yield _DOSSIERS, {**days, "table": table}
        return
    typed = _VISITS if table == "XML1" else _LINES
    written = {"column": f"{column}::text", "lines": TABLES[table]}
    affected = _affected(span, uses, _values(_fill(typed, **written, values=_ANY), days))
    if affected:
        yield _fill(typed, **written, values=_HOLDS), {**days, "codes": affected}
    told = _affected(span, uses, _values(_fill(_FINDINGS, column="f.value", values=_ANY), place))
    if told:
        yield _fill(_FINDINGS, column="f.value", values=_HOLDS), {**place, "codes": told}


def _column(table: str, field: str) -> str | None:
    alias = "v" if table == "XML1" else "x"
    return next((f"{alias}.{one.name}" for one in COLUMNS.get(table, ()) if one.tag == field), None)


def _fill(statement: str, **parts: str) -> str:
    for name, part in parts.items():
        statement = statement.replace(f"<{name}>", part.replace("<column>", parts.get("column", "")))
    return statement


def _values(statement: str, values: Mapping[str, Any]) -> list[str]:
    """All distinct codes of a field within the span, lists taken apart."""
    inside = statement.format(n="")
    rows = _rows(f"SELECT DISTINCT one.code FROM ({inside}) AS s, unnest(s.codes) AS one (code)", values)  # noqa: S608
    return [row[0] for row in rows if row[0]]


def _affected(span: Span, uses: set[Use], values: Iterable[str]) -> list[str]:
    before, after = span.differences.before, span.differences.after
    asked = {use.attribute for use in uses}
    return sorted(
        value
        for value in values
        if any(judged_by(before, value, one) != judged_by(after, value, one) for one in asked)
    )


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


# Days are those by which records are judged: of discharge, else of admission, else of receipt.
_DAY = "coalesce(v.ngay_ra, v.ngay_vao, v.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_WITHIN = "BETWEEN %(first{n})s AND %(last{n})s"
_ANY = "true"
_HOLDS = "string_to_array(<column>, ';') && %(codes{n})s"
_VISITS = f"""
SELECT v.id AS visit, v.submission_id AS submission, v.facility, v.is_current AS current,
       string_to_array(<column>, ';') AS codes
FROM visit v WHERE <column> IS NOT NULL AND <values> AND {_DAY} {_WITHIN}
"""  # noqa: S608 - names of this module
_LINES = f"""
SELECT v.id AS visit, v.submission_id AS submission, v.facility, v.is_current AS current,
       string_to_array(<column>, ';') AS codes
FROM <lines> x JOIN visit v ON v.id = x.visit_id
WHERE <column> IS NOT NULL AND <values> AND {_DAY} {_WITHIN}
"""  # noqa: S608 - names of this module
_OF_DOSSIER = "d.submission_id = s.id AND d.judgement = s.judgement"
_FINDINGS = f"""
SELECT NULL::bigint AS visit, s.id AS submission, s.facility, false AS current,
       string_to_array(f.value, ';') AS codes
FROM finding f JOIN submission s ON s.id = f.submission_id AND s.judgement = f.judgement
LEFT JOIN dossier d ON {_OF_DOSSIER} AND d.position = f.position
WHERE f.rule = ANY(%(rules{{n}})s) AND f."table" = %(table{{n}})s AND f.field = %(field{{n}})s AND <values>
    AND (d.record_date IS NULL OR d.record_date {_WITHIN})
"""  # noqa: S608 - names of this module
_DOSSIERS = f"""
SELECT NULL::bigint AS visit, s.id AS submission, s.facility, false AS current, NULL::text[] AS codes
FROM submission s JOIN dossier d ON {_OF_DOSSIER}
WHERE %(table{{n}})s = ANY(d.tables) AND (d.record_date IS NULL OR d.record_date {_WITHIN})
"""  # noqa: S608 - names of this module
