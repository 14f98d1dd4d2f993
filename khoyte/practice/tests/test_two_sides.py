"""Registrations need both sides; leavers and additions run against the clock; hours that meet are told."""

from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import add_working_days, is_working_day, today
from khoyte.legal.education import education_rule
from khoyte.practice import actions, duties, queries
from khoyte.practice.models import Departure, HoursOverlap, PracticeRegistration
from khoyte.practice.tests.people import NUMBER, practitioner, registration, window
from khoyte.registers import actions as registers
from khoyte.registers.errors import NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Record, Step
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PERSON,
    PROVINCE,
    STRANGER,
    SYSTEM,
    again,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
HERE = register("practice_registrations")


@pytest.fixture
def known() -> Record:
    return made("practitioners", PERSON, confirmed=True)


@pytest.fixture
def herself(known: Record) -> Actor:
    return practitioner()


@pytest.fixture
def clerk(country: None) -> Actor:
    return officer(OWN, "facility")


@pytest.fixture
def reviewer(country: None) -> Actor:
    return officer(OWN, "facility_reviewer")


@pytest.fixture
def province(country: None) -> Actor:
    return officer(PROVINCE, "province")


def by(actor: Actor, act, *given, **more):
    with speaking_as(actor):
        return act(*given, by=actor, **more)


def sent(clerk: Actor, **more) -> Record:
    record = registration(by=clerk, **more)
    return by(clerk, registers.submit, register=HERE, id=record.pk)


def kernel(actor: Actor, act: str, record: Record, **more) -> Record:
    return by(actor, getattr(registers, act), register=HERE, id=record.pk, **more)


def may(at=None) -> bool:
    from khoyte.foundation.calendar import now

    return queries.may_practise(facility=OWN, at=at or now(), personal_number=NUMBER).may


class TestBothSides:
    def test_what_a_facility_enters_counts_once_the_person_and_the_province_said_yes(
        self, herself: Actor, clerk: Actor, reviewer: Actor, province: Actor
    ) -> None:
        record = sent(clerk)
        assert (record.level, may()) == ("practitioner", False)
        for other in (reviewer, province):
            with pytest.raises(NotNow):
                kernel(other, "confirm", record, version=1)
        record = by(herself, actions.agree, id=record.pk, version=1)
        assert (record.level, may()) == ("facility", False)
        kernel(reviewer, "confirm", record, version=1)
        assert not may()
        kernel(province, "confirm", record, version=1)
        assert may()
        steps = Step.objects.filter(record=record.pk).order_by("id").values_list("act", "level", "by")
        assert list(steps)[1:] == [
            ("confirm", "practitioner", "anh"),
            ("confirm", "facility", "facility_reviewer-97001"),
            ("confirm", "province", "province-97"),
        ]

    def test_the_person_refuses_with_a_reason_and_the_facility_reads_it(
        self, herself: Actor, clerk: Actor
    ) -> None:
        record = sent(clerk)
        with pytest.raises(WrongRecord):
            by(herself, actions.refuse, id=record.pk, version=1, reason=" ")
        by(herself, actions.refuse, id=record.pk, version=1, reason="Chưa ký hợp đồng")
        assert again(HERE, record).state == "returned"
        page = browser(OWN, "facility").get(f"/so-dang-ky/practice_registrations/{record.pk}")
        assert "Chưa ký hợp đồng" in text_of(page)
        assert not may()

    def test_what_a_person_proposes_waits_for_the_facility_alone(
        self, herself: Actor, reviewer: Actor, province: Actor
    ) -> None:
        typed = {"facility": OWN, "valid_from": "2025-01-01", "hours": "T2-CN 0:00-24:00"}
        record = by(herself, actions.propose, typed=typed)
        assert (record.level, record.facility, record.province) == ("facility", OWN, PROVINCE)
        with pytest.raises(NotNow):
            by(herself, actions.agree, id=record.pk, version=1)
        kernel(reviewer, "confirm", record, version=1)
        kernel(province, "confirm", record, version=1)
        assert may()

    def test_a_person_proposes_to_a_facility_of_another_province(self, herself: Actor) -> None:
        typed = {"facility": STRANGER, "valid_from": "2025-01-01", "hours": "T7 7:00-11:00"}
        record = by(herself, actions.propose, typed=typed)
        assert (record.facility, record.province, record.level) == (STRANGER, "98", "facility")
        other = officer(STRANGER, "facility_reviewer")
        kernel(other, "return_for_correction", record, reasons={"": "Không có chỉ tiêu"}, version=1)
        assert "Không có chỉ tiêu" in text_of(window(herself).get(f"/hanh-nghe/dang-ky/{record.pk}"))

    def test_nobody_answers_for_another_person(self, herself: Actor, clerk: Actor) -> None:
        record = sent(clerk)
        stranger = practitioner(person(9)["personal_number"], name="nguoi-khac")
        unknown = practitioner("", name="chua-xac-thuc")
        for other in (stranger, unknown):
            with pytest.raises(UnknownRecord):
                by(other, actions.agree, id=record.pk, version=1)
            assert window(other).get(f"/hanh-nghe/dang-ky/{record.pk}").status_code == 404
        assert again(HERE, record).level == "practitioner"

    def test_for_somebody_without_an_account_a_signed_paper_stands_in(
        self, known: Record, clerk: Actor, reviewer: Actor
    ) -> None:
        record = sent(clerk)
        with pytest.raises(WrongRecord):
            kernel(clerk, "confirm_on_paper", record, paper=" ")
        record = kernel(clerk, "confirm_on_paper", record, paper="HĐ 12/2026, ngày 03/02/2026")
        assert record.level == "facility"
        with pytest.raises(NotNow):
            kernel(clerk, "confirm_on_paper", record, paper="HĐ 12/2026, ngày 03/02/2026")
        with pytest.raises(Refused):
            kernel(clerk, "confirm", record, version=1)
        page = browser(OWN, "facility").get(f"/so-dang-ky/practice_registrations/{record.pk}")
        assert "HĐ 12/2026" in text_of(page)
        assert "văn bản đã ký" in text_of(page)


class TestHeads:
    def test_a_facility_has_one_head_and_a_head_one_facility(self, known: Record) -> None:
        registration(head_of_work="1", confirmed=True)
        with pytest.raises(WrongRecord, match="nobody is of two"):
            registration(facility=NEIGHBOUR, head_of_work="1", hours="T7 7:00-8:00")
        other = person(4)["personal_number"]
        with pytest.raises(WrongRecord, match="has a head"):
            registration(personal_number=other, head_of_work="1")
        registration(personal_number=other)
        registration(personal_number=person(5)["personal_number"], facility=NEIGHBOUR, head_of_work="1")

    def test_a_head_who_ended_leaves_room_for_another(self, known: Record) -> None:
        registration(head_of_work="1", valid_to="2025-12-31", confirmed=True)
        registration(personal_number=person(4)["personal_number"], head_of_work="1", valid_from="2026-01-01")


class TestOverlaps:
    def test_both_facilities_provinces_and_the_person_are_told_and_each_side_explains(
        self, herself: Actor, clerk: Actor, province: Actor
    ) -> None:
        registration(hours="T2-T6 7:00-16:30", confirmed=True)
        registration(facility=STRANGER, hours="T6 16:00-20:00", confirmed=True)
        registration(facility=NEIGHBOUR, hours="T7 7:00-11:00", confirmed=True)
        there, other_province = officer(STRANGER, "facility"), officer("98", "province")
        uninvolved = officer(NEIGHBOUR, "facility")
        seen = {
            actor.name: by_overlaps(actor) for actor in (clerk, province, there, other_province, uninvolved)
        }
        assert seen == {
            "facility-97001": [(OWN, STRANGER)],
            "province-97": [(OWN, STRANGER)],
            "facility-98001": [(STRANGER, OWN)],
            "province-98": [(STRANGER, OWN)],
            "facility-97002": [],
        }
        assert "trùng với giờ đã đăng ký" in text_of(window(herself).get("/hanh-nghe"))

        with speaking_as(clerk):
            (mine,) = duties.open_overlaps(clerk)
        with pytest.raises(WrongRecord):
            by(clerk, actions.explain_overlap, id=mine[0].pk, reason="x")
        with pytest.raises(UnknownRecord):
            by(there, actions.explain_overlap, id=mine[0].pk, reason="Cấp cứu hàng loạt")
        by(clerk, actions.explain_overlap, id=mine[0].pk, reason="Cấp cứu hàng loạt")
        assert by_overlaps(clerk) == []
        assert by_overlaps(there) == [(STRANGER, OWN)]
        by(herself, actions.explain_overlap, id=mine[0].pk, reason="Trực cấp cứu theo điều động")
        assert by_overlaps(there) == []
        assert AuditEntry.objects.filter(action="registration.overlap_explained").count() == 2

    def test_a_warning_ends_when_hours_or_days_no_longer_meet_and_comes_again(self, known: Record) -> None:
        registration(hours="T2 7:00-11:00", confirmed=True)
        other = registration(facility=NEIGHBOUR, hours="T2 10:00-12:00", confirmed=True)
        assert HoursOverlap.objects.filter(cleared_at=None).count() == 2
        for patch, count in (
            ({"hours": "T3 10:00-12:00"}, 0),
            ({"hours": "T2 10:00-12:00"}, 2),
            ({"valid_from": "2024-01-01", "valid_to": "2024-02-01"}, 0),
        ):
            changed = registers.change(register=HERE, id=other.pk, patch=patch, by=SYSTEM, source="form")
            registers.confirm_at_once(register=HERE, record=changed, by=SYSTEM)
            assert HoursOverlap.objects.filter(cleared_at=None).count() == count

    def test_drafts_and_the_same_facility_warn_nobody(self, known: Record) -> None:
        registration(hours="T2 7:00-11:00", confirmed=True)
        registration(facility=NEIGHBOUR, hours="T2 7:00-11:00")
        registration(hours="T3 7:00-11:00", confirmed=True)
        registration(personal_number=person(3)["personal_number"], facility=NEIGHBOUR, confirmed=True)
        assert not HoursOverlap.objects.exists()


def by_overlaps(actor: Actor) -> list[tuple[str, str]]:
    with speaking_as(actor):
        return [(one.facility, one.other_facility) for one, _, _ in duties.open_overlaps(actor)]


class TestClocks:
    def test_a_leaver_is_reported_in_three_working_days(
        self, herself: Actor, clerk: Actor, province: Actor
    ) -> None:
        record = registration(confirmed=True)
        by(herself, actions.say_leaving, id=record.pk, last_day=today())
        with pytest.raises(NotNow):
            by(herself, actions.say_leaving, id=record.pk, last_day=today())
        for actor in (clerk, province):
            (duty,) = opened(actor)
            assert (duty.kind, duty.due) == ("leaver", add_working_days(today(), 3))
            assert duty.person == PERSON["full_name"]
        page = text_of(browser(OWN, "facility").get("/dang-ky-hanh-nghe"))
        assert "Còn 3 ngày làm việc" in page
        sent_on = by(clerk, actions.report_leaving, id=record.pk, last_day=today())
        # Neither the person nor the facility's own reviewer stands before the province.
        assert (sent_on.state, sent_on.level) == ("in_review", "province")
        assert [duty.kind for duty in opened(clerk)] == ["publication"]
        kernel(province, "confirm", sent_on, version=2)
        assert opened(clerk) == []
        assert PracticeRegistration.objects.get().valid_to == today()
        assert Departure.objects.get().reported_by == "facility-97001"

    def test_an_overdue_leaver_is_red_and_stays_on_record(self, herself: Actor, clerk: Actor) -> None:
        record = registration(confirmed=True)
        by(herself, actions.say_leaving, id=record.pk, last_day=today())
        Departure.objects.update(due_on=add_working_days(today(), -2))
        page = text_of(browser(OWN, "facility").get("/dang-ky-hanh-nghe"))
        assert "1 việc về đăng ký hành nghề đã quá hạn" in page
        assert "Quá hạn" in page
        by(clerk, actions.report_leaving, id=record.pk, last_day=today())
        entry = AuditEntry.objects.get(action="registration.leaver_reported")
        assert entry.details == {"late": True}

    def test_a_leaver_entered_by_the_ordinary_form_ends_the_duty_too(
        self, herself: Actor, clerk: Actor
    ) -> None:
        record = registration(confirmed=True)
        by(herself, actions.say_leaving, id=record.pk, last_day=today())
        kernel(clerk, "change", record, patch={"valid_to": today().isoformat()}, source="form")
        kernel(clerk, "submit", record)
        assert "leaver" not in {duty.kind for duty in opened(clerk)}

    def test_only_what_is_in_force_is_left(self, herself: Actor, clerk: Actor) -> None:
        draft, ended = registration(), registration(hours="T2 1:00-2:00", valid_from="2023-01-01",
                                                    valid_to="2023-02-01", confirmed=True)  # fmt: skip
        with pytest.raises(NotNow):
            by(clerk, actions.report_leaving, id=draft.pk, last_day=today())
        for last_day in (today(), date(2022, 12, 31)):
            with pytest.raises(WrongRecord):
                by(herself, actions.say_leaving, id=ended.pk, last_day=last_day)

    def test_an_addition_is_sent_within_ten_days(self, herself: Actor, clerk: Actor, reviewer: Actor) -> None:
        record = sent(clerk, valid_from=today().isoformat())
        (duty,) = opened(clerk)
        assert duty.kind == "addition"
        assert duty.due >= today() + timedelta(days=10)
        assert is_working_day(duty.due)
        by(herself, actions.agree, id=record.pk, version=1)
        kernel(reviewer, "confirm", record, version=1)
        (duty,) = opened(clerk)
        assert (duty.kind, duty.due) == ("publication", add_working_days(today(), 5))

    def test_the_queue_says_how_many_working_days_are_left(
        self, herself: Actor, clerk: Actor, reviewer: Actor
    ) -> None:
        record = sent(clerk)
        by(herself, actions.agree, id=record.pk, version=1)
        kernel(reviewer, "confirm", record, version=1)
        office = browser(PROVINCE, "province")
        assert "Còn 5 ngày làm việc" in text_of(office.get("/ra-soat"))
        Case.objects.filter(closed_at=None).update(due_on=add_working_days(today(), -3))
        assert "Quá hạn 3 ngày làm việc" in text_of(office.get("/ra-soat")) or not is_working_day(today())

    def test_a_department_left_without_anybody_is_told(self, herself: Actor) -> None:
        record = registration(confirmed=True)
        page = browser(OWN, "facility").get(f"/dang-ky-hanh-nghe/{record.pk}")
        assert "Không còn ai khác" in text_of(page)
        registration(personal_number=person(2)["personal_number"], confirmed=True)
        assert not duties.left_without(record)

    @given(st.dates(date(2024, 1, 1), date(2027, 12, 31)))
    def test_terms_end_on_working_days(self, day: date) -> None:
        assert actions.due_on("practice_leaver", day) == add_working_days(day, 3)
        assert is_working_day(actions.due_on("practice_addition", day))


def opened(actor: Actor) -> list[duties.Duty]:
    with speaking_as(actor):
        return duties.open_duties(actor)


def test_strangers_neither_see_nor_report(herself: Actor) -> None:
    record = registration(confirmed=True)
    by(herself, actions.say_leaving, id=record.pk, last_day=today())
    for other in (officer(NEIGHBOUR, "facility"), officer("98", "province")):
        assert opened(other) == []
        with pytest.raises(UnknownRecord):
            by(other, actions.report_leaving, id=record.pk, last_day=today())
    assert browser(NEIGHBOUR, "facility").get(f"/dang-ky-hanh-nghe/{record.pk}").status_code == 404


def test_the_function_that_finds_overlaps_may_be_called_by_nobody() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege(role, 'khoyte_find_overlaps()', 'EXECUTE')"
            " FROM unnest(ARRAY['khoyte_app', 'khoyte_worker']) AS r(role)"
        )
        assert cursor.fetchall() == [(False,), (False,)]


@pytest.mark.parametrize(
    ("title", "day", "hours"), [("BS", date(2015, 1, 1), 48), ("DD", date(2026, 1, 1), 120)]
)
def test_education_is_asked_by_the_rule_of_the_day(title: str, day: date, hours: int) -> None:
    rule = education_rule(title, day)
    assert rule is not None
    assert rule.hours == hours
    assert education_rule(title, date(2010, 1, 1)) is None
