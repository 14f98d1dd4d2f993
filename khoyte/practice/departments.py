"""Codes of departments against the dated list (Decision 1804/QĐ-BYT, annex 02) as it is in force today."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.terminology.model import CatalogueRelease
from khoyte.terminology.pack_files import load_pack

CATALOGUE = "departments"


def _release() -> CatalogueRelease | None:
    return load_pack().on(today()).catalogue(CATALOGUE)


def offered() -> list[tuple[str, str]]:
    """(code, name) of today's list, in its order; [] where none is held."""
    release = _release()
    return [(code, _name(release, code)) for code in release.codes] if release else []


def names_of(codes: Collection[str]) -> dict[str, str]:
    """What the departments are called, of those that today's list holds under a name."""
    release = _release()
    found = {code: _name(release, code) for code in codes} if release else {}
    return {code: name for code, name in found.items() if name}


def _name(release: CatalogueRelease, code: str) -> str:
    return (release.attributes(code) or {}).get("name_vi", "")


def unknown(name: str) -> pl.Expr:
    """True where a list of codes holds one that is not in the list; no list: nothing is said."""

    def judged(column: pl.Series) -> pl.Series:
        known = {code: bool(strangers([code])) for code in column.explode().drop_nulls().unique()}
        return pl.Series(
            [any(known[code] for code in codes or ()) for codes in column.to_list()], dtype=pl.Boolean
        )

    return pl.col(name).map_batches(judged, return_dtype=pl.Boolean)


def strangers(codes: Iterable[str]) -> list[str]:
    """The codes that today's list does not hold, in their order."""
    release = _release()
    return [] if release is None else [one for one in codes if one and not release.has(one)]


def nearest(code: str) -> str:
    """The code of today's list that is written most alike, with its name; "" where none is near."""
    release = _release()
    found = get_close_matches(code.upper(), release.codes, n=1, cutoff=0.5) if release else []
    if not found or release is None:
        return ""
    return f"{found[0]} {_name(release, found[0])}".strip()
