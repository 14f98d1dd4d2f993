"""The pages of the desk, as its officer, others and citizens get them."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from khoyte.audit.models import AuditEntry
from khoyte.protection import actions
from khoyte.protection.models import Breach, Consent, SubjectRequest
from khoyte.protection.tests.people import NUMBER, agreed, asked, broken, browser, hours_ago, officer
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import MINISTRY, NEIGHBOUR, OWN, PROVINCE
from khoyte.units import persons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

ASKED = {
    "loai": "view",
    "ho-ten": "Nguyễn Thị Ví Dụ",
    "so-dinh-danh": NUMBER,
    "quan-he": "self",
    "lien-he": "Thôn Mẫu",
    "noi-dung": "Xin xem hồ sơ",
    "cach-nhan": "counter",
    "luc": "2026-11-20T09:00",
}
AGREED = ASKED | {"muc-dich": "exchange.care", "noi-dung": "Tôi đồng ý."}
BROKEN = {
    "luc": "2026-11-20T09:00",
    "noi-dung": "Mất máy tính.",
    "loai": ["health", "identity"],
    "so-nguoi": "1.200",
}


@pytest.fixture
def desk() -> Client:
    return browser(OWN, "data_protection")


def seen(response: Any) -> str:
    main = re.search(r"<main.*</main>", response.content.decode(), re.S).group(0)  # type: ignore[union-attr]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def post(client: Client, address: str, **form: Any) -> Any:
    client.get("/bao-ve-du-lieu/dong-y/moi")  # a page with a form, which gives the token against forgery
    return client.post(address, form, headers={"X-CSRFToken": client.cookies["csrftoken"].value})


def test_an_empty_desk_says_how_to_begin(desk: Client) -> None:
    page = seen(desk.get("/bao-ve-du-lieu"))
    assert "Không có yêu cầu nào đang chờ" in page
    assert "Ghi nhận yêu cầu" in page


def test_a_request_from_the_form_to_its_end(desk: Client) -> None:
    made = post(desk, "/bao-ve-du-lieu/yeu-cau/moi", **ASKED)
    assert made.status_code == 302
    page = seen(desk.get(made["Location"]))
    assert "Nguyễn Thị Ví Dụ" in page
    assert NUMBER not in page
    assert "999•••••••23" in page
    for act in ("answer", "complete"):
        assert post(desk, made["Location"], viec=act, **{"ghi-chu": "Đã gửi thư."}).status_code == 302
    ended = seen(desk.get(made["Location"]))
    assert "Đã giải quyết" in ended
    assert "Xử lý" not in ended.split("Quá trình")[0]
    assert "Không có yêu cầu nào đang chờ" in seen(desk.get("/bao-ve-du-lieu"))


@pytest.mark.parametrize(
    ("address", "form", "wrong", "says"),
    [
        ("yeu-cau/moi", ASKED, {"so-dinh-danh": "12"}, "đúng 12 chữ số"),
        ("yeu-cau/moi", ASKED, {"luc": "hôm qua"}, "Thời điểm chưa đúng"),
        ("dong-y/moi", AGREED, {"noi-dung": ""}, "không được để trống"),
        ("dong-y/moi", AGREED, {"muc-dich": "intake.judge"}, "không dựa trên sự đồng ý"),
        ("vi-pham/moi", BROKEN, {"so-nguoi": "vài người"}, "số nguyên"),
        ("vi-pham/moi", BROKEN, {"loai": []}, "ít nhất một loại"),
    ],
    ids=["number", "time", "words", "purpose", "count", "kinds"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Client, address: str, form: dict[str, Any], wrong: dict[str, Any], says: str
) -> None:
    answer = post(desk, f"/bao-ve-du-lieu/{address}", **{**form, **wrong})
    assert answer.status_code == 422
    assert says in seen(answer)
    kept = next(value for key, value in form.items() if key in ("ho-ten", "noi-dung") and key not in wrong)
    assert kept in answer.content.decode()
    assert SubjectRequest.objects.count() + Consent.objects.count() + Breach.objects.count() == 0


def test_a_refusal_without_reason_is_not_taken(desk: Client) -> None:
    place = f"/bao-ve-du-lieu/yeu-cau/{asked('delete').pk}"
    answer = post(desk, place, viec="refuse", **{"ghi-chu": "Phải lưu trữ."})
    assert answer.status_code == 422
    assert "Chọn một lý do" in seen(answer)
    assert "Phải lưu trữ." in answer.content.decode()
    done = post(desk, place, viec="refuse", **{"ghi-chu": "Phải lưu trữ.", "ly-do": "retention"})
    assert done.status_code == 302
    assert "Pháp luật quy định phải lưu trữ" in seen(desk.get(place))


def test_a_copy_holds_what_is_stored_and_who_saw_it_and_is_logged(desk: Client) -> None:
    senders.judged(senders.small_file("A1", "A2"))
    senders.judged(senders.file_of(senders.dossier("A9", SO_CCCD="999190000999")))
    found = asked("provide")
    place = f"/bao-ve-du-lieu/yeu-cau/{found.pk}"
    assert desk.get(f"{place}/ban-sao.xlsx").status_code == 404  # not before the first answer
    actions.act_on_request(request=found, act="answer", by=officer())
    answer = desk.get(f"{place}/ban-sao.xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    assert len(book.sheetnames) == 2
    rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if "NGUYỄN THỊ VÍ DỤ" in row]
    assert len(rows) == 2
    entries = AuditEntry.objects.filter(action="visit.provide")
    assert [entry.purpose for entry in entries] == ["subject.access"] * 2


def test_no_copy_for_a_request_to_delete(desk: Client) -> None:
    found = asked("delete")
    actions.act_on_request(request=found, act="answer", by=officer())
    assert desk.get(f"/bao-ve-du-lieu/yeu-cau/{found.pk}/ban-sao.xlsx").status_code == 404


def test_a_consent_from_the_form_to_its_withdrawal(desk: Client) -> None:
    made = post(desk, "/bao-ve-du-lieu/dong-y/moi", **AGREED)
    assert made.status_code == 302
    page = seen(desk.get(made["Location"]))
    assert "Tôi đồng ý." in page
    assert "Đang có hiệu lực" in page
    assert post(desk, made["Location"]).status_code == 302
    assert "Đã rút lại" in seen(desk.get("/bao-ve-du-lieu/dong-y"))
    assert post(desk, made["Location"]).status_code == 422


def test_a_breach_from_the_form_to_its_end(desk: Client) -> None:
    made = post(desk, "/bao-ve-du-lieu/vi-pham/moi", **BROKEN)
    assert made.status_code == 302
    assert Breach.objects.get().subjects == 1200
    assert "Quá hạn thông báo" in seen(desk.get("/bao-ve-du-lieu"))
    early = post(desk, made["Location"], viec="closed", luc="2026-11-21T10:00")
    assert early.status_code == 422
    for act in ("authority_told", "closed"):
        done = post(desk, made["Location"], viec=act, luc="2026-11-21T10:00", **{"ghi-chu": "Công văn 1/BC"})
        assert done.status_code == 302
    page = seen(desk.get(made["Location"]))
    assert "Đã kết thúc" in page
    assert "Ghi thêm" not in page


@pytest.mark.parametrize("place", ["yeu-cau", "dong-y", "vi-pham"])
def test_anothers_file_and_none_answer_alike(place: str) -> None:
    ids = {"yeu-cau": asked, "dong-y": agreed, "vi-pham": broken}
    theirs = ids[place]()
    client = browser(NEIGHBOUR, "data_protection")
    answers = [
        client.get(f"/bao-ve-du-lieu/{place}/{id}")
        for id in (theirs.pk, "01a200f8-309d-77cd-a3e7-f5783b66cd87")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    without_reference = [re.sub(r"[0-9A-F]{8}", "", seen(answer)) for answer in answers]
    assert without_reference[0] == without_reference[1]
    assert post(client, f"/bao-ve-du-lieu/{place}/{theirs.pk}", viec="answer").status_code == 404


def test_the_list_goes_out_as_xlsx_without_names(desk: Client) -> None:
    asked()
    answer = desk.get("/bao-ve-du-lieu?tai=xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert "Xem dữ liệu" in cells
    assert not any("Ví Dụ" in str(cell) for cell in cells)


@pytest.mark.parametrize("role", ["facility", "facility_reviewer", "practitioner"])
def test_others_of_the_facility_have_no_desk(role: str) -> None:
    assert browser(OWN, role).get("/bao-ve-du-lieu").status_code == 403


@pytest.mark.parametrize(("unit", "role"), [(OWN, "facility"), (PROVINCE, "province"), (MINISTRY, "citizen")])
def test_everybody_reads_purposes_and_retention(unit: str, role: str) -> None:
    client = browser(unit, role)
    page = seen(client.get("/quyen-du-lieu"))
    for words in (
        "Tiếp nhận và kiểm tra dữ liệu",
        "Sự đồng ý của chủ thể dữ liệu",
        "Nhật ký truy vết",
        "SO_CCCD",
    ):
        assert words in page
    sheet = load_workbook(io.BytesIO(client.get("/quyen-du-lieu?tai=xlsx").content))
    assert len(sheet.sheetnames) == 3


class TestOwnLog:
    def test_a_citizen_reads_who_opened_the_records(self) -> None:
        senders.judged(senders.small_file("A1"))
        clerk = browser(OWN, "facility")
        assert "A1" in seen(clerk.get("/luot-kham?tu=2026-08-01&den=2026-08-31"))
        client = browser(MINISTRY, "citizen")
        assert "chưa được xác thực" in seen(client.get("/nhat-ky-truy-cap"))
        persons.link_person(
            username=f"citizen-{MINISTRY}", number=NUMBER, assurance="counter", by=senders.SYSTEM
        )
        page = seen(client.get("/nhat-ky-truy-cap"))
        assert "Xem trong danh sách lượt khám, điều trị" in page
        assert "Đơn vị 97001" in page
        assert "Cơ sở xem lại, sửa dữ liệu do mình gửi" in page
        assert AuditEntry.objects.filter(action="access_log.read").count() == 1

    def test_nobody_else_has_the_page(self) -> None:
        for unit, role in ((OWN, "facility"), (MINISTRY, "ministry"), (OWN, "data_protection")):
            assert browser(unit, role).get("/nhat-ky-truy-cap").status_code == 403


def test_a_late_request_stands_in_the_headline(desk: Client) -> None:
    asked(received_at=hours_ago(24 * 60))
    page = seen(desk.get("/bao-ve-du-lieu"))
    assert "1 yêu cầu quá hạn" in page
    assert "Quá hạn" in page
