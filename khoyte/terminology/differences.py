"""What differs between two releases, and between two packs day by day. Pure.

A difference "alters judgement" when a record with this code may be judged otherwise: the code may stand or
may not, or an attribute that rules ask for is set or not. Names never do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from khoyte.terminology.model import ICD10_ATTRIBUTES, CatalogueRelease, is_set
from khoyte.terminology.pack import Pack

# The attributes of a catalogue that rules ask for. A test holds them against the rules.
RULE_ATTRIBUTES = {"icd10": tuple(ICD10_ATTRIBUTES)}
THE_BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True)
class Changed:
    """One attribute with its value before and after; empty where there is none."""

    attribute: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """One code: `kind` is added, removed or changed (then `attributes` says what)."""

    code: str
    kind: str
    name: str
    attributes: tuple[Changed, ...] = ()
    alters: bool = False


@dataclass(frozen=True)
class Differences:
    """All differences of two releases by code. `before` or `after` None: nothing was, or is, in force.

    `whole` says that codes outside both lists may be judged otherwise too: one list is complete, the other
    not, or there was none.
    """

    before: CatalogueRelease | None
    after: CatalogueRelease | None
    changes: tuple[Difference, ...]
    whole: bool

    @property
    def alters(self) -> bool:
        return self.whole or any(change.alters for change in self.changes)

    def counts(self) -> dict[str, int]:
        """How many codes were added, removed, changed, and how many of all these alter judgement."""
        kinds = [change.kind for change in self.changes]
        return {kind: kinds.count(kind) for kind in ("added", "removed", "changed")} | {
            "altering": sum(change.alters for change in self.changes)
        }


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last` (None: for good) for which two packs hold different releases."""

    first: date
    last: date | None
    differences: Differences


def compare(before: CatalogueRelease | None, after: CatalogueRelease | None) -> Differences:
    """The differences of two releases of one catalogue."""
    old = {} if before is None else before.codes
    new = {} if after is None else after.codes
    changes = [
        change
        for code in sorted(old.keys() | new.keys())
        if (change := _difference(code, before, after)) is not None
    ]
    whole = before is not after and (before is None or after is None or before.complete != after.complete)
    return Differences(before, after, tuple(changes), whole)


def compare_packs(before: Pack, after: Pack, name: str) -> list[Span]:
    """Where the packs differ in a catalogue, oldest days first; days with the same two releases are one
    span."""
    spans: list[Span] = []
    days = sorted({THE_BEGINNING, *before.breakpoints(), *after.breakpoints()})
    seen: dict[tuple[int, int], Differences] = {}
    for place, day in enumerate(days):
        old, new = before.release(name, day), after.release(name, day)
        if (id(old), id(new)) not in seen:
            seen[id(old), id(new)] = compare(old, new)
        found = seen[id(old), id(new)]
        last = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
        if not found.changes and not found.whole:
            continue
        if spans and spans[-1].differences is found and spans[-1].last == day - timedelta(days=1):
            spans[-1] = Span(spans[-1].first, last, found)
        else:
            spans.append(Span(day, last, found))
    return spans


def judged_by(release: CatalogueRelease | None, code: str, asked: str | None) -> bool | None:
    """What rules learn of a code: whether it may stand (`asked` None), bears the attribute; None unknown."""
    if release is None:
        return None
    return release.has(code) if asked is None else code in release.with_attribute(asked)


def _difference(
    code: str, before: CatalogueRelease | None, after: CatalogueRelease | None
) -> Difference | None:
    old = before.codes.get(code) if before else None
    new = after.codes.get(code) if after else None
    known = new if new is not None else old or {}
    name = known.get("name_vi") or known.get("name_en", "")
    if old is None or new is None:
        return Difference(code, "added" if old is None else "removed", name, (), _alters(code, before, after))
    if old == new:
        return None
    changed = tuple(
        Changed(attribute, old.get(attribute, ""), new.get(attribute, ""))
        for attribute in sorted({*old, *new})
        if old.get(attribute) != new.get(attribute)
    )
    asked = RULE_ATTRIBUTES.get(before.name, ()) if before else ()
    alters = any(one.attribute in asked and is_set(one.before) != is_set(one.after) for one in changed)
    return Difference(code, "changed", name, changed, alters)


def _alters(code: str, before: CatalogueRelease | None, after: CatalogueRelease | None) -> bool:
    name = before.name if before else after.name if after else ""
    return any(judged_by(before, code, asked) != judged_by(after, code, asked) for asked in _questions(name))


def _questions(name: str) -> Iterator[str | None]:
    yield None
    yield from RULE_ATTRIBUTES.get(name, ())
