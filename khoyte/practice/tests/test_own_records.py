"""What a practitioner declares in any register marked so: sent, confirmed, taken back, corrected."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import format_date, today
from khoyte.practice import education, own_records
from khoyte.practice.models import CmeRecord, Diploma, ScopeItem
from khoyte.practice.tests.people import NUMBER, practitioner, window
from khoyte.registers import actions
from khoyte.registers.errors import Changed, NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Document, Key, Record, Step, Version
from khoyte.registers.tests import files
from khoyte.registers.tests.offices import OWN, PERSON, PROVINCE, SYSTEM, made, officer
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ENDED = (today() - timedelta(days=40)).isoformat()
COURSE = {"activity": "course", "title": "Cấp cứu nhi khoa", "organiser": "Bệnh viện Suối Mơ",
          "certificate": "12/CN-SM", "ended_on": ENDED, "hours": "24"}  # fmt: skip
SCOPE = {"source": "adjustment", "name": "Nội soi tiêu hóa", "decision": "5/QĐ-SYT",
         "valid_from": "2025-02-01"}  # fmt: skip
DIPLOMA = {"kind": "DH", "specialty": "Y khoa", "number": "B 1", "issuer": "Trường Y", "issued_on": "2010"}
KINDS = {"diplomas": DIPLOMA, "cme_records": COURSE, "scope_items": SCOPE}
PATHS = {"diplomas": "van-bang", "cme_records": "cap-nhat-kien-thuc", "scope_items": "pham-vi"}


@pytest.fixture
def herself() -> Actor:
    made("practitioners", PERSON, confirmed=True)
    return practitioner()


@pytest.fixture
def mine(herself: Actor) -> Client:
    return window(herself)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("anh.jpg", files.photo(), content_type="image/jpeg")


def sent(client: Client, name: str, **more: Any) -> Any:
    """The record, sent with its photo from a telephone."""
    typed = KINDS[name] | {"document-tep": photo(), "viec": "gui"} | more
    answer = client.post(f"/hanh-nghe/{PATHS[name]}/moi", typed)
    assert answer.status_code == 302, text_of(answer)
    return register(name).model.objects.get()


def confirmed(record: Record, name: str) -> None:
    """By the ladder: the facility, then the province."""
    for unit, role in ((OWN, "facility_reviewer"), (PROVINCE, "province")):
        by = officer(unit, role)
        with speaking_as(by):
            actions.confirm(register=register(name), id=record.pk, by=by)


def one_of(name: str) -> str:
    return register(name).declaration.one.vi


def at(name: str, record: Record) -> str:
    return f"/hanh-nghe/{PATHS[name]}/{record.pk}"


class TestDeclaring:
    @pytest.mark.parametrize("name", KINDS)
    def test_each_register_marked_so_goes_by_the_same_ladder_as_the_facilitys(
        self, mine: Client, name: str
    ) -> None:
        one = sent(mine, name)
        assert (one.state, one.level, one.facility, one.province) == ("in_review", "facility", OWN, PROVINCE)
        page = text_of(browser(OWN, "facility_reviewer").get(f"/ra-soat/{Case.objects.get().pk}"))
        assert f"/so-dang-ky/{name}/{one.pk}/tai-lieu/document" in page
        confirmed(one, name)
        one.refresh_from_db()
        assert (one.state, one.confirmed_version) == ("confirmed", 1)
        assert f'href="{at(name, one)}"' in text_of(mine.get("/hanh-nghe"))
        assert mine.get(f"{at(name, one)}/tai-lieu").status_code == 200

    def test_hours_count_once_they_are_confirmed(self, herself: Actor, mine: Client) -> None:
        one = sent(mine, "cme_records")
        key = bytes.fromhex(herself.person)
        assert education.confirmed_of(key) == []
        confirmed(one, "cme_records")
        assert [activity.hours for activity in education.confirmed_of(key)] == [24]
        page = text_of(mine.get("/hanh-nghe"))
        assert "Cấp cứu nhi khoa – Bệnh viện Suối Mơ" in page
        assert format_date(date.fromisoformat(ENDED)) in page

    def test_nothing_is_sent_without_its_paper_and_what_was_typed_stays(self, mine: Client) -> None:
        answer = mine.post("/hanh-nghe/cap-nhat-kien-thuc/moi", COURSE | {"viec": "gui"})
        assert answer.status_code == 422
        page = text_of(answer)
        assert "Chưa có ảnh hoặc bản quét giấy tờ" in page
        assert 'value="12/CN-SM"' in page
        assert not CmeRecord.objects.exists()
        mine.post("/hanh-nghe/cap-nhat-kien-thuc/moi", COURSE | {"viec": "luu"})
        assert CmeRecord.objects.get().state == "draft"

    def test_whose_it_is_is_never_typed(self, herself: Actor, mine: Client) -> None:
        one = sent(mine, "cme_records", personal_number="999085000777")
        assert bytes(one.personal_number_key).hex() == herself.person

    def test_another_persons_is_not_there(self, mine: Client) -> None:
        stranger = practitioner("999185000999", name="binh")
        other = window(stranger)
        for name in KINDS:
            one = sent(mine, name)
            for path in (at(name, one), f"{at(name, one)}/tai-lieu"):
                assert other.get(path).status_code == 404, path
            assert other.post(at(name, one), {"viec": "rut"}).status_code == 404
            with speaking_as(stranger):
                assert not register(name).model.objects.exists()
                assert not Document.objects.exists()
                assert not Version.objects.filter(record=one.pk).exists()

    @pytest.mark.parametrize("name", ["cme_records", "scope_items"])
    def test_the_database_lets_nobody_write_what_is_about_another(self, herself: Actor, name: str) -> None:
        content = KINDS[name] | {"personal_number": NUMBER}
        one = made(name, content, by=officer(OWN, "facility"))
        stranger = practitioner("999185000999", name="binh")
        with speaking_as(stranger):
            assert register(name).model.objects.filter(pk=one.pk).update(state="withdrawn") == 0
        taken = f"UPDATE {name} SET personal_number_key = '\\x00' WHERE id = %s"
        with speaking_as(herself), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(taken, [one.pk])


class TestDelegated:
    WORDS = "do cơ sở nhập"

    def test_the_page_says_who_enters_a_delegated_technique_and_why(self, mine: Client) -> None:
        page = text_of(mine.get("/hanh-nghe/pham-vi/moi"))
        assert self.WORDS in page
        assert 'value="adjustment"' in page
        assert 'value="delegated"' not in page
        assert 'name="place"' not in page

    @pytest.mark.parametrize("written", ["delegated", "kỹ thuật được giao"])
    def test_it_is_refused_however_it_is_asked(self, mine: Client, written: str) -> None:
        answer = mine.post("/hanh-nghe/pham-vi/moi", SCOPE | {"source": written, "place": OWN})
        assert answer.status_code == 422
        assert self.WORDS in text_of(answer)
        assert not ScopeItem.objects.exists()

    def test_of_one_the_facility_has_entered_the_person_says_otherwise(
        self, herself: Actor, mine: Client
    ) -> None:
        content = SCOPE | {"source": "delegated", "place": OWN, "personal_number": NUMBER}
        one = made("scope_items", content, by=officer(OWN, "facility"))
        page = text_of(mine.get(at("scope_items", one)))
        assert self.WORDS in page
        assert "<textarea" not in page
        with speaking_as(herself), pytest.raises(NotNow, match="facility"):
            own_records.declare(
                name="scope_items", id=one.pk, typed={"name": "Khác"}, by=herself, version=1, send=False
            )
        said = SCOPE | {"source": "delegated", "place": OWN, "decision": "6/QĐ-BV"}
        answer = mine.post(f"{at('scope_items', one)}/bao-khac", said)
        assert answer.headers["Location"] == f"{at('scope_items', one)}?da-bao=1"
        case = Case.objects.get(record=one.pk, kind="mismatch")
        assert (case.level, case.facility) == ("facility", OWN)
        assert ScopeItem.objects.get().decision == "5/QĐ-SYT"


class TestTakingBack:
    @pytest.mark.parametrize("name", KINDS)
    @pytest.mark.parametrize("stands", ["draft", "in_review", "returned"])
    def test_what_nobody_has_confirmed_goes_with_history_and_audit(
        self, herself: Actor, mine: Client, name: str, stands: str
    ) -> None:
        one = sent(mine, name, viec="luu" if stands == "draft" else "gui")
        if stands == "returned":
            reviewer = officer(OWN, "facility_reviewer")
            with speaking_as(reviewer):
                actions.return_for_correction(
                    register=register(name), id=one.pk, reasons={"": "Ảnh mờ"}, by=reviewer
                )
            assert "1 " + one_of(name) + " được trả lại để bổ sung" in text_of(mine.get("/hanh-nghe"))
        assert "Rút hồ sơ này" in text_of(mine.get(at(name, one)))
        answer = mine.post(at(name, one), {"viec": "rut"})
        assert answer.headers["Location"] == at(name, one)
        one.refresh_from_db()
        assert one.state == "withdrawn"
        assert not Case.objects.filter(record=one.pk, closed_at=None).exists()
        assert not Key.objects.filter(record=one.pk).exists()
        step = Step.objects.filter(record=one.pk, act="withdraw").get()
        assert (step.by, step.version) == (herself.name, 1)
        entry = AuditEntry.objects.get(action="register.withdraw")
        assert (entry.subject_id, entry.actor) == (str(one.pk), herself.name)
        page = text_of(mine.get(at(name, one)))
        assert "Rút hồ sơ</b>" in page.replace("\n", "")
        assert "Rút hồ sơ này" not in page
        assert at(name, one) not in text_of(mine.get("/hanh-nghe"))
        sent_again = mine.post(
            f"/hanh-nghe/{PATHS[name]}/moi", KINDS[name] | {"document-tep": photo(), "viec": "gui"}
        )
        assert sent_again.status_code == 302, "its number is free again"

    def test_what_is_confirmed_stays(self, herself: Actor, mine: Client) -> None:
        one = sent(mine, "diplomas")
        confirmed(one, "diplomas")
        assert "Rút hồ sơ này" not in text_of(mine.get(at("diplomas", one)))
        answer = mine.post(at("diplomas", one), {"viec": "rut"})
        assert answer.status_code == 409
        assert "Gửi đề nghị đính chính" in text_of(answer)
        assert Diploma.objects.get().state == "confirmed"
        assert not AuditEntry.objects.filter(action="register.withdraw").exists()

    def test_what_the_facility_has_entered_is_the_facilitys_to_take_back(
        self, herself: Actor, mine: Client
    ) -> None:
        one = made("cme_records", COURSE | {"personal_number": NUMBER}, by=officer(OWN, "facility"))
        assert "Rút hồ sơ này" not in text_of(mine.get(at("cme_records", one)))
        answer = mine.post(at("cme_records", one), {"viec": "rut"})
        assert answer.status_code == 409
        assert "do cơ sở hoặc Sở Y tế nhập" in text_of(answer)
        assert CmeRecord.objects.get().state == "draft"

    def test_a_strangers_is_not_there(self, mine: Client) -> None:
        one = sent(mine, "cme_records")
        stranger = practitioner("999185000999", name="binh")
        with speaking_as(stranger), pytest.raises(UnknownRecord):
            own_records.withdraw(name="cme_records", id=one.pk, by=stranger)


class TestCorrecting:
    def test_a_confirmed_one_is_corrected_with_a_reason_and_stays_in_force_until_then(
        self, herself: Actor, mine: Client
    ) -> None:
        one = sent(mine, "cme_records")
        confirmed(one, "cme_records")
        one.refresh_from_db()
        page = text_of(mine.get(at("cme_records", one)))
        assert "Gửi đề nghị đính chính" in page
        typed = COURSE | {"document": one.document, "hours": "16", "phien-ban": "1", "viec": "gui"}
        without = mine.post(at("cme_records", one), typed)
        assert without.status_code == 422
        assert "Chưa nêu lý do đính chính" in text_of(without)
        assert CmeRecord.objects.get().version == 1
        reason = "Chứng nhận ghi 16 giờ"
        assert mine.post(at("cme_records", one), typed | {"ly-do": reason}).status_code == 302
        one.refresh_from_db()
        assert (one.state, one.version, one.confirmed_version) == ("in_review", 2, 1)
        case = Case.objects.get(closed_at=None)
        review = text_of(browser(OWN, "facility_reviewer").get(f"/ra-soat/{case.pk}"))
        assert f"Lý do người gửi nêu: {reason}" in review
        assert "Bản đã xác nhận vẫn có hiệu lực" in text_of(mine.get(at("cme_records", one)))
        confirmed(one, "cme_records")
        one.refresh_from_db()
        assert (one.hours, one.confirmed_version) == (16, 2)

    def test_nothing_changed_is_no_correction(self, herself: Actor, mine: Client) -> None:
        one = sent(mine, "cme_records")
        confirmed(one, "cme_records")
        with speaking_as(herself), pytest.raises(WrongRecord) as told:
            own_records.declare(
                name="cme_records", id=one.pk, typed=COURSE, by=herself, version=1, send=True,
                reason="Chứng nhận ghi khác",
            )  # fmt: skip
        assert "Không có nội dung nào khác" in told.value.problems[""][0].vi


def test_what_is_no_register_of_persons_is_declared_by_units_alone() -> None:
    assert set(own_records.BY_PERSON) == set(KINDS)
    with pytest.raises(ValueError, match="not declared by persons"):
        own_records.by_person(register("trainees").declaration)
    made("practitioners", PERSON, by=SYSTEM)


class TestTwoWindows:
    def opened(self, mine: Client) -> tuple[Record, dict[str, Any]]:
        """A course sent back, and its form as two windows have it: on version 1."""
        one = sent(mine, "cme_records")
        by = officer(OWN, "facility_reviewer")
        with speaking_as(by):
            actions.return_for_correction(
                register=register("cme_records"), id=one.pk, by=by, version=1, reasons={"hours": "Xem lại"}
            )
        kept = CmeRecord.objects.get().document
        return one, COURSE | {"phien-ban": 1, "viec": "luu", "document": kept}

    def test_the_second_sees_what_the_first_wrote_and_undoes_nothing(self, mine: Client) -> None:
        one, form = self.opened(mine)
        assert mine.post(at("cme_records", one), form | {"hours": "16"}).status_code == 302
        answer = mine.post(at("cme_records", one), form | {"organiser": "Bệnh viện Đồng Xanh"})
        assert answer.status_code == Changed.status
        page = text_of(answer)
        assert "24 giờ tín chỉ → 16 giờ tín chỉ" in page
        assert 'value="16"' in page
        assert 'value="Bệnh viện Đồng Xanh"' in page
        assert 'name="phien-ban" value="2"' in page
        found = CmeRecord.objects.get()
        assert (found.hours, found.organiser) == (16, "Bệnh viện Suối Mơ")

    def test_a_wrong_file_does_not_hide_what_another_wrote(self, mine: Client) -> None:
        """A file is looked at first: the form that comes back still says on which version it was opened."""
        one, form = self.opened(mine)
        assert mine.post(at("cme_records", one), form | {"hours": "16"}).status_code == 302
        no_photo = SimpleUploadedFile("anh.jpg", b"no photo", content_type="image/jpeg")
        answer = mine.post(at("cme_records", one), form | {"document-tep": no_photo})
        assert answer.status_code == WrongRecord.status
        assert 'name="phien-ban" value="1"' in text_of(answer)
        assert mine.post(at("cme_records", one), form | {"viec": "luu"}).status_code == Changed.status
