"""Files for a system that takes files, what it sends back, and what goes out again."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.test import Client

from khoyte.audit.models import AuditEntry
from khoyte.foundation.home import home
from khoyte.notices.models import Notice
from khoyte.registers import actions, exporting, layouts, rejections
from khoyte.registers.known import register
from khoyte.registers.models import Export, ExportLine, Record, Rejection
from khoyte.registers.reading import Source
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, SYSTEM, made, officer, person, workbook
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
LIST = "/so-dang-ky/practitioners"
LAYOUT = "he-thong-quoc-gia"


def people(*numbers: int, **more: str) -> list[Record]:
    return [made("practitioners", person(number, **more), confirmed=True) for number in numbers]


def corrected(record: Record, **patch: str) -> None:
    """A correction that has gone up the whole ladder."""
    found = register("practitioners")
    with speaking_as(SYSTEM):
        changed = actions.change(register=found, id=record.pk, patch=patch, by=SYSTEM, source="form")
        actions.confirm_at_once(register=found, record=changed, by=SYSTEM)


def export(client: Client, chosen: str = "changed") -> Export:
    answer = client.post(f"{LIST}/xuat", {"mau": LAYOUT, "chon": chosen})
    assert answer.status_code == 302, text_of(answer)
    return Export.objects.get(pk=answer["Location"].rpartition("/")[2])


def cells(client: Client, one: Export) -> list[tuple]:
    answer = client.get(f"{LIST}/xuat/{one.pk}/tep.xlsx")
    assert answer.status_code == 200
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))


def came_back(client: Client, one: Export, rows: list[list[object]]):
    file = io.BytesIO(workbook(rows))
    file.name = "ket-qua.xlsx"
    return client.post(f"{LIST}/xuat/{one.pk}", {"tep": file})


def test_what_goes_out_comes_back_is_corrected_and_goes_out_again_alone() -> None:
    clerk = browser(OWN, "facility")
    first, second, third = people(1, 2, 3)
    made("practitioners", person(4))  # not confirmed: stays at home
    people(5, facility=NEIGHBOUR)
    # Given a file of what the facility has confirmed,
    sent = export(clerk)
    rows = cells(clerk, sent)
    assert rows[0][0] == "DANH SÁCH NGƯỜI HÀNH NGHỀ"
    assert rows[2][:5] == ("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số định danh cá nhân")
    by_number = {row[4]: row for row in rows[3:]}
    assert set(by_number) == {f"999085{n:06d}" for n in (1, 2, 3)}
    assert by_number["999085000001"][1:6] == (
        "Trần Văn B1", "02/04/1985", "Nam", "999085000001", "Bác sỹ",
    )  # fmt: skip
    # when two of its rows are sent back, by number and heading, letters, or the row as a whole,
    place = {row[4]: number for number, row in enumerate(rows, start=1) if number > 3}
    answer = came_back(
        clerk,
        sent,
        [
            ["Kết quả xử lý tệp"],
            ["Dòng", "Tên cột", "Lý do từ chối"],
            [place["999085000001"], "Ngày cấp", "Chưa khớp giấy phép"],
            [f"Dòng {place['999085000001']}", "N", "Thiếu phạm vi"],
            [place["999085000002"], "", "Trùng với hồ sơ khác"],
        ],
    )
    assert answer.status_code == 200
    assert "3 lý do mới" in text_of(answer)
    # then each reason stands at its record and field, and the facility hears of it once.
    told = {(row.record, row.field, row.reason) for row in Rejection.objects.all()}
    assert told == {
        (first.pk, "licence_date", "Chưa khớp giấy phép"),
        (first.pk, "scope", "Thiếu phạm vi"),
        (second.pk, "", "Trùng với hồ sơ khác"),
    }
    assert "Ngày cấp giấy phép hành nghề: Chưa khớp giấy phép" in text_of(clerk.get(f"{LIST}/{first.pk}"))
    (notice,) = Notice.objects.filter(kind="file_rejected")
    assert (notice.unit, notice.facts["records"]) == (OWN, 2)
    assert "999085" not in str(notice.facts)
    listed = text_of(clerk.get(f"{LIST}/bi-tra-lai"))
    assert listed.count("Chờ sửa") == 3
    # And once one of them is corrected and confirmed, it alone goes out again.
    assert clerk.post(f"{LIST}/xuat", {"mau": LAYOUT, "chon": "corrected"}).status_code == 409
    corrected(first, scope="Nội khoa")
    again = export(clerk, "corrected")
    assert [row[4] for row in cells(clerk, again)[3:]] == ["999085000001"]
    assert set(Rejection.objects.filter(sent_again=again.pk).values_list("record", flat=True)) == {first.pk}
    assert "Chưa khớp" not in text_of(clerk.get(f"{LIST}/{first.pk}"))
    assert "Trùng với hồ sơ khác" in text_of(clerk.get(f"{LIST}/bi-tra-lai"))
    assert clerk.post(f"{LIST}/xuat", {"mau": LAYOUT, "chon": "changed"}).status_code == 409
    assert third.pk not in set(Rejection.objects.values_list("record", flat=True))


def test_the_same_result_again_has_no_second_effect() -> None:
    clerk = browser(OWN, "facility")
    people(1)
    sent = export(clerk)
    rows = [["Dòng", "Cột", "Lý do"], [4, "Họ và tên", "Sai chính tả"], [4, "Họ và tên", "Sai chính tả"]]
    for _ in range(2):
        assert came_back(clerk, sent, rows).status_code == 200
    assert Rejection.objects.count() == 1
    assert Notice.objects.filter(kind="file_rejected").count() == 1
    came_back(clerk, sent, [*rows, [4, "Giới tính", "Khác thẻ căn cước"]])
    assert Rejection.objects.count() == 2


def test_a_line_that_is_not_of_this_file_keeps_all_from_being_stored() -> None:
    clerk = browser(OWN, "facility")
    people(1)
    sent = export(clerk)
    answer = came_back(clerk, sent, [["Dòng", "Lý do"], [4, "Thiếu"], [5, "Thiếu"], ["không rõ", "Thiếu"]])
    assert answer.status_code == 422
    page = text_of(answer)
    assert "2 dòng của tệp kết quả không khớp" in page
    assert "Dòng 3: Không có dòng 5 trong tệp đã xuất." in page
    assert not Rejection.objects.exists()
    assert came_back(clerk, sent, [["Dòng", "Cột"], [4, "Họ tên"]]).status_code == 422


def test_the_file_given_back_with_reasons_is_read_by_the_key_whatever_its_order() -> None:
    clerk = browser(OWN, "facility")
    first, second = people(1, 2)
    sent = export(clerk)
    _, _, headings, *rows = cells(clerk, sent)
    back = [["DANH SÁCH"], [*headings, "Kết quả"]]
    back += [[*row, "Đạt" if row[4].endswith("1") else "Số định danh không khớp"] for row in reversed(rows)]
    assert came_back(clerk, sent, back).status_code == 200
    (one,) = Rejection.objects.all()
    assert (one.record, one.field, one.reason) == (second.pk, "", "Số định danh không khớp")
    assert first.pk != one.record


def test_a_province_exports_for_its_facilities_and_each_hears_of_its_own() -> None:
    office = browser(PROVINCE, "province")
    browser(OWN, "facility")
    people(1)
    people(2, facility=NEIGHBOUR)
    sent = export(office)
    lines = {line.facility: line.row for line in ExportLine.objects.filter(export=sent.pk)}
    came_back(office, sent, [["Dòng", "Lý do"], [lines[NEIGHBOUR], "Thiếu văn bằng"]])
    assert set(Notice.objects.filter(kind="file_rejected").values_list("unit", flat=True)) == {NEIGHBOUR}
    neighbour = browser(NEIGHBOUR, "facility")
    assert "Thiếu văn bằng" in text_of(neighbour.get(f"{LIST}/bi-tra-lai"))
    # Another unit's file is as if it were not there, and asking for it is written down.
    for address in (f"{LIST}/xuat/{sent.pk}", f"{LIST}/xuat/{sent.pk}/tep.xlsx"):
        assert neighbour.get(address).status_code == 404
    assert AuditEntry.objects.filter(action="register.not_found", subject_id=str(sent.pk)).exists()


def test_the_file_is_the_same_after_its_records_changed() -> None:
    clerk = browser(OWN, "facility")
    (first,) = people(1)
    sent = export(clerk)
    before = cells(clerk, sent)
    corrected(first, full_name="Trần Văn Bê")
    assert cells(clerk, sent) == before
    assert "Trần Văn Bê" in str(cells(clerk, export(clerk)))


def test_a_cell_never_runs_as_a_formula() -> None:
    clerk = browser(OWN, "facility")
    people(1, position="=HYPERLINK(1)")
    answer = clerk.get(f"{LIST}/xuat/{export(clerk).pk}/tep.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cell = next(one for row in sheet.iter_rows() for one in row if one.value == "=HYPERLINK(1)")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


OWN_LAYOUT = """
[[layout]]
name = "he-thong-quoc-gia"
register = "practitioners"
way = "out"
valid_from = 2026-01-15
label = { vi = "Biểu mẫu chính thức" }
sheet = "Sheet1"
heading_line = 1
dates = "yyyymmdd"
columns = [
    { heading = "MA_CHUC_DANH", field = "title", codes = { BS = "01" } },
    { heading = "NGAY_SINH", field = "birth_date" },
    { heading = "SO_DINH_DANH", field = "personal_number" },
    { heading = "GHI_CHU", field = "" },
]
[layout.rejections]
row = ["Row"]
reason = ["Error"]
"""


@pytest.fixture
def own_layout(db: None) -> Path:
    place = home() / "layouts.toml"
    place.write_text(OWN_LAYOUT, encoding="utf-8")
    yield place
    place.unlink()


def test_an_operator_corrects_a_layout_without_code(own_layout: Path) -> None:
    clerk = browser(OWN, "facility")
    people(1)
    page = text_of(clerk.get(f"{LIST}/xuat"))
    assert "Biểu mẫu chính thức" in page
    assert "giả định" not in page
    sent = export(clerk)
    assert cells(clerk, sent) == [
        ("MA_CHUC_DANH", "NGAY_SINH", "SO_DINH_DANH", "GHI_CHU"),
        ("01", "19850402", "999085000001", None),
    ]
    came_back(clerk, sent, [["Row", "Error"], [2, "Trùng"]])
    assert Rejection.objects.get().reason == "Trùng"
    # Before its day the assumed one counts.
    import datetime

    (before,) = layouts.layouts_of("practitioners", "out", datetime.date(2026, 1, 14))
    assert (before.assumed, before.own) == (True, False)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("valid_from = 2026-01-15", 'valid_from = "soon"'), "valid_from"),
        (('way = "out"', 'way = "away"'), "way"),
        (('dates = "yyyymmdd"', 'dates = "american"'), "dates"),
        (("[[layout]]", "[[layout"), "expected"),
        (('register = "practitioners"', ""), "register"),
        (('heading = "NGAY_SINH"', 'heading = "GHI_CHU"'), "columns"),
    ],
    ids=["day", "way", "dates", "toml", "missing", "twice"],
)
def test_a_wrong_layout_says_what_is_wrong_and_where(
    own_layout: Path, change: tuple[str, str], what: str
) -> None:
    own_layout.write_text(OWN_LAYOUT.replace(*change), encoding="utf-8")
    with pytest.raises(layouts.LayoutsUnreadable) as told:
        layouts.layouts()
    assert "layouts.toml" in told.value.text.vi
    assert what.lower() in told.value.text.vi.lower()


def test_every_declared_layout_names_properties_that_there_are() -> None:
    for one in layouts.layouts():
        if one.way == "compare":
            continue
        known = {*register(one.register).declaration.by_name, layouts.NUMBERING, ""}
        assert {column.field for column in one.columns} <= known, one.key
        assert one.assumed  # until somebody has the official file before them
        if one.way == "out":
            assert set(one.rejections) == {"row", "column", "reason"}


def test_the_old_certificates_export_is_known_without_being_explained() -> None:
    """Headings of another system's export count beside those of the declaration."""
    from khoyte.registers.reading import read

    headings, _ = read(
        register("practitioners").declaration,
        Source(
            "cchn.csv",
            "STT,Họ tên người được cấp,CMND/CCCD,Số chứng chỉ,Ngày ký,Đơn vị cấp,Phạm vi HĐCM\n".encode(),
        ),
    )
    assert headings.columns == {
        "full_name": 1, "personal_number": 2, "licence_number": 3, "licence_date": 4, "licence_issuer": 5,
        "scope": 6,
    }  # fmt: skip


def test_a_file_holds_at_most_so_many_rows_and_the_rest_goes_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "ROWS_OF_A_FILE", 2)
    people(1, 2, 3)
    actor = officer(OWN, "facility")
    (layout,) = layouts.layouts_of("practitioners", "out")
    with speaking_as(actor):
        first, second = (
            exporting.export(register=register("practitioners"), layout=layout, chosen="changed", by=actor)
            for _ in range(2)
        )
    assert (first.rows, second.rows) == (2, 1)


def test_reasons_are_cut_and_taken_rows_left_out() -> None:
    (layout,) = layouts.layouts_of("practitioners", "out")
    rows = [["Dòng", "Cột", "Lý do"], [4, "Cột lạ", "x" * 600], [5, "", "OK"], [6, "", ""]]
    told = list(rejections.read(register("practitioners"), layout, Source("x.xlsx", workbook(rows))))
    assert [(one.row, one.field, len(one.reason)) for one in told] == [(4, "", 500)]
    assert told[0].reason.startswith("Cột lạ: xxx")
