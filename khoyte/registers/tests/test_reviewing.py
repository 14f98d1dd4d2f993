"""Many at once by a drawn sample, two pairs of eyes, overdue cases, mismatches, who answers for what."""

import dataclasses
import time
from datetime import timedelta

import pyotp
import pytest

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.registers import actions, known, queries, reviewing
from khoyte.registers.declaration import PROVINCE_LEVEL
from khoyte.registers.errors import (
    NotOpened,
    OwnFile,
    ResponsibilityWanted,
    UnknownRecord,
    WrongRecord,
)
from khoyte.registers.known import register
from khoyte.registers.models import Batch, Case, Record, Step
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PHARMACY,
    PROVINCE,
    STRANGER,
    SYSTEM,
    made,
    officer,
    person,
)
from khoyte.units import actions as unit_actions
from khoyte.units import second_step
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def sent(number: int, facility: str = OWN, **more: str) -> Record:
    record = made("practitioners", person(number, facility=facility, **more))
    with speaking_as(SYSTEM):
        return actions.submit(register=register("practitioners"), id=record.pk, by=SYSTEM)


def case_of(record: Record, kind: str = "review") -> Case:
    return Case.objects.get(record=record.pk, closed_at=None, kind=kind)


def account(unit: str, role: str) -> Account:
    return unit_actions.create_account(username=f"{role}-{unit}", unit=unit, role=role, by=SYSTEM)[0]


@pytest.fixture
def reviewer() -> Actor:
    return officer(OWN, "facility_reviewer")


class TestMany:
    def begun(self, by: Actor, count: int = 12) -> Batch:
        for number in range(count):
            sent(number)
        with speaking_as(by):
            cases = [case.pk for case in queries.waiting_cases(by)]
            return reviewing.begin_batch(cases=cases, by=by)

    def opened(self, batch: Batch, by: Actor, most: int = 100) -> None:
        with speaking_as(by):
            for case in batch.sample[:most]:
                reviewing.note_opened(batch.pk, case, by=by)

    def confirmed(self, batch: Batch, by: Actor) -> Batch:
        with speaking_as(by):
            return reviewing.confirm_batch(batch.pk, by=by)

    def test_the_sample_is_drawn_recorded_and_has_to_be_opened(self, reviewer: Actor) -> None:
        batch = self.begun(reviewer)
        assert (len(batch.cases), len(batch.sample)) == (12, 2)
        assert set(batch.sample) <= {pk for pk, _ in batch.cases}
        self.opened(batch, reviewer, most=1)
        with pytest.raises(NotOpened, match="1 files"):
            self.confirmed(batch, reviewer)
        self.opened(batch, reviewer)
        done = self.confirmed(batch, reviewer)
        assert (done.state, done.outcome) == ("done", {"confirmed": 12, "left": 0, "doubtful": 0})
        assert Case.objects.filter(closed_at=None, level="province").count() == 12
        entry = AuditEntry.objects.get(action="register.batch.confirm")
        assert (entry.details["sample"], entry.details["opened"]) == (batch.sample, batch.sample)
        with pytest.raises(UnknownRecord):
            self.confirmed(batch, reviewer)

    def test_chance_draws_otherwise_each_time(self, reviewer: Actor) -> None:
        self.begun(reviewer)
        with speaking_as(reviewer):
            cases = [case.pk for case in queries.waiting_cases(reviewer)]
            draws = {tuple(reviewing.begin_batch(cases=cases, by=reviewer).sample) for _ in range(20)}
        assert len(draws) > 1

    def test_files_changed_decided_or_own_are_left(self, reviewer: Actor) -> None:
        own = made("practitioners", person(50), by=reviewer)
        with speaking_as(reviewer):
            actions.submit(register=register("practitioners"), id=own.pk, by=reviewer)
        batch = self.begun(reviewer, 3)
        rest = [pk for pk, _ in batch.cases if pk not in batch.sample and pk != str(case_of(own).pk)]
        Case.objects.filter(pk=rest[0]).update(version=7)
        self.opened(batch, reviewer)
        assert self.confirmed(batch, reviewer).outcome == {"confirmed": 2, "left": 2, "doubtful": 0}
        assert case_of(own).level == "facility"

    def test_files_with_a_warning_go_with_the_others_only_where_they_were_opened(
        self, reviewer: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The personal numbers say 1985.
        doubtful = [sent(number, birth_date="1984-04-02") for number in (60, 61)]
        wanted = sorted(str(case_of(record).pk) for record in doubtful)
        monkeypatch.setattr(
            reviewing._DRAWN,
            "sample",
            lambda cases, count: [case for case in cases if str(case.pk) not in wanted][:count],
        )
        batch = self.begun(reviewer, 3)
        assert (batch.doubtful, len(batch.cases)) == (wanted, 5)
        self.opened(batch, reviewer)
        with speaking_as(reviewer):
            reviewing.note_opened(batch.pk, case_of(doubtful[0]).pk, by=reviewer)
        assert self.confirmed(batch, reviewer).outcome == {"confirmed": 4, "left": 0, "doubtful": 1}
        assert [case_of(record).level for record in doubtful] == ["province", "facility"]

    def test_acts_on_licences_nobody_holds_are_doubtful(self) -> None:
        province = officer(PROVINCE, "province")
        act = {"licence_number": "77/DEMO-GPHN", "kind": "discipline", "valid_from": "2026-01-05"}
        act |= {"decision": "5/QĐ"}
        lead = officer(PROVINCE, "province_lead")
        record = made("licence_events", act, by=lead)
        with speaking_as(lead):
            actions.submit(register=register("licence_events"), id=record.pk, by=lead)
        case = case_of(record)
        with speaking_as(province):
            assert reviewing.begin_batch(cases=[case.pk], by=province).doubtful == [str(case.pk)]

    def test_a_returned_file_of_the_sample_speaks_against_the_whole(self, reviewer: Actor) -> None:
        batch = self.begun(reviewer)
        self.opened(batch, reviewer)
        assert not reviewing.is_broken(batch)
        case = Case.objects.get(pk=batch.sample[0])
        with speaking_as(reviewer):
            actions.return_for_correction(
                register=register("practitioners"), id=case.record, reasons={"": "Sai"}, by=reviewer
            )
        assert reviewing.is_broken(batch)

    def test_what_is_not_in_the_own_queue_is_not_taken(self, reviewer: Actor) -> None:
        foreign = [
            case_of(sent(number, facility)).pk for number, facility in ((90, NEIGHBOUR), (91, STRANGER))
        ]
        with speaking_as(reviewer), pytest.raises(NotOpened):
            reviewing.begin_batch(cases=foreign, by=reviewer)
        batch = self.begun(reviewer, 1)
        other = officer(OWN, "facility_reviewer", name="đồng nghiệp")
        with speaking_as(other), pytest.raises(UnknownRecord):
            reviewing.batch_of(batch.pk, other)

    def test_on_the_pages(self) -> None:
        for number in range(3):
            sent(number)
        window = Window(account(OWN, "facility_reviewer"))
        none = window.post("/ra-soat/dot", {"bao-nhieu": "0"})
        assert none.status_code == 409
        assert "ghi số hồ sơ từ 1 đến 500" in none.content.decode()
        assert "3 hồ sơ chờ rà soát" in none.content.decode()
        address = window.post("/ra-soat/dot", {"bao-nhieu": "20", "so": "practitioners"})["Location"]
        assert window.post(address).status_code == 409
        (case,) = Batch.objects.get().sample
        assert "chưa mở" in window.get(address).content.decode()
        assert window.get(f"/ra-soat/{case}?dot={address.rsplit('/', 1)[1]}").status_code == 200
        assert "Xác nhận 3 hồ sơ" in window.get(address).content.decode()
        assert window.post(address).status_code == 302
        assert "Đã xác nhận 3 hồ sơ" in window.get(address).content.decode()


class TestFourEyes:
    @pytest.fixture
    def strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = register("pharmacies")
        level = dataclasses.replace(PROVINCE_LEVEL, four_eyes=True)
        declaration = dataclasses.replace(found.declaration, ladder=(level,))
        monkeypatch.setitem(known._KNOWN, "pharmacies", known.Register(declaration, found.model))

    @pytest.mark.usefixtures("strict")
    def test_two_different_people_confirm(self) -> None:
        record = made("pharmacies", PHARMACY)
        first, second = officer(PROVINCE, "province"), officer(PROVINCE, "province_lead")
        delegate = dataclasses.replace(second, name="người nhận", on_behalf_of=first.name)
        found = register("pharmacies")
        with speaking_as(SYSTEM):
            actions.submit(register=found, id=record.pk, by=SYSTEM)
        with speaking_as(first):
            assert actions.confirm(register=found, id=record.pk, by=first).state == "in_review"
        for same in (first, delegate):
            with pytest.raises(OwnFile), speaking_as(same):
                actions.confirm(register=found, id=record.pk, by=same)
        with speaking_as(second):
            assert actions.confirm(register=found, id=record.pk, by=second).state == "confirmed"
        acts = Step.objects.filter(record=record.pk, act="confirm").order_by("id").values_list("by", "state")
        assert list(acts) == [(first.name, "in_review"), (second.name, "confirmed")]


def test_a_delegate_confirms_neither_ones_own_nor_the_others(reviewer: Actor) -> None:
    clerk = officer(OWN, "facility")
    acting = dataclasses.replace(reviewer, name="người nhận", on_behalf_of=clerk.name)
    for author, confirmer in ((clerk, acting), (acting, dataclasses.replace(reviewer, name=clerk.name))):
        record = made("practitioners", person(author is clerk), by=author)
        found = register("practitioners")
        with speaking_as(author):
            actions.submit(register=found, id=record.pk, by=author)
        with pytest.raises(OwnFile), speaking_as(confirmer):
            actions.confirm(register=found, id=record.pk, by=confirmer)


class TestOverdue:
    def test_what_is_past_its_day_goes_to_the_lead_once(self, reviewer: Actor) -> None:
        late, fresh, low = sent(1), sent(2), sent(3)
        for record in (late, fresh):
            with speaking_as(reviewer):
                actions.confirm(register=register("practitioners"), id=record.pk, by=reviewer)
        for record in (late, low):
            Case.objects.filter(record=record.pk).update(due_on=today() - timedelta(days=1))
        assert reviewing.escalate(by=SYSTEM) == 1
        assert reviewing.escalate(by=SYSTEM) == 0
        assert case_of(late).escalated_at is not None
        assert case_of(fresh).escalated_at is None
        assert case_of(low).escalated_at is None  # a facility has no lead above its reviewers
        assert AuditEntry.objects.get(action="register.escalate").subject_id == str(late.pk)
        lead, colleague = Window(account(PROVINCE, "province_lead")), Window(account(PROVINCE, "province"))
        words = "1 hồ sơ quá hạn đã chuyển đến lãnh đạo"
        assert words in lead.get("/ra-soat").content.decode()
        assert words not in colleague.get("/ra-soat").content.decode()
        address = f"/ra-soat/{case_of(late).pk}"
        assert "Quá hạn, đã chuyển lãnh đạo" in lead.get(address).content.decode()
        lead.post(address, {"viec": "xac-nhan", "phien-ban": "1"})
        assert register("practitioners").model.objects.get(pk=late.pk).state == "confirmed"


class TestMismatch:
    def said(self, record: Record, **words: str) -> Case | None:
        with speaking_as(SYSTEM):
            return reviewing.say_otherwise(
                register=register("practitioners"), id=record.pk, said=words, by=SYSTEM
            )

    def test_a_difference_opens_one_case_beside_the_review(self, reviewer: Actor) -> None:
        record = sent(1)
        assert self.said(record, title="BS") is None
        first = self.said(record, title="YS", licence_number="000001/DEMO-GPHN")
        again = self.said(record, title="DD")
        assert first is not None
        assert again is not None
        assert first.pk == again.pk
        assert [(one.field, one.listed, one.said) for one in reviewing.differences(again)] == [
            ("title", "BS", "DD")
        ]
        assert case_of(record).kind == "review"
        assert {case.kind for case in queries.waiting_cases(reviewer)} == {"review", "mismatch"}
        assert b"DD" not in bytes(case_of(record, "mismatch").told_sealed)
        assert self.said(record, title="BS") is None
        assert not Case.objects.filter(kind="mismatch", closed_at=None).exists()

    def test_the_reviewer_takes_field_by_field_with_grounds(self) -> None:
        record = made("practitioners", person(1))
        case = self.said(record, title="YS", full_name="Trần Văn Bính")
        assert case is not None
        window = Window(account(OWN, "facility_reviewer"))
        page = window.get(f"/ra-soat/{case.pk}").content.decode()
        assert "Trần Văn Bính" in page
        answer = window.post(f"/ra-soat/{case.pk}", {"lay-theo-nguoi": "full_name", "ly-do": " "})
        assert answer.status_code == 422
        answer = window.post(f"/ra-soat/{case.pk}", {"lay-theo-nguoi": "full_name", "ly-do": "Theo văn bằng"})
        assert answer.status_code == 302
        now = register("practitioners").model.objects.get(pk=record.pk)
        assert (now.full_name, now.title, now.version) == ("Trần Văn Bính", "BS", 2)
        step = Step.objects.get(act="settle")
        assert (step.reasons, step.by) == ({"": "Theo văn bằng"}, f"facility_reviewer-{OWN}")

    def test_strangers_and_others_levels_settle_nothing(self) -> None:
        case = self.said(made("practitioners", person(1)), title="YS")
        assert case is not None
        for unit, role in ((NEIGHBOUR, "facility_reviewer"), (PROVINCE, "province"), ("98", "province")):
            by = officer(unit, role)
            with pytest.raises(UnknownRecord), speaking_as(by):
                reviewing.settle_mismatch(case.pk, chosen=[], reason="x", by=by)


class TestAnswering:
    def facility(self, by: Actor) -> Record:
        content = {"code": OWN, "name": "Cơ sở", "province": "97", "commune": "xã Suối Mơ"}
        return made("facilities", content, by=by)

    def test_nobody_sends_a_facility_without_answering_for_it(self) -> None:
        clerk = officer(OWN, "facility_admin")
        record = self.facility(clerk)
        with pytest.raises(ResponsibilityWanted), speaking_as(clerk):
            actions.submit(register=register("facilities"), id=record.pk, by=clerk)

    def test_the_sentence_and_the_code_are_recorded(self) -> None:
        clerk = account(OWN, "facility_admin")
        record = self.facility(actor_of_account(clerk))
        window, address = Window(clerk), f"/so-dang-ky/facilities/{record.pk}"
        assert window.post(f"{address}/viec", {"viec": "gui"})["Location"] == f"{address}/cam-ket"
        page = window.get(f"{address}/cam-ket").content.decode()
        assert "chịu trách nhiệm trước pháp luật" in page
        assert "Cài đặt xác thực hai bước" in page
        ticked = {"cam-doan": "1", "ma": "000000"}
        assert window.post(f"{address}/cam-ket", ticked).status_code == 422
        totp = pyotp.TOTP(second_step.unfinished_secret(clerk))
        second_step.confirm(clerk, totp.at(int(time.time()) - 30), by=actor_of_account(clerk))
        for typed in ({"ma": totp.now()}, {"cam-doan": "1", "ma": ""}, {"cam-doan": "1", "ma": "12"}):
            assert window.post(f"{address}/cam-ket", typed).status_code == 422
        answer = window.post(f"{address}/cam-ket", {"cam-doan": "1", "ma": totp.now()})
        assert answer.status_code == 302
        step = Step.objects.get(act="submit")
        assert (step.by, step.proof) == (clerk.username, "code")
        assert step.sentence.startswith("Tôi cam đoan")

    def test_confirmed_it_has_the_code_issued_to_the_facility(self) -> None:
        record = self.facility(SYSTEM)
        with speaking_as(SYSTEM):
            actions.submit(register=register("facilities"), id=record.pk, by=SYSTEM)
        province = officer(PROVINCE, "province")
        with speaking_as(province):
            done = actions.confirm(register=register("facilities"), id=record.pk, by=province)
        code = Unit.objects.get(pk=OWN).national_code
        assert len(code) == 13
        assert (done.national_code, done.confirmed_version, done.version) == (code, 2, 2)
        newest = queries.versions(done)[0]
        assert (newest.changed, newest.source) == (["national_code"], "issued")


class TestOffices:
    def test_a_practitioner_of_no_facility_goes_to_the_province(self) -> None:
        record = made("practitioners", person(1))
        type(record).objects.filter(pk=record.pk).update(facility="")
        with speaking_as(SYSTEM):
            actions.submit(register=register("practitioners"), id=record.pk, by=SYSTEM)
        assert case_of(record).level == "province"

    def test_a_department_reviews_what_is_shared_with_it_beside_the_province(self, reviewer: Actor) -> None:
        records = [sent(1), sent(2, NEIGHBOUR)]
        for record in records:
            by = officer(record.facility, "facility_reviewer")
            with speaking_as(by):
                actions.confirm(register=register("practitioners"), id=record.pk, by=by)
        department = officer("CUC", "department")
        with speaking_as(department):
            assert not queries.waiting_cases(department).exists()
        Unit.objects.filter(pk=OWN).update(shared_with="CUC")
        window = Window(account("CUC", "department"))
        assert case_of(records[0]).title in window.get("/ra-soat").content.decode()
        assert window.get(f"/ra-soat/{case_of(records[1]).pk}").status_code == 404
        assert window.post(f"/ra-soat/{case_of(records[1]).pk}", {"viec": "xac-nhan"}).status_code == 404
        window.post(f"/ra-soat/{case_of(records[0]).pk}", {"viec": "xac-nhan", "phien-ban": "1"})
        assert register("practitioners").model.objects.get(pk=records[0].pk).state == "confirmed"

    def test_a_facility_of_a_sector_lies_in_a_province_and_answers_to_its_office(self) -> None:
        unit_actions.create_unit(code="BCA", kind="province", name="Cục Y tế", under="BYT", by=SYSTEM)
        unit_actions.create_unit(code="97900", kind="facility", name="Bệnh viện", under="BCA", by=SYSTEM)
        content = {"code": "97900", "name": "Bệnh viện", "province": "97", "commune": "xã Suối Mơ"}
        record = made("facilities", content, by=officer("97900", "facility_admin"))
        assert record.province == "BCA"
        with speaking_as(SYSTEM):
            actions.submit(register=register("facilities"), id=record.pk, by=SYSTEM)
        for unit, sees in (("BCA", 1), (PROVINCE, 0)):
            by = officer(unit, "province")
            with speaking_as(by):
                assert queries.waiting_cases(by).count() == sees


def test_a_mismatch_needs_grounds(reviewer: Actor) -> None:
    with speaking_as(SYSTEM):
        record = made("practitioners", person(1))
        case = reviewing.say_otherwise(
            register=register("practitioners"), id=record.pk, said={"title": "YS"}, by=SYSTEM
        )
    assert case is not None
    with speaking_as(reviewer), pytest.raises(WrongRecord):
        reviewing.settle_mismatch(case.pk, chosen=["title"], reason=" ", by=reviewer)
