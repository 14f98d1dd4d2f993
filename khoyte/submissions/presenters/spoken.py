"""Findings and causes in the words of the page's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from khoyte.foundation.look import formats
from khoyte.submissions.models import Finding
from khoyte.submissions.verdict import Found
from khoyte.submissions.verdicts import stored_finding
from khoyte.submissions.words import file_finding


@dataclass(frozen=True)
class Spoken:
    """One finding, or one cause by its first finding."""

    rule: str
    label: str
    message: str
    hint: str
    legal: str
    place: str
    path: str

    @property
    def href(self) -> str:
        return f"/quy-tac/{self.rule}"


def speak_finding(row: Finding, standard: str) -> Spoken:
    """Words of a stored finding; `standard` is the identifier its dossier was judged by."""
    return _spoken(stored_finding(row, standard, formats.language()))


def speak_file_finding(row: Mapping[str, Any]) -> Spoken:
    """Words of a finding about the file as a whole, from its stored form."""
    return _spoken(file_finding(Found(**row), "store", formats.language()))


def _spoken(words: Mapping[str, Any]) -> Spoken:
    place = " ".join(filter(None, (words["table"], words["field"])))
    return Spoken(
        words["rule"], words["label"], words["message"], words["hint"], words["legal"], place, words["path"]
    )
