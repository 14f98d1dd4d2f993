"""Writes of plans. Each in the caller's transaction, with its entry in the history and the audit entry."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.monitor.dates import read_due
from khoyte.monitor.errors import Circle, PlanProblem, UnknownTask
from khoyte.monitor.measures import MEASURES
from khoyte.monitor.models import (
    Assignment,
    Dependency,
    Document,
    Entry,
    ReportFile,
    SentReport,
    SurveyRound,
    Task,
)
from khoyte.monitor.unit_names import read_units
from khoyte.units.models import Unit
from khoyte.units.policy import Actor, Facts
from khoyte.units.training import BEGINNING
from khoyte.units.web import allow

Row = Mapping[str, str]
SAID = ("open", "working", "done")
CHANGEABLE = ("person", "authority", "criterion", "product", "due_printed")
_NEEDS_EVIDENCE = Text(
    "Báo cáo hoàn thành cần minh chứng (số văn bản, đường dẫn).", "A task said to be done needs evidence."
)
_NOT_YOURS = Text("Nhiệm vụ này không giao cho đơn vị của ông/bà.", "This task is not given to your unit.")
_NO_ROUND = Text(
    "Chưa ghi tên đợt, hoặc tên này đã dùng cho đợt trước.", "The round needs a name that no round has."
)
_FIGURE = Text("Số liệu nhập tay cần minh chứng và không được âm.", "A typed figure needs evidence.")


def enter_document(*, code: str, title: str, agency: str, by: Actor, **more: Any) -> Document:
    """A document, or the one with this code as it stands."""
    defaults = {"title": title, "agency": agency, "recorded_by": by.name, **more}
    document, made = Document.objects.get_or_create(code=code, defaults=defaults)
    if made:
        _audit(by, "plan.document", "plan_document", code, {})
    return document


def enter_tasks(*, document: Document, rows: Iterable[Row], by: Actor) -> int:
    """Tasks in the order printed; `parent` names the number of an earlier row. How many were new."""
    stored = list(document.tasks.order_by("position"))
    known = {task.number: task for task in stored}
    here = {(task.section, task.number) for task in stored}
    units, position, made = _units_by_name(), len(here), 0
    for row in rows:
        if (row["section"], row["number"]) in here:
            continue
        position += 1
        task = _task_of(document, row, known.get(row.get("parent", "")), position, by)
        task.save(force_insert=True)
        known[task.number] = task
        _assign(task, units, by)
        made += 1
    if made:
        _audit(by, "plan.enter", "plan_document", document.code, {"tasks": made})
    return made


def _task_of(document: Document, row: Row, parent: Task | None, position: int, by: Actor) -> Task:
    due = read_due(row.get("due"))
    measure = row.get("measure", "")
    return Task(
        document=document,
        parent=parent,
        kind=row.get("kind") or "task",
        number=row["number"],
        section=row["section"],
        position=position,
        name=row["name"],
        product=row.get("product", ""),
        lead_printed=row.get("lead", ""),
        with_printed=row.get("with", ""),
        due_printed=row.get("due", ""),
        due_kind=due.kind,
        due_on=due.on,
        recurs=due.recurs,
        person=row.get("person", ""),
        authority=row.get("authority", ""),
        criterion=row.get("criterion", ""),
        measure=measure if measure in MEASURES else "",
        target=int(row.get("target") or 100),
        open_to=row.get("open_to", ""),
        note=row.get("note", ""),
        recorded_by=by.name,
    )


def _assign(task: Task, units: Mapping[str, Unit], by: Actor) -> None:
    """Leading and coordinating units as printed; a name of nobody here stays a name."""
    wanted = [("lead", one) for one in read_units(task.lead_printed)]
    wanted += [("with", one) for one in read_units(task.with_printed)]
    rows = []
    for role, named in wanted:
        unit = units.get(_plain(named.name))
        rows.append(
            Assignment(
                task=task, role=role, unit=unit.code if unit else "", unit_name=named.name,
                changed_by=by.name,
                facility=unit.code if unit and unit.kind == "facility" else "",
                province=unit.province if unit and unit.kind in ("facility", "province") else "",
            )
        )  # fmt: skip
    Assignment.objects.bulk_create(rows)


def _units_by_name() -> dict[str, Unit]:
    national = Unit.objects.exclude(kind="facility").exclude(code__startswith=BEGINNING)
    return {_plain(unit.name): unit for unit in national}


def _plain(name: str) -> str:
    return " ".join(fold(name.partition(" (")[0]).replace(",", " ").replace("-", " ").split())


def own_assignment(task: Task, by: Actor) -> Assignment | None:
    """The part of the actor's unit in a task; made where the task is every such unit's. None: not theirs."""
    found = Assignment.objects.filter(task=task, unit=by.unit_code).order_by("role").first()
    if found is None and task.open_to and task.open_to == by.unit_kind:
        return Assignment(task=task, role="lead", unit=by.unit_code, unit_name=by.unit_name, **_place(by))
    return found


def report_progress(
    *, task: int, state: str, percent: int, by: Actor, words: str = "", evidence: str = "", person: str = "",
    figure: int | None = None, total: int | None = None,
) -> Assignment:  # fmt: skip
    """What the actor's unit says of its part. Raises UnknownTask, PlanProblem, Refused."""
    found = _locked(task)
    mine = _mine(found, by)
    _check_progress(state, percent, evidence, figure, total)
    before = {"state": mine.state, "percent": mine.percent, "person": mine.person}
    mine.state, mine.percent = state, 100 if state == "done" else percent
    mine.person = person or mine.person
    mine.changed_at, mine.changed_by = timezone.now(), by.name
    mine.version += 1
    mine.save()
    after = {"state": mine.state, "percent": mine.percent, "person": mine.person}
    _enter(found, by, "progress", words, evidence=evidence, figure=figure, total=total, before=before,
           after={name: value for name, value in after.items() if value != before[name]})  # fmt: skip
    _audit(by, "plan.progress", "plan_task", str(found.pk), {"state": state, "percent": mine.percent})
    return mine


def _check_progress(state: str, percent: int, evidence: str, figure: int | None, total: int | None) -> None:
    if state not in SAID or not 0 <= percent <= 100:
        raise PlanProblem(Text("Tình trạng hoặc tỷ lệ không hợp lệ.", "No such state or percentage."))
    if state == "done" and not evidence:
        raise PlanProblem(_NEEDS_EVIDENCE)
    if figure is not None and (figure < 0 or (total or 0) < 0 or not evidence):
        raise PlanProblem(_FIGURE)


def raise_matter(*, task: int, kind: str, words: str, by: Actor) -> Entry:
    """A difficulty or a proposal of the actor's unit. Raises UnknownTask, PlanProblem, Refused."""
    found = _locked(task)
    _mine(found, by)
    if kind not in ("difficulty", "proposal") or not words.strip():
        raise PlanProblem(Text("Chưa ghi nội dung.", "Nothing is said."))
    # Pressed twice it is one matter; the task is held.
    same = Entry.objects.filter(task=found, unit=by.unit_code, kind=kind, words=words.strip()[:4000])
    standing = same.filter(answered=None).first()
    if standing is not None:
        return standing
    entry = _enter(found, by, kind, words)
    _audit(by, f"plan.{kind}", "plan_task", str(found.pk), {})
    return entry


def settle_matter(*, entry: int, words: str, by: Actor) -> Entry:
    """How a difficulty or proposal was settled. Raises UnknownTask, PlanProblem."""
    allow(by, "plan.manage")
    matter = Entry.objects.filter(pk=entry, kind__in=("difficulty", "proposal")).first()
    if matter is None:
        raise UnknownTask
    _locked(matter.task_id)  # two who settle it at once: the second finds it settled
    if not words.strip() or matter.answered.exists():
        raise PlanProblem(Text("Chưa ghi cách xử lý, hoặc đã xử lý rồi.", "Nothing said, or settled before."))
    place = {"facility": matter.facility, "province": matter.province}
    answer = _enter(matter.task, by, "settled", words, answers=matter, place=place)
    _audit(by, "plan.settle", "plan_task", str(matter.task_id), {"entry": entry})
    return answer


def change_task(*, task: int, patch: Mapping[str, str], reason: str, by: Actor) -> Task:
    """Change what a task says, with the reason kept. Raises UnknownTask, PlanProblem, Refused."""
    allow(by, "plan.manage")
    found = _locked(task)
    changed = {
        name: patch[name].strip()
        for name in CHANGEABLE
        if name in patch and patch[name].strip() != getattr(found, name)
    }
    if not changed:
        return found
    if not reason.strip():
        raise PlanProblem(Text("Chưa ghi lý do thay đổi.", "The reason of the change is missing."))
    before = {name: getattr(found, name) for name in changed}
    for name, value in changed.items():
        setattr(found, name, value)
    due = read_due(found.due_printed)
    found.due_kind, found.due_on, found.recurs = due.kind, due.on, due.recurs
    found.version += 1
    found.save()
    # A change of the plan is everybody's to read.
    _enter(found, by, "change", reason, before=before, after=changed)
    _audit(by, "plan.change", "plan_task", str(found.pk), {"fields": sorted(changed)})
    return found


def depend(*, task: int, needs: int, by: Actor) -> None:
    """`task` waits for `needs`. Raises Circle with the path, UnknownTask, Refused."""
    allow(by, "plan.manage")
    if Task.objects.filter(pk__in={task, needs}).count() < len({task, needs}):
        raise UnknownTask
    try:
        with transaction.atomic():
            Dependency.objects.get_or_create(task_id=task, needs_id=needs, defaults={"recorded_by": by.name})
    except IntegrityError as error:
        detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", "") or ""
        if not detail.startswith("["):
            raise
        raise Circle(_names(json.loads(detail))) from None
    _audit(by, "plan.depend", "plan_task", str(task), {"needs": needs})


def _names(path: Iterable[int]) -> list[str]:
    path = list(path)
    names = {task.pk: f"{task.number} ({task.document_id})" for task in Task.objects.filter(pk__in=path)}
    return [names[one] for one in path]


def close_round(*, name: str, by: Actor) -> SurveyRound:
    """A round of the survey: what is declared by now, under a name. Raises PlanProblem, Refused."""
    allow(by, "plan.manage")
    if not name or SurveyRound.objects.filter(name=name).exists():
        raise PlanProblem(_NO_ROUND)
    made = SurveyRound.objects.create(name=name[:200], by=by.name)
    _audit(by, "plan.survey_round", "survey_round", str(made.pk), {})
    return made


def send_report(
    *, by: Actor, pdf: bytes, way: str, state: str = "", holder: str = "", **report: Any
) -> SentReport:
    """Record that a report left, with the PDF as it was sent. Inside the caller's transaction."""
    digest = hashlib.sha256(pdf).hexdigest()
    sent = SentReport.objects.create(
        unit=by.unit_code, unit_name=by.unit_name, sent_by=by.name, sha256=digest, **_place(by), **report
    )
    ReportFile.objects.create(
        report=sent, facility=sent.facility, province=sent.province, way=way, state=state,
        holder=holder[:300], sha256=digest, pdf=pdf,
    )  # fmt: skip
    details = {"period": sent.period, "role": sent.role, "recipients": len(sent.recipients), "way": way,
               "pdf": digest}  # fmt: skip
    _audit(by, "plan.report", "plan_report", str(sent.pk), details)
    return sent


def _locked(task: int) -> Task:
    found = Task.objects.select_for_update().filter(pk=task).exclude(kind="group").first()
    if found is None:
        raise UnknownTask
    return found


def _mine(task: Task, by: Actor) -> Assignment:
    """The actor's own part. Raises PlanProblem where it has none, Refused where the policy says so."""
    allow(by, "plan.update", Facts(facility=by.unit_code, province=by.province))
    mine = own_assignment(task, by)
    if mine is None:
        raise PlanProblem(_NOT_YOURS)
    return mine


def _place(by: Actor) -> dict[str, str]:
    local = by.unit_kind in ("facility", "province")
    return {"facility": by.facility, "province": by.province if local else ""}


def _enter(
    task: Task, by: Actor, kind: str, words: str, *, place: Mapping[str, str] | None = None, **more: Any
) -> Entry:
    return Entry.objects.create(
        task=task, unit=by.unit_code, unit_name=by.unit_name, kind=kind, words=words.strip()[:4000],
        by=by.name, **(place if place is not None else _place(by)), **more,
    )  # fmt: skip


def _audit(by: Actor, action: str, kind: str, subject: str, details: dict[str, Any]) -> None:
    place = _place(by)
    audit.record(by=by, action=action, subject_kind=kind, subject_id=subject, details=details, **place)
