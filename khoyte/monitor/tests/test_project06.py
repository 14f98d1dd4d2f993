"""Delivery to the Project 06 monitoring software: what changed, once, in order, whatever its twin does."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from khoyte.links import reconciling, sending
from khoyte.links.destinations import Place
from khoyte.links.models import ExchangeDestination, ExchangeMessage
from khoyte.monitor import feeds
from khoyte.monitor.models import Assignment, Snapshot, Task
from khoyte.monitor.standing import State
from khoyte.nonprod.demo_plan import databases
from khoyte.nonprod.twins.project06 import FAULTS, Project06Twin
from khoyte.nonprod.twins.receiver import serving
from khoyte.registers.tests.offices import made
from khoyte.units.tenancy import working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]
DAY = date(2026, 11, 27)
TOLD = ("KH-CSDL-2025", "KH-DA06-2025")


@pytest.fixture
def twin(settings: Any) -> Iterator[Project06Twin]:
    running = Project06Twin(slow_seconds=0.4)
    with serving(running) as address:
        settings.EXCHANGE = {"project06": Place("project06", address)}
        settings.EXCHANGE_SECONDS = 2.0
        yield running


def evening(day: date = DAY) -> None:
    with working():
        feeds.take_snapshots(day)


def make_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    ExchangeMessage.objects.filter(finished_at=None).update(next_attempt_at=past)
    ExchangeDestination.objects.update(paused_until=past)


def carry_all(rounds: int = 300) -> None:
    for _ in range(rounds):
        make_due()
        if not sending.send_once("project06"):
            return
    raise AssertionError("still not sent")


def say_done(number: str) -> Task:
    one = Task.objects.get(document="KH-DA06-2025", number=number)
    Assignment.objects.filter(task=one, role="lead").update(state="done", percent=100)
    return one


def test_nothing_is_kept_while_the_software_is_not_connected(settings: Any) -> None:
    settings.EXCHANGE = {}
    evening()
    assert not Snapshot.objects.exists()
    assert not ExchangeMessage.objects.exists()


def test_every_task_goes_once_and_then_only_what_changed(twin: Project06Twin) -> None:
    evening()
    carry_all()
    tasks = Task.objects.filter(document__in=TOLD).exclude(kind="group")
    assert set(twin.kept) == {str(task.pk) for task in tasks}
    one = Task.objects.get(document="KH-DA06-2025", number="1.2")
    sent = twin.kept[str(one.pk)].payload
    assert sent is not None
    assert (sent["task"], sent["due_printed"], sent["state"]) == (one.name, one.due_printed, State.LATE)
    assert not {"person", "words", "note"} & set(sent)
    evening(DAY + timedelta(days=1))
    assert Snapshot.objects.count() == len(tasks)
    Assignment.objects.filter(task=one, role="lead").update(state="working", percent=40)
    evening(DAY + timedelta(days=2))
    carry_all()
    assert Snapshot.objects.filter(task=one).count() == 2
    kept = twin.kept[str(one.pk)].payload
    assert kept is not None
    assert (kept["percent"], kept["changed_on"]) == (40, "2026-11-29")
    assert len(twin.log) == len(tasks) + 1


def test_the_survey_goes_when_it_is_confirmed(twin: Project06Twin) -> None:
    row = next(one for one in databases() if one["code"] == "CSDL-DUOC")
    made("databases", row)
    assert not ExchangeMessage.objects.exists()
    record = made("databases", {**row, "code": "CSDL-2"}, confirmed=True)
    carry_all()
    payload = twin.kept[str(record.pk)].payload
    assert payload is not None
    assert (payload["code"], payload["survey_group"], payload["owner"]) == ("CSDL-2", "1", "Cục Quản lý Dược")


def test_done_without_evidence_is_refused_and_the_next_version_takes_its_place(twin: Project06Twin) -> None:
    one = say_done("5.4")
    evening()
    carry_all()
    refused = ExchangeMessage.objects.get(subject=str(one.pk))
    assert (refused.state, refused.reason, refused.dead) == ("rejected", "no-evidence", True)
    one.entries.create(kind="progress", evidence="12/BC-VPB", by="test")
    evening(DAY + timedelta(days=1))
    carry_all()
    assert twin.kept[str(one.pk)].payload["evidence"] == "12/BC-VPB"  # type: ignore[index]
    assert not ExchangeMessage.objects.filter(dead=True).exists()


def test_what_somebody_typed_over_there_is_found_and_put_right(twin: Project06Twin) -> None:
    evening()
    carry_all()
    subject = twin.edit()
    runs = {row.kind: row for row in reconciling.reconcile("project06")}
    assert (runs["plan_progress"].differing, runs["plan_progress"].fields) == (1, {"percent": 1})
    carry_all()
    assert twin.kept[subject].payload["percent"] != 99  # type: ignore[index]
    again = {row.kind: row for row in reconciling.reconcile("project06")}
    assert (again["plan_progress"].differing, again["plan_progress"].theirs_missing) == (0, 0)


def test_whatever_befalls_it_each_task_ends_as_it_stands_here(twin: Project06Twin) -> None:
    twin.faults, twin.rate = set(FAULTS) - {"slow"}, 0.2
    evening()
    for number in ("1.2", "2.1", "3.1"):
        Assignment.objects.filter(task__number=number, role="lead").update(state="working", percent=70)
        evening(DAY + timedelta(days=1))
    for _ in range(3):
        carry_all()
    twin.faults = set()
    for _ in range(2):  # what was refused for a closed period goes again by reconciliation
        reconciling.reconcile("project06")
        carry_all()
    held = {subject: kept.payload for subject, kept in twin.kept.items()}
    ours = {change.subject: feeds.PROGRESS.payload(change.content or {})
            for change in feeds.ProgressSource().current(None)}  # fmt: skip
    assert held == ours
    newest = {change.subject: change.version for change in feeds.ProgressSource().current(None)}
    assert set(newest.values()) == {1, 2}
