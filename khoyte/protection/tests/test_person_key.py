"""The person of a transaction ends with it: connections are reused."""

import pytest
from django.db import connection

from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

CITIZEN = Actor("account", "dan-1", "BYT", "Bộ Y tế", "ministry", role="citizen", person="ab" * 32)


@pytest.mark.django_db(transaction=True)
def test_the_key_is_known_inside_and_gone_after() -> None:
    with speaking_as(CITIZEN), connection.cursor() as cursor:
        cursor.execute("SELECT khoyte_person()")
        assert cursor.fetchone() == (bytes.fromhex(CITIZEN.person),)
    with connection.cursor() as cursor:
        cursor.execute("SELECT khoyte_person()")
        assert cursor.fetchone() == (None,)


@pytest.mark.django_db(transaction=True)
def test_only_a_role_with_a_line_about_itself_names_a_person() -> None:
    other = Actor("account", "cb", "BYT", "Bộ Y tế", "ministry", role="operator", person="ab" * 32)
    with speaking_as(other), connection.cursor() as cursor:
        cursor.execute("SELECT khoyte_person()")
        assert cursor.fetchone() == (None,)
