"""`khoyte generate submissions` as a person types it."""

import json

from click.testing import CliRunner

from khoyte.nonprod.generator.commands import generate


def run(*arguments: str, **options):
    return CliRunner().invoke(generate, ["submissions", *arguments], **options)


def test_writes_files_and_says_so_in_vietnamese(tmp_path):
    result = run("--visits", "30", "--seed", "1", "--out", str(tmp_path))
    assert result.exit_code == 0
    assert "Đã ghi 30 hồ sơ vào 1 tệp" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["99001_20261102_01.xml"]


def test_says_so_in_english_when_asked(tmp_path):
    result = run("--visits", "3", "--seed", "1", "--out", str(tmp_path), obj={"lang": "en"})
    assert "Wrote 3 dossiers in 1 files" in result.stdout


def test_json_is_one_document(tmp_path):
    result = run(
        "--visits", "40", "--seed", "1", "--out", str(tmp_path), "--facilities", "2", "--from", "2026-03-02",
        "--days", "2", "--defects", "5", "--json",
    )  # fmt: skip
    document = json.loads(result.stdout)
    assert (document["visits"], document["defects"], len(document["files"])) == (40, 5, 4)
    assert len(json.loads((tmp_path / "defects.json").read_text(encoding="utf-8"))["defects"]) == 5


def test_more_defects_than_visits_is_wrong_usage(tmp_path):
    result = run("--visits", "3", "--seed", "1", "--out", str(tmp_path), "--defects", "4")
    assert result.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_too_many_facilities_is_wrong_usage(tmp_path):
    assert run("--visits", "3", "--seed", "1", "--out", str(tmp_path), "--facilities", "99").exit_code == 2


def test_a_run_without_defects_removes_no_and_writes_no_answer_file(tmp_path):
    run("--visits", "3", "--seed", "1", "--out", str(tmp_path))
    assert not (tmp_path / "defects.json").exists()
