"""Formulas are published with a version: what they count may not change silently."""

import hashlib

import pytest

from khoyte.quality.criteria import DATABASES
from khoyte.quality.words import FORMULAS, WORDS, versions

# Digest of what a register's record fails a word by (name and condition), with the version it belongs to. A
# changed digest wants a new version, a new day in words.py, and the new digest here.
KNOWN = {
    "correct": ("1", "143dcd1e8215"),
    "complete": ("1", "39c6f2ca7188"),
    "clean": ("1", "beffbd9c5ac4"),
    "live": ("1", "d9bb96183341"),
    "unified": ("1", "51eb404f3883"),
    "shared": ("1", "76c488d16d0f"),
}


def digest(word: str) -> str:
    told = [
        f"{database.name} {one.name} {one.breaks}"
        for database in DATABASES.values()
        for one in database.by_name.values()
        if one.word == word
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@pytest.mark.parametrize("word", WORDS)
def test_a_changed_criterion_gets_a_new_version(word: str) -> None:
    assert (FORMULAS[word].version, digest(word)) == KNOWN[word]


@pytest.mark.parametrize("word", WORDS)
def test_a_formula_says_what_it_counts_in_both_languages_and_whose_it_is(word: str) -> None:
    one = FORMULAS[word]
    assert all(text.vi and text.en for text in (one.meaning, one.passes, one.counted, one.unit, one.source))
    assert "Khoyte" in one.source.vi


def test_every_database_has_criteria_for_every_word_or_rules_that_do() -> None:
    for database in DATABASES.values():
        if database.declaration:
            have = {one.word for one in database.by_name.values()}
            assert have >= set(WORDS) - {"correct"}, database.name


def test_versions_stand_in_the_order_of_the_words() -> None:
    assert versions() == ".".join(FORMULAS[word].version for word in WORDS)
