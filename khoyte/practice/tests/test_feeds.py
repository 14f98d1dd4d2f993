"""What the registers tell national systems of, and when."""

from typing import Any

import pytest

from khoyte.links import feeds
from khoyte.links.connectors import CONNECTORS
from khoyte.links.destinations import Place
from khoyte.links.models import ExchangeMessage
from khoyte.practice.feeds import PRACTITIONERS, WALLET_LICENCES
from khoyte.registers import actions
from khoyte.registers.known import register, registers
from khoyte.registers.telling import RegisterSource
from khoyte.registers.tests import offices
from khoyte.units.tenancy import speaking_as, working

SAID = actions.Responsibility("Tôi cam đoan", "code")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country", "switched_on")]


@pytest.fixture
def switched_on(settings: Any) -> None:
    settings.EXCHANGE = {name: Place(name, "https://national.example") for name in ("datacentre", "vneid")}


def messages(kind: str) -> list[tuple[str, int]]:
    rows = ExchangeMessage.objects.filter(kind=kind).order_by("number")
    return list(rows.values_list("destination", "version"))


def test_every_feed_names_fields_that_are_declared() -> None:
    for known in registers():
        for feed in feeds.feeds_of(known.name):
            assert set(feed.carries.values()) <= set(known.declaration.by_name), feed
            assert feed.destination in CONNECTORS
            assert feed.legal
            assert feed.label.vi
            assert feeds.source(feed.kind) is not None


def test_a_draft_is_told_to_nobody_and_a_confirmed_record_to_all_who_take_it() -> None:
    record = offices.made("practitioners", offices.PERSON)
    assert messages("practitioners") == []
    with working():
        actions.confirm_at_once(register=register("practitioners"), record=record, by=offices.SYSTEM)
    assert messages("practitioners") == [("datacentre", 1), ("vneid", 1)]


def test_a_change_is_told_when_it_is_confirmed_by_the_last_level() -> None:
    made = offices.made("facilities", {"code": "97001", "name": "Cơ sở", "province": "97"}, confirmed=True)
    known, clerk = register("facilities"), offices.officer("97001", "facility")
    with speaking_as(clerk):
        actions.change(register=known, id=made.pk, patch={"name": "Tên mới"}, by=clerk, source="form")
        actions.submit(register=known, id=made.pk, by=clerk, responsibility=SAID)
    # The version in force is the one with the code that was issued on confirmation.
    assert messages("facilities") == [("datacentre", 2)]
    officer = offices.officer("97", "province")
    with speaking_as(officer):  # as khoyte_app, behind its wall
        actions.confirm(register=known, id=made.pk, by=officer)
    assert messages("facilities") == [("datacentre", 2), ("datacentre", 3)]


def test_an_import_of_confirmed_lines_tells_of_each() -> None:
    from khoyte.registers import importing
    from khoyte.registers.reading import Source

    lines = ["name,kind,certificate_number,certificate_date,province,commune"]
    people = [offices.person(number) for number in range(5)]
    lines = [",".join(people[0]), *(",".join(map(str, person.values())) for person in people)]
    with working():
        source = Source("p.csv", "\n".join(lines).encode())
        report = importing.run(
            register("practitioners"), source, by=offices.SYSTEM, dry=False, confirmed=True
        )
    assert report.stored == 5
    assert len(messages("practitioners")) == 10


def test_what_is_sent_is_the_version_named_and_no_more_than_declared() -> None:
    made = offices.made("practitioners", offices.PERSON | {"phone": "0901234567"}, confirmed=True)
    with working():
        known = register("practitioners")
        actions.change(
            register=known, id=made.pk, patch={"scope": "Nội khoa"}, by=offices.SYSTEM, source="form"
        )
        source = RegisterSource("practitioners")
        content = source.read([(str(made.pk), 1)])[str(made.pk)]
        (in_force,) = source.current(None)
    assert "scope" not in PRACTITIONERS.payload(content)
    assert in_force.version == 1
    assert in_force.content == content
    assert PRACTITIONERS.payload(content)["personal_number"] == offices.PERSON["personal_number"]
    assert "0901234567" not in str(PRACTITIONERS.payload(content))
    assert WALLET_LICENCES.payload(content)["holder"] == offices.PERSON["personal_number"]
    assert "birth_date" not in WALLET_LICENCES.payload(content)


def test_a_unit_sees_the_messages_of_its_own_records_alone() -> None:
    for code, province in (("97001", "97"), ("98001", "98")):
        offices.made("facilities", {"code": code, "name": "Cơ sở", "province": province}, confirmed=True)
    for actor, seen in (
        (offices.officer("97001", "facility"), {"97001"}),
        (offices.officer("97", "province"), {"97001"}),
    ):
        with speaking_as(actor):
            assert set(ExchangeMessage.objects.values_list("facility", flat=True)) == seen
