"""Files with headings of their own: what columns seem to mean, what a unit said of them, used again."""

import io
import re

import openpyxl
import pytest
from django.test import Client

from khoyte.registers import mapping
from khoyte.registers.known import register
from khoyte.registers.models import ColumnMapping
from khoyte.registers.reading import Headings
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, Machine, officer, workbook
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
PAGE = "/so-dang-ky/practitioners/nhap"
# As a province kept its people before there was a system: words of its own, two lines of headings.
OWN_HEADINGS = ["TT", "Họ, tên NHN", "Mã ĐD", "Sinh", "GT", "Loại", "Giấy tờ", "", ""]
SECOND_LINE = ["", "", "", "", "", "", "Ký hiệu", "Cấp hôm", "CQ"]
PEOPLE = [
    [1, "Lê Thị Hoa", "999190000001", "12/3/1990", "Nữ", "Bs", "000901/DEMO-GPHN", "06/05/2024", "Sở Y tế"],
    [2, "Lê Văn Tư", "999090000002", "1990", "nam giới", "BSCKII", "000902/DEMO-GPHN", "6/5/2024", "Sở Y tế"],
]
MEANING = {
    "cot-1": "full_name",
    "cot-2": "personal_number",
    "cot-3": "birth_date",
    "cot-4": "sex",
    "cot-5": "title",
    "cot-6": "licence_number",
    "cot-7": "licence_date",
    "cot-8": "licence_issuer",
}


def sheet() -> bytes:
    return workbook([["DANH SÁCH NHÂN LỰC"], [], OWN_HEADINGS, SECOND_LINE, *PEOPLE])


def send(client: Client, data: bytes, **more: str):
    file = io.BytesIO(data)
    file.name = "nhan-luc.xlsx"
    return client.post(PAGE, {"tep": file, "viec": "thu"} | more)


def headings_asked(page: str) -> list[str]:
    return re.findall(r'name="tieu-de" value="([^"]*)"', page)


def chosen_in(page: str, name: str) -> str:
    select = re.search(rf'name="{name}".*?</select>', page, re.DOTALL)
    assert select, name
    found = re.search(r'value="(\w+)"\s+selected', select[0])
    return found[1] if found else ""


def test_a_table_of_unknown_words_is_explained_once_and_read_by_itself_the_next_time() -> None:
    clerk = browser(OWN, "facility")
    # Given a file none of whose headings is known, the page asks what its columns mean,
    answer = send(clerk, sheet())
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Ghép từng cột" in page
    headings = headings_asked(page)
    assert headings == ["TT", "Họ, tên NHN", "Mã ĐD", "Sinh", "GT", "Loại", "Giấy tờ Ký hiệu",
                        "Giấy tờ Cấp hôm", "Giấy tờ CQ"]  # fmt: skip
    # having seen by itself what the shape of the values tells.
    assert chosen_in(page, "cot-2") == "personal_number"
    # When the clerk has said it, with one writing that no list knows,
    said = {"tieu-de": headings, **MEANING}
    kept = clerk.post(f"{PAGE}/ghep-cot", said)
    assert kept["Location"] == f"{PAGE}?da-ghep=1"
    page = text_of(send(clerk, sheet()))
    assert "Đã dùng lại cách ghép cột do facility-97001" in page
    assert "“BSCKII”" in page
    assert "“nam giới”" in page
    assert "“Bs”" not in page  # understood without being told
    values = {
        "gt-truong": ["title", "sex"],
        "gt-viet": ["BSCKII", "nam giới"],
        "gt-ma": ["BS", "1"],
    }
    clerk.post(f"{PAGE}/ghep-cot", said | values)
    # then the same headings are read without a question, and stored as said.
    page = text_of(send(clerk, sheet()))
    assert "(bản 2)" in page
    assert "Xem trước các dòng đầu" in page
    assert "999190000001" not in page
    stored = text_of(send(clerk, sheet(), viec="nhap"))
    assert "Đã lưu 2 hồ sơ" in stored
    found = {one.full_name: one for one in register("practitioners").model.objects.all()}
    assert (found["Lê Văn Tư"].title, found["Lê Văn Tư"].sex, found["Lê Văn Tư"].birth_date) == (
        "BS",
        "1",
        "1990",
    )
    assert found["Lê Thị Hoa"].birth_date == "1990-03-12"
    assert found["Lê Thị Hoa"].licence_date.isoformat() == "2024-05-06"


def kept_by(unit: str, role: str = "facility", **more: str) -> ColumnMapping:
    actor = officer(unit, role)
    with speaking_as(actor):
        return mapping.keep(
            register=register("practitioners"),
            headings=["A", "B", "C", "D"],
            columns={"full_name": 0, "personal_number": 1, "title": 2} | dict.fromkeys(more, 3),
            values={},
            by=actor,
        )


def test_what_one_unit_said_is_used_for_no_other() -> None:
    kept_by(OWN)
    for unit, role, count in ((OWN, "facility", 1), (NEIGHBOUR, "facility", 0), (PROVINCE, "province", 0)):
        actor = officer(unit, role, name="x")
        with speaking_as(actor):
            assert len(mapping.remembered("practitioners", actor)) == count, unit
            assert not mapping.remembered("facilities", actor)


def test_versions_are_kept_the_newest_counts_and_may_be_forgotten() -> None:
    clerk = browser(OWN, "facility")
    kept_by(OWN)
    kept_by(OWN, phone="")
    actor = officer(OWN, "facility")
    with speaking_as(actor):
        (said,) = mapping.remembered("practitioners", actor).values()
    assert (said.number, said.columns["phone"]) == (2, 3)
    page = text_of(clerk.get(f"{PAGE}/ghep-cot"))
    assert "4 cột, bản 2" in page
    forgotten = clerk.post(f"{PAGE}/ghep-cot", {"tieu-de": ["A", "B", "C", "D"]})
    assert forgotten["Location"] == f"{PAGE}/ghep-cot"
    with speaking_as(actor):
        assert mapping.remembered("practitioners", actor) == {}
    assert [row.number for row in ColumnMapping.objects.order_by("number")] == [1, 2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cot-0": "full_name", "cot-1": "full_name"},
        {"cot-0": "no_such_field"},
        {"cot-0": "title", "gt-truong": "title", "gt-viet": "Bs", "gt-ma": "GENERAL"},
        {"cot-0": "title", "gt-truong": "no_such_field", "gt-viet": "Bs", "gt-ma": "BS"},
        {"tieu-de": []},
    ],
    ids=["twice", "no-property", "no-code", "no-property-of-value", "no-headings"],
)
def test_what_is_no_meaning_is_refused_and_nothing_kept(wrong: dict[str, str]) -> None:
    answer = browser(OWN, "facility").post(f"{PAGE}/ghep-cot", {"tieu-de": ["A", "B"]} | wrong)
    assert answer.status_code == 422
    assert not ColumnMapping.objects.exists()


def test_a_machine_of_the_unit_reads_by_what_its_officers_said() -> None:
    clerk = browser(OWN, "facility")
    rows = [["Ai", "Ký hiệu", "Cấp cho ai", "Nơi"], ["Lê Thị Hoa", "1/X", "999190000001", "Sở Y tế"]]
    clerk.post(
        f"{PAGE}/ghep-cot",
        {
            "tieu-de": rows[0],
            "cot-0": "full_name",
            "cot-1": "licence_number",
            "cot-2": "personal_number",
            "cot-3": "licence_issuer",
        },
    )
    document = Machine(OWN).send("practitioners", workbook(rows), "?dry_run=true").json()
    assert (document["rows"], document["mapping"]) == (1, 1)
    assert document["errors"][0]["row"] == 2
    assert Machine(NEIGHBOUR).send("practitioners", workbook(rows), "?dry_run=true").status_code == 422


def test_suggestions_need_the_words_or_the_values() -> None:
    declaration = register("practitioners").declaration
    headings = Headings(
        1,
        {},
        (),
        (
            "Họ tên người hành nghề",
            "Căn cước CD số",
            "Ngày tháng năm cấp GPHN",
            "Ghi chú nội bộ",
            "Chức danh CM",
        ),
        (
            ("Lê Thị Hoa", "999190000001", "01/02/2024", "đã nghỉ", "Bác sỹ"),
            ("Lê Văn Tư", "999090000002", "01/03/2024", "", "Y sỹ"),
        ),
    )
    assert mapping.suggest(declaration, headings) == {
        0: "full_name",
        1: "personal_number",
        2: "licence_date",
        4: "title",
    }


def test_a_value_merged_over_several_lines_counts_for_each_of_them() -> None:
    book = openpyxl.Workbook()
    cells = [
        ["Tên cơ sở", "Loại hình", "Số giấy chứng nhận", "Ngày cấp giấy chứng nhận", "Mã tỉnh"],
        ["Nhà thuốc A", "Nhà thuốc", "1/ĐKKDD", "01/02/2024", "97"],
        ["Nhà thuốc B", None, "2/ĐKKDD", "01/02/2024", None],
        ["Nhà thuốc C", None, "3/ĐKKDD", "01/02/2024", None],
        [None, None, None, None, None],
        ["Nhà thuốc D", None, "4/ĐKKDD", "01/02/2024", "97"],
    ]
    for row in cells:
        book.active.append(row)
    book.active.merge_cells("B2:B5")
    book.active.merge_cells("E2:E4")
    written = io.BytesIO()
    book.save(written)
    document = Machine(PROVINCE).send("pharmacies", written.getvalue(), "?dry_run=true").json()
    assert (document["rows"], document["bad"]) == (4, 1)
    assert {error["row"] for error in document["errors"]} == {6}  # D lies below the merged cells


def test_a_table_may_begin_anywhere_in_the_sheet() -> None:
    cells = [[], [], [None, None, "Tên cơ sở", "Loại hình", "Số giấy chứng nhận", "Mã tỉnh, thành phố"]]
    cells += [[None, None, "Nhà thuốc A", "Nhà thuốc", "", "97"]]
    document = Machine(PROVINCE).send("pharmacies", workbook(cells), "?dry_run=true").json()
    assert [error["cell"] for error in document["errors"]][:1] == ["E4"]


def test_a_province_code_that_lost_its_zero_is_a_finding_to_confirm() -> None:
    cells = [
        ["Tên cơ sở", "Loại hình", "Số giấy chứng nhận", "Mã tỉnh, thành phố"],
        ["A", "Nhà thuốc", "1", 7],
    ]
    document = Machine(PROVINCE).send("pharmacies", workbook(cells), "?dry_run=true").json()
    causes = {cause["cause"]: cause["repairable"] for cause in document["causes"]}
    assert causes["lost_zeros:province"] is True
