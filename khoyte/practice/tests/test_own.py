"""A practitioner's own file: what is proven, only said, about to expire; declared and sent; nobody else's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from khoyte.foundation.calendar import today
from khoyte.practice import actions, own
from khoyte.practice.models import PracticeRegistration, Practitioner
from khoyte.practice.public_codes import code_of
from khoyte.practice.tests.people import NUMBER, practitioner, registration, window
from khoyte.registers import actions as registers
from khoyte.registers import content as contents
from khoyte.registers.errors import Changed, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Evidence, Record, Step, Version
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PERSON,
    PROVINCE,
    SYSTEM,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_joining import form
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.persons import register_key
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
TYPED = {name: value for name, value in PERSON.items() if name != "facility"}


@pytest.fixture
def record() -> Record:
    return made("practitioners", PERSON, confirmed=True)


@pytest.fixture
def herself() -> Actor:
    return practitioner()


@pytest.fixture
def mine(herself: Actor) -> Client:
    return window(herself)


def test_the_account_knows_the_person_as_registers_do() -> None:
    assert register_key(NUMBER) == contents.blind_number(NUMBER)


class TestFile:
    def test_it_is_the_first_page_and_says_what_where_when(
        self, record: Record, herself: Actor, mine: Client
    ) -> None:
        registration(confirmed=True, scope="Nội khoa")
        registration(facility=NEIGHBOUR, hours="T2 1:00-1:01", confirmed=True)
        assert mine.get("/").headers["Location"] == "/hanh-nghe"
        page = text_of(mine.get("/hanh-nghe"))
        assert "Hiện được hành nghề tại 1 cơ sở" in page
        assert "Đơn vị 97001 (97001)" in page
        assert "Nội khoa" in page
        assert "Ngoài giờ đã đăng ký hành nghề" in page
        assert f'href="/xac-minh/{code_of(record.pk)}"' in page
        assert "Mọi nội dung đã được xác nhận" in page
        assert NUMBER not in page

    def test_a_suspension_is_said_first(self, record: Record, mine: Client) -> None:
        registration(confirmed=True)
        act = {"licence_number": PERSON["licence_number"], "kind": "suspend", "decision": "9/QĐ"}
        made("licence_events", act | {"valid_from": today().isoformat()}, confirmed=True)
        page = text_of(mine.get("/hanh-nghe"))
        assert "<h1>Bị đình chỉ hành nghề" in page
        assert "Được hành nghề</" not in page

    def test_what_expires_and_what_waits_is_to_be_done(self, mine: Client) -> None:
        soon = (today() + timedelta(days=60)).isoformat()
        made("practitioners", PERSON | {"licence_valid_to": soon}, confirmed=True)
        clerk = officer(OWN, "facility")
        waiting = registration(by=clerk)
        with speaking_as(clerk):
            registers.submit(register=register("practice_registrations"), id=waiting.pk, by=clerk)
        page = text_of(mine.get("/hanh-nghe"))
        assert "1 đăng ký hành nghề chờ ông/bà xác nhận" in page
        assert "Giấy phép hành nghề hết hạn ngày" in page
        answer = mine.post(f"/hanh-nghe/dang-ky/{waiting.pk}", {"viec": "xac-nhan", "phien-ban": 1})
        assert answer.headers["Location"] == "/hanh-nghe"
        assert PracticeRegistration.objects.get().level == "facility"

    def test_education_is_held_against_the_rule_in_force(self, mine: Client) -> None:
        made("practitioners", PERSON | {"cme_hours": 48}, confirmed=True)
        page = text_of(mine.get("/hanh-nghe"))
        assert "120 giờ tín chỉ trong 5 năm" in page
        assert "Còn thiếu</dt> <dd> 72" in page

    def test_an_account_of_nobody_sees_nothing(self, record: Record) -> None:
        nobody = window(practitioner("", name="chua-xac-thuc"))
        page = text_of(nobody.get("/hanh-nghe"))
        assert "chưa được gắn với danh tính" in page
        assert PERSON["full_name"] not in page
        assert nobody.get("/hanh-nghe/ma-qr.svg").status_code == 404

    def test_the_qr_code_is_ones_own(self, record: Record, mine: Client) -> None:
        assert mine.get("/hanh-nghe/ma-qr.svg").content.startswith(b"<?xml")
        assert mine.get("/hanh-nghe/ma-qr.png").content.startswith(b"\x89PNG")

    @pytest.mark.parametrize("role", ["facility", "facility_reviewer"])
    def test_it_is_nobodys_but_a_practitioners(self, record: Record, role: str) -> None:
        office = browser(OWN, role)
        for path in ("/hanh-nghe", "/hanh-nghe/khai-bao", "/hanh-nghe/dang-ky", "/hanh-nghe/ma-qr.svg"):
            assert office.get(path).status_code == 403


class TestWall:
    def test_the_database_itself_shows_a_practitioner_nobody_else(
        self, record: Record, herself: Actor
    ) -> None:
        own_place = registration(confirmed=True)
        colleague = made("practitioners", person(7), confirmed=True)
        registration(personal_number=person(7)["personal_number"], hours="T2 7:00-8:00", confirmed=True)
        clerk = officer(OWN, "facility")
        with speaking_as(clerk):
            changed = registers.change(
                register=register("practitioners"), id=colleague.pk, patch={"phone": "0912345678"},
                by=clerk, source="form",
            )  # fmt: skip
            registers.submit(register=register("practitioners"), id=changed.pk, by=clerk)
        expected = {record.pk, own_place.pk}
        with speaking_as(herself):
            assert set(Practitioner.objects.values_list("pk", flat=True)) == {record.pk}
            assert set(PracticeRegistration.objects.values_list("pk", flat=True)) == {own_place.pk}
            for model in (Version, Step, Evidence):
                assert set(model.objects.values_list("record", flat=True)) == expected
            assert not Case.objects.exists()
            assert Practitioner.objects.filter(pk=colleague.pk).update(phone="0") == 0
        nobody = practitioner("", name="chua-xac-thuc")
        with speaking_as(nobody):
            for model in (Practitioner, PracticeRegistration, Version, Step, Evidence, Case):
                assert not model.objects.exists()

    def test_nothing_of_the_person_is_left_for_the_next_transaction(
        self, record: Record, herself: Actor
    ) -> None:
        with speaking_as(herself):
            assert own.record_of(herself) is not None
        with speaking_as(officer(NEIGHBOUR, "facility")), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('khoyte.register_person', true)")
            assert cursor.fetchone()[0] == ""
            assert not Practitioner.objects.exists()


class TestDeclaring:
    def test_a_change_goes_to_the_facility_and_then_the_province(
        self, record: Record, herself: Actor, mine: Client
    ) -> None:
        page = mine.get("/hanh-nghe/khai-bao")
        assert 'name="personal_number"' not in text_of(page)
        assert 'name="facility"' not in text_of(page)
        typed = TYPED | {"phone": "0912345678", "phien-ban": 1, "viec": "gui"}
        assert mine.post("/hanh-nghe/khai-bao", typed).headers["Location"] == "/hanh-nghe"
        changed = Practitioner.objects.get()
        assert (changed.phone, changed.state, changed.level) == ("0912345678", "in_review", "facility")
        assert "1 nội dung mới tự kê khai" in text_of(mine.get("/hanh-nghe"))
        reviewer = officer(OWN, "facility_reviewer")
        with speaking_as(reviewer):
            registers.return_for_correction(
                register=register("practitioners"), id=changed.pk, by=reviewer, version=2,
                reasons={"phone": "Số máy của cơ sở"},
            )  # fmt: skip
        assert "Số máy của cơ sở" in text_of(mine.get("/hanh-nghe"))

    def test_neither_facility_nor_number_is_changed_by_hand(
        self, record: Record, herself: Actor, mine: Client
    ) -> None:
        forged = TYPED | {"facility": NEIGHBOUR, "personal_number": person(9)["personal_number"]}
        mine.post("/hanh-nghe/khai-bao", forged | {"phone": "0912345678", "phien-ban": 1, "viec": "gui"})
        found = contents.content_of(register("practitioners").declaration, Practitioner.objects.get())
        assert (found["facility"], found["personal_number"]) == (OWN, NUMBER)

    def test_two_windows_are_told(self, record: Record, mine: Client) -> None:
        mine.post("/hanh-nghe/khai-bao", TYPED | {"phone": "0912345678", "phien-ban": 1, "viec": "luu"})
        answer = mine.post("/hanh-nghe/khai-bao", TYPED | {"phone": "0987654321", "phien-ban": 1})
        assert answer.status_code == Changed.status
        assert Practitioner.objects.get().phone == "0912345678"

    def test_somebody_new_declares_under_the_verified_number_alone(
        self, herself: Actor, mine: Client
    ) -> None:
        other = TYPED | {"personal_number": person(9)["personal_number"], "viec": "gui"}
        answer = mine.post("/hanh-nghe/khai-bao", other)
        assert answer.status_code == 422
        assert "khác với số đã xác thực" in text_of(answer)
        assert not Practitioner.objects.exists()
        assert mine.post("/hanh-nghe/khai-bao", TYPED | {"viec": "gui"}).status_code == 302
        made_now = Practitioner.objects.get()
        assert (made_now.facility, made_now.level, made_now.recorded_by) == (OWN, "facility", "anh")

    def test_without_a_facility_the_province_reviews(self) -> None:
        alone = practitioner(unit=PROVINCE, name="tu-do")
        with speaking_as(alone):
            record = actions.declare(typed=TYPED, by=alone, version=None, send=True)
        assert (record.facility, record.province, record.level) == ("", PROVINCE, "province")
        province = officer(PROVINCE, "province")
        with speaking_as(province):
            registers.confirm(register=register("practitioners"), id=record.pk, by=province, version=1)
        assert "Còn hiệu lực" not in text_of(window(alone).get("/hanh-nghe"))
        assert window(alone).get("/hanh-nghe/ma-qr.svg").status_code == 200

    def test_what_is_wrong_is_told_at_its_field(self, record: Record, mine: Client) -> None:
        answer = mine.post("/hanh-nghe/khai-bao", TYPED | {"birth_date": "32/13/1985", "phien-ban": 1})
        assert answer.status_code == 422
        assert 'href="#birth_date"' in text_of(answer)
        answer = mine.post("/hanh-nghe/dang-ky", {"facility": "", "valid_from": "mai"})
        assert answer.status_code == 422
        assert 'href="#valid_from"' in text_of(answer)


def test_a_declaration_of_another_is_refused_by_the_kernel_too(record: Record) -> None:
    other = practitioner(person(9)["personal_number"], name="nguoi-khac")
    for act in ("change", "submit", "withdraw", "confirm"):
        more = {"patch": {"phone": "0912345678"}, "source": "form"} if act == "change" else {}
        with speaking_as(other), pytest.raises(UnknownRecord):
            getattr(registers, act)(
                register=register("practitioners"), id=record.pk, by=other, right=actions.OWN_WRITE, **more
            )
    with speaking_as(other), pytest.raises(WrongRecord):
        registers.create(
            register=register("practitioners"), content=PERSON, by=other, source="form",
            right=actions.OWN_WRITE,
        )  # fmt: skip


def test_herself_and_the_facility_write_at_once_and_both_are_kept(record: Record, mine: Client) -> None:
    opened = form(text_of(mine.get("/hanh-nghe/khai-bao")))
    found = register("practitioners")
    registers.change(register=found, id=record.pk, patch={"phone": "0900111222"}, by=SYSTEM, source="form")
    answer = mine.post("/hanh-nghe/khai-bao", opened | {"email": "an@x.example", "viec": "luu"})
    assert answer.status_code == 412
    page = text_of(answer)
    assert f"Điện thoại: – → 0900111222 ({SYSTEM.name}," in page
    assert mine.post("/hanh-nghe/khai-bao", form(page) | {"viec": "luu"}).status_code == 302
    kept = contents.content_of(found.declaration, Practitioner.objects.get(pk=record.pk))
    assert (kept["phone"], kept["email"]) == ("0900111222", "an@x.example")
