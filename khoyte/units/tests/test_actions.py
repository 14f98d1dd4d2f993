"""Making units, accounts and tokens: what is made, what is refused, what is audited."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.units import actions, queries
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, MachineToken, Unit
from khoyte.units.tests.country import BY, actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]


def test_a_facility_belongs_to_the_province_above_it() -> None:
    assert Unit.objects.get(pk="97001").province == "97"
    assert Unit.objects.get(pk="97").province == "97"
    assert Unit.objects.get(pk="BYT").province == ""


@pytest.mark.parametrize("code", ["1", "97O01x", "9700 ", "97-01", "ab123", "", "970011", "Đ7001", "97001"])
def test_a_wrong_or_taken_facility_code_is_refused(code: str) -> None:
    with pytest.raises(WrongUnit) as refused:
        actions.create_unit(code=code, kind="facility", name="Bệnh viện", under="97", by=BY)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("code", "name"),
    [("", "Sở"), ("9" * 21, "Sở"), ("96", ""), ("96", "S" * 256), ("9\x006", "Sở"), ("96", "S\x00")],
)
def test_a_code_or_name_that_cannot_be_kept_is_refused(code: str, name: str) -> None:
    with pytest.raises(WrongUnit):
        actions.create_unit(code=code, kind="province", name=name, under="BYT", by=BY)


def test_a_kind_or_a_unit_above_that_is_not_there() -> None:
    with pytest.raises(WrongUnit):
        actions.create_unit(code="X", kind="village", name="Xã", by=BY)
    with pytest.raises(UnknownUnit):
        actions.create_unit(code="97009", kind="facility", name="Bệnh viện", under="96", by=BY)


def test_the_database_keeps_facility_codes_to_5_characters() -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(code="123", kind="facility", name="Bệnh viện")


def test_an_account_keeps_a_hash_of_its_password() -> None:
    account, password = actions.create_account(username="an", unit="97001", role="facility", by=BY)
    kept = Account.objects.get(username="an")
    assert len(password) >= 20
    assert password not in kept.password
    assert kept.check_password(password)
    assert (account.unit_id, account.role) == ("97001", "facility")


@pytest.mark.parametrize(
    ("username", "unit", "role"),
    [
        ("an", "97001", "province"),
        ("an", "97", "facility"),
        ("an", "CUC", "ministry"),
        ("", "97001", "facility"),
        ("a" * 101, "97001", "facility"),
        ("a\x00n", "97001", "facility"),
        ("taken", "97001", "facility"),
    ],
)
def test_an_account_that_cannot_be_is_refused(username: str, unit: str, role: str) -> None:
    actions.create_account(username="taken", unit="97001", role="facility", by=BY)
    with pytest.raises(WrongUnit):
        actions.create_account(username=username, unit=unit, role=role, by=BY)


def test_a_token_is_kept_as_its_hash_and_found_by_itself() -> None:
    token = actions.create_token(unit="97001", scopes=["ledger:read", "submissions:write"], by=BY)
    row = MachineToken.objects.get()
    assert bytes(row.token_sha256) == hashlib.sha256(token.encode()).digest()
    assert row.scopes == ["ledger:read", "submissions:write"]
    found = queries.actor_of_token(token)
    assert found is not None
    assert (found.unit_code, found.facility, found.province, found.kind) == (
        "97001",
        "97001",
        "97",
        "machine",
    )
    assert found.scopes == ("ledger:read", "submissions:write")


def test_a_token_ends() -> None:
    token = actions.create_token(unit="97001", scopes=["ledger:read"], ttl_seconds=60, by=BY)
    life = MachineToken.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=50) < life <= timedelta(seconds=60)
    MachineToken.objects.update(expires_at=timezone.now())
    assert queries.actor_of_token(token) is None


@pytest.mark.parametrize("ttl", [0, -1, 10**12, 10**30])
def test_a_life_that_cannot_be_is_refused(ttl: int) -> None:
    with pytest.raises(WrongUnit):
        actions.create_token(unit="97001", scopes=["ledger:read"], ttl_seconds=ttl, by=BY)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["ledger:read", "x"]])
def test_unknown_scopes_are_refused(scopes: list[str]) -> None:
    with pytest.raises(WrongUnit):
        actions.create_token(unit="97001", scopes=scopes, by=BY)


def test_a_token_of_no_unit_is_refused() -> None:
    for unit in ("99999", ""):
        with pytest.raises(UnknownUnit):
            actions.create_token(unit=unit, scopes=["ledger:read"], by=BY)


def test_every_act_has_its_entry_without_secrets() -> None:
    by = actor("BYT", "operator")
    AuditEntry.objects.all().delete()
    actions.create_unit(code="96", kind="province", name="Sở", under="BYT", by=by)
    _, password = actions.create_account(username="an", unit="97001", role="facility", by=by)
    token = actions.create_token(unit="97001", scopes=["ledger:read"], by=by)
    entries = list(AuditEntry.objects.order_by("id").values())
    assert [(e["action"], e["subject_id"], e["actor"]) for e in entries] == [
        ("unit.create", "96", "operator-BYT"),
        ("account.create", "an", "operator-BYT"),
        ("token.create", "97001", "operator-BYT"),
    ]
    assert password not in str(entries)
    assert token not in str(entries)


def test_nothing_is_made_when_the_entry_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OSError("the log is full")

    monkeypatch.setattr(actions.audit, "record", fail)
    with pytest.raises(OSError, match="log is full"):
        actions.create_unit(code="96", kind="province", name="Sở", under="BYT", by=BY)
    assert not Unit.objects.filter(pk="96").exists()


def test_lists_of_units_are_in_order() -> None:
    assert [unit.code for unit in queries.provinces()] == ["97", "98"]
    assert [unit.code for unit in queries.facilities_of("97")] == ["97001", "97002"]
    assert len(queries.facilities_of("")) == 3
    assert queries.facility("97") is None
