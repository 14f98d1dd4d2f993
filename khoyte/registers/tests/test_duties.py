"""What a day demands of registers, and what a returned record tells."""

from datetime import timedelta

import pytest

from khoyte.foundation.calendar import today
from khoyte.notices import daily
from khoyte.notices.models import DailyDuty, Notice
from khoyte.registers import actions
from khoyte.registers.duties import DUTIES, tell_overdue
from khoyte.registers.known import register
from khoyte.registers.models import Case
from khoyte.registers.tests.offices import OWN, PROVINCE, made, officer, person
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def sent(number: int) -> object:
    clerk = officer(OWN, "facility")
    record = made("practitioners", person(number), by=clerk)
    with speaking_as(clerk):
        return actions.submit(register=register("practitioners"), id=record.pk, by=clerk)


def test_whoever_sent_a_record_hears_that_it_came_back_and_not_why() -> None:
    for held in ("facility", "facility_reviewer"):
        make_account(OWN, held)
    record, reviewer = sent(1), officer(OWN, "facility_reviewer")
    reasons = {"full_name": "Nguyễn Thị Canary 999185000123", "": "bệnh J18"}
    with speaking_as(reviewer):
        actions.return_for_correction(
            register=register("practitioners"), id=record.pk, by=reviewer, reasons=reasons
        )
    told = Notice.objects.get()
    assert (told.account, told.kind) == (f"facility-{OWN}", "file_returned")
    assert told.facts == {"register": "practitioners", "points": 2}
    assert told.href == f"/so-dang-ky/practitioners/{record.pk}"


def test_overdue_reviews_are_told_by_number_once_a_day() -> None:
    make_account(OWN, "facility_reviewer")
    make_account(PROVINCE, "province")
    sent(1)
    sent(2)
    with working():
        assert tell_overdue(today()) == 0
        Case.objects.update(due_on=today() - timedelta(days=3))
        assert tell_overdue(today()) == 1
        tell_overdue(today())
    told = Notice.objects.get()
    assert told.account == f"facility_reviewer-{OWN}"
    assert told.facts["cases"] == 2
    with working():
        tell_overdue(today() + timedelta(days=1))
    assert Notice.objects.count() == 2


def test_a_duty_killed_in_between_is_done_again_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    make_account(OWN, "facility_reviewer")
    sent(1)
    Case.objects.update(due_on=today() - timedelta(days=3))

    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    duty = daily.DailyTask("cases-overdue", tell_overdue, after=daily.time(0, 0))
    with monkeypatch.context() as patched:
        patched.setattr(daily.timezone, "now", killed)
        with pytest.raises(Killed):
            daily._do(duty, today())
    assert not Notice.objects.exists()
    assert not DailyDuty.objects.exists()
    assert daily.do_due([duty]) == {"cases-overdue": 1}
    assert daily.do_due([duty]) == {}
    assert Notice.objects.count() == 1
    assert [one.name for one in DUTIES] == ["cases-overdue", "chosen-files"]


def test_a_duty_that_fails_keeps_no_other_from_being_done() -> None:
    def fails(_: object) -> int:
        raise ValueError

    midnight = daily.time(0, 0)
    duties = [daily.DailyTask("a", fails, midnight), daily.DailyTask("b", lambda _: 0, midnight)]
    assert daily.do_due(duties) == {"b": 0}
    assert daily.do_due(duties) == {}
