"""Reads of plans. Parts and entries of units are those the reader may see (`of_reader`), as in the walls."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from khoyte.foundation.calendar import today as current_day
from khoyte.monitor.errors import UnknownTask
from khoyte.monitor.measures import MEASURES, Scope
from khoyte.monitor.models import (
    Assignment,
    Dependency,
    Document,
    Entry,
    Escalation,
    ReportFile,
    SentReport,
    Task,
)
from khoyte.monitor.standing import Clear, Forecast, Measured, State, forecast, six_clear, standing
from khoyte.registers.models import Case, Tally
from khoyte.units.models import Unit
from khoyte.units.policy import Actor, decide
from khoyte.units.training import BEGINNING

Rows = TypeVar("Rows", bound=QuerySet[Any])
URGENCY = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True)
class Line:
    """A task as the reader sees it."""

    task: Task
    state: State
    leads: Sequence[Assignment]
    withs: Sequence[Assignment]
    measured: Measured | None = None
    forecast: Forecast | None = None
    mine: bool = False

    @cached_property
    def clear(self) -> tuple[Clear, ...]:
        task = self.task
        return six_clear(
            person=task.person or next((one.person for one in self.leads if one.person), ""),
            name=task.name, due_kind=task.due_kind,
            product=task.product, criterion=task.criterion, lead=task.lead_printed, authority=task.authority,
        )  # fmt: skip

    @property
    def gaps(self) -> tuple[Clear, ...]:
        return tuple(one for one in self.clear if not one.met)

    @property
    def pk(self) -> int:
        return self.task.pk

    @property
    def percent(self) -> int | None:
        if self.measured is not None and self.measured.share is not None:
            return int(self.measured.share * 100)
        return min((one.percent for one in self.leads), default=None)


@dataclass
class Reading:
    """Counts asked of the database for one page, each once."""

    scope: Scope
    today: date
    counts: dict[str, Measured | None] = field(default_factory=dict)
    courses: dict[str, list[tuple[date, int]]] = field(default_factory=dict)

    def count(self, name: str) -> Measured | None:
        if not name:
            return None
        if name not in self.counts:
            self.counts[name] = MEASURES[name].count(self.scope)
        return self.counts[name]

    def forecast(self, task: Task) -> Forecast | None:
        measured, course = self.count(task.measure), task.measure and MEASURES[task.measure].course
        if measured is None or not course or measured.reaches(task.target):
            return None
        if task.measure not in self.courses:
            self.courses[task.measure] = course(self.scope)
        return forecast(
            self.courses[task.measure], total=measured.total, target=task.target, due_on=task.due_on,
            today=self.today,
        )  # fmt: skip


def scope_of(actor: Actor) -> Scope:
    if actor.facility:
        return Scope(facility=actor.facility)
    return Scope(province=actor.province if actor.unit_kind == "province" else "")


def of_reader(rows: Rows, actor: Actor) -> Rows:
    """Of rows with `facility` and `province` those that "plan.read" lets the reader see."""
    if actor.kind == "system":
        return rows
    if not decide(actor, "plan.read"):
        return rows.none()
    if actor.facility:
        return rows.filter(facility__in=actor.units)
    if actor.unit_kind == "province":
        return rows.filter(province__in=actor.provinces)
    return rows.exclude(facility__startswith=BEGINNING).exclude(province__startswith=BEGINNING)


def documents() -> list[Document]:
    return list(Document.objects.order_by("position", "code"))


def lines(actor: Actor, *, document: str = "", today: date | None = None) -> list[Line]:
    """Tasks and steps in the order of their documents, each with how it stands for this reader."""
    rows = Task.objects.exclude(kind="group").order_by("document__position", "document_id", "position")
    if document:
        rows = rows.filter(document=document)
    tasks = list(rows)
    parts = _parts((task.pk for task in tasks), actor)
    reading = Reading(scope_of(actor), today or current_day())
    return [_line(task, parts[task.pk], reading, actor) for task in tasks]


def reading_of(actor: Actor, today: date | None = None) -> Reading:
    """What a page of the reader counts, each measure once: hand it to everything the page asks."""
    return Reading(scope_of(actor), today or current_day())


def lines_of(
    tasks: Sequence[int], actor: Actor, *, today: date | None = None, reading: Reading | None = None
) -> list[Line]:
    """These tasks, in this order."""
    found = Task.objects.in_bulk(tasks)
    parts = _parts(tasks, actor)
    reading = reading or reading_of(actor, today)
    return [_line(found[pk], parts[pk], reading, actor) for pk in tasks if pk in found]


def line_of(task: int, actor: Actor) -> Line:
    """One task. Raises UnknownTask."""
    found = Task.objects.select_related("document", "parent").filter(pk=task).exclude(kind="group").first()
    if found is None:
        raise UnknownTask
    return _line(found, _parts([found.pk], actor)[found.pk], Reading(scope_of(actor), current_day()), actor)


def _parts(tasks: Iterable[int], actor: Actor) -> Mapping[int, list[Assignment]]:
    found: defaultdict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.filter(task__in=list(tasks)).order_by("role", "pk")
    for one in of_reader(rows, actor):
        found[one.task_id].append(one)
    return found


def _line(task: Task, parts: Sequence[Assignment], reading: Reading, actor: Actor) -> Line:
    leads = [one for one in parts if one.role == "lead"]
    local = actor.unit_kind in ("facility", "province")
    mine = any(one.unit == actor.unit_code for one in parts) or task.open_to == actor.unit_kind
    said = [one.state for one in leads]
    if task.open_to and not local:
        # Units that have said nothing are not seen as rows: a task for all is done only by all.
        said = ["working"] if any(one != "open" for one in said) else ["open"]
    elif task.open_to and mine and not said:
        said = ["open"]
    measured = reading.count(task.measure) if not local or task.open_to else None
    foretold = reading.forecast(task) if measured else None
    state = standing(
        due_on=task.due_on, recurs=bool(task.recurs), said=said, measured=measured, target=task.target,
        forecast=foretold, today=reading.today,
    )  # fmt: skip
    withs = [one for one in parts if one.role == "with"]
    return Line(task, state, leads, withs, measured, foretold, mine)


def by_urgency(found: Iterable[Line]) -> list[Line]:
    return sorted(found, key=lambda line: (URGENCY[line.state], line.task.due_on or date.max))


def entries(task: Task, actor: Actor) -> list[Entry]:
    return list(of_reader(task.entries.order_by("-id"), actor).prefetch_related("answered")[:200])


def open_matters(tasks: Iterable[int], actor: Actor) -> list[Entry]:
    """Difficulties and proposals that nobody has settled, oldest first."""
    among = set(tasks)
    waiting = Entry.objects.filter(kind__in=("difficulty", "proposal"), answered=None)
    rows = of_reader(waiting.select_related("task").order_by("id"), actor)
    return [one for one in rows if one.task_id in among]


def escalations(actor: Actor, *, level: str = "", task: int = 0) -> QuerySet[Escalation]:
    """What was told to levels above, newest first, of what the reader may see. May be many: cut it."""
    rows = Escalation.objects.select_related("task").order_by("-told_on", "-days", "-pk")
    if level:
        rows = rows.filter(level=level)
    if task:
        rows = rows.filter(task=task)
    return of_reader(rows, actor)


def tasks_told(actor: Actor, level: str) -> int:
    """How many tasks have come to a level for the last day they have now."""
    told = escalations(actor, level=level).filter(task__due_on=F("due_on")).order_by()
    return told.values("task").distinct().count()


def reviews_waiting(scope: Scope, day: date) -> tuple[int, int]:
    """How many records wait at a level of review, and how many beyond their day."""
    if scope.facility:
        waiting = Case.objects.filter(closed_at=None, facility=scope.facility)
        counted = waiting.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)))
    else:
        lines = Tally.objects.filter(fact="open_cases")
        lines = lines.filter(province=scope.province) if scope.province else lines
        counted = lines.aggregate(all=Sum("number"), late=Sum("number", filter=Q(day__lt=day)))
    return counted["all"] or 0, counted["late"] or 0


def needed(task: Task) -> list[Dependency]:
    return list(Dependency.objects.filter(task=task).select_related("needs").order_by("pk"))


def waits_until(tasks: Sequence[int]) -> dict[int, date]:
    """Task -> the last day of all that it waits for; those that wait for nothing with a day are not there."""
    rows = Dependency.objects.filter(task__in=tasks, needs__due_on__isnull=False)
    return dict(rows.values("task").annotate(until=Max("needs__due_on")).values_list("task", "until"))


@dataclass(frozen=True)
class UnitForecast:
    unit: Unit
    measured: Measured
    forecast: Forecast | None


def by_unit(task: Task, actor: Actor) -> list[UnitForecast]:
    """The measure of a task unit by unit: provinces for the nation, facilities for a province."""
    measure = MEASURES.get(task.measure)
    if measure is None or measure.course is None or actor.facility:
        return []
    kind = "facility" if actor.unit_kind == "province" else "province"
    units = Unit.objects.filter(kind=kind).order_by("code")
    if actor.unit_kind == "province":
        units = units.filter(province=actor.province)
    else:
        units = units.exclude(code__startswith=BEGINNING)
    found, counted = [], measure.by_unit(kind)
    for unit in units[:100]:
        scope = Scope(province=unit.code) if kind == "province" else Scope(facility=unit.code)
        measured = counted.get(unit.code)
        reading = Reading(scope, current_day(), {task.measure: measured})
        if measured is not None and (measured.total or measured.done):
            found.append(UnitForecast(unit, measured, reading.forecast(task)))
    return sorted(found, key=lambda one: one.measured.share if one.measured.share is not None else 1.0)


def sent_reports(actor: Actor, period: str = "", most: int = 50) -> list[SentReport]:
    """Those of the reader's unit, newest first; national readers see all."""
    rows = SentReport.objects.order_by("-sent_at").select_related("file").defer("file__pdf")
    rows = rows.filter(period=period) if period else rows
    if actor.unit_kind in ("facility", "province"):
        rows = rows.filter(unit=actor.unit_code)
    return list(rows[:most])


def report_file(report: int, actor: Actor) -> ReportFile | None:
    """The PDF of a sent report that the reader may see."""
    rows = ReportFile.objects.select_related("report").filter(report=report)
    return of_reader(rows, actor).first()


def last_report(unit: str, period: str, role: str = "lead") -> SentReport | None:
    return SentReport.objects.filter(unit=unit, period=period, role=role).order_by("-sent_at").first()


def lines_of_document(task: Task) -> list[Task]:
    """The other tasks of the same document, to choose from."""
    rows = Task.objects.filter(document=task.document_id).exclude(kind="group").exclude(pk=task.pk)
    return list(rows.order_by("position"))


def has_tasks(document: str) -> bool:
    return Task.objects.filter(document=document).exists()
