from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from khoyte.standards import standard_on
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.rulebook.structure import from_reader, structural

DAY = date(2026, 8, 15)
STANDARD = standard_on(DAY)
NOTED = {
    "V-001": ("missing", "misplaced", "doubled", "not-understood"),
    "V-002": ("length", "differs", "envelope"),
    "V-004": ("missing", "doubled"),
    "V-005": ("unknown", "unnamed", "doubled", "too-many"),
    "V-006": (
        "base64", "xml", "root", "structure", "too-large", "too-many-fields", "too-much-markup",
        "several-contents",
    ),
    "V-007": ("nested-element", "unexpected-element", "loose-text"),
    "V-009": ("missing", "differs"),
}  # fmt: skip
WAYS = {
    "W": ("nested", "escaped", "cdata", "declared-encoding"),
    "I": ("base64-lines", "cdata-values", "empty-part", "empty-list"),
}


@dataclass
class Noted:
    rule: str
    params: dict[str, Any]
    dossier: int | None = 0
    table: str | None = "XML2"
    row: int | None = None
    field: str | None = None
    level: str | None = None


@pytest.mark.parametrize(("rule", "reason"), [(rule, reason) for rule in NOTED for reason in NOTED[rule]])
def test_each_reason_of_the_reader_has_words_of_its_own(rule, reason):
    finding = from_reader(Noted(rule, {"reason": reason}), DAY)
    assert (finding.rule, finding.part, finding.table, finding.row) == (rule, reason, "XML2", 1)
    for lang in ("vi", "en"):
        assert RULEBOOK.render(finding, lang, STANDARD).message


@pytest.mark.parametrize(("level", "way"), [(level, way) for level in WAYS for way in WAYS[level]])
def test_unusual_ways_of_sending_are_no_reason_to_refuse(level, way):
    noted = Noted("V-006", {"reason": "form", "form": way, "tables": ["XML2"]}, level=level)
    finding = from_reader(noted, DAY)
    assert finding.part == way
    assert finding.levels == {"precheck": level, "store": level}


def test_a_reason_without_words_is_told_in_general():
    finding = from_reader(Noted("V-006", {"reason": "doctype"}), DAY)
    assert finding.part == "unreadable"
    assert finding.levels["store"] == "E"
    assert "tạm giữ" in RULEBOOK.render(finding, "vi", STANDARD).message


def test_facts_of_the_reader_stand_in_the_message():
    noted = Noted("V-002", {"reason": "differs", "found": "99002", "expected": "99001"}, field="MA_CSKCB")
    rendered = RULEBOOK.render(from_reader(noted, DAY), "vi", STANDARD)
    assert "99002" in rendered.message
    assert "99001" in rendered.message
    assert "MACSKCB" in rendered.hint


def test_a_finding_of_the_file_belongs_to_no_dossier():
    finding = from_reader(Noted("V-001", {"reason": "missing", "element": "NGAYLAP"}, None, None), DAY)
    assert (finding.dossier, finding.table) == (-1, "")
    assert "NGAYLAP" in RULEBOOK.render(finding, "vi", STANDARD).message


def test_the_missing_signature_is_a_warning():
    for part in ("absent", "empty"):
        assert structural("V-008", part, DAY).levels == {"precheck": "W", "store": "W"}


def test_counts_are_told_with_their_difference():
    finding = structural("V-003", "fewer", DAY, params={"declared": 5, "found": 3, "missing": 2})
    assert RULEBOOK.render(finding, "en", STANDARD).message == (
        "5 dossiers are declared, the file has 3; 2 are missing."
    )
