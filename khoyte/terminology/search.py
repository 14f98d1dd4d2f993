"""Finding codes by number or words: marks do not matter, and words that mean the same find the same.

Synonyms are data (`data/synonyms.csv`): each line holds words of one meaning, parted by "|".
"""

from functools import cache, lru_cache

from khoyte.foundation.text import fold
from khoyte.terminology.bundled import read_data
from khoyte.terminology.model import CatalogueRelease, bare_code
from khoyte.terminology.pack_files import load_pack

LONGEST_QUESTION = 100


def find_codes(release: CatalogueRelease, words: str, pack_digest: str = "") -> list[str]:
    """Codes of a release that begin with the words, else whose names hold them all, in order of code.

    Every word must be found, wherever it stands; "tieu duong" finds "Đái tháo đường". Without words: all.
    `pack_digest` lets the folded names be kept from one question to the next.
    """
    asked = fold(words[:LONGEST_QUESTION])
    if not asked:
        return sorted(release.codes)
    folded = _index(pack_digest, release.name, release.valid_from) if pack_digest else _folded(release)
    start = bare_code(release.name, asked.upper()).lower()
    by_code = [code for code, (bare, _) in folded.items() if bare.startswith(start)]
    meanings = [meaning.split() for meaning in _meanings(asked)]
    by_name = [
        code
        for code, (_, names) in folded.items()
        if any(all(f" {word}" in names for word in meaning) for meaning in meanings)
    ]
    return [*sorted(by_code), *sorted(set(by_name) - set(by_code))]


def _folded(release: CatalogueRelease) -> dict[str, tuple[str, str]]:
    return {
        code: (
            fold(bare_code(release.name, code)),
            " " + fold(" ".join(value for name, value in known.items() if name.startswith("name"))),
        )
        for code, known in release.codes.items()
    }


@lru_cache(maxsize=24)
def _index(digest: str, name: str, starts: object) -> dict[str, tuple[str, str]]:
    pack = load_pack(digest)
    header = next(one for one in reversed(pack.headers()) if one.name == name and one.valid_from == starts)
    release = pack.release(name, header.valid_from)
    return {} if release is None else _folded(release)


def _meanings(asked: str) -> set[str]:
    """The question itself, and with each of its known expressions put as the others of its line say it."""
    found = {asked}
    padded = f" {asked} "
    for group in _synonyms():
        for expression in group:
            if f" {expression} " in padded:
                found |= {padded.replace(f" {expression} ", f" {other} ").strip() for other in group}
    return found


@cache
def _synonyms() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(fold(words) for words in row["words"].split("|")) for row in read_data("synonyms.csv"))
