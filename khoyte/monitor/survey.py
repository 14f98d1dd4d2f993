"""The survey of databases by rounds: what the register held at a moment, and what changed between two.

A round is a moment with a name (plan of 2025, II.1: four groups, reason, proposal); what was declared then is
read from the versions of the register, so nothing is copied and a round stays true. Of databases that run on
this platform the stage is also measured from their register: a declaration beyond what the data show is told.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from khoyte.foundation.language import Text
from khoyte.links.models import ExchangeMessage
from khoyte.monitor.inventory import DATABASES, GROUPS, STAGES
from khoyte.monitor.measures import MEASURES, Scope
from khoyte.monitor.models import SurveyRound
from khoyte.monitor.queries import of_reader
from khoyte.registers.errors import UnknownRegister
from khoyte.registers.known import register
from khoyte.registers.models import Step, Version
from khoyte.units.policy import Actor

GROUP_LABELS: Mapping[str, Text] = {code.code: code.label for code in GROUPS}
STAGE_LABELS: Mapping[str, Text] = {stage: label for stage, label, _ in STAGES}
_STAGES = tuple(STAGE_LABELS)


@dataclass(frozen=True)
class Surveyed:
    """A database as declared at a moment. `stage` is the last one with an actual day, "" for none."""

    record: str
    code: str
    content: Mapping[str, Any]
    confirmed: bool

    @property
    def name(self) -> str:
        return str(self.content.get("name") or self.code)

    @property
    def owner(self) -> str:
        return str(self.content.get("owner_name") or "")

    @property
    def group(self) -> str:
        return str(self.content.get("survey_group") or "")

    @property
    def stage(self) -> str:
        return stage_of(self.content)

    def slip(self, today: date) -> str:
        """The first stage whose planned day has passed without an actual one."""
        for stage in _STAGES:
            planned = self.content.get(f"{stage}_planned")
            if planned and not self.content.get(f"{stage}_actual") and _day(planned) < today:
                return stage
        return ""


def stage_of(content: Mapping[str, Any]) -> str:
    return next((stage for stage in reversed(_STAGES) if content.get(f"{stage}_actual")), "")


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def rounds() -> list[SurveyRound]:
    return list(SurveyRound.objects.order_by("-at"))


def at(moment: datetime | None, actor: Actor) -> list[Surveyed]:
    """What was declared by a moment (None: by now) of what the reader may see, by code."""
    versions = of_reader(Version.objects.filter(register=DATABASES.name), actor)
    steps = Step.objects.filter(register=DATABASES.name)
    if moment is not None:
        versions, steps = versions.filter(recorded_at__lte=moment), steps.filter(at__lte=moment)
    gone: dict[Any, bool] = {}
    confirmed: dict[Any, int] = {}
    for record, state, version in steps.order_by("id").values_list("record", "state", "version"):
        gone[record] = state == "withdrawn"
        if state == "confirmed":
            confirmed[record] = version
    newest = versions.order_by("record", "-number").distinct("record")
    found = [
        Surveyed(
            str(row.record),
            str(row.content.get("code")),
            row.content,
            confirmed.get(row.record, 0) >= row.number,
        )
        for row in newest
        if not gone.get(row.record)
    ]
    return sorted(found, key=lambda one: one.code)


@dataclass(frozen=True)
class Difference:
    """`kind`: appeared, vanished, group, stage. `was`, `now`: codes of groups or stages, "" for none."""

    kind: str
    one: Surveyed
    was: str = ""
    now: str = ""


def compare(before: Sequence[Surveyed], after: Sequence[Surveyed]) -> list[Difference]:
    """What appeared, vanished, changed its group or its stage: by owner, then by code."""
    old, new = {one.record: one for one in before}, {one.record: one for one in after}
    found = [Difference("appeared", new[key], now=new[key].group) for key in new.keys() - old.keys()]
    found += [Difference("vanished", old[key], was=old[key].group) for key in old.keys() - new.keys()]
    for key in old.keys() & new.keys():
        was, now = old[key], new[key]
        if was.group != now.group:
            found.append(Difference("group", now, was.group, now.group))
        if was.stage != now.stage:
            found.append(Difference("stage", now, was.stage, now.stage))
    kinds = ("appeared", "vanished", "group", "stage")
    return sorted(found, key=lambda one: (one.one.owner, one.one.code, kinds.index(one.kind)))


def by_owner(found: Sequence[Surveyed]) -> dict[str, Counter[str]]:
    """Owner -> how many of each group."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        counted[one.owner][one.group] += 1
    return dict(sorted(counted.items()))


@dataclass(frozen=True)
class MeasuredDatabase:
    """A database whose data lie here: counted records of its register, and the stage they show."""

    one: Surveyed
    declared: int
    confirmed: int
    matched: int | None
    delivered: int

    @property
    def stage(self) -> str:
        if not self.declared:
            return "infrastructure"
        if self.delivered and self.confirmed:
            return "operation" if self.delivered >= self.confirmed else "delivery"
        return "cleaning" if self.matched else "data"

    @property
    def is_behind(self) -> bool:
        """Declared at a stage that the data have not reached."""
        declared = self.one.stage
        return bool(declared) and _STAGES.index(declared) > _STAGES.index(self.stage)


def measured(found: Sequence[Surveyed], scope: Scope) -> list[MeasuredDatabase]:
    """Of those that name a register of this platform, within the reader's scope."""
    made = []
    for one in found:
        name = str(one.content.get("measured_by") or "")
        try:
            model = register(name).model if name else None
        except UnknownRegister:
            continue
        if model is None:
            continue
        rows = model.objects.exclude(state="withdrawn")
        for field_name, value in (("province", scope.province), ("facility", scope.facility)):
            rows = rows.filter(**{field_name: value}) if value else rows
        counted = rows.aggregate(all=Count("pk"), sure=Count("pk", filter=Q(confirmed_version__isnull=False)))
        check = MEASURES.get(f"{name}_matched")
        matched = check.count(scope) if check else None
        sent = ExchangeMessage.objects.filter(
            destination="datacentre", kind=name, state="applied", removed=False
        )
        delivered = sent.values("subject").distinct().count()
        made.append(
            MeasuredDatabase(
                one, counted["all"], counted["sure"], matched.done if matched else None, delivered
            )
        )
    return made
