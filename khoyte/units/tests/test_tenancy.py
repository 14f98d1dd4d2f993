"""What a statement says of its speaker is what a transaction would be told."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.database.prepared import ask_prepared
from khoyte.units import tenancy
from khoyte.units.policy import Actor, system_actor

pytestmark = pytest.mark.django_db
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(unit=TEXTS, name=TEXTS, before=st.lists(TEXTS, max_size=2))
def test_every_setting_arrives_as_it_is(unit: str, name: str, before: list[str]) -> None:
    actor = Actor(
        kind="account", name=name, unit_code=unit, unit_kind="facility", role="facility", before=tuple(before)
    )
    (said,) = ask_prepared("SELECT %s::text[]", [tenancy._as_array(actor)]) or ((),)
    assert dict(zip(said[::2], said[1::2], strict=True)) == dict(
        zip(tenancy._SETTINGS, tenancy._said_of(actor), strict=True)
    )
    assert said[1] == unit


def test_the_same_is_said_in_a_transaction() -> None:
    actor = Actor(kind="machine", name="machine:99001:1", unit_code="99001", unit_kind="facility",
                  scopes=("submissions:write",))  # fmt: skip
    with tenancy.speaking_as(actor), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('khoyte.facility'), current_setting('khoyte.everything')")
        assert cursor.fetchone() == ("99001", "")
    assert tenancy._said_of(actor)[:3] == ("99001", "", "")


def test_one_statement_cannot_say_it_within_a_transaction_or_for_the_system(monkeypatch) -> None:
    actor = Actor(kind="machine", name="m", unit_code="99001", unit_kind="facility")
    monkeypatch.setattr(tenancy.settings, "TAKE_ROLE_INSIDE_TRANSACTIONS", False)
    assert tenancy.spoken_in_one_statement(actor) is None, "a test runs in a transaction"
    monkeypatch.setattr(tenancy, "connection", type("NoTransaction", (), {"in_atomic_block": False}))
    assert tenancy.spoken_in_one_statement(actor)
    assert tenancy.spoken_in_one_statement(system_actor("judging")) is None
