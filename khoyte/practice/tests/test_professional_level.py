"""A facility's professional level is declared, confirmed and published as it was declared."""

from importlib import import_module

import pytest
from django.db import connection

from khoyte.foundation.language import Text
from khoyte.practice.models import Facility
from khoyte.registers import actions
from khoyte.registers import content as contents
from khoyte.registers.actions import Responsibility
from khoyte.registers.declaration import Declaration, Field
from khoyte.registers.known import register
from khoyte.registers.models import Published, Version, register_model
from khoyte.registers.tests.offices import OWN, PROVINCE, made, officer
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
CONTENT = {"code": OWN, "name": "Phòng khám", "province": "97", "professional_level": "CO_BAN"}
MOVED = import_module("khoyte.practice.migrations.0007_professional_level").MOVED


def confirmed() -> Facility:
    admin, province = officer(OWN, "facility_admin"), officer(PROVINCE, "province")
    found, record = register("facilities"), made("facilities", CONTENT, by=admin)
    with speaking_as(admin):
        actions.submit(
            register=found, id=record.pk, by=admin, responsibility=Responsibility("Tôi cam đoan", "code")
        )
    with speaking_as(province):
        actions.confirm(register=found, id=record.pk, by=province, version=1)
    return Facility.objects.get()


def test_the_level_of_review_leaves_it_alone() -> None:
    record = confirmed()
    declaration = register("facilities").declaration
    assert contents.content_of(declaration, record)["professional_level"] == "CO_BAN"
    assert Published.objects.get().content["professional_level"] == "CO_BAN"
    assert (record.state, record.level) == ("confirmed", "")


def test_what_the_shared_column_has_spoiled_is_taken_from_the_versions() -> None:
    """As rows stood before the migration: later versions held a level of review."""
    record = confirmed()
    for version in Version.objects.all():
        was = dict(version.content)
        was.pop("professional_level")
        was["level"] = "CO_BAN" if version.number == 1 else "province"
        version.content, version.changed = was, ["level", "name"]
        version.save()
    Published.objects.update(content={"name": "Phòng khám", "level": "province"})
    Facility.objects.update(professional_level="")
    with connection.cursor() as cursor:
        cursor.execute(MOVED)
    record.refresh_from_db()
    assert record.professional_level == "CO_BAN"
    published = Published.objects.get().content
    assert published == {"name": "Phòng khám", "professional_level": "CO_BAN"}
    for version in Version.objects.all():
        assert "level" not in version.content
        assert "professional_level" in version.changed
    newest = Version.objects.get(number=record.confirmed_version)
    assert newest.content["professional_level"] == "CO_BAN"


@pytest.mark.parametrize("name", ["level", "state", "version", "words"])
def test_no_register_declares_a_column_that_every_record_has(name: str) -> None:
    words = Text(vi="Thử", en="Trial")
    declared = Declaration(
        name="trial", label=words, one=words, steward=words, legal=(), key=(name,), title=(name,),
        fields=(Field(name, words),),
    )  # fmt: skip
    with pytest.raises(ValueError, match=name):
        register_model("Trial", declared, module="khoyte.practice.tests")
