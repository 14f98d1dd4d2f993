"""Planted defects: as many as asked for, each in its own dossier, each found where the answers say."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from khoyte.nonprod.generator.defects.catalogue import KINDS, SHARED
from khoyte.nonprod.generator.defects.kinds import Spot
from khoyte.nonprod.generator.dossier import Dossier, dossier_text, draw_dossier
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.submissions import generate_submissions, make_desk
from khoyte.nonprod.generator.world import FACILITIES
from khoyte.submissions.checking import check_file
from khoyte.terminology import load_pack

DAY = date(2026, 11, 5)
EARLY_DAY = date(2024, 8, 14)  # the standard before Decision 3176, for what it abolished
MIX = ["99001", "99002", "99003", "99044"]


@pytest.fixture(scope="module")
def pack():
    return load_pack()


def judged(path: Path, pack, profile: str = "precheck") -> dict:
    return check_file(path, pack, profile=profile, on=None, language="vi")


def serious(dossier: dict) -> list[dict]:
    return [finding for finding in dossier["findings"] if finding["level"] in "EW"]


def place(finding: dict) -> tuple:
    return finding["rule"], finding["table"], finding["row"], finding["field"]


@pytest.mark.parametrize(
    "day", [EARLY_DAY, date(2025, 3, 11), date(2025, 8, 20), date(2026, 7, 15), DAY], ids=str
)
@pytest.mark.parametrize("profile", ["precheck", "store"])
def test_without_defects_nothing_is_found(tmp_path, pack, day, profile):
    report = generate_submissions(150, 21, tmp_path, facilities=[*MIX, "99005", "99008"], start_date=day)
    for path in report.files:
        verdict = judged(path, pack, profile)
        assert [place(f) for dossier in verdict["dossiers"] for f in serious(dossier)] == []
        assert verdict["ledger"]["accepted"] == verdict["ledger"]["declared"]


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory, pack):
    """A run with many defects: its report, its folder and its verdicts by file."""
    out = tmp_path_factory.mktemp("spoiled")
    report = generate_submissions(620, 4, out, facilities=MIX, start_date=DAY, days=2, defects=300)
    return report, out, {path.name: judged(path, pack) for path in report.files}


def test_there_are_as_many_defects_as_asked_for(spoiled):
    report, out, _ = spoiled
    answers = json.loads((out / "defects.json").read_text(encoding="utf-8"))["defects"]
    assert len(report.defects) == len(answers) == 300
    assert {tuple(answer) for answer in answers} == {
        ("rule", "file", "ma_lk", "table", "row", "field", "also")
    }


def test_each_is_in_a_dossier_of_its_own(spoiled):
    report, _, _ = spoiled
    dossiers = [(defect.file, defect.ma_lk) for defect in report.defects]
    assert len(set(dossiers)) == 300


def test_each_is_found_where_the_answers_say(spoiled):
    report, _, verdicts = spoiled
    for defect in report.defects:
        verdict = verdicts[defect.file]
        if defect.ma_lk is None:
            findings = verdict["findings"]
        else:
            findings = [f for d in verdict["dossiers"] if d["ma_lk"] == defect.ma_lk for f in d["findings"]]
        expected = (defect.rule, defect.table, defect.row, defect.field)
        assert expected in [place(finding) for finding in findings], defect


def test_nothing_else_is_found(spoiled):
    report, _, verdicts = spoiled
    told = {(d.file, d.ma_lk): {d.rule, *d.also} for d in report.defects}
    for name, verdict in verdicts.items():
        for dossier in verdict["dossiers"]:
            rules = {finding["rule"] for finding in serious(dossier)}
            assert rules <= told.get((name, dossier["ma_lk"]), set())


def test_defects_spread_over_many_rules(spoiled):
    report, _, _ = spoiled
    assert len({defect.rule for defect in report.defects}) > 60


def test_one_wrong_code_stands_in_many_dossiers(spoiled):
    _, _, verdicts = spoiled
    causes = [cause for verdict in verdicts.values() for cause in verdict["causes"][:1]]
    most = max(causes, key=lambda cause: cause["dossiers"])
    assert most["dossiers"] >= 10
    assert "MA_NHOM = 77" in most["cause"]


def test_declared_numbers_are_wrong_both_ways(spoiled):
    report, _, verdicts = spoiled
    ledgers = [verdicts[d.file]["ledger"] for d in report.defects if d.rule == "V-003"]
    assert any(ledger["missing"] for ledger in ledgers)
    assert any(ledger["undeclared"] for ledger in ledgers)


def test_sound_dossiers_are_the_same_with_and_without_defects(tmp_path):
    plain = generate_submissions(40, 9, tmp_path / "plain", start_date=DAY)
    spoiled = generate_submissions(40, 9, tmp_path / "spoiled", start_date=DAY, defects=6)
    hosos = [path.read_text(encoding="utf-8").split("<HOSO>") for path in (plain.files[0], spoiled.files[0])]
    assert sum(left != right for left, right in zip(*hosos, strict=True)) == 6


def test_every_dossier_may_be_spoiled(tmp_path):
    report = generate_submissions(30, 2, tmp_path, facilities=["99003"], start_date=DAY, defects=30)
    assert len({defect.ma_lk for defect in report.defects}) == 30


# Two dossiers under one key need a second dossier; the spread run above has them.
ALONE = [kind for kind in (*SHARED, *KINDS) if kind.spoil.__name__ != "_same_link_as_before"]


def pool(day: date) -> list[Dossier]:
    """Sound dossiers of all kinds, the rare ones too."""
    drawn = []
    for code, form, count in (("99001", None, 300), ("99001", "03", 700), ("99003", None, 100)):
        desk = make_desk(FACILITIES[code], 77)
        drawn += [draw_dossier(desk, day.toordinal(), place, form) for place in range(1, count + 1)]
    return drawn


def copied(dossier: Dossier, ma_lk: str) -> Dossier:
    """The same dossier under another key."""
    tables = {name: [row | {"MA_LK": ma_lk} for row in rows] for name, rows in dossier.tables.items()}
    return replace(dossier, tables=tables, ma_lk=ma_lk)


def spoiled_by(kind, dossiers: list[Dossier], ma_lk: str) -> tuple[Dossier, Spot]:
    """The first dossier that has room for the defect, spoiled, and where."""
    for dossier in dossiers:
        copy = copied(dossier, ma_lk)
        spot = kind.spoil(copy)
        if spot is not None:
            return copy, spot
    raise AssertionError(f"no dossier has room for {kind}")


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory, pack):
    """Every kind of defect once: number of the kind -> (where it was planted, what was found)."""
    spots, found = {}, {}
    for day in (DAY, EARLY_DAY):
        numbers = [n for n, kind in enumerate(ALONE) if (kind.rule == "V-019") == (day == EARLY_DAY)]
        dossiers = pool(day)
        for facility in ("99001", "99003"):
            path = tmp_path_factory.mktemp("each") / f"{facility}_{day}.xml"
            with submission_file(path, facility, day.strftime("%Y%m%d"), 0) as add:
                for number in numbers:
                    dossier, spot = spoiled_by(ALONE[number], dossiers, f"kind-{number:03d}")
                    if dossier.facility == facility:
                        spots[number] = spot
                        add(spot.text or dossier_text(dossier))
            for dossier in judged(path, pack)["dossiers"]:
                found[int(dossier["ma_lk"][5:8])] = serious(dossier)
    return {number: (spots[number], found[number]) for number in spots}


@pytest.mark.parametrize("number", range(len(ALONE)), ids=lambda n: f"{ALONE[n].rule}-{n}")
def test_every_kind_breaks_its_rule_and_no_other(one_of_each, number):
    kind = ALONE[number]
    spot, found = one_of_each[number]
    assert (kind.rule, spot.table, spot.row, spot.field) in [place(finding) for finding in found]
    assert {finding["rule"] for finding in found} == {kind.rule, *kind.also}


def test_kinds_take_turns(tmp_path):
    report = generate_submissions(400, 3, tmp_path, start_date=DAY, defects=200)
    rules = Counter((defect.rule, defect.table, defect.field) for defect in report.defects)
    shared = {("V-018", "XML2", "MA_NHOM"), ("V-023", "XML2", "TT_THAU"), ("V-024", "XML3", "MA_MAY")}
    assert max(count for place, count in rules.items() if place not in shared) <= 12
