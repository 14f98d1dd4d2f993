"""Purposes and retention as dated data, and that code and table say the same."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest

import khoyte
from khoyte.legal import purposes, retention
from khoyte.legal.purposes import BASES, Purpose, purpose_of, purposes_on
from khoyte.legal.retention import kept_on
from khoyte.submissions.limits import UPLOAD_DAYS

DAY = date(2026, 11, 28)


def test_every_purpose_has_a_known_basis_and_both_languages() -> None:
    found = purposes_on(DAY)
    assert len(found) == 15
    for one in found.values():
        assert one.basis in BASES
        for words in (one.label, one.data, one.recipients):
            assert words.vi
            assert words.en
        assert one.legal


def test_before_the_law_there_is_none() -> None:
    assert purposes_on(date(2025, 12, 31)) == {}
    with pytest.raises(KeyError):
        purpose_of("intake.judge", date(2025, 12, 31))


def test_a_later_line_of_a_code_replaces_the_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    first = purpose_of("exchange.care", DAY)
    later = Purpose(**{**vars(first), "valid_from": DAY, "basis": "law"})
    monkeypatch.setattr(purposes, "_all", lambda: (later, first))
    assert purpose_of("exchange.care", DAY).basis == "law"
    assert purpose_of("exchange.care", DAY - timedelta(days=1)).needs_consent


def purposes_in_code() -> set[str]:
    """Every literal with a dot given as `purpose=` or named PURPOSE in the product's code."""
    found: set[str] = set()
    for path in Path(khoyte.__file__).parent.rglob("*.py"):
        if "tests" in path.parts or "nonprod" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_argument = isinstance(node, ast.keyword) and node.arg == "purpose"
            is_named = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PURPOSE"
            if (is_argument or is_named) and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    # The purposes of sealing have no dot: they name columns.
    return {name for name in found if "." in name}


def test_every_purpose_written_into_the_log_stands_in_the_register() -> None:
    named = purposes_in_code()
    assert {"facility.review", "subject.access", "subject.own"} <= named
    assert named <= set(purposes_on(DAY))


def test_retention_says_what_the_code_does() -> None:
    terms = {one.name: one.keep for one in kept_on(DAY)}
    assert terms["uploads"] == f"{UPLOAD_DAYS} days"
    assert terms["visits"] == terms["receipts"] == terms["audit"] == ""
    assert all(one.label.vi and one.after.en and one.legal for one in kept_on(DAY))
    assert retention.kept_on(date(2025, 1, 1)) == []
