"""Files: the same arguments give the same bytes, and the numbers asked for."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from khoyte.nonprod.generator import generate_submissions
from khoyte.nonprod.generator.bench import bench_visit_files
from khoyte.nonprod.generator.checkins import generate_checkins
from khoyte.nonprod.generator.submissions import DEFAULT_START, share_out
from khoyte.nonprod.generator.world import first_facilities
from khoyte.nonprod.tests.generator.reading import read_file
from khoyte.standards.resolve import standard_on


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        generate_submissions(120, 5, tmp_path / name, facilities=3, days=2, defects=20)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_another_seed_gives_other_visits_under_other_keys(tmp_path):
    links = []
    for seed in (5, 6):
        report = generate_submissions(60, seed, tmp_path / str(seed))
        links.append({row["XML1"][0]["MA_LK"] for file in report.files for row in read_file(file).dossiers})
    assert not links[0] & links[1]


def test_one_file_per_facility_and_day(tmp_path):
    report = generate_submissions(90, 1, tmp_path, facilities=2, start_date=date(2026, 11, 5), days=2)
    assert [path.name for path in report.files] == [
        "99001_20261105_01.xml", "99001_20261106_01.xml", "99002_20261105_01.xml", "99002_20261106_01.xml",
    ]  # fmt: skip
    assert report.visits == 90
    assert report.bytes == sum(path.stat().st_size for path in report.files)


def test_envelope_tells_facility_day_and_number(tmp_path):
    report = generate_submissions(40, 1, tmp_path, facilities=["99003"], start_date=date(2026, 11, 5))
    file = read_file(report.files[0])
    assert (file.facility, file.made_on, file.declared, len(file.dossiers)) == ("99003", "20261105", 40, 40)
    assert [d["XML1"][0]["STT"] for d in file.dossiers] == [str(place) for place in range(1, 41)]
    assert {d["XML1"][0]["MA_CSKCB"] for d in file.dossiers} == {"99003"}


def test_care_ends_on_the_day_of_the_file(tmp_path):
    report = generate_submissions(100, 2, tmp_path, facilities=3, start_date=date(2026, 11, 5), days=2)
    for path in report.files:
        file = read_file(path)
        assert {d["XML1"][0]["NGAY_RA"][:8] for d in file.dossiers} == {file.made_on}


@settings(max_examples=60)
@given(visits=st.integers(1, 5000), facilities=st.integers(1, 45), days=st.integers(1, 70))
def test_visits_are_shared_out_to_the_last_one(visits, facilities, days):
    tasks = share_out(visits, first_facilities(facilities), DEFAULT_START, days)
    assert sum(task.visits for task in tasks) == visits
    assert all(task.visits > 0 for task in tasks)
    assert len({(task.facility.code, task.day) for task in tasks}) == len(tasks)


def test_hospitals_have_more_visits_than_stations():
    tasks = share_out(1000, first_facilities(3), DEFAULT_START, 1)
    assert [task.visits for task in tasks] == sorted((task.visits for task in tasks), reverse=True)


def test_answers_of_an_earlier_run_do_not_stay(tmp_path):
    generate_submissions(10, 1, tmp_path, defects=2)
    assert (tmp_path / "defects.json").exists()
    generate_submissions(10, 1, tmp_path)
    assert not (tmp_path / "defects.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"visits": 0}, "at least one visit"),
        ({"visits": 5, "days": 0}, "at least one day"),
        ({"visits": 5, "defects": 6}, "between 0 and 5 defects"),
        ({"visits": 5, "facilities": 46}, "between 1 and 45"),
        ({"visits": 5, "facilities": ["01001"]}, "no such demonstration facility: 01001"),
        ({"visits": 5, "facilities": []}, "none given"),
    ],
)
def test_what_cannot_be_met_is_said_before_anything_is_written(tmp_path, arguments, words):
    with pytest.raises(ValueError, match=words):
        generate_submissions(seed=1, out=tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_progress_counts_every_visit(tmp_path):
    steps = []
    generate_submissions(33, 1, tmp_path, facilities=2, progress=steps.append)
    assert sum(steps) == 33


def test_benchmark_visits_have_one_shape_and_about_33_kilobytes(tmp_path):
    paths = bench_visit_files(25, 10, tmp_path)
    dossiers = [dossier for path in paths for dossier in read_file(path).dossiers]
    shapes = {tuple((table, len(rows)) for table, rows in dossier.items()) for dossier in dossiers}
    assert shapes == {(("XML1", 1), ("XML2", 5), ("XML3", 8), ("XML4", 6), ("XML5", 3))}
    assert [read_file(path).declared for path in paths] == [10, 10, 5]
    assert 31_000 < sum(path.stat().st_size for path in paths) / 25 < 35_000


def test_benchmark_keys_are_used_once_over_all_files(tmp_path):
    paths = bench_visit_files(30, 1, tmp_path)
    links = [read_file(path).dossiers[0]["XML1"][0]["MA_LK"] for path in paths]
    assert len(set(links)) == len(paths) == 30


def test_checkins_are_of_the_visits_that_are_sent(tmp_path):
    arguments = {"facilities": 2, "start_date": date(2026, 11, 5), "days": 2}
    report = generate_submissions(80, 7, tmp_path / "claims", **arguments)
    summaries = {
        dossier["XML1"][0]["MA_LK"]: dossier["XML1"][0]
        for path in report.files
        for dossier in read_file(path).dossiers
    }
    layout = [field.name for field in standard_on(date(2026, 11, 5)).tables["CHECKIN"].fields]
    seen = set()
    for path in generate_checkins(80, 7, tmp_path / "checkins", **arguments):
        root = etree.fromstring(path.read_bytes())
        assert [child.tag for child in root] == ["DSACH_TRANG_THAI_KCB", "CHUKYDONVI"]
        for row in root.iter("TRANG_THAI_KCB"):
            values = {field.tag: field.text or "" for field in row}
            assert list(values) == layout
            summary = summaries[values["MA_LK"]]
            assert summary["MA_DOITUONG_KCB"] != "2"
            assert all(values[name] == summary[name] for name in ("HO_TEN", "NGAY_VAO", "MA_THE_BHYT"))
            assert bool(values["MA_DICH_VU"]) != bool(values["MA_THUOC"])
            seen.add(values["MA_LK"])
    assert len(seen) == sum(summary["MA_DOITUONG_KCB"] != "2" for summary in summaries.values())


def test_a_share_of_the_checkins(tmp_path):
    whole = generate_checkins(60, 7, tmp_path / "all")
    part = generate_checkins(60, 7, tmp_path / "half", share=0.5)
    size = [sum(path.read_text().count("<MA_LK>") for path in paths) for paths in (whole, part)]
    assert 0 < size[1] < size[0]
