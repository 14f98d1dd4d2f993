"""What the columns of other people's files mean: suggested, said once by a unit, used again by itself.

Exports of the old system of certificates and a province's own spreadsheets have headings no declaration
knows. Whoever imports one says which column is which property, and which writing is which code; that is kept
for the unit under the fingerprint of the headings, in versions, and used whenever those headings come again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold, repair
from khoyte.registers.checking import understood
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.errors import WrongRequest
from khoyte.registers.known import Register
from khoyte.registers.models import ColumnMapping
from khoyte.registers.reading import LONGEST_HEADING, MOST_COLUMNS, Headings, Mapped, Remembered, fingerprint
from khoyte.units.policy import Actor

MOST_VALUES = 500
ENOUGH = 0.5
"""Below that a suggestion is more often wrong than right."""

# How much it says that the values of a column could be of this kind; most texts could be a name.
_SHAPES = {
    "personal_number": 0.9,
    "code": 0.6,
    "phone": 0.6,
    "date": 0.4,
    "facility_code": 0.35,
    "partial_date": 0.35,
    "boolean": 0.3,
    "integer": 0.1,
}
_MOSTLY = 0.6
# Words that stand in most headings and tell nothing.
_EMPTY_WORDS = frozenset({"so", "ma", "cua", "va", "theo", "cac", "co"})

TWICE = Text(
    vi="Hai cột cùng được ghép với “{label}”. Chọn một cột, cột kia để “Bỏ qua”.",
    en='Two columns mean "{label}". Choose one and leave the other out.',
)
NOT_KNOWN = Text(
    vi="Cách ghép cột không đúng với sổ này. Chọn lại từ danh sách.",
    en="This is no meaning of columns for this register. Choose from the list.",
)


# Used


def remembered(register: str, by: Actor) -> Remembered:
    """The newest of what the actor's unit has said, by fingerprint; what was forgotten is left out."""
    return {
        bytes(row.fingerprint): Mapped(row.columns, row.values, row.number, row.made_by, row.made_at)
        for row in said_by(register, by)
        if row.columns
    }


def said_by(register: str, by: Actor) -> list[ColumnMapping]:
    """The newest version of every mapping of the unit for a register."""
    rows = ColumnMapping.objects.filter(register=register, unit=by.unit_code, facility=by.facility)
    return list(rows.order_by("fingerprint", "-number").distinct("fingerprint"))


def versions_of(register: str, by: Actor) -> list[ColumnMapping]:
    """All versions, newest first."""
    rows = ColumnMapping.objects.filter(register=register, unit=by.unit_code, facility=by.facility)
    return list(rows.order_by("-id")[:200])


def with_codes(rows: pl.DataFrame, mapped: Mapped | None) -> pl.DataFrame:
    """The rows with writings the unit has explained replaced by their codes."""
    for name, codes in (mapped.values if mapped else {}).items():
        if name not in rows.columns:
            continue
        found = {word: codes[fold(word)] for word in rows[name].unique().drop_nulls() if fold(word) in codes}
        if found:
            rows = rows.with_columns(pl.col(name).replace(found))
    return rows


# Said


@transaction.atomic
def keep(
    *,
    register: Register,
    headings: Sequence[str],
    columns: Mapping[str, int],
    values: Mapping[str, Mapping[str, str]],
    by: Actor,
) -> ColumnMapping:
    """Keep what the columns of these headings mean for the actor's unit, as a new version.

    No columns: it is forgotten. Raises WrongRequest for properties, places or codes that are none.
    """
    declaration = register.declaration
    chosen = [heading[:LONGEST_HEADING] for heading in headings[:MOST_COLUMNS]]
    _check(declaration, chosen, columns, values)
    print_of = fingerprint(chosen)
    rows = ColumnMapping.objects.filter(
        register=register.name, unit=by.unit_code, facility=by.facility, fingerprint=print_of
    )
    # Of two who say so at once, or one who presses twice, each gets a version of its own.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"mapping {register.name} {by.unit_code}"]
        )
    last = rows.order_by("-number").values_list("number", flat=True).first() or 0
    made = ColumnMapping(
        register=register.name,
        unit=by.unit_code,
        facility=by.facility,
        province=by.province,
        fingerprint=print_of,
        number=last + 1,
        headings=chosen,
        columns=dict(columns),
        values={
            name: {fold(writing): code for writing, code in codes.items()} for name, codes in values.items()
        },
        made_at=timezone.now(),
        made_by=by.name,
    )
    made.save(force_insert=True)
    audit.record(
        by=by,
        action="register.mapping",
        subject_kind="register",
        subject_id=register.name,
        facility=by.facility,
        province=by.province,
        details={"version": made.number, "columns": dict(columns), "values": sorted(values)},
    )
    return made


def _check(
    declaration: Declaration,
    headings: Sequence[str],
    columns: Mapping[str, int],
    values: Mapping[str, Mapping[str, str]],
) -> None:
    meanings = {one.name for one in meanings_of(declaration)}
    places = list(columns.values())
    if set(columns) - meanings or any(not 0 <= place < len(headings) for place in places):
        raise WrongRequest(NOT_KNOWN, status=422)
    for name, codes in values.items():
        field = declaration.by_name.get(name)
        allowed = _codes_of(field) if field else set()
        if set(codes.values()) - allowed or len(codes) > MOST_VALUES:
            raise WrongRequest(NOT_KNOWN, status=422)


def _codes_of(field: Field) -> set[str]:
    return {"1", "0"} if field.kind == "boolean" else {one.code for one in field.codes}


@dataclass(frozen=True)
class Meaning:
    """What a column may be said to hold."""

    name: str
    label: Text
    required: bool = False


def meanings_of(declaration: Declaration) -> list[Meaning]:
    """Every property of the register, and what its forms have beside them."""
    own = [Meaning(field.name, field.label, field.required) for field in declaration.written]
    names = {one.name for one in own}
    beside = [
        Meaning(name, Text(headings[0].capitalize(), headings[0].capitalize()))
        for name, headings in (declaration.beside or {}).items()
        if name not in names
    ]
    return own + beside


# Suggested


@dataclass(frozen=True)
class Column:
    """One column of a file as the page shows it: what it is taken for ("": nothing), and examples."""

    place: int
    heading: str
    taken_for: str
    suggested: bool
    samples: tuple[str, ...]


def columns_of(declaration: Declaration, headings: Headings) -> list[Column]:
    """The columns with what they are known to mean, else what they seem to."""
    known = {place: name for name, place in headings.columns.items()}
    seeming = suggest(declaration, headings)
    return [
        Column(
            place,
            cell,
            known.get(place) or seeming.get(place, ""),
            place not in known and place in seeming,
            tuple(dict.fromkeys(_shown(text) for text in _texts(headings, place)))[:3],
        )
        for place, cell in enumerate(headings.cells)
        if cell or any(_texts(headings, place))
    ]


def _shown(text: str) -> str:
    """An example of a value: what looks like a number of a person is masked."""
    plain = "".join(text.split())
    return mask(plain) if plain.isdecimal() and len(plain) >= 9 else repair(text)[:60]


def suggest(declaration: Declaration, headings: Headings) -> dict[int, str]:
    """Column → property, by the words of its heading and the shape of its values; each property once."""
    known = set(headings.columns)
    taken = set(headings.columns.values())
    fields = [field for field in declaration.written if field.name not in known]
    scores = [
        (score, place, field.name)
        for place, cell in enumerate(headings.cells)
        if place not in taken and cell
        for field in fields
        if (score := _likeness(field, cell, _texts(headings, place))) >= ENOUGH
    ]
    found: dict[int, str] = {}
    for _, place, name in sorted(scores, key=lambda one: (-one[0], one[1], one[2])):
        if place not in found and name not in found.values():
            found[place] = name
    return found


def _texts(headings: Headings, place: int) -> list[str]:
    return [line[place] for line in headings.samples if place < len(line) and line[place]]


def _likeness(field: Field, heading: str, samples: Sequence[str]) -> float:
    """From 0 to about 2; below 0 where the values cannot be of the field."""
    said = _words(heading)
    by_words = max((_shared(said, _words(one)) for one in _headings_of(field)), default=0.0)
    if not samples:
        return by_words
    texts = pl.Series(samples, dtype=pl.String)
    fitting = understood(field, texts)
    if field.kind == "phone":  # kept as written otherwise
        fitting &= texts.str.contains(r"^[+()\d. \-]{8,}$")
    share = fitting.mean()
    fits = float(share) if isinstance(share, int | float) else 0.0
    weight = _SHAPES.get(field.kind)
    if weight is None:
        return by_words if fits >= _MOSTLY else -1.0
    # Writings of codes may be explained afterwards; a number that is none cannot.
    if fits < _MOSTLY:
        return by_words if field.kind == "code" and by_words >= ENOUGH else -1.0
    return by_words + weight * fits


def _headings_of(field: Field) -> Iterator[str]:
    yield from (*field.headings, field.label.vi, field.label.en, field.name.replace("_", " "))


def _words(text: str) -> frozenset[str]:
    folded = "".join(sign if sign.isalnum() else " " for sign in fold(text)).split()
    telling = [word for word in folded if word not in _EMPTY_WORDS]
    return frozenset(telling or folded)


def _shared(said: frozenset[str], known: frozenset[str]) -> float:
    """The share of words in common; a heading of two words or more that is said whole is one of ours."""
    share = len(said & known) / len(said | known) if said and known else 0.0
    return max(share, 0.55) if len(known) > 1 and known <= said else share


def given_columns(
    declaration: Declaration, headings: Sequence[str], meanings: Sequence[str]
) -> dict[str, int]:
    """Property → column, of a form with a choice for each. Raises WrongRequest for one chosen twice."""
    found: dict[str, int] = {}
    labels: dict[str, Any] = {one.name: one.label for one in meanings_of(declaration)}
    for place, name in enumerate(meanings[: len(headings)]):
        if not name:
            continue
        if name not in labels:
            raise WrongRequest(NOT_KNOWN, status=422)
        if name in found:
            raise WrongRequest(TWICE.fill(label=labels[name]), status=422)
        found[name] = place
    return found
