"""Two officers settle one difficulty at the same moment, over real connections."""

from collections.abc import Callable

import pytest

from khoyte.audit.models import AuditEntry
from khoyte.monitor import actions
from khoyte.monitor.models import Document, Entry, Task
from khoyte.registers.tests.offices import officer
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import make_units
from khoyte.units.tests.test_races import held_until_all_wait


def settling(matter: Entry, words: str) -> Callable[[], Entry]:
    def settle() -> Entry:
        by = officer("BYT", "ministry")
        with speaking_as(by):
            return actions.settle_matter(entry=matter.pk, words=words, by=by)

    return settle


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_one_matter_one_is_through_and_the_other_is_told() -> None:
    make_units()
    by = officer("97", "province")
    document = Document.objects.create(code="KH-THU", title="Kế hoạch", agency="Bộ Y tế", recorded_by="x")
    task = Task.objects.create(
        document=document, kind="task", number="1", section="I", position=1, name="Việc", due_kind="none",
        open_to="province", recorded_by="x",
    )  # fmt: skip
    with speaking_as(by):
        matter = actions.raise_matter(task=task.pk, kind="difficulty", words="Thiếu người", by=by)
    told = held_until_all_wait(
        Task.objects.filter(pk=task.pk), settling(matter, "Bổ sung hai người"), settling(matter, "Không đủ")
    )
    assert sorted(told) == ["PlanProblem", "done"]
    answers = Entry.objects.filter(answers=matter)
    assert answers.count() == 1
    assert answers.get().words in ("Bổ sung hai người", "Không đủ")
    assert AuditEntry.objects.filter(action="plan.settle").count() == 1
