"""A practitioner says otherwise than the list: offices are told, each field is settled with grounds."""

from typing import Any

import pytest
from django.test import Client

from khoyte.audit.models import AuditEntry
from khoyte.notices.models import Notice
from khoyte.practice import actions
from khoyte.practice.models import PracticeRegistration, Practitioner
from khoyte.practice.tests.people import practitioner, registration, window
from khoyte.registers import actions as registers
from khoyte.registers import queries, reviewing
from khoyte.registers.errors import NotNow, UnknownRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Record, Step
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PERSON, PROVINCE, made, officer, person
from khoyte.registers.tests.test_pages import text_of
from khoyte.units import actions as unit_actions
from khoyte.units.models import Account
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as, working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
RECORD, REGISTRATION = "/hanh-nghe/bao-khac", "/hanh-nghe/dang-ky/{}/bao-khac"


@pytest.fixture
def herself(country: None) -> Actor:
    return practitioner()


@pytest.fixture
def mine(herself: Actor) -> Client:
    return window(herself)


@pytest.fixture
def place(herself: Actor) -> Record:
    made("practitioners", PERSON, confirmed=True)
    return registration(confirmed=True)


@pytest.fixture
def reviewer(country: None) -> Actor:
    return somebody(OWN, "facility_reviewer")


def somebody(unit: str, role: str) -> Actor:
    account, _ = unit_actions.create_account(
        username=f"{role}-{unit}", unit=unit, role=role, by=system_actor("test")
    )
    return actor_of_account(Account.objects.select_related("unit").get(pk=account.pk))


def typed(**changes: str) -> dict[str, str]:
    """The form as it is shown, with these changes."""
    shown = {
        "valid_from": "2025-01-01",
        "hours": "T2-CN 0:00-24:00",
        "position": "Bác sỹ điều trị",
        "department": "K02",
    }
    return shown | changes


def case() -> Case:
    return Case.objects.get(kind="mismatch")


def settle(by: Actor, *chosen: str, reason: str = "Theo hợp đồng số 5") -> Case:
    with speaking_as(by):
        return reviewing.settle_mismatch(case().pk, chosen=chosen, reason=reason, by=by)


def heard(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("account", flat=True))


class TestSaying:
    def test_it_opens_a_case_for_the_facility_and_both_offices_are_told(
        self, place: Record, herself: Actor, mine: Client, reviewer: Actor
    ) -> None:
        clerk, province = somebody(OWN, "facility"), somebody(PROVINCE, "province")
        stranger = somebody(NEIGHBOUR, "facility_reviewer")
        page = text_of(mine.get(f"/hanh-nghe/dang-ky/{place.pk}"))
        assert REGISTRATION.format(place.pk) in page
        form = text_of(mine.get(REGISTRATION.format(place.pk)))
        assert 'value="T2-CN 0:00-24:00"' in form
        for kept in ("personal_number", "facility", "reference"):
            assert f'name="{kept}"' not in form
        answer = mine.post(REGISTRATION.format(place.pk), typed(hours="T2-T6 7:00-16:30", department="K01"))
        assert answer["Location"] == f"/hanh-nghe/dang-ky/{place.pk}?da-bao=1"
        page = text_of(mine.get(answer["Location"]))
        assert "Cơ sở và Sở Y tế đã nhận thông báo" in page
        assert "đang chờ giải quyết" in page
        assert (case().level, case().facility, case().opened_by) == ("facility", OWN, herself.name)
        assert heard("mismatch_said") == {clerk.name, reviewer.name, province.name}
        with speaking_as(reviewer):
            assert case() in queries.waiting_cases(reviewer)
        with speaking_as(stranger):
            assert not queries.waiting_cases(stranger).exists()
        record = text_of(window(clerk).get(f"/so-dang-ky/practice_registrations/{place.pk}"))
        assert "Người hành nghề báo nội dung khác" in record
        assert f"/ra-soat/{case().pk}" not in record
        assert f"/ra-soat/{case().pk}" in text_of(
            window(reviewer).get(f"/so-dang-ky/practice_registrations/{place.pk}")
        )
        assert PracticeRegistration.objects.get().hours == "T2-CN 0:00-24:00"

    def test_saying_it_again_replaces_it_and_saying_the_same_takes_it_back(
        self, place: Record, mine: Client
    ) -> None:
        mine.post(REGISTRATION.format(place.pk), typed(department="K01"))
        assert 'value="K01"' in text_of(mine.get(REGISTRATION.format(place.pk)))
        mine.post(REGISTRATION.format(place.pk), typed(department="K19"))
        assert [(one.listed, one.said) for one in reviewing.differences(case())] == [("K02", "K19")]
        answer = mine.post(REGISTRATION.format(place.pk), typed())
        assert answer["Location"].endswith("?da-bao=0")
        assert case().closed_at is not None
        acts = AuditEntry.objects.filter(action__startswith="register.mismatch").order_by("pk")
        assert [entry.action.rpartition(".")[2] for entry in acts] == ["open", "say_again", "take_back"]

    def test_the_same_written_otherwise_is_no_difference(self, place: Record, mine: Client) -> None:
        answer = mine.post(REGISTRATION.format(place.pk), typed(valid_from="01/01/2025"))
        assert answer["Location"].endswith("?da-bao=0")
        assert not Case.objects.filter(kind="mismatch").exists()

    def test_what_could_not_stand_there_is_told_at_its_field(self, place: Record, mine: Client) -> None:
        answer = mine.post(REGISTRATION.format(place.pk), typed(valid_from="32/13/2025"))
        assert answer.status_code == 422
        assert 'href="#valid_from"' in text_of(answer)
        assert not Case.objects.filter(kind="mismatch").exists()

    def test_about_the_own_record_without_a_facility_the_province_settles(self, herself: Actor) -> None:
        alone = practitioner(person(9)["personal_number"], unit=PROVINCE, name="tu-do")
        by = officer(PROVINCE, "province", "khac")
        content = person(9) | {"facility": ""}
        with speaking_as(by):
            record = registers.create(
                register=register("practitioners"), content=content, by=by, source="form"
            )
        window(alone).post(RECORD, content | {"title": "YS"})
        assert (case().record, case().level, case().facility) == (record.pk, "province", "")

    def test_another_person_and_an_account_of_nobody_say_nothing(self, place: Record) -> None:
        other = practitioner(person(9)["personal_number"], name="nguoi-khac")
        nobody = practitioner("", name="chua-xac-thuc")
        for who in (other, nobody):
            client = window(who)
            assert client.get(REGISTRATION.format(place.pk)).status_code == 404
            assert client.post(REGISTRATION.format(place.pk), typed(department="K01")).status_code == 404
            assert client.get(RECORD).status_code == 404
            with speaking_as(who), pytest.raises(UnknownRecord):
                actions.say_otherwise(
                    name="practice_registrations", id=place.pk, typed={"department": "K01"}, by=who
                )
        clerk = officer(OWN, "facility")
        with speaking_as(clerk), pytest.raises(UnknownRecord):
            actions.say_otherwise(
                name="practice_registrations", id=place.pk, typed={"department": "K01"}, by=clerk
            )
        assert not Case.objects.filter(kind="mismatch").exists()


class TestSettling:
    @pytest.fixture(autouse=True)
    def _said(self, place: Record, mine: Client, reviewer: Actor) -> None:
        mine.post(REGISTRATION.format(place.pk), typed(hours="T2-T6 7:00-16:30", department="K01"))

    def test_what_is_taken_goes_to_the_province_and_the_person_hears(
        self, place: Record, herself: Actor, reviewer: Actor
    ) -> None:
        settle(reviewer, "hours")
        record = PracticeRegistration.objects.get()
        assert (record.hours, record.department) == ("T2-T6 7:00-16:30", "K02")
        assert (record.state, record.level) == ("in_review", "province")
        assert heard("mismatch_settled") == {herself.name}
        assert Notice.objects.get(kind="mismatch_settled").facts == {
            "register": "practice_registrations",
            "taken": 1,
            "kept": 1,
        }
        assert Notice.objects.get(kind="mismatch_settled").href == f"/hanh-nghe/dang-ky/{place.pk}"
        province = officer(PROVINCE, "province")
        with speaking_as(province):
            confirmed = registers.confirm(
                register=register("practice_registrations"), id=record.pk, by=province, version=2
            )
        assert (confirmed.state, confirmed.confirmed_version) == ("confirmed", 2)

    def test_nothing_taken_leaves_the_record_as_it_is(self, place: Record, reviewer: Actor) -> None:
        settle(reviewer)
        record = PracticeRegistration.objects.get()
        assert (record.version, record.state) == (1, "confirmed")
        assert Step.objects.get(act="settle").reasons == {"": "Theo hợp đồng số 5"}

    def test_it_is_settled_once(self, reviewer: Actor) -> None:
        settle(reviewer, "hours")
        with pytest.raises(UnknownRecord):
            settle(reviewer, "department")

    def test_changes_under_way_are_not_sent_along(self, place: Record, reviewer: Actor) -> None:
        clerk = officer(OWN, "facility")
        with speaking_as(clerk):
            registers.change(
                register=register("practice_registrations"), id=place.pk, patch={"position": "Trưởng khoa"},
                by=clerk, source="form",
            )  # fmt: skip
        settle(reviewer, "hours")
        assert PracticeRegistration.objects.get().state == "draft"

    def test_while_it_is_reviewed_the_settling_waits(self, place: Record, reviewer: Actor) -> None:
        clerk = officer(OWN, "facility")
        with speaking_as(clerk):
            found = register("practice_registrations")
            registers.change(
                register=found, id=place.pk, patch={"position": "Trưởng khoa"}, by=clerk, source="form"
            )
            registers.submit(register=found, id=place.pk, by=clerk)
        with pytest.raises(NotNow):
            settle(reviewer, "hours")
        assert case().closed_at is None
        assert settle(reviewer).closed_at is not None

    def test_the_pages_lead_the_reviewer_through(self, reviewer: Actor) -> None:
        client = window(reviewer)
        page = text_of(client.get(f"/ra-soat/{case().pk}"))
        for words in ("T2-CN 0:00-24:00", "T2-T6 7:00-16:30", "Giải quyết khác biệt"):
            assert words in page
        answer = client.post(f"/ra-soat/{case().pk}", {"lay-theo-nguoi": "hours", "ly-do": ""})
        assert answer.status_code == 422
        assert "Chưa ghi căn cứ" in text_of(answer)
        answer = client.post(f"/ra-soat/{case().pk}", {"lay-theo-nguoi": "hours", "ly-do": "Hợp đồng"})
        assert answer.status_code == 302


def waiting() -> Any:
    clerk = officer(OWN, "facility")
    record = registration(by=clerk)
    with speaking_as(clerk):
        return registers.submit(register=register("practice_registrations"), id=record.pk, by=clerk)


def on_paper(record: Record) -> None:
    clerk = officer(OWN, "facility")
    with speaking_as(clerk):
        registers.confirm_on_paper(
            register=register("practice_registrations"), id=record.pk, paper="Hợp đồng 12", by=clerk
        )


class TestWaitingForThePerson:
    def test_who_has_an_account_hears_and_no_paper_stands_in(self, herself: Actor) -> None:
        record = waiting()
        told = Notice.objects.get(kind="registration_waiting")
        assert (told.account, told.href) == (herself.name, f"/hanh-nghe/dang-ky/{record.pk}")
        with pytest.raises(NotNow):
            on_paper(record)

    def test_who_has_none_signs_a_paper(self) -> None:
        record = waiting()
        assert not Notice.objects.filter(kind="registration_waiting").exists()
        on_paper(record)
        assert PracticeRegistration.objects.get().level == "facility"

    def test_a_closed_account_is_none(self, herself: Actor) -> None:
        Account.objects.filter(username=herself.name).update(is_active=False)
        on_paper(waiting())
        assert PracticeRegistration.objects.get().level == "facility"

    def test_a_returned_declaration_leads_the_person_to_the_own_page(
        self, herself: Actor, reviewer: Actor
    ) -> None:
        made("practitioners", PERSON, confirmed=True)
        with speaking_as(herself):
            changed = {**PERSON, "phone": "0912345678"}
            record = actions.declare(typed=changed, by=herself, version=1, send=True)
        with speaking_as(reviewer):
            registers.return_for_correction(
                register=register("practitioners"), id=record.pk, by=reviewer, reasons={"phone": "Sai"}
            )
        assert Notice.objects.get(kind="file_returned").href == "/hanh-nghe"
        assert Practitioner.objects.get().state == "returned"


def test_the_worker_says_nothing_in_a_persons_name(place: Record) -> None:
    with working(), pytest.raises(UnknownRecord):
        actions.say_otherwise(
            name="practice_registrations", id=place.pk, typed={"department": "K01"}, by=system_actor("test")
        )
