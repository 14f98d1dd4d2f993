"""What goes to the Project 06 monitoring software: the survey of databases, once a day how each task stands.

What is told of a task is kept as a version (`Snapshot`) where it changed; a message names the version. The
names of fields are ours: no interface of that software is published. Persons and words of units are not sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery

from khoyte.foundation.language import Text
from khoyte.links import exchange
from khoyte.links.destinations import PROJECT_06
from khoyte.links.feeds import Change, Content, Feed, announce
from khoyte.monitor import queries
from khoyte.monitor.models import Entry, Snapshot
from khoyte.monitor.queries import Line
from khoyte.notices.daily import DailyTask
from khoyte.registers.telling import RegisterSource
from khoyte.units.policy import system_actor

KIND = "plan_progress"
DOCUMENTS = ("KH-CSDL-2025", "KH-DA06-2025")
"""Plans whose progress the software follows: the plan of databases (III.3) and the plan of Project 06."""

_LEGAL = "Kế hoạch triển khai xây dựng CSDL quốc gia, CSDL chuyên ngành (2025), II.1, III.3"
_BY = system_actor("project06")
DATABASES = Feed(
    destination=PROJECT_06,
    kind="databases",
    label=Text(vi="Kết quả khảo sát cơ sở dữ liệu", en="Survey of databases"),
    legal=_LEGAL,
    carries={
        "code": "code",
        "name": "name",
        "kind": "kind",
        "owner": "owner_name",
        "operator": "operator",
        "legal_base": "legal_base",
        "survey_group": "survey_group",
        "reason": "reason",
        "proposal": "proposal",
        "provision": "provision",
        **{
            f"{stage}_{when}": f"{stage}_{when}"
            for stage in ("infrastructure", "data", "cleaning", "delivery", "operation")
            for when in ("planned", "actual")
        },
    },
)
PROGRESS = Feed(
    destination=PROJECT_06,
    kind=KIND,
    label=Text(vi="Tiến độ nhiệm vụ hằng ngày", en="Daily progress of tasks"),
    legal=_LEGAL,
    carries={
        "document": "document",
        "section": "section",
        "number": "number",
        "task": "name",
        "lead": "lead",
        "due_printed": "due_printed",
        "due_on": "due_on",
        "state": "state",
        "percent": "percent",
        "measured": "measured",
        "done": "done",
        "total": "total",
        "evidence": "evidence",
        "changed_on": "changed_on",
    },
)


class ProgressSource:
    """Versions of what was told of tasks; a subject is the task's id."""

    kind = KIND

    def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Content]:
        versions = {int(subject): number for subject, number in wanted}
        rows = Snapshot.objects.filter(task__in=versions)
        return {str(row.task_id): row.content for row in rows if versions[row.task_id] == row.number}

    def now(self, subjects: Sequence[str]) -> list[Change]:
        return [_change(row) for row in _newest().filter(task__in=[int(subject) for subject in subjects])]

    def current(self, since: date | None) -> Iterator[Change]:
        for row in _newest():
            yield _change(row)


def _newest() -> Any:
    last = Snapshot.objects.filter(task=OuterRef("task")).order_by("-number").values("number")[:1]
    return Snapshot.objects.filter(number=Subquery(last)).order_by("task")


def _change(row: Snapshot) -> Change:
    return Change(str(row.task_id), row.number, "", "", row.content)


def take_snapshots(day: date) -> int:
    """Keep how tasks stand where that changed, with the messages of it. Nothing while the software is off."""
    if PROJECT_06 not in settings.EXCHANGE:
        return 0
    last = {row.task_id: row for row in _newest()}
    made = []
    for document in DOCUMENTS:
        for line in queries.lines(_BY, document=document, today=day):
            content = _content(line)
            before = last.get(line.task.pk)
            if before is None or {**before.content, "changed_on": ""} != {**content, "changed_on": ""}:
                number = before.number + 1 if before else 1
                content["changed_on"] = day.isoformat()
                made.append(Snapshot(task=line.task, number=number, content=content))
    Snapshot.objects.bulk_create(made)
    exchange.tell(KIND, [_change(row) for row in made])
    return 0  # messages, no notices


def _content(line: Line) -> dict[str, Any]:
    task, measured = line.task, line.measured
    return {
        "document": task.document_id,
        "section": task.section,
        "number": task.number,
        "name": task.name,
        "lead": task.lead_printed,
        "due_printed": task.due_printed,
        "due_on": task.due_on.isoformat() if task.due_on else "",
        "state": line.state.value,
        "percent": line.percent,
        "measured": "data" if measured else "typed",
        "done": measured.done if measured else None,
        "total": measured.total if measured else None,
        "evidence": _evidence(line),
    }


def _evidence(line: Line) -> str:
    """What proves it: the data, or the last evidence a leading unit named."""
    if line.measured is not None:
        return "số liệu đo trên hệ thống"
    said = Entry.objects.filter(task=line.task).exclude(evidence="").order_by("-id")
    return said.values_list("evidence", flat=True).first() or ""


def announce_feeds() -> None:
    announce(RegisterSource("databases"), DATABASES)
    announce(ProgressSource(), PROGRESS)


# In the evening, when the day's reports are in.
DUTIES = (DailyTask("project06-progress", take_snapshots, after=time(17, 0)),)
