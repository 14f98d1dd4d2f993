"""The second wall: files of the desk in SQL as the application, and what a citizen may see of the log."""

import pytest
from django.db import ProgrammingError, connection, transaction

from khoyte.protection import queries
from khoyte.protection.models import Breach, Consent, RequestEvent, SubjectRequest
from khoyte.protection.tests.people import NUMBER, agreed, asked, broken, officer
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import MINISTRY, NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER
from khoyte.submissions.visit_documents import read_visit, record_list
from khoyte.units import persons
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

TABLES = (SubjectRequest, RequestEvent, Consent, Breach)


def citizen(number: str = NUMBER, name: str = "dan-1") -> Actor:
    account = Account.objects.create(username=name, unit=Unit.objects.get(pk=MINISTRY), role="citizen")
    persons.link_person(username=name, number=number, assurance="counter", by=senders.SYSTEM)
    return actor_of_account(account)


def counts(actor: Actor) -> list[int]:
    with speaking_as(actor):
        return [table.objects.count() for table in TABLES]


@pytest.mark.parametrize(
    ("unit", "seen"),
    [(OWN, 1), (PROVINCE, 1), (MINISTRY, 1), (NEIGHBOUR, 0), (STRANGER, 0), (OTHER_PROVINCE, 0)],
)
def test_files_of_a_facility_are_seen_by_it_and_those_above_it(unit: str, seen: int) -> None:
    asked()
    agreed()
    broken()
    assert counts(officer(unit)) == [seen] * 4


def test_a_role_without_the_desk_at_the_same_facility_finds_no_page_but_rows_are_of_its_tenant() -> None:
    asked()
    assert counts(senders.account_actor(MINISTRY, "operator")) == [0, 0, 0, 0]
    assert counts(citizen()) == [0, 0, 0, 0]


def test_a_file_for_another_unit_cannot_be_written() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), speaking_as(officer(NEIGHBOUR)):
        asked(by=officer(OWN))


def test_the_queries_ask_for_the_own_unit_also_where_more_may_be_seen() -> None:
    made = asked()
    with speaking_as(officer(PROVINCE)):
        assert queries.request(str(made.pk), officer(PROVINCE)) is None
        assert list(queries.requests(officer(PROVINCE))) == []
    with speaking_as(officer()):
        assert queries.request(str(made.pk), officer()) == made


class TestOwnLog:
    def opened(self, facility: str = OWN, code: str = "A1") -> Visit:
        senders.judged(senders.small_file(code, facility=facility))
        found = Visit.objects.get(facility=facility, ma_lk=code)
        clerk = senders.account_actor(facility, "facility")
        with speaking_as(clerk):
            read_visit(found, by=clerk, purpose="facility.review")
        return found

    def test_a_citizen_sees_who_opened_the_own_records_at_every_facility(self) -> None:
        one, other = self.opened(), self.opened(STRANGER, "B1")
        actor = citizen()
        with speaking_as(actor):
            rows = queries.accesses(bytes.fromhex(actor.person), 100, by=actor)
        assert [
            (row["unit"], row["role"], row["action"], row["purpose"], row["of_facility"]) for row in rows
        ] == [
            (STRANGER, "facility", "visit.read", "facility.review", STRANGER),
            (OWN, "facility", "visit.read", "facility.review", OWN),
        ]
        assert {one.facility, other.facility} == {row["of_facility"] for row in rows}

    def test_being_shown_in_a_list_is_seen_too(self) -> None:
        found = self.opened()
        clerk = senders.account_actor(OWN, "facility")
        with speaking_as(clerk):
            record_list([found], by=clerk, purpose="facility.review")
        actor = citizen()
        with speaking_as(actor):
            rows = queries.accesses(bytes.fromhex(actor.person), 100, by=actor)
            assert [row["action"] for row in rows] == [
                "visit.list",
                "visit.read",
            ]

    def test_of_others_a_citizen_sees_nothing_even_in_sql(self) -> None:
        self.opened()
        stranger = citizen("999190000999", "dan-2")
        nobody = actor_of_account(
            Account.objects.create(username="dan-3", unit=Unit.objects.get(pk=MINISTRY), role="citizen")
        )
        for actor in (stranger, nobody):
            with speaking_as(actor), connection.cursor() as cursor:
                cursor.execute("SELECT (SELECT count(*) FROM visit), (SELECT count(*) FROM audit_entry)")
                assert cursor.fetchone() == (0, 0)

    def test_a_citizen_sees_only_the_own_visit_rows_in_sql(self) -> None:
        self.opened()
        senders.judged(senders.file_of(senders.dossier("A9", SO_CCCD="999190000999")))
        actor = citizen()
        with speaking_as(actor), connection.cursor() as cursor:
            cursor.execute("SELECT array_agg(ma_lk) FROM visit")
            assert cursor.fetchone() == (["A1"],)
            cursor.execute("SELECT DISTINCT subject_kind FROM audit_entry")
            assert cursor.fetchall() == [("visit",)]

    def test_only_a_citizens_account_becomes_a_person(self) -> None:
        Account.objects.create(username="cb", unit=Unit.objects.get(pk=OWN), role="facility")
        for name, number in (("cb", NUMBER), ("nobody", NUMBER)):
            with pytest.raises(Exception, match=r"cb|nobody"):
                persons.link_person(username=name, number=number, assurance="counter", by=senders.SYSTEM)
        citizen()
        with pytest.raises(Exception, match="12 digits"):
            persons.link_person(username="dan-1", number="12", assurance="counter", by=senders.SYSTEM)
