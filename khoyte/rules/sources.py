"""Where codes come from: literal sets, code lists of the standard in force, catalogues of the pack."""

from __future__ import annotations

from collections.abc import Callable, Container

from khoyte.rules.nodes import Catalogue, CodeList, Literals, Source
from khoyte.rules.reference import Reference

Membership = Callable[[str], bool]


def contains(source: Source, reference: Reference) -> Membership | None:
    """A test for codes of the source on the reference's date; None when the reference data lacks it.

    For a catalogue that is not complete, its `has` decides what counts as unknown.
    """
    if isinstance(source, Literals):
        return source.values.__contains__
    if isinstance(source, CodeList):
        codes = reference.codes(source.name)
        return None if codes is None else codes.__contains__
    release = reference.catalogue(source.name)
    if release is None:
        return None
    return release.has if source.attribute is None else release.with_attribute(source.attribute).__contains__


def requirement(source: Source) -> str | None:
    """What a rule using the source requires, as written in `requires`; None for literal sets."""
    if isinstance(source, CodeList):
        return f"list:{source.name}"
    return f"catalogue:{source.name}" if isinstance(source, Catalogue) else None


def satisfied(requirement: str, reference: Reference, facts: Container[str]) -> bool:
    """Whether reference data or facts hold what a rule requires ("catalogue:NAME", "list:NAME", "store:NAME",
    "register:NAME", "fact:NAME")."""
    kind, _, name = requirement.partition(":")
    if kind == "catalogue":
        return reference.catalogue(name) is not None
    if kind == "list":
        return reference.codes(name) is not None
    return requirement in facts
