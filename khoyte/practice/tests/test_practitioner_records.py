"""Scope by items, continuing education, trainees: what follows from them, what is refused, who sees them."""

import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from khoyte.foundation.calendar import today
from khoyte.legal.ceilings import TRAINEES_OF_SUPERVISOR, ceilings
from khoyte.legal.education import education_rule
from khoyte.practice import education, education_duties, scope, trainees
from khoyte.practice.education import Activity, due_day, first_day, last_day, licence_term, standing
from khoyte.practice.licence_numbers import same_number
from khoyte.practice.may_practise import LicenceAct
from khoyte.practice.models import CmeRecord, Practitioner, ScopeItem, Trainee
from khoyte.practice.scope import Item, in_force
from khoyte.practice.tests.people import NUMBER, practitioner, registration, window
from khoyte.registers import actions, reviewing
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Tally
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PERSON,
    PROVINCE,
    STRANGER,
    SYSTEM,
    Machine,
    csv_of,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.models import Account
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.test_races import PATIENCE, at_once

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))
RULE = education_rule("BS", date(2026, 11, 29))
assert RULE is not None


class TestWindow:
    @pytest.mark.parametrize(
        ("last", "months", "first"),
        [
            (date(2026, 11, 29), 60, date(2021, 11, 30)),
            (date(2028, 2, 29), 12, date(2027, 3, 1)),
            (date(2025, 2, 28), 12, date(2024, 2, 29)),
            (date(2026, 3, 31), 1, date(2026, 3, 1)),
            (date(2026, 1, 1), 12, date(2025, 1, 2)),
            (date(2026, 12, 31), 24, date(2025, 1, 1)),
        ],
    )
    def test_the_first_day(self, last: date, months: int, first: date) -> None:
        assert first_day(last, months) == first

    @given(DAYS, st.integers(1, 72))
    def test_windows_that_follow_each_other_leave_no_day_out_for_long(self, last: date, months: int) -> None:
        """A window is about so many months long, and never begins later for an earlier end."""
        first = first_day(last, months)
        assert 28 * months - 3 <= (last - first).days + 1 <= 31 * months
        assert first_day(last - timedelta(days=1), months) <= first

    @given(st.lists(st.builds(Activity, DAYS, st.integers(1, 60)), max_size=20), DAYS)
    def test_hours_of_the_window_are_those_and_no_others(self, done: list[Activity], on: date) -> None:
        found = standing(RULE, done, on)
        outside = [one for one in done if not found.since <= one.day <= on]
        assert found.hours + sum(one.hours for one in outside) == sum(one.hours for one in done)
        assert found.missing == max(0, RULE.hours - found.hours)
        assert standing(RULE, [one for one in done if one not in outside], on) == found
        assert found.hours_of_year <= found.hours


class TestDue:
    @given(DAYS, st.integers(1, 72))
    def test_the_last_day_undoes_the_first_but_for_the_ends_of_months(self, first: date, months: int) -> None:
        last = last_day(first, months)
        assert abs((first_day(last, months) - first).days) <= 3, "months end on different days"
        assert 28 * months - 3 <= (last - first).days + 1 <= 31 * months

    @given(DAYS, DAYS)
    def test_without_a_term_the_window_that_runs_is_meant(self, licensed: date, day: date) -> None:
        due = due_day(RULE, licensed, None, max(licensed, day))
        assert due is not None
        assert due >= max(licensed, day)
        assert (due - max(licensed, day)).days < 31 * RULE.window_months
        assert due in {last_day(licensed, RULE.window_months * n) for n in range(1, 12)}

    @given(DAYS, DAYS, DAYS)
    def test_the_last_day_of_the_licence_comes_first(self, licensed: date, until: date, day: date) -> None:
        assert due_day(RULE, licensed, until, day) == until
        assert due_day(RULE, None, None, day) is None

    def test_a_renewal_that_has_begun_carries_the_licence_on(self) -> None:
        acts = [
            LicenceAct("renew", date(2026, 1, 1), date(2031, 1, 1)),
            LicenceAct("renew", date(2030, 1, 1), date(2036, 1, 1)),
            LicenceAct("suspend", date(2026, 1, 1), date(2040, 1, 1)),
        ]
        assert licence_term(date(2026, 1, 1), acts, date(2026, 11, 29)) == date(2031, 1, 1)
        assert licence_term(None, [], date(2026, 11, 29)) is None


class TestLicenceNumbers:
    NUMBERS = st.tuples(
        st.integers(1, 9_999_999),
        st.sampled_from(["BYT", "HCM", "ĐNA", "DEMO"]),
        st.sampled_from(["GPHN", "CCHN"]),
    )
    BETWEEN = st.sampled_from(["/", " / ", "⁄", "／"])
    DASHES = st.sampled_from(["-", "–", "—", "‑", "−", " - ", " ", "\u200b-"])

    @given(NUMBERS, st.integers(0, 7), BETWEEN, DASHES, st.booleans())
    def test_all_writings_of_one_number_have_one_key(
        self, number: tuple[int, str, str], zeros: int, between: str, dash: str, small: bool
    ) -> None:
        digits, agency, kind = number
        written = f" {digits:0{zeros}d}{between}{agency}{dash}{kind} "
        assert same_number(written.lower() if small else written) == same_number(f"{digits}/{agency}-{kind}")
        assert same_number(same_number(written)) == same_number(written)

    @given(NUMBERS, NUMBERS)
    def test_other_numbers_have_other_keys(
        self, one: tuple[int, str, str], other: tuple[int, str, str]
    ) -> None:
        keys = {same_number(f"{digits:06d}/{agency}-{kind}") for digits, agency, kind in (one, other)}
        assert len(keys) == len({one, other})

    @given(st.text(max_size=60))
    def test_whatever_is_written_has_a_key_that_the_column_holds(self, written: str) -> None:
        key = same_number(written)
        assert key.isalnum() or key == ""
        assert len(key) <= 120


class TestScopeOnADay:
    ITEMS = st.builds(
        Item,
        st.sampled_from(["licence", "adjustment", "delegated"]),
        st.sampled_from(["Nội", "Nhi"]),
        st.sampled_from(["", OWN, NEIGHBOUR]),
        st.just("1/QĐ"),
        DAYS,
        st.none() | DAYS,
    )

    @given(st.lists(ITEMS, max_size=8), DAYS)
    def test_what_begins_and_has_not_ended_is_in_force(self, items: list[Item], day: date) -> None:
        found = in_force(items, day)
        for one in items:
            ended = one.valid_to is not None and one.valid_to < day
            assert (one in found) is (one.valid_from <= day and not ended)

    @given(st.lists(ITEMS, max_size=8), DAYS)
    def test_a_delegated_technique_counts_where_it_was_delegated(self, items: list[Item], day: date) -> None:
        here = in_force(items, day, OWN)
        assert {one.place for one in here if one.source == "delegated"} <= {OWN}
        assert [one for one in here if one.source != "delegated"] == [
            one for one in in_force(items, day) if one.source != "delegated"
        ]


ITEM = {"personal_number": NUMBER, "source": "licence", "name": "Nội khoa", "decision": "1/QĐ"}
COURSE = {
    "personal_number": NUMBER, "activity": "course", "title": "Cấp cứu", "organiser": "Bệnh viện A",
    "certificate": "1/CN", "hours": "24",
}  # fmt: skip


def guided(number: int, first: str = "2026-01-01", last: str = "2026-12-31", **more: Any) -> dict[str, Any]:
    return {
        "full_name": f"Người Thực Hành {number}",
        "personal_number": person(number)["personal_number"],
        "facility": OWN,
        "supervisor": "Nguyễn Thị Ánh",
        "supervisor_licence": "000123/DEMO-GPHN",
        "valid_from": first,
        "valid_to": last,
        **more,
    }


OTHERS_LICENCE = "000124/DEMO-GPHN"


@pytest.fixture
def supervisors(country: None) -> None:
    """Whom the licences of `guided` lead to: one with an old certificate as well, and another."""
    made("practitioners", PERSON | {"old_certificate": "004567/BA-CCHN"}, confirmed=True)
    made("practitioners", person(900, licence_number=OTHERS_LICENCE), confirmed=True)


def words_of(answer: Any) -> str:
    return " ".join(html.fromstring(answer.content.decode()).xpath("string(//main)").split())


def refused(name: str, content: dict[str, Any]) -> str:
    with pytest.raises(WrongRecord) as told:
        made(name, content)
    return " ".join(text.vi for texts in told.value.problems.values() for text in texts)


def entered(content: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            made("trainees", content)
    except WrongRecord:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
class TestRegisters:
    def test_one_item_is_never_in_force_twice_but_two_places_may_delegate_it(self) -> None:
        made("scope_items", ITEM | {"valid_from": "2026-01-01", "valid_to": "2026-06-30"})
        again = ITEM | {"name": "NỘI  KHOA", "valid_from": "2026-06-30"}
        assert "khoảng thời gian trùng" in refused("scope_items", again)
        made("scope_items", again | {"valid_from": "2026-07-01"})
        technique = ITEM | {"source": "delegated", "name": "Siêu âm", "valid_from": "2026-01-01"}
        assert "chưa ghi cơ sở" in refused("scope_items", technique)
        for place in (OWN, NEIGHBOUR):
            made("scope_items", technique | {"place": place})
        assert "khoảng thời gian trùng" in refused(
            "scope_items", technique | {"place": OWN, "valid_from": "2026-02-01"}
        )

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"ended_on": (today() + timedelta(days=5)).isoformat()}, "ở sau hôm nay"),
            ({"ended_on": "2026-01-02", "begun_on": "2026-01-03"}, "trước ngày bắt đầu"),
            ({"ended_on": "2026-01-02", "hours": "0"}, "từ 1 đến"),
            ({"ended_on": "2026-01-02", "hours": "5000"}, "từ 1 đến"),
        ],
    )
    def test_impossible_courses_are_refused(self, change: dict[str, str], said: str) -> None:
        assert said in refused("cme_records", COURSE | change)

    def test_a_certificate_counts_once_in_the_country(self) -> None:
        made("cme_records", COURSE | {"ended_on": "2026-01-02"})
        other = person(5, facility=STRANGER)["personal_number"]
        taken = refused("cme_records", COURSE | {"ended_on": "2026-01-02", "personal_number": other})
        assert "đã có trong một hồ sơ khác" in taken

    @pytest.mark.usefixtures("supervisors")
    def test_nobody_guides_a_sixth_in_the_same_time(self) -> None:
        for number in range(5):
            made("trainees", guided(number))
        assert "tối đa 5 người cùng lúc" in refused("trainees", guided(6))
        assert "tối đa 5" in refused("trainees", guided(6, first="2026-12-31", last="2027-03-01"))
        # Another writing of the same licence, entered by another facility that does not see the others.
        by = officer(NEIGHBOUR, "facility")
        other = guided(6, facility=NEIGHBOUR, supervisor_licence="000123 / demo-gphn")
        with pytest.raises(WrongRecord), speaking_as(by):
            actions.create(register=register("trainees"), content=other, by=by, source="form")
        made("trainees", guided(6, first="2027-01-01", last="2027-06-30"))
        made("trainees", guided(7, supervisor_licence=OTHERS_LICENCE))

    @pytest.mark.usefixtures("supervisors")
    @pytest.mark.parametrize(
        "writing",
        ["000123/DEMO–GPHN", "123/DEMO-GPHN", "0000123 / demo - gphn", "000123\u200b/ÐEMO GPHN",
         "004567/BA-CCHN", "4567 /ba‑cchn"],
    )  # fmt: skip
    def test_no_writing_and_no_other_number_of_a_supervisor_makes_them_two(self, writing: str) -> None:
        for number in range(5):
            made("trainees", guided(number))
        assert "tối đa 5 người cùng lúc" in refused("trainees", guided(6, supervisor_licence=writing))
        made("trainees", guided(6, first="2027-01-01", last="2027-06-30", supervisor_licence=writing))
        assert Trainee.objects.values("supervisor_record").distinct().count() == 1

    @pytest.mark.usefixtures("supervisors")
    def test_a_number_that_leads_to_nobody_or_to_several_is_refused_with_a_remedy(self) -> None:
        for nobody in ("000777/DEMO-GPHN", "-", "000123/DEMO-GPH"):
            said = refused("trainees", guided(1, supervisor_licence=nobody))
            assert "kê khai người đó vào sổ Người hành nghề trước" in said
        made("practitioners", person(901, licence_number="000123/DEMO-GPHN", licence_issuer="Nơi khác"),
             confirmed=True)  # fmt: skip
        assert "nhiều người mang số này" in refused("trainees", guided(1))
        made("trainees", guided(1, supervisor_licence="4567/BA-CCHN"))
        assert "của chính người thực hành" in refused(
            "trainees", guided(2, personal_number=NUMBER, supervisor_licence="4567/BA-CCHN")
        )

    @pytest.mark.usefixtures("supervisors")
    def test_a_draft_of_somebody_else_with_the_same_number_leads_nowhere(self) -> None:
        made("practitioners", person(901, licence_number="000123/DEMO-GPHN", licence_issuer="Nơi khác"))
        holder = Practitioner.objects.get(confirmed_version=1, licence_number="000123/DEMO-GPHN")
        record = made("trainees", guided(1))
        assert Trainee.objects.get(pk=record.pk).supervisor_record == holder.pk

    @pytest.mark.usefixtures("supervisors")
    def test_a_number_corrected_later_leaves_the_supervisor_who_they_are(self) -> None:
        holder = Practitioner.objects.get(licence_number="000123/DEMO-GPHN")
        for number in range(5):
            made("trainees", guided(number))
        with speaking_as(SYSTEM):
            actions.change(
                register=register("practitioners"), id=holder.pk, by=SYSTEM, source="form",
                patch={"licence_number": "000555/DEMO-GPHN", "old_certificate": None},
            )  # fmt: skip
        assert "tối đa 5" in refused("trainees", guided(6, supervisor_licence="555/DEMO-GPHN"))
        one = Trainee.objects.earliest("id")
        with speaking_as(SYSTEM):  # the old number stands there and is not asked again
            actions.change(
                register=register("trainees"), id=one.pk, by=SYSTEM, source="form",
                patch={"department": "Khoa Nhi", "valid_to": "2026-06-30"},
            )  # fmt: skip
        assert Trainee.objects.get(pk=one.pk).supervisor_record == holder.pk

    @pytest.mark.usefixtures("supervisors")
    def test_one_person_is_no_trainee_twice_at_once_wherever(self) -> None:
        record = made("trainees", guided(1))
        again = guided(1, first="2026-12-31", last="2027-06-30", supervisor_licence=OTHERS_LICENCE)
        assert "trùng với khoảng thời gian này" in refused("trainees", again)
        by = officer(STRANGER, "facility")
        with pytest.raises(WrongRecord) as told, speaking_as(by):
            actions.create(
                register=register("trainees"), content=again | {"facility": STRANGER}, by=by, source="form"
            )
        assert list(told.value.problems) == ["valid_from"]
        with speaking_as(SYSTEM):
            actions.withdraw(register=register("trainees"), id=record.pk, by=SYSTEM)
        made("trainees", again)

    def test_the_database_counts_by_the_lines_of_the_law(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT valid_from, most FROM trainees_most_at_once() ORDER BY valid_from")
            lines = cursor.fetchall()
        assert lines == [(one.valid_from, one.most) for one in ceilings(TRAINEES_OF_SUPERVISOR)]

    @pytest.mark.usefixtures("supervisors")
    def test_a_rule_counts_from_its_day(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("""CREATE OR REPLACE FUNCTION trainees_most_at_once()
                RETURNS TABLE (valid_from date, most integer) LANGUAGE sql IMMUTABLE
                AS $$ VALUES (date '2024-01-01', 5), (date '2026-07-01', 2) $$""")
        for number in range(3):
            made("trainees", guided(number, last="2026-06-30"))
        made("trainees", guided(10, first="2026-07-01"))
        made("trainees", guided(11, first="2026-06-30"))
        assert "tối đa" in refused("trainees", guided(12, first="2026-06-01"))
        made("trainees", guided(12, first="2026-06-01", last="2026-06-30"))
        for number in range(20, 30):
            made("trainees", guided(number, first="2020-01-01", last="2023-12-31"))

    @pytest.mark.usefixtures("supervisors")
    def test_five_who_follow_each_other_are_not_five_at_once(self) -> None:
        for number in range(4):
            made("trainees", guided(number))
        made("trainees", guided(10, last="2026-06-30"))
        made("trainees", guided(11, first="2026-07-01"))
        assert "tối đa 5" in refused("trainees", guided(12, first="2026-06-30", last="2026-07-01"))

    @pytest.mark.usefixtures("supervisors")
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 12)), min_size=6, max_size=12))
    def test_no_day_has_six_and_nobody_is_refused_without_one(self, periods: list[tuple[int, int]]) -> None:
        """The slow and obvious count, day by day, says the same as the database, whatever the periods."""
        kept: list[set[int]] = []
        with transaction.atomic():
            for number, (first, length) in enumerate(periods):
                days = set(range(first, first + length + 1))
                room = all(sum(day in other for other in kept) < 5 for day in days)
                begins, ends = (date(2026, 1, 1) + timedelta(day) for day in (first, first + length))
                assert entered(guided(number, begins.isoformat(), ends.isoformat())) is room
                kept += [days] if room else []
            transaction.set_rollback(True)

    @pytest.mark.usefixtures("supervisors")
    def test_a_file_with_a_sixth_stores_nothing(self) -> None:
        rows = [guided(number) for number in range(6)]
        report = Machine(OWN).send("trainees", csv_of(rows)).json()
        assert (report["bad"], report["stored"]) == (1, 0)
        assert "tối đa 5 người cùng lúc" in report["causes"][0]["message"]
        assert not Trainee.objects.exists()

    @pytest.mark.usefixtures("supervisors")
    def test_the_public_sees_who_practises_and_no_number(self) -> None:
        over = {"first": "2025-01-01", "last": "2025-12-31", "result": "failed"}
        record = made("trainees", guided(1, **over), confirmed=True)
        page = text_of(Client().get(f"/tra-cuu?so=trainees&q={OWN}"))
        assert "Người Thực Hành 1" in page
        assert "Người Thực Hành 1" not in text_of(Client().get(f"/tra-cuu?q={OWN}"))
        shown = Client().get(f"/tra-cuu/trainees/{record.pk}").content.decode()
        assert "31/12/2025" in shown
        assert "Không đạt" not in shown + page, "who has failed is nobody else's to know"
        assert person(1)["personal_number"] not in shown

    def test_each_is_counted_and_belongs_to_who_keeps_the_person(self) -> None:
        made("practitioners", PERSON, confirmed=True)
        made("scope_items", ITEM | {"valid_from": "2026-01-01"})
        made("cme_records", COURSE | {"ended_on": "2026-01-02"})
        for model, name in ((ScopeItem, "scope_items"), (CmeRecord, "cme_records")):
            assert list(model.objects.values_list("facility", flat=True)) == [OWN]
            lines = Tally.objects.filter(register=name, fact="records", province=PROVINCE, state="draft")
            assert sum(lines.values_list("number", flat=True)) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
class TestPages:
    @pytest.fixture
    def told(self) -> None:
        record = made("practitioners", PERSON | {"cme_hours": "50"}, confirmed=True)
        self.record = record
        day = (today() - timedelta(days=40)).isoformat()
        made("cme_records", COURSE | {"ended_on": day}, confirmed=True)
        made("cme_records", COURSE | {"ended_on": "2019-01-02", "certificate": "2/CN"}, confirmed=True)
        made("cme_records", COURSE | {"ended_on": day, "title": "Nháp", "certificate": "3/CN"})
        made("scope_items", ITEM | {"valid_from": "2026-01-01"}, confirmed=True)
        delegated = {"source": "delegated", "name": "Siêu âm", "place": OWN, "valid_from": "2026-01-01"}
        made("scope_items", ITEM | delegated, confirmed=True)
        made("scope_items", ITEM | {"name": "Cũ", "valid_from": "2020-01-01", "valid_to": "2020-12-31"},
             confirmed=True)  # fmt: skip

    @pytest.mark.usefixtures("told")
    def test_the_record_and_the_own_page_say_hours_that_are_confirmed_and_scope_in_force(self) -> None:
        own = words_of(window(practitioner()).get("/hanh-nghe"))
        office = words_of(browser(OWN, "facility").get(f"/so-dang-ky/practitioners/{self.record.pk}"))
        for page in (own, office):
            assert "khác số đã kê khai: 50" in page
            assert "Còn thiếu 96" in page
            assert "Nội khoa" in page
            assert "Siêu âm" in page
            assert f"Kỹ thuật được giao tại Đơn vị {OWN}" in page
            in_force, _, mine = page.partition("Phạm vi hành nghề, kỹ thuật được giao của tôi")
            assert "Cũ" not in in_force
            assert not mine or "Cũ01/01/202031/12/2020" in mine

    @pytest.mark.usefixtures("told")
    def test_both_say_the_rule_and_the_day_by_which(self) -> None:
        own = words_of(window(practitioner()).get("/hanh-nghe"))
        office = words_of(browser(OWN, "facility").get(f"/so-dang-ky/practitioners/{self.record.pk}"))
        for page in (own, office):
            assert "Hạn hoàn thành đủ số giờ 31/05/2029 ngày giấy phép hành nghề hết hạn" in page
            assert "120 giờ tín chỉ trong 5 năm" in page

    @pytest.mark.usefixtures("told")
    def test_the_duties_of_the_facility_list_who_is_short_and_lead_to_the_record(self) -> None:
        soon = (today() + timedelta(days=30)).isoformat()
        declared = made("practitioners", person(1, licence_valid_to=soon, cme_hours="100"), confirmed=True)
        made("practitioners", person(2, cme_hours="120"), confirmed=True)
        made("practitioners", person(3))  # not confirmed
        revoked = person(4)
        made("practitioners", revoked, confirmed=True)
        act = {"licence_number": revoked["licence_number"], "kind": "revoke", "decision": "1/QĐ"}
        made("licence_events", act | {"valid_from": "2026-01-01"}, confirmed=True)
        gone = person(5, licence_valid_to=(today() - timedelta(days=1)).isoformat())
        renewed = person(6, licence_valid_to="2026-01-01")
        for one in (gone, renewed, person(7, facility=NEIGHBOUR)):
            made("practitioners", one, confirmed=True)
        act = {"licence_number": renewed["licence_number"], "kind": "renew", "decision": "2/QĐ"}
        made("licence_events", act | {"valid_from": "2026-01-01", "valid_to": "2031-01-01"}, confirmed=True)
        client = browser(OWN, "facility")
        page = html.fromstring(client.get("/dang-ky-hanh-nghe").content.decode())
        rows = page.xpath("//section[@aria-labelledby='education-title']//tbody/tr")
        shown = [" ".join(row.text_content().split()) for row in rows]
        names = [gone["full_name"], declared.full_name, PERSON["full_name"], renewed["full_name"]]  # type: ignore[attr-defined]
        assert [next(name for name in names if name in row) for row in shown] == names
        assert "Đã quá hạn" in shown[0]
        assert "20" in shown[1]
        assert "theo số đã kê khai" in shown[1]
        assert "31/05/2029" in shown[2]
        assert "01/01/2031" in shown[3]
        assert all("120 giờ tín chỉ trong 5 năm" in row for row in shown)
        assert rows[1].xpath(".//a/@href") == [f"/so-dang-ky/practitioners/{declared.pk}"]
        assert "2 người thiếu giờ cập nhật kiến thức" in words_of(client.get("/"))

    def test_a_long_list_has_pages(self) -> None:
        for number in range(education_duties.ROWS + 3):
            made("practitioners", person(number), confirmed=True)
        client = browser(OWN, "facility")
        names = []
        for page in ("", "?trang=2", "?trang=9999999", "?trang=99"):
            tree = html.fromstring(client.get(f"/dang-ky-hanh-nghe{page}").content.decode())
            names.append(tree.xpath("//section[@aria-labelledby='education-title']//tbody/tr/th//a/text()"))
        assert [len(one) for one in names] == [education_duties.ROWS, 3, education_duties.ROWS, 3]
        assert len({*names[0], *names[1]}) == education_duties.ROWS + 3

    @pytest.mark.usefixtures("told")
    def test_nobody_elses_is_seen(self) -> None:
        with speaking_as(officer(STRANGER, "facility")):
            assert education.confirmed_of(bytes(self.record.personal_number_key)) == []
            assert scope.confirmed_of(bytes(self.record.personal_number_key)) == []
        herself = practitioner()
        with speaking_as(herself):
            assert len(education.confirmed_of(bytes(self.record.personal_number_key))) == 2

    @pytest.mark.usefixtures("supervisors")
    def test_a_facility_counts_its_trainees_and_each_count_opens_what_it_counts(self) -> None:
        facility = made("facilities", {"code": OWN, "name": "BV", "province": PROVINCE}, confirmed=True)
        made("trainees", guided(1, first="2020-01-01", last="2020-12-31", result="passed"), confirmed=True)
        day = today()
        for number in (2, 3):
            last = day + timedelta(days=9)
            made("trainees", guided(number, first=day.isoformat(), last=last.isoformat()), confirmed=True)
        made("trainees", guided(4, first=day.isoformat(), last=last.isoformat()))  # not confirmed yet
        other = {"facility": NEIGHBOUR, "contract": OWN}  # the word alone would find it
        made("trainees", guided(5, first=day.isoformat(), last=last.isoformat(), **other), confirmed=True)
        for window_of in (browser(OWN, "facility"), browser(PROVINCE, "province")):
            answer = window_of.get(f"/so-dang-ky/facilities/{facility.pk}")
            page = html.fromstring(answer.content.decode())
            counts = {
                "".join(one.xpath("../preceding-sibling::dt//text()")).strip():
                (one.text_content().strip(), one.get("href"))
                for one in page.xpath("//dd//a[contains(@href, '/so-dang-ky/trainees?')]")
            }  # fmt: skip
            assert {name: number for name, (number, _) in counts.items()} == {
                "Đang thực hành": "2", "Đã kết thúc": "1",
            }  # fmt: skip
            now, done = (
                words_of(window_of.get(counts[name][1])) for name in ("Đang thực hành", "Đã kết thúc")
            )
            assert [f"Người Thực Hành {n}" in now for n in (1, 2, 3, 4, 5)] == [
                False,
                True,
                True,
                False,
                False,
            ]
            assert [f"Người Thực Hành {n}" in done for n in (1, 2, 3, 4, 5)] == [True] + [False] * 4

    @pytest.mark.usefixtures("supervisors")
    def test_lists_tell_what_runs_from_what_ended_and_what_comes(self) -> None:
        day = today()
        for number, shift in enumerate((-20, -5, 5)):
            first, last = day + timedelta(days=shift), day + timedelta(days=shift + 9)
            made("trainees", guided(number, first=first.isoformat(), last=last.isoformat()))
        client = browser(OWN, "facility")
        for when, here in (("het", 0), ("dang", 1), ("chua", 2)):
            page = words_of(client.get(f"/so-dang-ky/trainees?thoi-gian={when}&q=thuc"))
            assert [f"Người Thực Hành {n}" in page for n in range(3)] == [n == here for n in range(3)]
        sheet = client.get("/so-dang-ky/trainees?thoi-gian=dang&tai=xlsx")
        assert sheet.status_code == 200
        assert "Người Thực Hành 2" in words_of(client.get("/so-dang-ky/trainees?thoi-gian=khac"))
        made("scope_items", ITEM | {"valid_from": "2026-01-01"})
        assert "Nội khoa" in words_of(client.get(f"/so-dang-ky/scope_items?thoi-gian=dang&co-so={OWN}"))
        assert "Nội khoa" not in words_of(client.get(f"/so-dang-ky/scope_items?co-so={NEIGHBOUR}"))


@pytest.mark.django_db
@pytest.mark.usefixtures("supervisors")
class TestSupervisors:
    DAY = today()
    LAST = DAY + timedelta(days=200)

    def trainee(self, number: int = 1, **more: Any) -> Any:
        period = {"first": (self.DAY - timedelta(days=10)).isoformat(), "last": self.LAST.isoformat()}
        return made("trainees", guided(number, **{**period, **more}), confirmed=True)

    def told(self, record: Any) -> str:
        return words_of(browser(OWN, "facility").get(f"/so-dang-ky/trainees/{record.pk}"))

    def test_who_may_practise_here_may_guide_here(self) -> None:
        registration(confirmed=True)
        record = self.trainee()
        page = self.told(record)
        assert "Người hướng dẫn trong sổ Người hành nghề" in page
        assert "Nguyễn Thị Ánh" in page
        assert trainees.doubts(Trainee.objects.get(pk=record.pk), guided(1)) == []
        for sentence in trainees.DOUBTS.values():
            assert sentence.vi[:30] not in page

    def test_a_supervisor_who_is_not_registered_here_is_told_on_every_page(self) -> None:
        registration(confirmed=True, facility=NEIGHBOUR)
        record = self.trainee()
        assert f"Người hướng dẫn chưa đăng ký hành nghề tại cơ sở {OWN}" in self.told(record)
        registration(confirmed=True, valid_to=(self.DAY - timedelta(days=1)).isoformat())
        said = trainees.doubts(Trainee.objects.get(pk=record.pk), guided(1, last=self.LAST.isoformat()))
        assert ["không có đăng ký hành nghề còn hiệu lực" in one.vi for one in said] == [True]

    @pytest.mark.parametrize(
        ("kind", "said"), [("suspend", "đang bị đình chỉ hành nghề"), ("revoke", "đã bị thu hồi")]
    )
    def test_a_supervisor_whose_licence_does_not_hold_is_told(self, kind: str, said: str) -> None:
        registration(confirmed=True)
        record = self.trainee()
        act = {"licence_number": "004567/BA-CCHN", "kind": kind, "decision": "9/QĐ"}
        made("licence_events", act | {"valid_from": self.DAY.isoformat()}, confirmed=True)
        page = self.told(record)
        assert said in page
        assert "Phân công người hướng dẫn khác" in page

    @pytest.mark.parametrize(("title", "fits"), [("BS", True), ("YS", True), ("DD", False), ("", True)])
    def test_a_supervisor_of_another_title_is_told(self, title: str, fits: bool) -> None:
        registration(confirmed=True)
        page = self.told(self.trainee(title=title))
        assert ("(Bác sỹ) không phù hợp với chức danh thực hành (Điều dưỡng)" in page) is not fits
        assert ("không phù hợp" in page) is not fits

    def test_a_supervisor_who_is_only_declared_is_told(self) -> None:
        made("practitioners", person(902))
        record = self.trainee(supervisor_licence="000902/DEMO-GPHN")
        assert "chưa được xác nhận" in self.told(record)

    def test_the_reviewer_is_told_and_it_is_not_confirmed_among_others_unopened(self) -> None:
        record = made("trainees", guided(1, last=self.LAST.isoformat()), by=officer(OWN, "facility"))
        clerk = officer(OWN, "facility")
        with speaking_as(clerk):
            actions.submit(register=register("trainees"), id=record.pk, by=clerk)
        case = Case.objects.get(record=record.pk, closed_at=None)
        page = browser(OWN, "facility_reviewer").get(f"/ra-soat/{case.pk}")
        assert "chưa đăng ký hành nghề tại cơ sở" in words_of(page)
        reviewer = actor_of_account(Account.objects.get(username=f"facility_reviewer-{OWN}"))
        with speaking_as(reviewer):
            batch = reviewing.begin_batch(cases=[case.pk], by=reviewer)
        assert batch.doubtful == [str(case.pk)]

    def test_the_supervisor_sees_whom_they_guide_wherever_and_officers_what_is_theirs(self) -> None:
        self.trainee(1)
        self.trainee(2, facility=STRANGER, supervisor_licence="004567/BA-CCHN")
        self.trainee(3, supervisor_licence=OTHERS_LICENCE)
        own = words_of(window(practitioner()).get("/hanh-nghe"))
        assert "Người thực hành tôi hướng dẫn" in own
        assert "Đang hướng dẫn 2 người; tối đa 5 người cùng lúc" in own
        assert [f"Người Thực Hành {n}" in own for n in (1, 2, 3)] == [True, True, False]
        assert person(1)["personal_number"] not in own
        holder = Practitioner.objects.get(old_certificate="004567/BA-CCHN")
        office = words_of(browser(OWN, "facility").get(f"/so-dang-ky/practitioners/{holder.pk}"))
        assert "Hướng dẫn thực hành" in office
        assert [f"Người Thực Hành {n}" in office for n in (1, 2, 3)] == [True, False, False]

    def test_a_trainee_with_an_account_sees_the_own_time_and_nobody_elses(self) -> None:
        self.trainee(1)
        self.trainee(2)
        own = words_of(window(practitioner(person(1)["personal_number"])).get("/hanh-nghe"))
        assert "Thời gian thực hành của tôi" in own
        assert "Nguyễn Thị Ánh" in own
        assert "Người Thực Hành 2" not in own
        stranger = practitioner(person(77)["personal_number"], name="la")
        with speaking_as(stranger):
            assert not Trainee.objects.exists()
        assert "Thời gian thực hành" not in words_of(window(stranger).get("/hanh-nghe"))

    def test_a_supervisor_reads_and_never_writes(self) -> None:
        record = self.trainee(1, facility=STRANGER)
        herself = practitioner()
        with speaking_as(herself):
            assert Trainee.objects.filter(pk=record.pk).exists()
            assert Trainee.objects.filter(pk=record.pk).update(department="x") == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_at_once_for_the_last_place_one_is_told(supervisors: None) -> None:
    """By two numbers of one supervisor."""
    for number in range(4):
        made("trainees", guided(number))
    numbers = ((20, "000123/DEMO-GPHN"), (21, "4567/BA-CCHN"))
    told = at_once(
        *(lambda n=n, by=by: made("trainees", guided(n, supervisor_licence=by), SYSTEM) for n, by in numbers)
    )
    assert sorted(told) == ["WrongRecord", "done"]
    assert Trainee.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_two_facilities_that_take_one_trainee_at_once_one_is_told(supervisors: None) -> None:
    other = {"facility": STRANGER, "supervisor_licence": OTHERS_LICENCE, "valid_from": "2026-02-01"}
    told = at_once(
        lambda: made("trainees", guided(1), SYSTEM), lambda: made("trainees", guided(1) | other, SYSTEM)
    )
    assert sorted(told) == ["WrongRecord", "done"]
    assert Trainee.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_fifth_is_not_committed_waits_and_is_told(supervisors: None) -> None:
    for number in range(4):
        made("trainees", guided(number))
    told: list[bool] = []

    def come() -> None:
        try:
            told.append(entered(guided(21)))
        finally:
            connection.close()

    other = threading.Thread(target=come, daemon=True)
    with transaction.atomic():
        made("trainees", guided(20))
        other.start()
        until = time.monotonic() + PATIENCE
        while other.is_alive() and not someone_waits() and time.monotonic() < until:
            time.sleep(0.02)
    other.join(PATIENCE)
    assert told == [False]
    assert Trainee.objects.count() == 5


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database()))
            OR EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')""")
        return bool(cursor.fetchone()[0])
