"""Practitioners with accounts, and their registrations, for the tests of this room."""

from typing import Any

from django.test import Client

from khoyte.registers.models import Record
from khoyte.registers.tests.offices import OWN, PERSON, SYSTEM, made
from khoyte.registers.tests.test_pages import TOKEN
from khoyte.units import actions as unit_actions
from khoyte.units.models import Account
from khoyte.units.persons import link_person
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account

NUMBER = PERSON["personal_number"]


def practitioner(number: str = NUMBER, unit: str = OWN, name: str = "anh") -> Actor:
    account, _ = unit_actions.create_account(username=name, unit=unit, role="practitioner", by=SYSTEM)
    if number:
        link_person(username=name, number=number, assurance="counter", by=SYSTEM)
    return actor_of_account(account)


def window(actor: Actor) -> Client:
    client = Client(raise_request_exception=False, headers={"X-CSRFToken": TOKEN})
    client.force_login(Account.objects.get(username=actor.name))
    client.cookies["csrftoken"] = TOKEN
    return client


def registration(by: Actor = SYSTEM, confirmed: bool = False, **more: Any) -> Record:
    content = {
        "personal_number": NUMBER,
        "facility": OWN,
        "valid_from": "2025-01-01",
        "hours": "T2-CN 0:00-24:00",
        "position": "Bác sỹ điều trị",
        "department": "K02",
    }
    return made("practice_registrations", content | more, by=by, confirmed=confirmed)
