"""Locks, licences, bill of materials, advisories: what is wrong is told, and nothing is never success."""

import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from khoyte.nonprod.checks import advisories, licences, lock, sbom
from khoyte.nonprod.checks.__main__ import main
from khoyte.nonprod.checks.findings import ROOT
from khoyte.nonprod.checks.lock import DEVELOPMENT, RUNTIME, locked, read_lock

HASH = "    --hash=sha256:" + "0" * 64
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    """A copy of the real locks, to be spoiled."""
    for name in (*lock.WANTED, *lock.WANTED.values()):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def spoil(folder: Path, name: str, old: str, new: str) -> list[str]:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(finding) for finding in lock.check(folder).findings]


def test_the_locks_are_sound(locks: Path):
    assert lock.check(locks).findings == ()
    assert locked(RUNTIME).keys() < locked(DEVELOPMENT).keys()


def test_a_line_that_is_not_pinned_or_not_hashed_is_told(locks: Path):
    version = locked(RUNTIME)["django"].version
    assert any("django>=5" in one for one in spoil(locks, RUNTIME, f"django=={version}", "django>=5"))


def test_a_line_without_a_hash_is_told():
    packages, odd = read_lock(f"a==1 \\\n{HASH}\nb==2\n    # via a\n")
    assert (list(packages), odd) == (["a"], ["b==2"])


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https" + "://index.example/simple",
        "--find-links ./wheels",
        "a @ https" + "://files.example/a.whl",
        "-f wheels",
    ],
)
def test_a_place_to_fetch_from_is_told(locks: Path, line: str):
    found = spoil(locks, RUNTIME, "annotated-types==", f"{line}\nannotated-types==")
    assert any("names a place to fetch from" in one for one in found)


def test_locks_that_differ_are_told(locks: Path):
    version = locked(RUNTIME)["django"].version
    found = spoil(locks, RUNTIME, f"django=={version}", "django==5.2.1")
    assert any("django" in one and "5.2.1 there" in one for one in found)


def test_a_wish_that_is_not_locked_is_told(locks: Path):
    assert any("not-there" in one for one in spoil(locks, "requirements.in", "lxml~=", "not-there\nlxml~="))


def test_empty_locks_are_no_success(tmp_path: Path):
    for name in (*lock.WANTED, *lock.WANTED.values()):
        (tmp_path / name).write_text("")
    assert lock.check(tmp_path).status == 3


def test_every_licence_is_known_and_fits():
    outcome = licences.check()
    assert [str(finding) for finding in outcome.findings] == []
    assert outcome.status == 0


@pytest.mark.parametrize(
    ("expression", "shipped", "fits"),
    [
        ("MIT", True, True),
        ("MIT AND PSF-2.0", True, True),
        ("GPL-3.0-or-later", True, False),
        ("GPL-3.0-or-later", False, True),
        ("AGPL-3.0-or-later", False, False),
        ("MIT AND GPL-3.0-or-later", True, False),
        ("LicenseRef-unknown", False, False),
        ("", True, False),
    ],
)
def test_a_licence_fits_or_does_not(expression: str, shipped: bool, fits: bool):
    allowed = {row["licence"]: row for row in licences.rows_of(licences.LICENCES)}
    assert (licences._unfit("x", expression, allowed, shipped=shipped) == []) is fits


def test_the_bill_of_materials_is_what_the_lock_says_and_always_the_same():
    assert sbom.check().findings == ()
    document = sbom.document()
    assert document == sbom.document()
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    packages = locked(RUNTIME)
    assert {one["name"] for one in document["components"]} == set(packages)
    references = [one["bom-ref"] for one in document["components"]]
    assert len(set(references)) == len(references)
    graph = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    assert set(graph) == {*references, document["metadata"]["component"]["bom-ref"]}
    assert all(needed in references for all_needed in graph.values() for needed in all_needed)
    # From Khoyte everything is reached.
    reached, left = set(), [document["metadata"]["component"]["bom-ref"]]
    while left:
        one = left.pop()
        if one not in reached:
            reached.add(one)
            left += graph[one]
    assert reached == set(graph)
    for component in document["components"]:
        assert component["hashes"]
        assert component["licenses"]


def test_a_changed_lock_makes_the_bill_stale(monkeypatch: pytest.MonkeyPatch):
    fewer = dict(list(locked(RUNTIME).items())[1:])
    monkeypatch.setattr(sbom, "locked", lambda name: fewer)
    assert "--write-sbom" in sbom.check().findings[0].message


def record(name: str = "django", number: str = "X-1", **more: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": name}}
    affected["ranges"] = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
    return {
        "id": number,
        "modified": "2026-11-27T10:00:00Z",
        "summary": "bad",
        "affected": [{**affected, **more.pop("affected", {})}],
        **more,
    }


@pytest.fixture
def data(tmp_path: Path) -> Any:
    """A folder of records that covers every package, and what comes of it."""

    def outcome(*records: Any, covered: set[str] | None = None, **options: Any) -> Any:
        for number, one in enumerate(records):
            (tmp_path / f"{number}.json").write_text(one if isinstance(one, str) else json.dumps(one))
        names = set(locked(DEVELOPMENT)) if covered is None else covered
        (tmp_path / "covered.txt").write_text("\n".join(sorted(names)))
        return advisories.check(str(tmp_path), now=NOW, **options)

    return outcome


HARMLESS = record("someone-elses-package")


def test_checked_and_nothing_found(data):
    outcome = data(HARMLESS)
    assert (outcome.status, outcome.not_checked, outcome.findings) == (0, (), ())
    assert "PostgreSQL" in outcome.looked_at


def test_an_affected_package_is_told(data):
    outcome = data(HARMLESS, record("Django"))
    assert outcome.status == 1
    assert "X-1 django" in str(outcome.findings[0])


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (record(modified="2026-11-01T10:00:00Z"), "days old"),
        ("{not json", "cannot be read"),
        ({"id": "X"}, "cannot be read"),
        (record(affected={"ranges": [{"type": "GIT", "events": []}]}), "skipped"),
        (
            record(affected={"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "no version"}]}]}),
            "skipped",
        ),
    ],
    ids=["old", "broken", "shapeless", "commits only", "odd version"],
)
def test_what_cannot_be_judged_is_not_checked(data, one: Any, words: str):
    more = (
        [] if isinstance(one, dict) and "modified" in one and "2026-11-01" in one["modified"] else [HARMLESS]
    )
    outcome = data(one, *more)
    assert words in " ".join(outcome.not_checked)
    assert outcome.status in (1, 3)


def test_a_package_nobody_asked_about_is_not_checked(data):
    outcome = data(HARMLESS, covered={"django"})
    assert outcome.status == 3
    assert "not asked about" in outcome.not_checked[0]


def test_a_small_folder_that_says_nothing_of_its_cover_is_not_checked(data, tmp_path: Path):
    data(HARMLESS)
    (tmp_path / "covered.txt").unlink()
    assert advisories.check(str(tmp_path), now=NOW).status == 3


def test_a_whole_database_in_a_zip_needs_no_cover(tmp_path: Path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(advisories.WHOLE_DATABASE):
            archive.writestr(f"{number}.json", json.dumps(record(f"other-{number}", f"X-{number}")))
    assert advisories.check(str(path), now=NOW).status == 0
    assert advisories.check(str(path), now=NOW + timedelta(days=15)).status == 3


@pytest.mark.parametrize("place", ["", "/not/there", "empty"])
def test_no_data_is_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str):
    monkeypatch.delenv("KHOYTE_ADVISORIES", raising=False)
    outcome = advisories.check(str(tmp_path) if place == "empty" else place, now=NOW)
    assert outcome.status == 3
    assert outcome.not_checked


def test_withdrawn_and_other_ecosystems_are_passed_over(data):
    other = record("django", affected={"package": {"ecosystem": "npm", "name": "django"}})
    assert data(HARMLESS, record(withdrawn="2026-01-01T00:00:00Z"), other).status == 0


RANGES = [
    ([{"introduced": "0"}, {"fixed": "2.0"}], {"1.9": True, "2.0": False, "2.0rc1": True, "3": False}),
    ([{"introduced": "1.0"}, {"last_affected": "1.5"}], {"0.9": False, "1.5": True, "1.6": False}),
    (
        [{"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "4"}],
        {"1.5": True, "2.5": False, "3.0": True, "4": False},
    ),
    ([{"introduced": "3"}, {"fixed": "4"}, {"introduced": "1"}, {"fixed": "2"}], {"1.5": True, "2.5": False}),
    ([{"introduced": "1"}], {"0.1": False, "1": True, "9": True}),
]


@pytest.mark.parametrize(("events", "expected"), RANGES)
def test_ranges(events: list[dict[str, str]], expected: dict[str, bool]):
    affected = {"ranges": [{"type": "ECOSYSTEM", "events": events}]}
    assert {one: advisories.touches(affected, Version(one)) for one in expected} == expected


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 70))
def test_one_range_holds_what_lies_between(begin: int, end: int, asked: int):
    end += begin + 1
    events = [{"introduced": str(begin)}, {"fixed": str(end)}]
    affected = {"ranges": [{"type": "SEMVER", "events": events}]}
    assert advisories.touches(affected, Version(str(asked))) is (begin <= asked < end)


def test_listed_versions_count():
    assert advisories.touches({"versions": ["1.0", "not one"]}, Version("1.0.0"))
    assert not advisories.touches({"versions": ["1.0"]}, Version("1.1"))


def test_the_command_says_not_checked_and_ends_with_3():
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "khoyte.nonprod.checks", "advisories"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "NOT CHECKED" in done.stdout
    assert "0 found" not in done.stdout


def test_an_unknown_check_is_wrong_usage():
    assert main(["nothing"]) == 2
