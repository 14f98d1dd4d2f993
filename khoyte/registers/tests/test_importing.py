import datetime
import io

import openpyxl
import pytest

from khoyte.registers.known import register
from khoyte.registers.models import Key, Version
from khoyte.registers.template import HEADING_LINE, template
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PHARMACY,
    PROVINCE,
    STRANGER,
    Machine,
    csv_of,
    made,
    person,
    workbook,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
DRY = "?dry_run=true"


def people(count: int, **more: str) -> list[dict[str, str]]:
    return [person(number, **more) for number in range(1, count + 1)]


def test_a_dry_run_counts_every_row_once_and_stores_nothing() -> None:
    rows = people(6)
    rows[1]["sex"] = "con trai"
    rows[2]["personal_number"] = "12345"
    rows[2]["licence_date"] = "31/02/2024"
    rows.append(dict(rows[0]))
    document = Machine(OWN).send("practitioners", csv_of(rows), DRY).json()
    counts = ("rows", "good", "bad", "duplicate", "stored")
    assert [document[name] for name in counts] == [7, 4, 2, 1, 0]
    places = [(error["row"], error["cell"], error["cause"]) for error in document["errors"]]
    assert sorted(places) == [
        (3, "D3", "unknown_code:sex"),
        (4, "B4", "not_12_digits:personal_number"),
        (4, "H4", "not_a_date:licence_date"),
    ]
    assert {cause["cause"]: cause["rows"] for cause in document["causes"]} == {
        "unknown_code:sex": 1,
        "not_12_digits:personal_number": 1,
        "not_a_date:licence_date": 1,
    }
    assert all(cause["fix"] for cause in document["causes"])
    assert "12345" not in str(document["errors"])  # a number of a person is never shown
    assert register("practitioners").model.objects.count() == 0
    assert Key.objects.count() == 0


def test_one_bad_row_keeps_all_from_being_stored() -> None:
    rows = people(3)
    rows[1]["title"] = "thầy lang"
    answer = Machine(OWN).send("practitioners", csv_of(rows))
    assert answer.status_code == 422
    assert (answer.json()["bad"], answer.json()["stored"]) == (1, 0)
    assert "chưa lưu" in answer.json()["title"]
    assert register("practitioners").model.objects.count() == 0


def test_the_same_file_again_has_no_second_effect_and_a_changed_line_is_a_version() -> None:
    machine = Machine(OWN)
    rows = people(3)
    first = machine.send("practitioners", csv_of(rows)).json()
    assert (first["good"], first["stored"]) == (3, 3)
    again = machine.send("practitioners", csv_of(rows)).json()
    assert (again["good"], again["duplicate"], again["stored"]) == (0, 3, 0)
    rows[0]["phone"] = "0912345678"
    changed = machine.send("practitioners", csv_of(rows)).json()
    assert (changed["good"], changed["duplicate"], changed["changed"]) == (1, 2, 1)
    assert Version.objects.count() == 4
    listed = machine.get("/practitioners/records").json()["records"]
    assert {row["state"] for row in listed} == {"draft"}
    assert {row["facility"] for row in listed} == {OWN}


def test_a_facility_may_not_bring_in_lines_of_another() -> None:
    rows = people(2)
    rows[1]["facility"] = NEIGHBOUR
    document = Machine(OWN).send("practitioners", csv_of(rows), DRY).json()
    assert (document["good"], document["bad"]) == (1, 1)
    assert document["causes"][0]["cause"] == "not_yours:facility"
    assert Machine(PROVINCE).send("practitioners", csv_of(rows), DRY).json()["good"] == 2
    rows[1]["facility"] = STRANGER
    assert Machine(PROVINCE).send("practitioners", csv_of(rows), DRY).json()["bad"] == 1


def test_a_licence_that_another_facility_holds_is_found_before_anything_is_stored() -> None:
    made("practitioners", person(1, facility=STRANGER))
    rows = [person(1, personal_number="999085000777")]
    document = Machine(OWN).send("practitioners", csv_of(rows), DRY).json()
    assert (document["bad"], document["causes"][0]["cause"]) == (1, "taken:licence_number")


def test_what_excel_does_to_numbers_is_a_finding_and_put_right_only_when_accepted() -> None:
    rows = people(4)
    for row in rows:
        del row["facility"]
    rows[0]["personal_number"] = "85012345678"  # was 085...
    rows[1]["personal_number"] = "1.08E+10"
    rows[2]["personal_number"] = "1,99085012345E+11"
    rows[3]["licence_date"] = "45444"
    machine = Machine(OWN)
    document = machine.send("practitioners", csv_of(rows), DRY).json()
    assert {cause["cause"]: cause["repairable"] for cause in document["causes"]} == {
        "lost_zeros:personal_number": True,
        "scientific_lost:personal_number": False,
        "scientific:personal_number": True,
        "excel_serial:licence_date": True,
    }
    assert (document["good"], document["bad"]) == (0, 4)
    rows[1]["personal_number"] = "999085000002"
    accept = "?accept=lost_zeros,scientific,excel_serial"
    assert machine.send("practitioners", csv_of(rows), accept).json()["stored"] == 4
    found = {row["personal_number"]: row for row in machine.get("/practitioners/records").json()["records"]}
    assert {"085012345678", "199085012345"} <= set(found)
    assert found["999085000004"]["licence_date"] == "2024-06-01"


def test_titles_headings_in_two_lines_blanks_and_totals_are_no_rows() -> None:
    cells = [
        ["SỞ Y TẾ TỈNH BÌNH AN"],
        ["Danh sách người hành nghề"],
        [],
        [
            "STT",
            "Họ và tên",
            "Số CCCD",
            "Năm sinh",
            "Giới tính",
            "Chức danh",
            "Giấy phép hành nghề",
            None,
            None,
        ],
        [None, None, None, None, None, None, "Số", "Ngày cấp", "Nơi cấp"],
        [
            1,
            "Lê Thị Hoa",
            "999190000001",
            1990,
            "Nữ",
            "Điều dưỡng",
            "000901/DEMO-GPHN",
            datetime.date(2024, 5, 6),
            "Sở",
        ],
        [],
        [2, "Lê Văn Tư", "999090000002", "3/1990", "Nam", "Bác sĩ", "000902/DEMO-GPHN", "06/05/2024", "Sở"],
        ["Tổng cộng", "2 người"],
    ]
    machine = Machine(OWN)
    document = machine.send("practitioners", workbook(cells)).json()
    assert (document["rows"], document["good"], document["stored"]) == (2, 2, 2), document
    found = {row["full_name"]: row for row in machine.get("/practitioners/records").json()["records"]}
    assert found["Lê Thị Hoa"]["birth_date"] == "1990"
    assert found["Lê Văn Tư"]["birth_date"] == "1990-03"
    assert found["Lê Văn Tư"]["title"] == "BS"
    assert {row["licence_date"] for row in found.values()} == {"2024-05-06"}


HEADINGS = [
    "Họ và tên", "Số CCCD", "Năm sinh", "Giới tính", "Chức danh", "Số giấy phép hành nghề",
    "Ngày cấp giấy phép hành nghề", "Nơi cấp giấy phép hành nghề",
]  # fmt: skip
LINE = [
    "Lê Thị Hoa", "999190000001", 1990, "Nữ", "Điều dưỡng", "000901/DEMO-GPHN", "06/05/2024", "Sở",
]  # fmt: skip


def test_words_over_groups_of_columns_hide_neither_those_below_nor_those_that_stand_alone() -> None:
    cells = [
        ["STT", "Họ và tên", "Thông tin định danh", None, None, "Chức danh", "Giấy tờ", None, None],
        [None, None, *HEADINGS[1:4], None, *HEADINGS[5:]],
        [1, *LINE],
    ]
    document = Machine(OWN).send("practitioners", workbook(cells)).json()
    assert (document["good"], document["stored"], document["errors"]) == (1, 1, []), document


def book_of(sheets: dict[str, list[list[object]]]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(written)
    return written.getvalue()


def test_a_column_that_is_not_there_is_said_once_and_not_as_empty_cells() -> None:
    without = [line[:2] + line[3:] for line in (HEADINGS, LINE)]
    document = Machine(OWN).send("practitioners", workbook(without), DRY).json()
    (cause,) = document["causes"]
    assert (cause["cause"], cause["message"]) == ("missing:birth_date", "Tệp không có cột “Ngày sinh”.")
    assert "ghép một cột" in cause["fix"]
    empty = Machine(OWN).send("practitioners", workbook([HEADINGS, [*LINE[:2], None, *LINE[3:]]]), DRY).json()
    assert empty["causes"][0]["message"] == "Ngày sinh chưa có giá trị."


COVER = {"Bìa": [["SỞ Y TẾ TỈNH BÌNH AN"], ["Danh sách kèm Công văn số 12"]]}
OTHER_WORDS = {"Danh mục khoa": [["Mã", "Khoa", "Tầng", "Ghi chú"], ["K01", "Nội", "một", "mới"]]}


def test_a_table_behind_a_cover_or_another_table_is_found_and_its_sheet_told() -> None:
    for before in (COVER, OTHER_WORDS, {**COVER, **OTHER_WORDS, "Trống": []}):
        data = book_of({**before, "DS người hành nghề": [HEADINGS, LINE]})
        document = Machine(OWN).send("practitioners", data, DRY).json()
        assert (document["rows"], document["good"], document["sheet"]) == (1, 1, "DS người hành nghề")


def test_of_two_sheets_alike_the_first_is_read_and_of_none_the_first_is_told() -> None:
    second = [*LINE[:1], "999190000002", *LINE[2:5], "000902/DEMO-GPHN", *LINE[6:]]
    data = book_of({"Quý 1": [HEADINGS, LINE], "Quý 2": [HEADINGS, LINE, second]})
    document = Machine(OWN).send("practitioners", data, DRY).json()
    assert (document["rows"], document["sheet"]) == (1, None)
    nothing = Machine(OWN).send("practitioners", book_of(COVER), DRY)
    assert nothing.status_code == 422
    assert "Không tìm thấy dòng tiêu đề cột" in nothing.json()["title"]


def test_rows_and_cells_are_those_of_the_sheet() -> None:
    cells = [["Danh sách"], [], ["Tên cơ sở", "Loại hình", "Số giấy chứng nhận", "Mã tỉnh, thành phố"]]
    cells += [[f"Nhà thuốc {n}", "Nhà thuốc", f"{n}/ĐKKDD", "97"] for n in range(5)]
    cells[6][2] = ""
    document = Machine(PROVINCE).send("pharmacies", workbook(cells), DRY).json()
    assert [(e["row"], e["cell"], e["column"]) for e in document["errors"]] == [
        (7, "C7", "Số giấy chứng nhận đủ điều kiện kinh doanh dược")
    ]


def test_the_template_filled_in_is_imported() -> None:
    import io

    declaration = register("pharmacies").declaration
    book = openpyxl.load_workbook(io.BytesIO(template(declaration)))
    sheet = book["Dữ liệu"]
    headings = [cell.value.rstrip(" *") for cell in sheet[HEADING_LINE]]
    labels = {field.label.vi: field for field in declaration.fields}
    assert list(labels) == headings
    assert {next(iter(rule.sqref.ranges)).min_col for rule in sheet.data_validations.dataValidation} >= {2, 3}
    for place, heading in enumerate(headings, start=1):
        value = PHARMACY.get(labels[heading].name)
        sheet.cell(HEADING_LINE + 1, place, "Nhà thuốc" if value == "nha_thuoc" else value)
    written = io.BytesIO()
    book.save(written)
    document = Machine(PROVINCE).send("pharmacies", written.getvalue()).json()
    assert (document["rows"], document["stored"]) == (1, 1), document


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"a,b\n1,2\n", 422),
        (b"\x00\x01\x02", 422),
        (b"PK\x03\x04 broken", 422),
        ("họ tên".encode("utf-16-le") + b"\xff", 422),
    ],
)
def test_what_is_no_table_of_the_register_is_refused_whole(data: bytes, status: int) -> None:
    answer = Machine(OWN).send("practitioners", data, DRY)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_a_thousand_rows_over_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khoyte.registers.reading.PIECE", 100)
    monkeypatch.setattr("khoyte.registers.importing.ROWS_AT_ONCE", 70)
    rows = people(1000)
    rows[950] = dict(rows[10])
    document = Machine(OWN).send("practitioners", csv_of(rows)).json()
    assert (document["rows"], document["stored"], document["duplicate"]) == (1000, 999, 1)
    rows[500]["sex"] = "?"
    document = Machine(OWN).send("practitioners", csv_of(rows)).json()
    assert (document["bad"], document["stored"], document["errors"][0]["row"]) == (1, 0, 502)
