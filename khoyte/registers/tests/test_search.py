"""Search by words: what it finds, to whom, and that the owner's eyes show nobody more than the wall does."""

from typing import Any

import pytest
from django.db import connection

from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.known import register, registers
from khoyte.registers.queries import Asked
from khoyte.registers.tests import offices
from khoyte.registers.tests.offices import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER, made, officer
from khoyte.units.policy import ANONYMOUS, Actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
WHERE = {OWN: PROVINCE, NEIGHBOUR: PROVINCE, STRANGER: OTHER_PROVINCE}
EVERYBODY = set(WHERE)


def found_by_the_owner(name: str, words: str, by: Actor, most: int | None = None) -> set[str]:
    """Facilities of the records that the function itself lets out, before any policy looks at them again."""
    with speaking_as(by), connection.cursor() as cursor:
        cursor.execute(
            "SELECT khoyte_search(%s, %s::tsquery, '', FALSE, 0, %s)", [name, contents.query_of(words), most]
        )
        ids = [row[0] for row in cursor.fetchall()]
    return set(register(name).model.objects.filter(pk__in=ids).values_list("facility", flat=True))


@pytest.fixture
def everywhere(country: None) -> None:
    """In every register one record of each of three facilities, all found by the word "chung"."""
    for facility, province in WHERE.items():
        number = int(facility)
        person = offices.person(number, facility=facility)
        made("facilities", {"code": facility, "name": "Cơ sở", "province": province}, confirmed=True)
        made("practitioners", person)
        made(
            "practice_registrations",
            {"personal_number": person["personal_number"], "facility": facility, "valid_from": "2026-01-01"},
        )
        act = {"licence_number": person["licence_number"], "kind": "issue", "decision": "1/QĐ"}
        made("licence_events", act | {"valid_from": "2026-01-01"})
        of_facility = {"facility": facility, "decision": "1/QĐ", "valid_from": "2026-01-01"}
        made("facility_licence_events", of_facility | {"licence_number": "1", "kind": "issue"})
        made("facility_services", of_facility | {"code": "03.1", "name": "Kỹ thuật"})
        diploma = {"kind": "DH", "specialty": "Y", "number": facility, "issuer": "x", "issued_on": "2010"}
        made("diplomas", diploma | {"personal_number": person["personal_number"]})
        whose = {"personal_number": person["personal_number"], "valid_from": "2026-01-01"}
        made("scope_items", whose | {"source": "licence", "name": "Nội", "decision": "1/QĐ"})
        attended = {"activity": "course", "title": "x", "organiser": "x", "hours": "8"}
        made("cme_records", whose | attended | {"ended_on": "2026-01-02"})
        guided = {"full_name": "Lê Thị Thực", "supervisor": "x", "supervisor_licence": act["licence_number"]}
        trainee = {"personal_number": f"9993{person['personal_number'][4:]}"}
        made("trainees", whose | trainee | guided | {"facility": facility, "valid_to": "2027-01-01"})
        made("pharmacies", offices.PHARMACY | {"certificate_number": facility})
        inventory = {"name": "CSDL", "kind": "specialised", "owner_name": "x", "survey_group": "1"}
        made("databases", {**inventory, "code": facility, "owner_unit": facility})
    with connection.cursor() as cursor:
        for one in registers():
            cursor.execute(f"UPDATE {one.name} SET words = words || 'chung:1'::tsvector")
    for facility, province in WHERE.items():
        pharmacy = register("pharmacies").model.objects.filter(certificate_number=facility)
        pharmacy.update(facility=facility, province=province)


@pytest.mark.usefixtures("everywhere")
def test_a_search_lets_out_what_the_wall_shows_and_nothing_else() -> None:
    expected: list[tuple[Actor, set[str]]] = [
        (officer(OWN, "facility"), {OWN}),
        (officer(OWN, "facility_reviewer"), {OWN}),
        (officer(STRANGER, "facility"), {STRANGER}),
        (officer(PROVINCE, "province"), {OWN, NEIGHBOUR}),
        (officer(OTHER_PROVINCE, "province"), {STRANGER}),
        (officer("BYT", "ministry"), EVERYBODY),
        (officer("BYT", "operator"), set()),
        (officer("BYT", "citizen"), set()),
        (officer(OWN, "practitioner"), set()),
        (ANONYMOUS, set()),
    ]
    assert len(registers()) >= 6
    for one in registers():
        for by, facilities in expected:
            assert found_by_the_owner(one.name, "chung", by) == facilities, (one.name, by.role)
            with speaking_as(by):
                walled = set(one.model.objects.values_list("facility", flat=True))
            assert facilities == walled, (one.name, by.role)
            with speaking_as(by):
                rows, count = queries.listed(one, Asked(words="Chung"), by, 0, 50)
                searched = queries.search(one, Asked(words="chung"), by)
                assert {row.facility for row in searched} == facilities
            assert ({row.facility for row in rows}, count) == (facilities, len(facilities))


def test_every_register_can_be_searched_by_the_owner_and_read_by_nobody_else() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.tablename, p.roles = ARRAY[c.tableowner], p.cmd FROM pg_policies p"
            " JOIN pg_tables c ON c.tablename = p.tablename WHERE p.policyname = 'searching'"
        )
        assert set(cursor.fetchall()) == {(one.name, True, "SELECT") for one in registers()}
        cursor.execute(
            "SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%%USING gin (words)'"
            " AND tablename = ANY(%s)",
            [[one.name for one in registers()]],
        )
        assert {row[0] for row in cursor.fetchall()} == {one.name for one in registers()}
        cursor.execute("SELECT proacl::text FROM pg_proc WHERE proname = 'khoyte_search'")
        granted = cursor.fetchone()[0]
    assert "khoyte_app=X" in granted
    assert "{=X" not in granted
    assert ",=X" not in granted


def test_pages_follow_the_order_of_the_list_and_count_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        made("practitioners", offices.person(number))
    by, found = officer(OWN, "facility"), register("practitioners")
    with speaking_as(by):
        whole = [row.pk for row in queries.search(found, Asked(words="demo"), by)]
        pages = [queries.listed(found, Asked(words="demo"), by, first, 2) for first in (0, 2, 4)]
    assert [row.pk for rows, _ in pages for row in rows] == whole
    assert [count for _, count in pages] == [5, 5, 5]
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    with speaking_as(by):
        for words in ("", "demo"):
            assert queries.listed(found, Asked(words=words), by, 0, 2)[1] == 4


@pytest.mark.parametrize("words", ["", "Tran", "trần văn", "000002", "demo", "999085000002", "không có ai"])
def test_what_a_page_lists_is_what_a_search_finds(words: str) -> None:
    for number in range(4):
        made("practitioners", offices.person(number))
    made("practitioners", offices.person(9, facility=STRANGER))
    found = register("practitioners")
    for by in (officer(OWN, "facility"), officer(PROVINCE, "province"), officer("BYT", "ministry")):
        for state in ("", "draft", "confirmed"):
            asked: Any = Asked(words=words, state=state)
            with speaking_as(by):
                rows, count = queries.listed(found, asked, by, 0, 50)
                expected = list(queries.search(found, asked, by))
            assert rows == expected
            assert count == len(expected)
