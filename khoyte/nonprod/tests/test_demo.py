"""The demonstration province of `make run`: every role has an account, every desk something to do."""

import json

import pytest

from khoyte.foundation.home import home
from khoyte.nonprod import demo
from khoyte.nonprod.generator.world import demo_units
from khoyte.protection import queries
from khoyte.protection.models import Breach, Consent, SubjectRequest
from khoyte.submissions.models import Submission
from khoyte.submissions.tests import senders
from khoyte.units.enums import Role
from khoyte.units.models import Account, PersonOfAccount
from khoyte.units.queries import actor_of_account
from khoyte.visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[97, 98, 99])
def filled(request, monkeypatch):
    """The demonstration with few visits, made from several seeds: its desks must not hang on one."""
    monkeypatch.setattr(demo, "SEED", request.param)
    monkeypatch.setattr(demo, "FACILITIES", 2)
    monkeypatch.setattr(demo, "DEFECTS", 0)
    demo.make_units(demo_units(), by="demo")
    demo.make_accounts()
    demo.fill_days(60)
    demo.fill_desk()
    yield
    (home() / demo.ACCOUNTS_FILE).unlink()


def test_every_desk_has_something_and_the_citizen_is_a_patient(filled) -> None:
    accounts = json.loads((home() / demo.ACCOUNTS_FILE).read_text(encoding="utf-8"))
    assert {row["role"] for row in accounts} == set(Role)
    for row in accounts:
        assert Account.objects.get(username=row["username"]).check_password(row["password"])
    assert Submission.objects.count() > 20
    assert SubjectRequest.objects.count() == 3
    assert (Consent.objects.count(), Breach.objects.count()) == (1, 1)
    person = bytes(PersonOfAccount.objects.get().person_key)
    senders.judge_all()
    assert Visit.objects.filter(person_key=person).exists()
    citizen = actor_of_account(Account.objects.get(username="citizen-byt"))
    assert citizen.person == person.hex()
    officer = actor_of_account(Account.objects.get(username="data-protection-99001"))
    assert queries.held_about(person, officer).consents == 1
