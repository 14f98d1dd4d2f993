"""The table of evidence names only what is there, and hides nothing that is missing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from khoyte.edges import docs
from khoyte.foundation.language import Text
from khoyte.legal.evidence import (
    KINDS,
    Evidence,
    evidence,
    holds,
    is_shown,
    is_test,
    requirements,
    settings_known,
)
from khoyte.nonprod.checks.findings import ROOT

LINES = evidence()
TESTS = sorted({line.evidence for line in LINES if line.kind == "test"})
SETTINGS = sorted({line.evidence for line in LINES if line.kind == "setting"})
GROUPS = (
    "accounts",
    "authentication",
    "logs",
    "encryption",
    "backup",
    "development",
    "monitoring",
    "incident",
    "level",
)
CHAPTERS = range(1, 18)


@pytest.mark.parametrize("test", TESTS)
def test_every_test_that_is_named_exists(test: str):
    assert is_test(ROOT, test)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_that_is_named_exists_and_is_read(setting: str):
    assert setting in settings_known(ROOT)
    sources = (path for path in (ROOT / "khoyte").rglob("*.py") if "tests" not in path.parts)
    assert any(setting in path.read_text(encoding="utf-8") for path in sources)


def test_every_setting_stands_in_the_documents():
    read = set()
    for path in (ROOT / "khoyte").rglob("*.py"):
        if "tests" not in path.parts and path.name != "evidence.py":
            read |= set(re.findall(r"""["'](KHOYTE_[A-Z_]+)["']""", path.read_text(encoding="utf-8")))
    told = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in sorted(read) if name not in told] == []


def test_every_group_and_every_chapter_is_there():
    items = {(line.standard, line.item) for line in LINES}
    assert {item.split(".")[0] for standard, item in items if standard.startswith("TCVN")} == set(GROUPS)
    assert {int(item[1:].split(".")[0]) for standard, item in items if "ASVS" in standard} == set(CHAPTERS)


def test_lines_are_whole_and_none_stands_twice():
    assert len(set(LINES)) == len(LINES) > 150
    for line in LINES:
        assert line.kind in KINDS
        assert line.title.vi and line.title.en, line  # noqa: PT018 - both languages belong together
        assert bool(line.evidence) is (line.kind in ("test", "setting")), line
        assert bool(line.note.vi) is bool(line.note.en), line
        if line.kind in ("duty", "reason"):
            assert len(line.note.vi) > 10, line


def test_nothing_is_cited_by_clause():
    for line in LINES:
        if line.standard.startswith("TCVN"):
            assert not re.search(
                r"(điều|(?<!tài )khoản|mục|clause)\s+\d", line.title.vi + line.note.vi, re.I
            ), line


MISSING = Evidence("TCVN 14423:2026", "accounts.9", Text("a", "a"), "none", "", Text("", ""))


@pytest.mark.parametrize(
    "line",
    [
        MISSING,
        replace(MISSING, kind="test", evidence="khoyte/units/tests/test_policy.py::test_not_there"),
        replace(MISSING, kind="test", evidence="khoyte/not_there.py::test_x"),
        replace(MISSING, kind="test", evidence="khoyte/units/policy.py"),
        replace(MISSING, kind="setting", evidence="KHOYTE_NOT_THERE"),
        replace(MISSING, kind="duty"),
        replace(MISSING, kind="reason", note=Text("chỉ một ngôn ngữ", "")),
    ],
)
def test_what_is_missing_is_red_and_not_hidden(line: Evidence, monkeypatch: pytest.MonkeyPatch):
    assert not holds(line, ROOT)
    told = (*requirements(), replace(requirements()[0], item="accounts.9", lines=(line,)))
    monkeypatch.setattr(docs, "requirements", lambda: told)
    page = docs.evidence_page()
    (row,) = [one for one in page.splitlines() if "accounts.9" in one]
    assert row.count("🔴") == 2
    assert "thiếu bằng chứng / no evidence" in row


def test_a_requirement_is_met_when_all_its_lines_hold():
    found = next(one for one in requirements() if len(one.lines) > 1 and is_shown(one, ROOT))
    assert not is_shown(replace(found, lines=(*found.lines, MISSING)), ROOT)


def test_the_page_counts_what_is_met_and_shows_every_requirement():
    page = docs.evidence_page()
    for one in requirements():
        assert one.title.vi in page
    red = sum(not is_shown(one, ROOT) for one in requirements())
    assert f"{len(requirements()) - red}/{len(requirements())} yêu cầu" in page
    assert sum(line.startswith("| 🔴 ") for line in page.splitlines()) == red


def test_the_page_in_the_documents_is_this_one():
    assert (Path(docs.FOLDER) / "evidence.md").read_text(encoding="utf-8") == docs.evidence_page()
