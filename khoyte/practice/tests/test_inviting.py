"""A facility invites the person of a record it keeps: one account a person, joined with that person alone."""

import re
import threading

import pytest
from django.db import connection

from khoyte.audit.models import AuditEntry
from khoyte.foundation.errors import KhoyteError
from khoyte.practice import inviting
from khoyte.practice.tests.people import NUMBER, practitioner, window
from khoyte.registers.errors import NotNow, UnknownRecord
from khoyte.registers.models import Record
from khoyte.registers.tests.offices import NEIGHBOUR, OTHER_PROVINCE, OWN, PERSON, PROVINCE, made, officer
from khoyte.registers.tests.test_pages import text_of
from khoyte.units import actions as unit_actions
from khoyte.units.letting_in import Reach
from khoyte.units.models import Account, PersonOfAccount
from khoyte.units.persons import register_key
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import make_units

pytestmark = pytest.mark.django_db
BY = system_actor("test")


@pytest.fixture
def record(country: None) -> Record:
    return made("practitioners", PERSON)


def admin(unit: str = OWN, role: str = "facility_admin") -> Actor:
    account, _ = unit_actions.create_account(username=f"{role}-{unit}", unit=unit, role=role, by=BY)
    return actor_of_account(account)


def invited(record: Record, by: Actor) -> inviting.Invited:
    with speaking_as(by):
        return inviting.invite(id=record.pk, reach=Reach(), by=by)


def test_from_the_record_to_the_persons_own_page(record: Record) -> None:
    client = window(admin())
    address = f"/so-dang-ky/practitioners/{record.pk}/moi"
    assert address in text_of(client.get(f"/so-dang-ky/practitioners/{record.pk}"))
    page = text_of(client.get(address))
    assert PERSON["full_name"] in page
    assert NUMBER not in page
    answer = client.post(address, {"dien-thoai": "", "thu-dien-tu": ""})
    assert answer.status_code == 422
    assert "Chưa xác nhận đã nhận diện đúng người" in text_of(answer)
    assert not Account.objects.filter(role="practitioner").exists()
    answer = text_of(client.post(address, {"da-nhan-dien": "1"}))
    assert re.search(r'<code id="one-time-code">[\w-]+<', answer)
    account = Account.objects.get(role="practitioner")
    assert (account.unit_id, account.full_name, account.assurance) == (OWN, PERSON["full_name"], "invitation")
    person = PersonOfAccount.objects.get()
    assert (bytes(person.register_key), person.assurance) == (register_key(NUMBER), "invitation")
    assert PERSON["full_name"] in text_of(window(actor_of_account(account)).get("/hanh-nghe"))
    assert AuditEntry.objects.filter(action="account.person", subject_id=account.username).exists()
    assert address not in text_of(client.get(f"/so-dang-ky/practitioners/{record.pk}"))
    assert client.post(address, {"da-nhan-dien": "1"}).status_code == NotNow.status
    assert Account.objects.filter(role="practitioner").count() == 1


def test_who_has_an_account_elsewhere_gets_no_second(record: Record) -> None:
    practitioner(unit=NEIGHBOUR)
    with pytest.raises(NotNow):
        invited(record, admin())


def test_others_invite_nobody(record: Record) -> None:
    for unit, role in (
        (OWN, "facility"),
        (OWN, "facility_reviewer"),
        (NEIGHBOUR, "facility_admin"),
        (OTHER_PROVINCE, "province"),
    ):
        by = admin(unit, role)
        answer = window(by).get(f"/so-dang-ky/practitioners/{record.pk}/moi")
        assert answer.status_code in (403, 404), role
        with pytest.raises(UnknownRecord):
            invited(record, by)
        with speaking_as(by):
            assert not inviting.may_invite(record, by)
    assert not Account.objects.filter(role="practitioner").exists()


def test_the_province_invites_who_has_no_facility(country: None) -> None:
    by = officer(PROVINCE, "province")
    alone = made("practitioners", PERSON | {"facility": ""}, by=by)
    assert invited(alone, by).account.unit_id == PROVINCE


@pytest.mark.django_db(transaction=True)
def test_two_invitations_at_once_make_one_account() -> None:
    make_units()
    record = made("practitioners", PERSON)
    by, together, told = admin(), threading.Barrier(2), []

    def invite() -> None:
        together.wait(30)
        try:
            invited(record, by)
            told.append("done")
        except KhoyteError as refused:
            told.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=invite, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["NotNow", "done"]
    assert PersonOfAccount.objects.count() == 1
