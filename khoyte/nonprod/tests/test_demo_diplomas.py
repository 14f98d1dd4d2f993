"""Diplomas of the demonstration: invented people, drawn pictures that say so, something to review."""

import pytest

from khoyte.nonprod import demo
from khoyte.nonprod.demo_diplomas import CONFIRMED, WAITING, drawn, enter_diplomas
from khoyte.nonprod.demo_registers import practitioners
from khoyte.nonprod.generator.world import demo_units, staff
from khoyte.registers import actions, attaching
from khoyte.registers.documents import judged
from khoyte.registers.known import register
from khoyte.registers.models import ChosenFile, Document
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

pytestmark = pytest.mark.django_db


def test_some_are_confirmed_and_some_wait_for_the_facility_each_with_a_picture() -> None:
    demo.make_units(demo_units(), by="demo")
    everybody, by = staff("99001"), system_actor("demo")
    with working():
        for row in practitioners(everybody[:20]):
            actions.create(register=register("practitioners"), content=row, by=by, source="command")
        for _ in range(2):
            enter_diplomas(everybody[: CONFIRMED + WAITING], everybody[15])
    rows = register("diplomas").model.objects.values_list("state", "level", "facility")
    assert (
        sorted(rows)
        == [("confirmed", "", "99001")] * CONFIRMED + [("in_review", "facility", "99001")] * WAITING
    )
    assert Document.objects.count() == CONFIRMED + WAITING
    assert not ChosenFile.objects.exists()
    assert attaching.opened(Document.objects.earliest("id")).startswith(b"\xff\xd8\xff")
    assert judged(drawn(["Trường Đại học Y"])).media == "image/jpeg"
