"""How all tasks stand, in few columns: what counts, filters and orders thousands of them for one page.

One statement over tasks and the parts the reader may see; the state is worked out by `standing` as for a
whole `Line`, once for all that are alike. What a page shows in words it then loads by `queries.lines_of`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from khoyte.foundation.text import fold
from khoyte.monitor.models import Assignment, Task
from khoyte.monitor.queries import URGENCY, Reading, documents, of_reader, reading_of
from khoyte.monitor.standing import State, standing
from khoyte.units.policy import Actor


class Brief(NamedTuple):
    """A task without its words; `gaps` of the six clear things are missing."""

    pk: int
    document: str
    due_on: date | None
    recurs: str
    state: State
    mine: bool
    gaps: int


Key = tuple[date | None, bool, bool, bool, bool, tuple[str, int] | None]
"""What the state depends on: last day, recurrence, `_said`, measure and target."""

_ALL = """
SELECT t.position, t.id, t.document_id, t.due_on, t.recurs, t.measure, t.target, t.open_to,
       coalesce(p.leads, 0), coalesce(p.done, 0), coalesce(p.working, 0), coalesce(p.begun, 0),
       coalesce(p.mine, FALSE) OR (t.open_to <> '' AND t.open_to = %(kind)s),
       (t.person = '' AND NOT coalesce(p.named, FALSE))::int + (t.name = '')::int
       + (t.due_kind IN ('none', 'unread', 'relative'))::int + (t.product = '' AND t.criterion = '')::int
       + (t.lead_printed = '')::int + (t.authority = '')::int
FROM plan_task t
LEFT JOIN (
    SELECT task_id, bool_or(unit = %(unit)s) AS mine,
           count(*) FILTER (WHERE role = 'lead') AS leads,
           count(*) FILTER (WHERE role = 'lead' AND state = 'done') AS done,
           count(*) FILTER (WHERE role = 'lead' AND state = 'working') AS working,
           count(*) FILTER (WHERE role = 'lead' AND state <> 'open') AS begun,
           bool_or(role = 'lead' AND person <> '') AS named
    FROM plan_assignment
    WHERE CASE %(kind)s WHEN 'facility' THEN facility = ANY(%(units)s)
                        WHEN 'province' THEN province = ANY(%(provinces)s) ELSE TRUE END
    GROUP BY task_id) p ON p.task_id = t.id
WHERE t.kind <> 'group' AND (%(document)s = '' OR t.document_id = %(document)s)
"""


def briefs(
    actor: Actor, *, document: str = "", today: date | None = None, reading: Reading | None = None
) -> list[Brief]:
    """All tasks and steps in the order of their documents, as they stand for this reader."""
    reading = reading or reading_of(actor, today)
    with connection.cursor() as cursor:
        whose = {"units": list(actor.units), "provinces": list(actor.provinces)}
        cursor.execute(
            _ALL, {"kind": actor.unit_kind, "unit": actor.unit_code, "document": document, **whose}
        )
        rows = cursor.fetchall()
    # Sorted here: comparing thousands of codes by the rules of a language is slow work for PostgreSQL.
    place = {one.code: number for number, one in enumerate(documents())}
    rows.sort(key=lambda row: (place[row[2]], row[0]))
    is_local = actor.unit_kind in ("facility", "province")
    alike: dict[Key, State] = {}
    found = []
    for _, pk, code, due_on, recurs, measure, target, open_to, *parts, mine, gaps in rows:
        said = _said(*parts, open_to=open_to, mine=mine, is_local=is_local)
        counts = measure and (not is_local or open_to)
        key = (due_on, bool(recurs), *said, (measure, target) if counts else None)
        state = alike.get(key)
        if state is None:
            state = alike[key] = _state(key, measure if counts else "", target, reading)
        found.append(Brief(pk, code, due_on, recurs, state, mine, gaps))
    return found


def _said(
    leads: int, done: int, working: int, begun: int, *, open_to: str, mine: bool, is_local: bool
) -> tuple[bool, bool, bool]:
    """Whether anybody who leads is seen, whether all of them are done, whether one is working."""
    if open_to and not is_local:
        # Units that have said nothing are not seen as rows: a task for all is done only by all.
        return True, False, begun > 0
    if not leads:
        return bool(open_to and mine), False, False
    return True, done == leads, working > 0


def _state(key: Key, measure: str, target: int, reading: Reading) -> State:
    due_on, recurs, seen, all_done, working, _ = key
    said = ["done"] if all_done else ["working"] if working else ["open"] if seen else []
    measured = reading.count(measure)
    foretold = (
        reading.forecast(Task(measure=measure, target=target, due_on=due_on))
        if measured is not None
        else None
    )
    return standing(
        due_on=due_on, recurs=recurs, said=said, measured=measured, target=target, forecast=foretold,
        today=reading.today,
    )  # fmt: skip


def by_urgency(found: Iterable[Brief]) -> list[Brief]:
    return sorted(found, key=lambda one: (URGENCY[one.state], one.due_on or date.max))


def named(words: str) -> set[int]:
    """Tasks whose name or leading unit, as printed, holds the words; marks and capitals do not matter."""
    wanted = fold(words)
    rows = Task.objects.exclude(kind="group").values_list("pk", "name", "lead_printed")
    return {pk for pk, name, lead in rows.iterator(5_000) if wanted in fold(f"{name} {lead}")}


def leads_of(found: Sequence[Brief], actor: Actor) -> Mapping[str, list[Brief]]:
    """Leading unit as named -> its tasks; those without one under ""."""
    known = {one.pk: one for one in found}
    by_unit: defaultdict[str, list[Brief]] = defaultdict(list)
    led = set()
    rows = of_reader(Assignment.objects.filter(role="lead").order_by("pk"), actor)
    for task, name in rows.values_list("task_id", "unit_name"):
        if task in known:
            by_unit[name].append(known[task])
            led.add(task)
    alone = [one for one in found if one.pk not in led]
    if alone:
        printed = dict(
            Task.objects.filter(pk__in=[one.pk for one in alone]).values_list("pk", "lead_printed")
        )
        for one in alone:
            by_unit[printed.get(one.pk, "")].append(one)
    return by_unit
