import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from khoyte.terminology import sheets
from khoyte.terminology.errors import CatalogueRefused
from khoyte.terminology.sheets import Row, column_letters, heading_key, read_rows


def saved(tmp_path, content, name="list.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "code,name\nA1,Đường uống\n",
        "code;name\r\nA1;Đường uống\r\n",
        "code\tname\nA1\tĐường uống\n",
        "\ufeffcode,name\n A1 ,Đường uống \n",
        'code,name\n"A1","Đường uống"\n',
    ],
)
def test_reads_csv_in_the_usual_dialects(tmp_path, content):
    assert read_rows(saved(tmp_path, content)) == [Row(1, ("code", "name")), Row(2, ("A1", "Đường uống"))]


def test_reads_utf_16_as_old_spreadsheets_save_it(tmp_path):
    path = saved(tmp_path, "code\tname\nA1\tĐường uống\n".encode("utf-16"))
    assert read_rows(path)[1] == Row(2, ("A1", "Đường uống"))


def test_blank_lines_are_left_out_but_counted(tmp_path):
    assert [row.number for row in read_rows(saved(tmp_path, "a,b\n,\n\n1,2\n"))] == [1, 4]


def test_decomposed_letters_are_composed(tmp_path):
    assert read_rows(saved(tmp_path, "Vie\u0302\u0323n"))[0].cells == ("Viện",)


def test_reads_the_first_sheet_of_a_workbook(tmp_path):
    book = Workbook()
    book.active.append(["Mã", "Tên", "Ngày", "Đúng"])
    book.active.append([101.0, "Uống", date(2026, 7, 1), True])
    book.create_sheet("khác").append(["x"])
    book.save(tmp_path / "list.xlsx")
    assert read_rows(tmp_path / "list.xlsx") == [
        Row(1, ("Mã", "Tên", "Ngày", "Đúng")),
        Row(2, ("101", "Uống", "2026-07-01", "1")),
    ]


def refusal(path):
    with pytest.raises(CatalogueRefused) as refused:
        read_rows(path)
    return refused.value.problems


def test_another_encoding_is_refused_with_its_line(tmp_path):
    problems = refusal(saved(tmp_path, b"code,name\nA1,x\nA2," + "Đá".encode("cp1258")))
    assert [problem.cell for problem in problems] == ["A3"]
    assert "UTF-8" in problems[0].text.vi


def test_letters_misread_before_are_refused_with_every_cell(tmp_path):
    misread = "Bệnh tả".encode().decode("cp1252", errors="replace")
    problems = refusal(saved(tmp_path, f"code,name\nA00,{misread}\nA01,Thương hàn\nA02,{misread}\n"))
    assert [problem.cell for problem in problems] == ["B2", "B4"]


@given(st.text(alphabet="aàáảãạăằắẳẵặâầấẩẫậđèéêìíòóôõơùúưýỳ ĂÂĐÊÔƠƯ", max_size=40))
@settings(max_examples=200)
def test_right_vietnamese_is_never_taken_for_misread(written):
    assert not any(pair in written for pair in sheets._MISREAD)


def test_broken_quoting_is_refused(tmp_path):
    assert refusal(saved(tmp_path, 'code,name\n"A1"x,y\n'))[0].cell == "A2"


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a zip", b"PK"])
def test_a_broken_workbook_is_refused(tmp_path, content):
    assert "XLSX" in refusal(saved(tmp_path, content, "list.xlsx"))[0].text.en


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        parts.writestr("a.txt", "x")
    assert "XLSX" in refusal(saved(tmp_path, packed.getvalue(), "list.xlsx"))[0].text.en


def test_limits_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert refusal(saved(tmp_path, "a\n" * 4))[0].cell == "A4"
    monkeypatch.setattr(sheets, "LARGEST_FILE_BYTES", 10)
    assert refusal(saved(tmp_path, "a" * 11))[0].cell == "A1"


def test_a_workbook_that_unpacks_too_large_is_refused(tmp_path, monkeypatch):
    Workbook().save(tmp_path / "list.xlsx")
    monkeypatch.setattr("khoyte.terminology.workbook_guard.LARGEST_UNPACKED_BYTES", 100)
    assert "large" in refusal(tmp_path / "list.xlsx")[0].text.en


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_noise_is_read_or_refused_but_never_breaks(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("noise") / "list.csv"
    path.write_bytes(noise)
    try:
        rows = read_rows(path)
    except CatalogueRefused:
        rows = []
    assert all(any(row.cells) for row in rows)


@pytest.mark.parametrize(("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_spreadsheets_do(column, letters):
    assert column_letters(column) == letters


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("Tên bệnh (VN)", "ten_benh_vn"),
        ("MÃ", "ma"),
        ("name_vi", "name_vi"),
        ("  ", ""),
        ("Đường dùng", "duong_dung"),
    ],
)
def test_headings_become_attribute_names(heading, key):
    assert heading_key(heading) == key
