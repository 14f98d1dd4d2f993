"""The cockpit by role: counts, who holds what, reminders once a day, papers, the ledger of inspections."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from khoyte.campaigns.models import InspectionEvent
from khoyte.foundation.calendar import today
from khoyte.notices.models import Notice
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, STRANGER, made, officer
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import make_account
from khoyte.units.tests.windows import Window

SAID = actions.Responsibility("Tôi cam đoan", "code")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def facility_row(code: str) -> dict[str, str]:
    return {"code": code, "name": f"Đơn vị {code}", "province": code[:2], "commune": "xã Suối Mơ"}


@pytest.fixture
def declared(country: None) -> None:
    """Of province 97 one waits for the province, the other has not begun; of 98 one is confirmed."""
    clerk = officer(OWN, "facility")
    record = made("facilities", facility_row(OWN), by=clerk)
    with speaking_as(clerk):
        actions.submit(register=register("facilities"), id=record.pk, by=clerk, responsibility=SAID)
    made("facilities", facility_row(STRANGER), confirmed=True)


def page(window: Window, address: str) -> str:
    answer = window.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


@pytest.mark.usefixtures("declared")
def test_each_sees_its_own_progress() -> None:
    ministry = page(Window(make_account("BYT", "ministry")), "/tien-do?buoc=I.3")
    assert "Bước I.3: 2/3 đã hoàn thành" in ministry
    assert "Đơn vị 98" in ministry
    province = page(Window(make_account(PROVINCE, "province")), "/tien-do?buoc=I.4")
    assert "Bước I.4: 0/2 đã hoàn thành" in province
    assert f"Đơn vị {NEIGHBOUR}" in province
    assert "Đơn vị 98" not in province
    assert "Chưa đủ số liệu" in province
    only = page(Window(make_account(OWN, "facility")), "/tien-do?buoc=I.3")
    assert "Bước I.3: 1/1 đã hoàn thành" in only
    assert f"Đơn vị {NEIGHBOUR}" not in only


@pytest.mark.usefixtures("declared")
def test_another_province_is_not_there() -> None:
    window = Window(make_account(PROVINCE, "province"))
    assert window.get("/tien-do?tinh=98").status_code == 404
    assert window.get(f"/hoat-dong/{STRANGER}").status_code == 404
    assert window.get("/tien-do?tinh=00").status_code == 404


@pytest.mark.usefixtures("declared")
def test_a_province_reminds_who_is_not_done_once_a_day() -> None:
    for code in (OWN, NEIGHBOUR, STRANGER):
        make_account(code, "facility")
    window = Window(make_account(PROVINCE, "province"))
    for _ in range(2):
        answer = window.post("/tien-do/nhac", {"buoc": "I.3"})
        assert answer["Location"] == "/tien-do?buoc=I.3&da-nhac=1"
    told = Notice.objects.get()
    assert (told.account, told.facts["step"], told.facts["open"]) == (f"facility-{NEIGHBOUR}", "I.3", 1)


@pytest.mark.usefixtures("declared")
def test_the_ministry_reminds_provinces() -> None:
    make_account(PROVINCE, "province")
    window = Window(make_account("BYT", "ministry"))
    window.post("/tien-do/nhac", {"buoc": "I.4"})
    assert [(one.account, one.facts["open"]) for one in Notice.objects.all()] == [("province-97", 2)]


@pytest.mark.usefixtures("declared")
def test_the_report_goes_out_in_three_forms() -> None:
    window = Window(make_account("BYT", "ministry"))
    sheet = openpyxl.load_workbook(io.BytesIO(window.get("/tien-do?tai=xlsx").content))
    cells = {cell.value for row in sheet.active.iter_rows() for cell in row}
    assert {"Đơn vị 97", "Đơn vị 98"} <= cells
    assert window.get("/tien-do?tai=docx").content[:2] == b"PK"
    assert window.get("/tien-do?tai=pdf").content[:5] == b"%PDF-"


def test_an_inspection_is_asked_answered_and_concluded() -> None:
    province = Window(make_account(PROVINCE, "province"))
    facility = Window(make_account(OWN, "facility"))
    address, day = f"/hoat-dong/{OWN}", today().isoformat()
    asked: dict[str, Any] = {"viec": "request", "ngay": day, "van-ban": "12/SYT-TTr", "trich-yeu": "Kiểm tra"}
    assert province.post(address, asked).status_code == 302
    assert province.post(address, asked).status_code == 302  # pressed twice
    event = InspectionEvent.objects.get()
    assert facility.post(address, {**asked, "van-ban": "1"}).status_code == 422  # no facility asks
    reply = {"viec": "reply", "ngay": day, "van-ban": "7/BV", "yeu-cau": str(event.inspection)}
    assert facility.post(address, reply).status_code == 302
    later = (today() + timedelta(days=1)).isoformat()
    concluded = {**reply, "viec": "conclusion", "van-ban": "30/KL-SYT"}
    assert province.post(address, {**concluded, "ngay": later}).status_code == 422
    assert [province.post(address, concluded).status_code for _ in range(2)] == [302, 302]
    kinds = InspectionEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["request", "reply", "conclusion"]
    assert "30/KL-SYT" in page(facility, address)
    other = Window(make_account(NEIGHBOUR, "facility"))
    assert other.get(address).status_code == 404
    assert other.post(address, reply).status_code == 404
