"""The quick look over all tasks says of each what the whole line of it says."""

import random

import pytest

from khoyte.monitor import overview, queries
from khoyte.monitor.models import Assignment, Task
from khoyte.registers.tests.offices import made, officer
from khoyte.units.tenancy import speaking_as

READERS = (("97001", "facility"), ("97", "province"), ("CUC", "department"), ("BYT", "ministry"))


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize("seed", [1, 2])
def test_every_task_stands_as_its_line_says(seed: int) -> None:
    drawn = random.Random(seed)
    made("facilities", {"code": "97001", "name": "Bệnh viện Mẫu", "province": "97", "commune": "xã Suối Mơ"})
    for part in Assignment.objects.all():
        part.state = drawn.choice(["open", "working", "done"])
        part.person = drawn.choice(["", "Nguyễn Văn A"])
        part.unit, part.facility, part.province = drawn.choice(
            [("", "", ""), ("97001", "97001", "97"), ("97", "", "97"), ("CUC", "", "")]
        )
        part.unit_name = f"{part.unit_name} {part.pk}"[:300]
        part.save()
    for task in Task.objects.all():
        task.person = drawn.choice(["", "Trần Thị B"])
        task.authority = drawn.choice(["", "Lãnh đạo Bộ"])
        task.due_on = drawn.choice([task.due_on, None])
        task.save()
    for unit, role in READERS:
        by = officer(unit, role)
        with speaking_as(by):
            whole = [(one.pk, one.task.document_id, one.task.due_on, one.state, one.mine, len(one.gaps))
                     for one in queries.lines(by)]  # fmt: skip
            quick = [(one.pk, one.document, one.due_on, one.state, one.mine, one.gaps)
                     for one in overview.briefs(by)]  # fmt: skip
        assert quick == whole


@pytest.mark.django_db
@pytest.mark.usefixtures("plans")
def test_words_are_found_without_marks_and_units_keep_their_tasks() -> None:
    by = officer("BYT", "ministry")
    with speaking_as(by):
        found = overview.briefs(by, document="KH-CNTT-2021")
        units = overview.leads_of(found, by)
        assert {one.pk for one in units["Cục CNTT"]} <= overview.named("cuc cntt")
        assert len(units[""]) == 3  # left empty in the annex
        assert sum(len(own) for own in units.values()) >= len(found)
