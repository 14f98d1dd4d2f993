"""Late tasks told level after level, by working days, once each, behind the walls, with delegates."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.calendar import add_working_days, is_working_day, today
from khoyte.monitor import escalation, queries
from khoyte.monitor.models import Assignment, Document, Escalation, Task
from khoyte.notices import planning
from khoyte.notices import ways as of_settings
from khoyte.notices.models import Notice, NoticeDelivery
from khoyte.notices.tests.people import chooses, listener
from khoyte.notices.timing import in_quiet
from khoyte.registers.tests.offices import made, officer
from khoyte.units import delegations
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import make_account

DUE = date(2026, 11, 13)  # a Friday; the days after are worked but for weekends


def task(**more: object) -> Task:
    document, _ = Document.objects.get_or_create(
        code="KH-MAU", defaults={"title": "Kế hoạch mẫu", "agency": "Bộ Y tế", "recorded_by": "test"}
    )
    number = Task.objects.count() + 1
    usual = {"kind": "task", "number": str(number), "section": "I", "position": number,
             "name": f"Việc {number}", "due_kind": "day", "due_on": DUE, "recorded_by": "test"}  # fmt: skip
    return Task.objects.create(document=document, **{**usual, **more})


def given_to(one: Task, unit: str, kind: str, province: str = "") -> Assignment:
    facility = unit if kind == "facility" else ""
    return Assignment.objects.create(
        task=one, role="lead", unit=unit, unit_name=f"Đơn vị {unit}", facility=facility, province=province,
        changed_by="test",
    )  # fmt: skip


def told(day: date) -> set[tuple[str, str]]:
    """Level and recipient of what is told on a day."""
    before = set(Notice.objects.values_list("pk", flat=True))
    with working():
        escalation.tell(day)
    return {
        (one.facts.get("level", one.kind), one.account)
        for one in Notice.objects.all()
        if one.pk not in before
    }


@pytest.fixture
def everybody(country: None) -> None:
    for unit in ("97001", "97002", "98001"):
        make_account(unit, "facility")
    for unit, role in (("97", "province"), ("97", "province_lead"), ("98", "province"), ("CUC", "department"),
                       ("BYT", "ministry")):  # fmt: skip
        make_account(unit, role)


@pytest.fixture
def mail(settings: Any) -> None:
    settings.NOTICE_WAYS = of_settings.ways({"KHOYTE_MAIL": "smtp://127.0.0.1:9"})


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
def test_a_late_task_of_a_facility_climbs_by_working_days() -> None:
    given_to(task(), "97001", "facility", "97")
    climbed = {n: told(add_working_days(DUE, n)) for n in range(12)}
    province = {("province", "province-97"), ("province", "province_lead-97")}
    assert {n: heard for n, heard in climbed.items() if heard} == {
        0: {("plan_warning", "facility-97001")},  # its last day
        1: {("own", "facility-97001")},
        3: province,
        5: {("department", "department-CUC")},
        10: {("minister", "ministry-BYT")},
    }
    last = Escalation.objects.get(level="minister")
    assert (last.days, last.due_on, last.unit, last.province) == (10, DUE, "97001", "97")


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
def test_nothing_is_told_on_a_day_that_is_not_worked_and_nothing_twice() -> None:
    given_to(task(), "97", "province", "97")
    saturday = DUE + timedelta(days=8)
    assert not is_working_day(saturday)
    assert told(saturday) == set()
    monday = add_working_days(saturday, 1)
    assert told(monday) == {
        ("own", "province-97"), ("own", "province_lead-97"), ("department", "department-CUC"),
    }  # fmt: skip
    assert told(monday) == set()


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
def test_one_notice_counts_what_came_on_a_day_and_a_new_last_day_is_told_of_again() -> None:
    first, second = task(), task(due_on=DUE - timedelta(days=4))
    for one in (first, second):
        given_to(one, "CUC", "department")
    day = add_working_days(DUE, 10)
    told(day)
    notice = Notice.objects.get(account="ministry-BYT")
    assert notice.facts == {"level": "minister", "tasks": 2, "units": 1, "oldest": second.due_on.isoformat()}  # type: ignore[union-attr]
    assert notice.href == "/ke-hoach/chuyen-cap?cap=minister"
    Task.objects.filter(pk=first.pk).update(due_on=DUE + timedelta(days=3))
    assert ("own", "department-CUC") in told(add_working_days(day, 1))
    Assignment.objects.update(state="done")
    assert told(add_working_days(day, 30)) == set()


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
def test_of_a_task_for_all_only_those_hear_whose_data_lack() -> None:
    one = task(open_to="facility", measure="facilities_declared")
    made("facilities", {"code": "97001", "name": "Bệnh viện Mẫu", "province": "97", "commune": "xã Suối Mơ"})
    heard = told(add_working_days(DUE, 3))
    assert {account for level, account in heard if level == "own"} == {"facility-97002", "facility-98001"}
    assert {account for level, account in heard if level == "province"} >= {"province-97", "province-98"}
    # One facility may see no more of another's lateness than of its progress.
    by = officer("97002", "facility")
    with speaking_as(by):
        assert {row.unit for row in queries.escalations(by, task=one.pk)} == {"97002"}
    by = officer("97", "province")
    with speaking_as(by):
        assert {row.unit for row in queries.escalations(by, task=one.pk)} == {"97002"}


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
def test_a_name_of_nobody_here_goes_to_who_follows_the_document() -> None:
    task(lead_printed="")
    given_to(task(), "", "")
    assert told(add_working_days(DUE, 10)) == {
        ("department", "department-CUC"), ("minister", "ministry-BYT"),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "mail")
def test_quiet_hours_hold_an_escalation_back_and_a_delegate_hears_in_place() -> None:
    lead, deputy = listener("97", "province_lead"), listener("97", "province")
    # Quiet all day but for its last minute.
    chooses(deputy, quiet_from=time(0, 0), quiet_to=time(23, 59), digest_at=time(23, 59))
    with speaking_as(lead):
        delegations.give(taker=deputy.name, ends_on=today(), reason="Đi công tác", by=lead)
    given_to(task(due_on=add_working_days(today(), -4)), "97001", "facility", "97")
    day = today() if is_working_day(today()) else add_working_days(today(), 1)
    assert {account for level, account in told(day) if level == "province"} == {lead.name, deputy.name}
    while planning.plan_new():
        pass
    assert {row.account for row in NoticeDelivery.objects.all()} == {deputy.name}
    waiting = NoticeDelivery.objects.get()
    assert waiting.is_digest
    assert not in_quiet(waiting.next_attempt_at, time(0, 0), time(23, 59))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(escalation._WAY)), st.integers(-40, 60), st.integers(0, 60))
def test_levels_only_ever_grow_with_the_days(kind: str, days: int, more: int) -> None:
    def levels(late: int) -> list[str]:
        case = escalation.Case(Task(due_on=DUE), "x", "x", kind, "", "", escalation.State.LATE, late)
        return escalation.due_levels(case, DUE)

    assert levels(days + more)[: len(levels(days))] == levels(days)
    assert "minister" in levels(10)
    assert levels(0) == []


def test_the_days_are_those_in_force_and_every_level_has_a_source() -> None:
    assert escalation.after_days(date(2025, 4, 21)) == {}
    assert escalation.after_days(DUE) == {"own": 1, "province": 3, "department": 5, "minister": 10}
    assert all(rule.legal for rule in escalation.rules())
