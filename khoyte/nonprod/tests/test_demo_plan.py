"""The demonstration's plan of the months ahead: something can be foretold, disputed and compared in it."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from khoyte.foundation.home import home
from khoyte.monitor import overview, queries, reports, survey
from khoyte.monitor.models import Escalation, Task
from khoyte.monitor.queries import Line
from khoyte.monitor.standing import State
from khoyte.nonprod import demo
from khoyte.nonprod.demo_plan import AHEAD, FIRST_ROUND, THEN, fill_plan
from khoyte.nonprod.demo_registers import DECLARED_PEOPLE, IDENTIFIED, PHARMACIES, fill_registers
from khoyte.nonprod.generator.world import demo_units
from khoyte.registers.models import Version
from khoyte.units.models import Account
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled() -> Iterator[None]:
    demo.make_units(demo_units(), by="demo")
    demo.make_accounts()
    fill_registers()
    fill_plan()
    yield
    (home() / demo.ACCOUNTS_FILE).unlink()


def reader(name: str) -> Actor:
    return actor_of_account(Account.objects.select_related("unit").get(username=name))


def ahead(by: Actor, number: str) -> Line:
    with speaking_as(by):
        return queries.line_of(Task.objects.get(document=AHEAD["code"], number=number).pk, by)


def test_everybody_finds_something_foretold_disputed_and_compared(filled: None) -> None:
    ministry, province, facility = map(reader, ("ministry-byt", "province-97", "facility-99001"))
    # The rate of weeks that are over foretells, and was tried on them: neither perfect nor unknown.
    national = ahead(ministry, "1")
    assert national.state is State.AT_RISK
    assert national.measured is not None
    assert (national.measured.done, national.measured.total) == (IDENTIFIED, PHARMACIES)
    for line in (national, ahead(province, "5"), ahead(facility, "7")):
        assert line.forecast is not None
        assert line.forecast.eta is not None
        assert line.forecast.tried >= 5
        assert 0 < (line.forecast.missed or 0) < 0.5
    foretold = ahead(facility, "7").forecast
    assert foretold is not None
    assert foretold.slack is not None
    assert foretold.slack >= 0  # the facility will be in time, the nation will not
    with speaking_as(ministry):
        by_unit = queries.by_unit(national.task, ministry)
        assert {one.unit.code for one in by_unit} == {"97", "98", "99"}
        assert all(one.forecast and one.forecast.slack is not None for one in by_unit)
    # Early warnings for every kind of unit.
    for by in (province, facility):
        with speaking_as(by):
            states = {one.state for one in overview.briefs(by) if one.mine}
        assert State.SOON in states
    # A late task of a facility has come to every level above it.
    told = Escalation.objects.filter(unit="99001", task__measure="practitioners_reviewed")
    assert {one.level for one in told} == {"own", "province", "department", "minister"}
    with speaking_as(ministry):
        assert State.DISPUTED in {one.state for one in overview.briefs(ministry)}
        (first,) = survey.rounds()
        changed = survey.compare(survey.at(first.at, ministry), survey.at(None, ministry))
    assert first.name == FIRST_ROUND
    assert {one.kind for one in changed} == {"appeared", "group", "stage"}
    assert set(THEN) <= {one.one.code for one in changed}

    # Something has changed since the report of last week, which is there as it was sent.
    with speaking_as(province):
        last = queries.last_report("97", "week")
        assert last is not None
        file = queries.report_file(last.pk, province)
        assert file is not None
        assert bytes(file.pdf).startswith(b"%PDF")
        assert (timezone.now() - last.sent_at).days >= 6
        assert reports.turned([one for one in overview.briefs(province) if one.mine], last)
    # What was recorded in weeks that are over was recorded then, and nothing in days to come.
    moments = Version.objects.filter(register="pharmacies").values_list("recorded_at", flat=True)
    ages = {(timezone.now() - at).days // 7 for at in moments}
    assert len(ages) >= 9
    assert min(ages) == 0
    people = ahead(facility, "7").measured
    assert people is not None
    assert people.total == people.done + DECLARED_PEOPLE
