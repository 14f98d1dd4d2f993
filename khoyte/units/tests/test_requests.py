"""A facility asks for its account; its office, and no other, decides; what it makes lets one person in."""

import re
import uuid

import pytest
from django.db import ProgrammingError, connection, transaction

from khoyte.audit.models import AuditEntry
from khoyte.units import requests, sign_in_guard
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, AccountRequest, FacilityCode, Invitation, Unit
from khoyte.units.policy import ANONYMOUS, Actor
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import BY, actor, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
FORM, STATE, QUEUE = "/dang-ky-tai-khoan", "/dang-ky-tai-khoan/tra-cuu", "/de-nghi-tai-khoan"
OUTSIDE = "203.0.113.7"
TYPED = {
    "ten-co-so": "Phòng khám Suối Mơ",
    "ma-co-so": "",
    "tinh": "97",
    "co-quan": "97",
    "hinh-thuc": "Phòng khám đa khoa",
    "dia-chi": "Số 5 đường Minh Họa, xã Suối Mơ",
    "thoi-gian": "T2-T6 7:00-17:00",
    "giay-phep": "00012/DEMO-GPHĐ",
    "so-dinh-danh": "999185000123",
    "nguoi-quan-tri": "Trần Thị Bích",
    "chuc-vu": "Trưởng phòng hành chính",
    "dien-thoai": "0900000001",
    "thu-dien-tu": "bich@suoimo.example",
}


def hand_in(**other: str) -> str:
    answer = Window().post(FORM, {**TYPED, **other})
    assert answer.status_code == 200, answer.content.decode()
    return re.findall(r'<code id="reference">([\w-]+)<', answer.content.decode())[0]


def asked(**other: str) -> AccountRequest:
    hand_in(**other)
    return AccountRequest.objects.latest("asked_at")


def approve(request: AccountRequest, by: Actor, **how: str) -> requests.Approved:
    with speaking_as(by):
        return requests.approve(request.pk, by=by, **how)


def state_of(reference: str) -> str:
    return Window().post(STATE, {"ma": reference}).content.decode()


class TestAsking:
    def test_the_answer_is_the_same_whoever_has_an_account(self) -> None:
        make_account("97001", "facility_admin")
        pages = []
        for code in ("", "97001", "97777"):
            page = Window().post(FORM, {**TYPED, "ma-co-so": code}).content.decode()
            pages.append(re.sub(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}|[0-9A-F]{8}\b|value=\"\w{64}\"", "", page))
        assert pages[0] == pages[1] == pages[2]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("ten-co-so", ""),
            ("so-dinh-danh", "12345"),
            ("ma-co-so", "9"),
            ("tinh", "55"),
            ("co-quan", "97001"),
            ("thu-dien-tu", "bich"),
            ("nguoi-quan-tri", "\x00"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(self, field: str, value: str) -> None:
        answer = Window().post(FORM, {**TYPED, field: value})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.content.decode()
        assert not AccountRequest.objects.exists()

    def test_one_address_may_ask_so_often_and_the_loopback_ever(self) -> None:
        most = sign_in_guard.REQUEST_LIMIT.failures
        statuses = [
            Window(REMOTE_ADDR=OUTSIDE).post(STATE, {"ma": f"x{n}"}).status_code for n in range(most + 1)
        ]
        assert statuses == [404] * most + [429]
        assert Window(REMOTE_ADDR=OUTSIDE).post(FORM, TYPED).status_code == 429
        assert Window().post(FORM, TYPED).status_code == 200

    def test_persons_are_kept_sealed_and_the_reference_as_a_hash(self) -> None:
        reference = hand_in()
        with connection.cursor() as cursor:
            cursor.execute("SELECT r::text FROM account_request r")
            (row,) = cursor.fetchone()
        for secret in (TYPED["nguoi-quan-tri"], TYPED["so-dinh-danh"], TYPED["dien-thoai"], reference):
            assert secret not in row
        assert requests.told(AccountRequest.objects.get())["so-dinh-danh"] == "999185000123"


class TestWall:
    def test_a_request_is_seen_by_its_office_and_by_who_has_its_reference(self) -> None:
        reference = hand_in()
        hand_in(**{"co-quan": "98", "tinh": "98"})
        for unit, role, offices in (
            ("97", "province", {"97"}),
            ("98", "province_lead", {"98"}),
            ("97001", "facility_admin", set()),
            ("BYT", "operator", set()),
        ):
            with speaking_as(actor(unit, role)):
                assert {row.office for row in AccountRequest.objects.all()} == offices, role
        with speaking_as(ANONYMOUS):
            assert not AccountRequest.objects.exists()
            assert requests.by_reference("k7mq-4xwp-9d2h") is None
            found = requests.by_reference(reference.upper().replace("-", " "))
            assert found is not None
            assert [row.office for row in AccountRequest.objects.all()] == ["97"]

    def test_a_facility_reads_what_it_asked_with_once_it_is_approved_and_nobody_elses(self) -> None:
        made = approve(asked(), actor("97", "province"))
        asked(**{"ten-co-so": "Phòng khám khác"})
        for unit, facility, address in (
            (made.unit.code, made.unit.code, TYPED["dia-chi"]),
            ("97001", made.unit.code, None),
            (made.unit.code, "", None),
        ):
            with speaking_as(actor(unit, "facility_admin")):
                assert requests.told_of(facility).get("dia-chi") == address
        with speaking_as(actor(made.unit.code, "facility_admin")):
            assert [row.unit for row in AccountRequest.objects.all()] == [made.unit.code]

    def test_another_office_is_told_that_there_is_none(self) -> None:
        request, stranger = asked(), actor("98", "province_lead")
        assert Window(make_account("98", "province")).get(f"{QUEUE}/{request.pk}").status_code == 404
        with pytest.raises(requests.UnknownRequest):
            approve(request, stranger)
        with pytest.raises(requests.UnknownRequest):
            approve(AccountRequest(pk=uuid.uuid4()), stranger)


class TestDeciding:
    def test_approval_makes_unit_codes_and_one_named_account(self) -> None:
        request = asked()
        made = approve(request, actor("97", "province"))
        assert (made.unit.code, made.unit.province, made.unit.under_id) == ("97003", "97", "97")
        assert (made.account.role, made.account.full_name) == ("facility_admin", "Trần Thị Bích")
        assert made.account.assurance == "invitation"
        kinds = dict(FacilityCode.objects.filter(unit=made.unit).values_list("kind", "code"))
        assert kinds == {"short": "97003", "national": made.unit.national_code}
        assert AuditEntry.objects.filter(action="account_request.approved", facility="97003").exists()
        with pytest.raises(requests.Decided):
            approve(request, actor("97", "province"))

    def test_a_known_facility_gets_an_account_and_no_second_unit(self) -> None:
        made = approve(asked(**{"ma-co-so": "97001"}), actor("97", "province"))
        assert (made.unit.code, made.account.username) == ("97001", "97001.bich")
        again = approve(asked(**{"ma-co-so": "97001"}), actor("97", "province"))
        assert again.account.username == "97001.bich2"
        assert again.unit.national_code == made.unit.national_code

    @pytest.mark.parametrize("code", ["98001", "97", "9700"])
    def test_a_code_of_somebody_else_or_of_no_shape_is_refused(self, code: str) -> None:
        request = asked()
        with pytest.raises(WrongUnit):
            approve(request, actor("97", "province"), code=code)
        assert AccountRequest.objects.get().state == "open"

    def test_a_sector_reviews_its_own_facilities_wherever_they_lie(self) -> None:
        from khoyte.units import actions

        actions.create_unit(code="BCA", kind="province", name="Cục Y tế Bộ Công an", under="BYT", by=BY)
        request = asked(**{"co-quan": "BCA"})
        with speaking_as(actor("97", "province")):
            assert not AccountRequest.objects.exists()
        made = approve(request, actor("BCA", "province"))
        assert (made.unit.code, made.unit.province) == ("97003", "BCA")

    def test_the_shared_department_is_one(self) -> None:
        request = asked()
        with pytest.raises(UnknownUnit):
            approve(request, actor("97", "province"), shared_with="98")
        assert approve(request, actor("97", "province"), shared_with="CUC").unit.shared_with_id == "CUC"


class TestWithdrawing:
    def test_the_applicant_takes_an_open_request_back_and_nobody_approves_it_after(self) -> None:
        reference, request = hand_in(), AccountRequest.objects.get()
        assert "Rút đề nghị" in state_of(reference)
        page = Window().post(STATE, {"ma": reference, "viec": "rut"}).content.decode()
        assert "Đã rút" in page
        assert "Rút đề nghị" not in page
        with pytest.raises(requests.Decided):
            approve(request, actor("97", "province"))
        assert not Unit.objects.filter(code="97003").exists()
        assert AuditEntry.objects.filter(action="account_request.withdraw", province="97").exists()
        assert Window().post(STATE, {"ma": reference, "viec": "rut"}).status_code == 409

    def test_what_is_approved_is_not_taken_back(self) -> None:
        reference = hand_in()
        made = approve(AccountRequest.objects.get(), actor("97", "province"))
        page = Window().post(STATE, {"ma": reference, "viec": "rut"})
        assert page.status_code == 409
        assert f"Tên đăng nhập: {made.account.username}" in page.content.decode()
        assert AccountRequest.objects.get().state == "approved"

    def test_the_database_lets_the_applicant_change_nothing_else(self) -> None:
        reference = hand_in()
        with speaking_as(ANONYMOUS):
            assert AccountRequest.objects.filter(state="open").update(state="withdrawn") == 0
        for change in ({"state": "approved"}, {"office": "98"}, {"state": "open", "reason": "x"}):
            with speaking_as(ANONYMOUS):
                requests.by_reference(reference)
                with pytest.raises(ProgrammingError), transaction.atomic():
                    AccountRequest.objects.filter(state="open").update(**change)


class TestPages:
    def test_from_the_form_to_the_first_page_of_the_new_administrator(self) -> None:
        reference = hand_in()
        assert "Đang chờ duyệt" in state_of(reference)
        window = Window(make_account("97", "province"))
        page = window.get(QUEUE).content.decode()
        (address,) = re.findall(rf'href="({QUEUE}/[0-9a-f-]+)"', page)
        page = window.get(address).content.decode()
        assert "Trần Thị Bích" in page
        assert "Đơn vị 97" in page
        assert AuditEntry.objects.filter(action="account_request.read").count() == 1
        answer = window.post(address, {"viec": "duyet", "ma": ""}).content.decode()
        (code,) = re.findall(r'<code id="one-time-code">([\w-]+)<', answer)
        assert code not in window.get(address).content.decode()
        assert "97003" in state_of(reference)

        newcomer = Window()
        answer = newcomer.post("/dang-nhap", {"username": "97003.bich", "password": code})
        while answer["Location"].startswith("/dang-nhap/cai-dat"):
            Account.objects.filter(username="97003.bich").update(role="facility")  # asked no app inside
            answer = newcomer.post("/dang-nhap", {"username": "97003.bich", "password": code})
        assert answer["Location"] == "/dang-nhap/mat-khau-moi"
        own = "chim sâu hót trên cành khế"
        answer = newcomer.post(answer["Location"], {"new": own, "again": own})
        assert newcomer.get(answer["Location"]).status_code == 200
        late = Window().post("/dang-nhap", {"username": "97003.bich", "password": code})
        assert late.status_code == 422

    def test_a_one_time_code_opens_nothing_after_its_days(self) -> None:
        from datetime import timedelta

        from django.utils import timezone

        made = approve(asked(), actor("97", "province"))
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        typed = {"username": made.account.username, "password": made.one_time_code}
        assert Window().post("/dang-nhap", typed).status_code == 422

    def test_a_refusal_says_why_to_who_has_the_reference(self) -> None:
        reference = hand_in()
        window = Window(make_account("97", "province"))
        address = f"{QUEUE}/{AccountRequest.objects.get().pk}"
        assert window.post(address, {"viec": "tu-choi", "ly-do": " "}).status_code == 422
        window.post(address, {"viec": "tu-choi", "ly-do": "Thiếu giấy phép hoạt động"})
        assert "Thiếu giấy phép hoạt động" in state_of(reference)
        assert not Unit.objects.filter(code="97003").exists()
        assert window.post(address, {"viec": "duyet"}).status_code == 409
