"""Plans against PostgreSQL: the documents as data, what units may say, circles, disputes."""

import random
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone

from khoyte.monitor import actions, queries
from khoyte.monitor.errors import Circle, PlanProblem
from khoyte.monitor.measures import MEASURES, Scope
from khoyte.monitor.models import Assignment, Dependency, Entry, Task
from khoyte.monitor.plan_data import load_documents, rows_of
from khoyte.monitor.standing import State
from khoyte.registers.tests.offices import PERSON, made, officer
from khoyte.units.errors import Refused
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]
DA06, HNKCB = "KH-DA06-2025", "KH-HNKCB-2025"


def task(document: str, number: str) -> Task:
    return Task.objects.get(document=document, number=number, kind__in=("task", "step"))


def test_the_documents_are_entered_once_as_printed() -> None:
    assert Task.objects.count() == len(rows_of("tasks"))
    assert load_documents(by=system_actor("test")) == 0
    found = task(DA06, "1.1")
    assert (found.due_printed, found.due_kind, str(found.due_on)) == ("Tháng 4/2025", "month", "2025-04-30")
    assert "Tháng 4/2024" in found.note
    assert task(DA06, "1.10").recurs == "month:15"
    assert task(DA06, "3.7a").parent == task(DA06, "3.7")


def test_the_annex_of_the_plan_of_2021_is_there_with_its_conflicts() -> None:
    annex = Task.objects.filter(document="KH-CNTT-2021", section__startswith="Phụ lục")
    assert {kind: annex.filter(kind=kind).count() for kind in ("group", "task", "step")} == {
        "group": 4, "task": 23, "step": 17,
    }  # fmt: skip
    one = task("KH-CNTT-2021", "I.3c)")
    assert (one.parent, one.due_printed, str(one.due_on)) == (
        task("KH-CNTT-2021", "I.3"), "2022 -2023", "2023-12-31",
    )  # fmt: skip
    assert "86/2015/QH13" in task("KH-CNTT-2021", "III.2").note
    assert task("KH-CNTT-2021", "II.1").lead_printed == ""  # left empty in the document
    assert all(one.lead_printed and one.due_on for one in annex.filter(kind="step"))


def test_units_see_their_own_parts_and_nobody_elses() -> None:
    one = task(HNKCB, "I.2")
    for province, percent in (("97", 40), ("98", 70)):
        by = officer(province, "province")
        with speaking_as(by):
            actions.report_progress(task=one.pk, state="working", percent=percent, by=by)
    with speaking_as(officer("97", "province")):
        assert [part.percent for part in queries.line_of(one.pk, officer("97", "province")).leads] == [40]
        assert {entry.unit for entry in Entry.objects.all()} == {"97"}
    with speaking_as(officer("97001", "facility")):
        assert not Assignment.objects.filter(unit__in=("97", "98")).exists()
    ministry = officer("BYT", "ministry")
    with speaking_as(ministry):
        assert {part.percent for part in queries.line_of(one.pk, ministry).leads if part.unit} == {40, 70}


def test_a_unit_speaks_of_its_own_tasks_only() -> None:
    by = officer("97001", "facility")
    with speaking_as(by), pytest.raises(PlanProblem):
        actions.report_progress(task=task(DA06, "1.1").pk, state="working", percent=1, by=by)
    with speaking_as(by), pytest.raises(Refused):
        actions.change_task(task=task(DA06, "1.1").pk, patch={"person": "x"}, reason="x", by=by)


def test_done_needs_evidence_and_data_that_say_otherwise_dispute_it() -> None:
    by, one = officer("97001", "facility"), task(HNKCB, "I.3")
    with speaking_as(by), pytest.raises(PlanProblem):
        actions.report_progress(task=one.pk, state="done", percent=100, by=by)
    with speaking_as(by):
        actions.report_progress(task=one.pk, state="done", percent=100, evidence="12/CV-BV", by=by)
        line = queries.line_of(one.pk, by)
        assert line.measured is not None
        assert (line.measured.done, line.measured.total) == (0, 1)
        assert line.state is State.DISPUTED
    made("facilities", {"code": "97001", "name": "Bệnh viện Mẫu", "province": "97", "commune": "xã Suối Mơ"})
    with speaking_as(by):
        assert queries.line_of(one.pk, by).state is State.DONE


def test_a_circle_is_refused_with_its_path_whoever_writes() -> None:
    by = officer("BYT", "ministry")
    a, b, c = (task(DA06, number) for number in ("1.1", "1.2", "1.3"))
    with speaking_as(by):
        actions.depend(task=a.pk, needs=b.pk, by=by)
        actions.depend(task=b.pk, needs=c.pk, by=by)
        with pytest.raises(Circle) as refused:
            actions.depend(task=c.pk, needs=a.pk, by=by)
        assert "1.3 (KH-DA06-2025) → 1.1 (KH-DA06-2025) → 1.2" in refused.value.say()
        with pytest.raises(Circle):
            actions.depend(task=a.pk, needs=a.pk, by=by)
        assert [one.needs_id for one in queries.needed(a)] == [b.pk]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_order_dependencies_come_in_only_those_that_close_a_circle_are_refused(seed: int) -> None:
    drawn, by = random.Random(seed), officer("BYT", "ministry")
    tasks = list(Task.objects.filter(document=DA06).exclude(kind="group")[:9])
    names = {f"{one.number} ({DA06})": one.pk for one in tasks}
    kept: set[tuple[int, int]] = set()

    def reaches(start: int, end: int) -> bool:
        seen, left = set(), [start]
        while left:
            now = left.pop()
            if now == end:
                return True
            if now not in seen:
                seen.add(now)
                left += [needs for one, needs in kept if one == now]
        return False

    with speaking_as(by):
        for _ in range(40):
            one, needs = drawn.choice(tasks).pk, drawn.choice(tasks).pk
            if not reaches(needs, one):
                actions.depend(task=one, needs=needs, by=by)
                kept.add((one, needs))
                continue
            with pytest.raises(Circle) as refused:
                actions.depend(task=one, needs=needs, by=by)
            # The path is a circle indeed: each waits for the next, by what is kept and the new one.
            path = [names[name] for name in refused.value.facts["path"]]
            steps = list(pairwise(path))
            assert path[0] == path[-1]
            assert (one, needs) in steps
            assert set(steps) <= kept | {(one, needs)}
    assert set(Dependency.objects.values_list("task", "needs")) == kept


def test_a_change_keeps_what_was_and_why() -> None:
    by, one = officer("BYT", "ministry"), task(DA06, "5.4")
    with speaking_as(by):
        with pytest.raises(PlanProblem):
            actions.change_task(task=one.pk, patch={"due_printed": "Quý IV/2026"}, reason=" ", by=by)
        actions.change_task(task=one.pk, patch={"due_printed": "Quý IV/2026"}, reason="Công văn 9", by=by)
    again = Task.objects.get(pk=one.pk)
    assert (str(again.due_on), again.version) == ("2026-12-31", 2)
    entry = Entry.objects.get(task=one, kind="change")
    assert entry.before == {"due_printed": "Theo tiến độ Tổ công tác giao"}


def test_a_difficulty_waits_until_it_is_settled() -> None:
    by, one = officer("97", "province"), task(HNKCB, "I.2")
    with speaking_as(by):
        matter = actions.raise_matter(task=one.pk, kind="difficulty", words="Thiếu người", by=by)
        again = actions.raise_matter(task=one.pk, kind="difficulty", words="Thiếu người ", by=by)
        assert again == matter  # pressed twice
        assert [entry.pk for entry in queries.open_matters([one.pk], by)] == [matter.pk]
    chief = officer("BYT", "ministry")
    with speaking_as(chief):
        actions.settle_matter(entry=matter.pk, words="Đã bổ sung", by=chief)
        with pytest.raises(PlanProblem):
            actions.settle_matter(entry=matter.pk, words="Lần nữa", by=chief)
    with speaking_as(by):
        assert queries.open_matters([one.pk], by) == []
        assert [entry.kind for entry in queries.entries(one, by)] == ["settled", "difficulty"]


def test_every_measure_answers_every_reader() -> None:
    from khoyte.monitor.measures import ALL

    for by in (officer("97001", "facility"), officer("97", "province"), officer("BYT", "ministry")):
        with speaking_as(by):
            for measure in ALL:
                found = measure.count(queries.scope_of(by))
                assert found is None or found.done >= 0
                if measure.course:
                    assert isinstance(measure.course(queries.scope_of(by)), list)


def test_the_course_of_a_measure_ends_at_its_count() -> None:

    rows = {"kind": "nha_thuoc", "province": "97", "commune": "xã Suối Mơ", "certificate_date": "2024-03-05"}
    for number in range(3):
        more = {"name": f"Nhà thuốc {number}", "certificate_number": f"{number}/ĐKKDD"}
        made("pharmacies", rows | more, confirmed=number < 2)
    measure = MEASURES["pharmacies_identified"]
    assert measure.course is not None
    found = measure.count(Scope())
    assert found is not None
    assert (found.done, found.total, measure.course(Scope())[-1][1]) == (2, 3, 2)
    assert connection.in_atomic_block


def test_a_match_counts_while_it_is_about_what_the_record_says() -> None:
    from khoyte.practice.models import IdentityCheck

    record = made("practitioners", PERSON)

    def asked(particulars: bytes, outcome: str) -> int:
        IdentityCheck.objects.create(
            register="practitioners", record=record.pk, version=1, facility=record.facility,
            province=record.province, particulars=particulars, outcome=outcome,
            answered_at=timezone.now() if outcome else None,
        )  # fmt: skip
        found = MEASURES["practitioners_matched"].count(Scope())
        assert found is not None
        assert found.total == 1
        return found.done

    assert asked(b"a" * 16, "") == 0
    assert asked(b"a" * 16, "match") == 1
    assert asked(b"a" * 16, "") == 1  # asked again: still what is known
    assert asked(b"b" * 16, "") == 0  # corrected, not answered yet
    assert asked(b"b" * 16, "mismatch") == 0
    assert asked(b"b" * 16, "match") == 1


@pytest.mark.parametrize("scope", [Scope(), Scope(province="97"), Scope(facility="97001")])
def test_the_query_that_is_shown_is_the_one_that_counted(scope: Scope) -> None:
    made("practitioners", PERSON)
    made("facilities", {"code": "97001", "name": "Bệnh viện Mẫu", "province": "97", "commune": "xã Suối Mơ"})
    for measure in MEASURES.values():
        with connection.cursor() as cursor:
            cursor.execute(measure.asked(scope))
            (answer,) = cursor.fetchall()
        found = measure.count(scope)
        assert found is not None
        assert answer == (found.done, found.total), measure.name
