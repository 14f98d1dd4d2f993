"""Audit entries: written with their act or not at all, read by their tenant, changed by nobody."""

import pytest
from django.db import DatabaseError, connection, transaction

from khoyte.audit import actions
from khoyte.audit.actions import AuditOutsideTransaction
from khoyte.audit.models import AuditEntry


class By:
    """Whoever acts, as `units.policy.Actor` shows it."""

    name, unit_code, role = "ai", "97001", "facility"


def record(**more: object) -> None:
    actions.record(by=By, action="test.act", subject_kind="thing", subject_id="1", **more)


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_which_record() -> None:
    record(facility="97001", province="97", purpose="care", details={"rows": 3})
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_unit, entry.actor_role) == ("ai", "97001", "facility")
    assert (entry.action, entry.subject_kind, entry.subject_id) == ("test.act", "thing", "1")
    assert (entry.facility, entry.province, entry.purpose) == ("97001", "97", "care")
    assert entry.details == {"rows": 3}
    assert entry.at is not None


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(AuditOutsideTransaction):
        record()
    assert AuditEntry.objects.count() == 0


@transaction.atomic
def act_that_fails() -> None:
    record()
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry() -> None:
    with pytest.raises(ZeroDivisionError):
        act_that_fails()
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["khoyte_app", "khoyte_worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'other'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY",
        "DROP TABLE audit_entry",
    ],
)
def test_entries_are_only_ever_added(role: str, statement: str) -> None:
    record(facility="97001", province="97")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("RESET ROLE")
    assert AuditEntry.objects.get().action == "test.act"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["khoyte_app", "khoyte_worker"])
def test_both_roles_add_entries_whoever_they_concern(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        record(facility="98001", province="98")
        record()
        cursor.execute("RESET ROLE")
    assert AuditEntry.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "seen"),
    [
        ("khoyte.facility", "97001", ["97001"]),
        ("khoyte.facility", "97002", []),
        ("khoyte.province", "97", ["97001"]),
        ("khoyte.everything", "on", ["97001", "98001", ""]),
        ("khoyte.facility", "", []),
    ],
)
def test_entries_are_read_by_their_tenant(setting: str, value: str, seen: list[str]) -> None:
    record(facility="97001", province="97")
    record(facility="98001", province="98")
    record()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE khoyte_app")
        cursor.execute("SELECT set_config(%s, %s, true)", [setting, value])
        assert list(AuditEntry.objects.order_by("id").values_list("facility", flat=True)) == seen
        cursor.execute("RESET ROLE")
