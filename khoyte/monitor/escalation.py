"""Whom a late task is told to, one level after the other: whose it is, province, department, minister's desk.

Days are working days, their number per level is dated data (`data/escalation.csv`): the source documents ask
for daily follow-up (Decision 1362/QĐ-BYT, II.1.11, III) and name no days. Each task of a unit is told once to
each level for one last day; what is told on a day to somebody is one notice with counts. Quiet hours, digests
and delegates are those of `notices`. Nothing is told on days the state does not work.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from khoyte.foundation.calendar import is_working_day, working_days_between
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.monitor.measures import MEASURES, Scope
from khoyte.monitor.models import Assignment, Escalation, Task
from khoyte.monitor.queries import Reading
from khoyte.monitor.standing import Measured, State, standing
from khoyte.notices import addressing
from khoyte.notices.actions import Telling, tell_all
from khoyte.notices.addressing import To
from khoyte.notices.daily import DailyTask
from khoyte.units.enums import Role
from khoyte.units.models import Unit
from khoyte.units.training import BEGINNING

WARNING = "warning"
LEVELS: Mapping[str, Text] = {
    WARNING: Text("cảnh báo sớm", "early warning"),
    "own": Text("đơn vị thực hiện", "the unit itself"),
    "province": Text("Sở Y tế", "the province"),
    "department": Text("Vụ, Cục theo dõi", "the department"),
    "minister": Text("Lãnh đạo Bộ", "the minister's desk"),
}
# Which levels there are above (and with) a unit of each kind; "" is a name of nobody here.
_WAY = {
    "facility": ("own", "province", "department", "minister"),
    "province": ("own", "department", "minister"),
    "department": ("own", "minister"),
    "ministry": ("minister",),
    "": ("department", "minister"),
}
_ROLES = {
    "facility": (Role.FACILITY, Role.FACILITY_REVIEWER),
    "province": (Role.PROVINCE, Role.PROVINCE_LEAD),
    "department": (Role.DEPARTMENT,),
    "ministry": (Role.MINISTRY,),
}
_LATE = (State.LATE, State.DISPUTED)
_EARLY = (State.SOON, State.AT_RISK)
_BATCH = 2_000
_DATA = Path(__file__).parent / "data"
_days_late = lru_cache(maxsize=256)(working_days_between)  # of thousands of facilities with one last day


@dataclass(frozen=True)
class Rule:
    """From a day on: a level hears when a task is `after_days` working days late."""

    level: str
    valid_from: date
    after_days: int
    legal: str


@cache
def rules() -> tuple[Rule, ...]:
    with (_DATA / "escalation.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rule(row["level"], date.fromisoformat(row["valid_from"]), int(row["after_days"]), row["legal"])
            for row in csv.DictReader(file)
        )


def after_days(day: date) -> dict[str, int]:
    """Level -> working days, by the rules in force on a day."""
    known = sorted((rule for rule in rules() if rule.valid_from <= day), key=lambda rule: rule.valid_from)
    return {rule.level: rule.after_days for rule in known}


@cache
def _desks() -> dict[str, str]:
    """Document -> the department that follows it, by name."""
    with (_DATA / "desks.csv").open(encoding="utf-8", newline="") as file:
        return {row["document"]: row["unit"] for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Case:
    """A task of a unit that is late or will be; `days` of lateness, negative while days are left."""

    task: Task
    unit: str
    unit_name: str
    kind: str
    facility: str
    province: str
    state: State
    days: int

    @property
    def key(self) -> tuple[int, str, str, date | None]:
        return self.task.pk, self.unit, self.unit_name, self.task.due_on


def cases(day: date) -> list[Case]:
    """Late tasks, and those that will be, unit by unit. Called inside `working()`."""
    tasks = list(Task.objects.exclude(kind="group").exclude(due_on=None).filter(recurs=""))
    parts: defaultdict[int, list[Assignment]] = defaultdict(list)
    for part in Assignment.objects.filter(task__in=tasks, role="lead").order_by("pk"):
        parts[part.task_id].append(part)
    units = {
        unit.code: unit for unit in Unit.objects.filter(ended_on=None).exclude(code__startswith=BEGINNING)
    }
    reading = Reading(Scope(), day)
    return [one for task in tasks for one in _of_task(task, parts[task.pk], units, reading)]


def _of_task(
    task: Task, parts: Sequence[Assignment], units: Mapping[str, Unit], reading: Reading
) -> Iterator[Case]:
    if task.open_to:
        yield from _of_all(task, parts, units, reading.today)
        return
    for part in parts or [Assignment(task=task, unit_name="", state="open")]:
        measured = reading.count(task.measure)
        state = _state(task, part.state, measured, reading)
        if state:
            unit = units.get(part.unit)
            yield _case(task, unit, part.unit_name, state, reading.today)


def _of_all(task: Task, parts: Sequence[Assignment], units: Mapping[str, Unit], day: date) -> Iterator[Case]:
    """A task of every unit of a kind: each by its own count and its own word."""
    said = {part.unit: part.state for part in parts if part.unit}
    measure = MEASURES.get(task.measure)
    counted = measure.by_unit(task.open_to) if measure else {}
    for unit in units.values():
        if unit.kind != task.open_to:
            continue
        state = _state(task, said.get(unit.code, "open"), counted.get(unit.code), Reading(Scope(), day))
        if state:
            yield _case(task, unit, unit.name, state, day)


def _state(task: Task, said: str, measured: Measured | None, reading: Reading) -> State | None:
    """How it stands, where somebody is to hear of it."""
    foretold = reading.forecast(task) if measured and not task.open_to else None
    state = standing(
        due_on=task.due_on, recurs=False, said=[said], measured=measured, target=task.target,
        forecast=foretold, today=reading.today,
    )  # fmt: skip
    late = task.due_on is not None and task.due_on < reading.today
    return state if state in _EARLY or (state in _LATE and late) else None


def _case(task: Task, unit: Unit | None, name: str, state: State, day: date) -> Case:
    kind = unit.kind if unit else ""
    return Case(
        task=task,
        unit=unit.code if unit else "",
        unit_name=name,
        kind=kind,
        facility=unit.code if unit and kind == "facility" else "",
        province=unit.province if unit and kind in ("facility", "province") else "",
        state=state,
        days=_days_late(task.due_on or day, day),
    )


def due_levels(case: Case, day: date) -> list[str]:
    """The levels that are to have heard of a case by a day."""
    if case.state in _EARLY:
        return [WARNING] if case.kind else []
    days = after_days(day)
    return [level for level in _WAY[case.kind] if level in days and case.days >= days[level]]


def tell(day: date) -> int:
    """Tell each level of what has become its own since it last heard; how many notices."""
    if not is_working_day(day):
        return 0
    told = set(
        Escalation.objects.filter(task__due_on__isnull=False).values_list(
            "task", "unit", "unit_name", "due_on", "level"
        )
    )
    fresh = [
        (case, level)
        for case in cases(day)
        for level in due_levels(case, day)
        if (*case.key, level) not in told
    ]
    Escalation.objects.bulk_create([_row(case, level, day) for case, level in fresh], batch_size=_BATCH)
    directory = _Offices()
    heard: defaultdict[tuple[str, To], list[Case]] = defaultdict(list)
    for case, level in fresh:
        for to in directory.of(case, level):
            heard[level, to].append(case)
    return tell_all(_telling(level, to, of, day) for (level, to), of in heard.items())


def _row(case: Case, level: str, day: date) -> Escalation:
    return Escalation(
        task=case.task, unit=case.unit, unit_name=case.unit_name, facility=case.facility,
        province=case.province, level=level, due_on=case.task.due_on or day, days=case.days, told_on=day,
    )  # fmt: skip


def _telling(level: str, to: To, of: Sequence[Case], day: date) -> Telling:
    days = [case.task.due_on for case in of if case.task.due_on]
    tasks = len({case.task.pk for case in of})
    subject, occasion = f"plan:{level}:{to.unit}", day.isoformat()
    if level == WARNING:
        facts: dict[str, object] = {"tasks": tasks, "nearest": min(days)}
        return Telling("plan_warning", to, subject, occasion, facts, "/ke-hoach?pham-vi=don-vi")
    facts = {"tasks": tasks, "units": len({(case.unit, case.unit_name) for case in of}),
             "oldest": min(days), "level": level}  # fmt: skip
    href = (
        "/ke-hoach?trang-thai=late&pham-vi=don-vi" if level == "own" else f"/ke-hoach/chuyen-cap?cap={level}"
    )
    return Telling("plan_late", to, subject, occasion, facts, href)


class _Offices:
    """Who stands at a level for a case."""

    def __init__(self) -> None:
        national = Unit.objects.filter(kind__in=("department", "ministry"), ended_on=None)
        units = list(national.order_by("code"))
        self._ministries = [unit.code for unit in units if unit.kind == "ministry"]
        self._departments = {unit.code: _plain(unit.name) for unit in units if unit.kind == "department"}
        self._parts: dict[int, set[str]] = {}

    def of(self, case: Case, level: str) -> list[To]:
        if level in (WARNING, "own"):
            return [addressing.role(case.unit, *_ROLES[case.kind])]
        if level == "province":
            return [addressing.role(case.province, *_ROLES["province"])]
        if level == "minister":
            return [addressing.role(code, *_ROLES["ministry"]) for code in self._ministries]
        return [addressing.role(code, *_ROLES["department"]) for code in self._following(case.task)]

    def _following(self, task: Task) -> list[str]:
        """Departments with a part in the task; else the one that follows its document; else all of them."""
        if task.pk not in self._parts:
            parts = Assignment.objects.filter(task=task, unit__in=self._departments)
            self._parts[task.pk] = set(parts.values_list("unit", flat=True))
        desk = _plain(_desks().get(task.document_id, ""))
        named = {code for code, name in self._departments.items() if name == desk}
        return sorted(self._parts[task.pk] or named or self._departments)


def _plain(name: str) -> str:
    return " ".join(fold(name.partition(" (")[0]).replace(",", " ").split())


DUTIES = (DailyTask("plan-escalation", tell),)
