"""Accounts in time: reviewed, idle, closed, opened again; what was revoked ends at once."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.units import accounts, actions, commands, queries
from khoyte.units.errors import UnknownAccount
from khoyte.units.models import Account
from khoyte.units.policy import system_actor
from khoyte.units.tests.country import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
BY = system_actor("test")
NAME = "facility-97001"


@pytest.fixture
def clerk() -> Account:
    return make_account("97001", "facility")


def age(account: Account, *, enabled: int, signed_in: int | None) -> None:
    """Enabled and last signed in so many days ago."""
    now = timezone.now()
    seen = None if signed_in is None else now - timedelta(days=signed_in)
    Account.objects.filter(pk=account.pk).update(enabled_at=now - timedelta(days=enabled), last_login=seen)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(commands.account, arguments, obj={"lang": "vi"}, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout.strip()


class TestIdle:
    @pytest.mark.parametrize(
        ("enabled", "signed_in", "closed"),
        [(44, None, False), (46, None, True), (400, 44, False), (400, 46, True), (2, 46, False)],
    )
    def test_45_days_without_signing_in_close_an_account(
        self, clerk: Account, enabled: int, signed_in: int | None, closed: bool
    ) -> None:
        age(clerk, enabled=enabled, signed_in=signed_in)
        assert accounts.disable_idle(by=BY) == ([NAME] if closed else [])
        clerk.refresh_from_db()
        assert clerk.is_active is not closed

    def test_it_is_recorded_and_an_opened_account_stays_open(self, clerk: Account) -> None:
        age(clerk, enabled=50, signed_in=None)
        accounts.disable_idle(by=BY)
        entry = AuditEntry.objects.get(action="account.disable")
        assert (entry.subject_id, entry.facility, entry.details) == (NAME, "97001", {"reason": "idle"})
        accounts.enable(NAME, by=BY)
        assert accounts.disable_idle(by=BY) == []
        clerk.refresh_from_db()
        assert clerk.is_active


class TestRevocation:
    @pytest.mark.parametrize("end", [accounts.disable, accounts.renew_password])
    def test_sessions_end_with_their_next_request(self, clerk: Account, end) -> None:
        client = Client()
        client.force_login(clerk)
        assert client.get("/tai-khoan").status_code == 200
        end(NAME, by=BY)
        assert client.get("/tai-khoan").status_code == 302

    def test_the_tokens_of_one_unit_end_at_once(self) -> None:
        own, other = (
            actions.create_token(unit=unit, scopes=["ledger:read"], by=BY) for unit in ("97001", "97")
        )
        assert accounts.revoke_tokens("97001", by=BY) == 1
        assert queries.actor_of_token(own) is None
        assert queries.actor_of_token(other) is not None
        assert AuditEntry.objects.get(action="token.revoke").details == {"tokens": 1}
        assert accounts.revoke_tokens("97001", by=BY) == 0


class TestReview:
    def test_after_half_a_year_an_account_is_due_and_comes_first(self, clerk: Account) -> None:
        make_account("97", "province")
        Account.objects.filter(username="province-97").update(created_at=timezone.now() - timedelta(days=190))
        assert [(line.username, line.is_due) for line in accounts.review_list()] == [
            ("province-97", True),
            (NAME, False),
        ]
        accounts.confirm("province-97", by=BY)
        (line,) = accounts.review_list("97")
        assert (line.is_due, line.reviewed_by) == (False, "system:test")

    def test_a_closed_account_is_not_due(self, clerk: Account) -> None:
        Account.objects.update(created_at=timezone.now() - timedelta(days=190), is_active=False)
        assert [line.is_due for line in accounts.review_list()] == [False]


class TestCommands:
    def test_a_new_password_is_the_last_word(self, clerk: Account) -> None:
        password = run("password", NAME).split()[-1]
        clerk.refresh_from_db()
        assert clerk.check_password(password)

    def test_closing_and_opening(self, clerk: Account) -> None:
        for command, active in (("disable", False), ("enable", True)):
            assert run(command, NAME) == NAME
            clerk.refresh_from_db()
            assert clerk.is_active is active

    def test_the_review_list_for_people_and_programs(self, clerk: Account) -> None:
        Account.objects.update(created_at=timezone.now() - timedelta(days=190))
        assert run("review") == f"97001  {NAME}  facility  chưa đăng nhập  cần rà soát"
        (line,) = json.loads(run("review", "--json", "--unit", "97001"))["accounts"]
        assert (line["username"], line["is_due"], line["last_sign_in"]) == (NAME, True, None)
        run("confirm", NAME)
        assert "cần rà soát" not in run("review")

    @pytest.mark.parametrize("command", ["password", "disable", "enable", "confirm"])
    def test_an_unknown_account_is_said(self, command: str) -> None:
        with pytest.raises(UnknownAccount, match="nobody"):
            run(command, "nobody")
