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
from khoyte.legal.education import education_rule
from khoyte.practice import education, scope
from khoyte.practice.education import Activity, first_day, standing
from khoyte.practice.models import CmeRecord, ScopeItem, Trainee
from khoyte.practice.scope import Item, in_force
from khoyte.practice.tests.people import NUMBER, practitioner, window
from khoyte.registers import actions
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Tally
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
        made("trainees", guided(7, supervisor_licence="000124/DEMO-GPHN"))

    def test_five_who_follow_each_other_are_not_five_at_once(self) -> None:
        for number in range(4):
            made("trainees", guided(number))
        made("trainees", guided(10, last="2026-06-30"))
        made("trainees", guided(11, first="2026-07-01"))
        assert "tối đa 5" in refused("trainees", guided(12, first="2026-06-30", last="2026-07-01"))

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

    def test_a_file_with_a_sixth_stores_nothing(self) -> None:
        rows = [guided(number) for number in range(6)]
        report = Machine(OWN).send("trainees", csv_of(rows)).json()
        assert (report["bad"], report["stored"]) == (1, 0)
        assert "tối đa 5 người cùng lúc" in report["causes"][0]["message"]
        assert not Trainee.objects.exists()

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
    def test_nobody_elses_is_seen(self) -> None:
        with speaking_as(officer(STRANGER, "facility")):
            assert education.confirmed_of(bytes(self.record.personal_number_key)) == []
            assert scope.confirmed_of(bytes(self.record.personal_number_key)) == []
        herself = practitioner()
        with speaking_as(herself):
            assert len(education.confirmed_of(bytes(self.record.personal_number_key))) == 2

    def test_a_facility_counts_its_trainees(self) -> None:
        facility = made("facilities", {"code": OWN, "name": "BV", "province": PROVINCE}, confirmed=True)
        made("trainees", guided(1, first="2020-01-01", last="2020-12-31", result="passed"), confirmed=True)
        day = today()
        for number in (2, 3):
            last = day + timedelta(days=9)
            made("trainees", guided(number, first=day.isoformat(), last=last.isoformat()), confirmed=True)
        made("trainees", guided(4, first=day.isoformat(), last=last.isoformat()))  # not confirmed yet
        page = words_of(browser(OWN, "facility").get(f"/so-dang-ky/facilities/{facility.pk}"))
        assert "Đang thực hành 2" in page
        assert "Đã kết thúc 1" in page


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_at_once_for_the_last_place_one_is_told(country: None) -> None:
    for number in range(4):
        made("trainees", guided(number))
    told = at_once(*(lambda n=n: made("trainees", guided(n), SYSTEM) for n in (20, 21)))
    assert sorted(told) == ["WrongRecord", "done"]
    assert Trainee.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_the_fifth_is_not_committed_waits_and_is_told(country: None) -> None:
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
