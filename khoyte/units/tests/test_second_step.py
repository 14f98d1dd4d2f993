"""The second step: who is asked, codes used once, recovery codes, setting it up, resetting it."""

import re
import time
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from click.testing import CliRunner
from django.test import override_settings
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.audit.models import AuditEntry
from khoyte.foundation.crypto import Keyring
from khoyte.units import (
    accounts,
    commands,
    invitations,
    passwords,
    second_step,
    sign_in_guard,
    spoken_codes,
)
from khoyte.units.enums import ROLES_OF_KIND, Role
from khoyte.units.errors import UnknownAccount, WrongUnit
from khoyte.units.models import Account, Invitation, RecoveryCode, SecondStep
from khoyte.units.tests.authenticator import App, make_second_step
from khoyte.units.tests.country import BY, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
CLERK, OPERATOR = "facility-97001", "operator-BYT"
OUTSIDE = "203.0.113.9"
PROVE, SET_UP, OWN = "/dang-nhap/ma-xac-thuc", "/dang-nhap/cai-dat-xac-thuc", "/tai-khoan/xac-thuc"


@pytest.fixture
def clerk() -> Account:
    return make_account("97001", "facility")


@pytest.fixture
def operator() -> Account:
    return make_account("BYT", "operator")


def is_in(window: Window) -> bool:
    return window.get("/tai-khoan").status_code == 200


def shown_secret(page: str) -> str:
    return re.search(r'id="secret">([^<]+)<', page).group(1)


def shown_codes(page: str) -> list[str]:
    return re.findall(r"<code>([a-z0-9-]+)</code>", page)


class TestWhoIsAsked:
    @pytest.mark.parametrize("role", list(Role))
    def test_inside_those_who_administer(self, role: Role) -> None:
        kind = next(kind for kind, roles in ROLES_OF_KIND.items() if role in roles)
        unit = {"facility": "97001", "province": "97", "department": "CUC", "ministry": "BYT"}[kind]
        account = make_account(unit, role)
        assert second_step.is_asked(account, "127.0.0.1") is (
            role in {"operator", "ministry", "province", "province_lead", "facility_admin"}
        )

    @pytest.mark.parametrize("address", [OUTSIDE, ""])
    def test_from_outside_everybody(self, clerk: Account, address: str) -> None:
        assert second_step.is_asked(clerk, address)

    def test_in_the_demonstration_nobody(self, operator: Account) -> None:
        with override_settings(DEMO=True):
            assert not second_step.is_asked(operator, "127.0.0.1")
            window = Window()
            assert window.sign_in(OPERATOR)["Location"] == "/"
            assert is_in(window)

    def test_whoever_has_one_is_asked_for_it(self, clerk: Account) -> None:
        make_second_step(clerk)
        with override_settings(DEMO=True):
            assert Window().sign_in(CLERK)["Location"] == PROVE


class TestCodes:
    def test_a_code_is_that_of_rfc_6238(self, clerk: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """Appendix B, SHA-1, the last six of its eight digits."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        row = SecondStep.objects.create(
            account=clerk,
            secret_sealed=Keyring.load().seal(secret.encode(), "second-step.secret"),
            made_at=timezone.now(),
            confirmed_at=timezone.now(),
        )
        for moment, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924")):
            monkeypatch.setattr(second_step.time, "time", lambda moment=moment: moment)
            assert second_step.check(clerk, code) == "code"
            row.refresh_from_db()
            assert row.last_step == moment // 30

    def test_it_is_used_once(self, clerk: Account) -> None:
        app = make_second_step(clerk)
        code = app.next()
        assert [second_step.check(clerk, code) for _ in range(2)] == ["code", ""]

    def test_an_older_one_is_too_late(self, clerk: Account) -> None:
        app = make_second_step(clerk)
        older, newest = app.code(periods=-1), app.next()
        assert second_step.check(clerk, newest) == "code"
        assert second_step.check(clerk, older) == ""

    def test_a_clock_half_a_minute_off_will_do_and_more_will_not(self, clerk: Account, monkeypatch) -> None:
        app = make_second_step(clerk)
        frozen = time.time()
        monkeypatch.setattr(time, "time", lambda: frozen)
        fine = {}
        for periods in (-2, -1, 0, 1, 2):
            SecondStep.objects.update(last_step=0)
            fine[periods] = bool(second_step.check(clerk, app.code(periods=periods)))
        assert fine == {-2: False, -1: True, 0: True, 1: True, 2: False}

    @pytest.mark.parametrize(
        "typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\x00", "x" * 9999]
    )
    def test_anything_else_is_only_wrong(self, clerk: Account, typed: str) -> None:
        make_second_step(clerk)
        assert second_step.check(clerk, typed) == ""

    def test_spaces_of_the_app_do_not_matter(self, clerk: Account) -> None:
        code = make_second_step(clerk).next()
        assert second_step.check(clerk, f" {code[:3]} {code[3:]} ") == "code"

    def test_the_secret_is_sealed(self, clerk: Account) -> None:
        app = make_second_step(clerk)
        kept = bytes(SecondStep.objects.get().secret_sealed)
        assert app.secret.encode() not in kept
        assert not AuditEntry.objects.filter(details__icontains=app.secret).exists()

    def test_an_unconfirmed_step_proves_nothing(self, clerk: Account) -> None:
        app = App(second_step.unfinished_secret(clerk))
        assert second_step.check(clerk, app.code()) == ""
        assert not second_step.stands(clerk)


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, clerk: Account) -> list[str]:
        app = App(second_step.unfinished_secret(clerk))
        return second_step.confirm(clerk, app.code(), by=BY)

    def test_ten_each_good_once(self, clerk: Account, codes: list[str]) -> None:
        assert len(set(codes)) == 10
        assert [second_step.check(clerk, codes[0]) for _ in range(2)] == ["recovery-code", ""]
        assert second_step.recovery_codes_left(clerk) == 9

    def test_however_it_is_typed(self, clerk: Account, codes: list[str]) -> None:
        assert second_step.check(clerk, codes[0].upper().replace("-", " ")) == "recovery-code"
        assert second_step.check(clerk, codes[1].replace("-", "")) == "recovery-code"

    def test_they_are_not_kept(self, clerk: Account, codes: list[str]) -> None:
        kept = b"".join(bytes(row.code_hash) for row in RecoveryCode.objects.all())
        assert all(code.encode() not in kept for code in codes)

    def test_they_are_those_of_one_account(self, clerk: Account, codes: list[str]) -> None:
        other = make_account("97002", "facility")
        make_second_step(other)
        assert second_step.check(other, codes[0]) == ""

    def test_new_ones_end_the_old(self, clerk: Account, codes: list[str]) -> None:
        new = second_step.renew_recovery_codes(clerk, by=BY)
        assert second_step.check(clerk, codes[0]) == ""
        assert second_step.check(clerk, new[0]) == "recovery-code"


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_whatever_is_typed_as_a_code_has_a_hash(text: str) -> None:
    assert len(spoken_codes.hashed(text, "x")) == 32


class TestOnTheWayIn:
    def test_a_code_lets_in(self, operator: Account) -> None:
        app = make_second_step(operator)
        window = Window()
        assert window.sign_in(OPERATOR, next="/huong-dan")["Location"] == PROVE
        assert not is_in(window)
        answer = window.post(PROVE, {"code": app.next()})
        assert answer["Location"] == "/huong-dan"
        assert is_in(window)
        assert AuditEntry.objects.get(action="account.sign_in").details == {"proof": "password+code"}

    def test_an_administrators_password_lets_in_for_two_months(self, operator: Account) -> None:
        app = make_second_step(operator)
        chosen = timezone.now() - timedelta(days=70)
        Account.objects.filter(pk=operator.pk).update(created_at=chosen)
        client = Window()
        client.sign_in(OPERATOR)
        answer = client.post(PROVE, {"code": app.next()})
        assert answer["Location"] == "/dang-nhap/mat-khau-moi"
        assert "02 tháng một lần" in client.get(answer["Location"]).content.decode()
        new = "bốn con mèo vàng ngủ trưa"
        client.post("/dang-nhap/mat-khau-moi", {"new": new, "again": new})
        assert client.get("/tai-khoan").status_code == 200
        operator.refresh_from_db()
        assert not passwords.is_too_old(operator)

    def test_others_keep_theirs(self) -> None:
        clerk = make_account("97001", "facility")
        Account.objects.filter(pk=clerk.pk).update(created_at=timezone.now() - timedelta(days=700))
        assert Window().sign_in(clerk.username)["Location"] == "/"

    def test_a_recovery_code_lets_in(self, operator: Account) -> None:
        app = App(second_step.unfinished_secret(operator))
        codes = second_step.confirm(operator, app.code(), by=BY)
        window = Window()
        window.sign_in(OPERATOR)
        assert "Mã khôi phục" in window.get(f"{PROVE}?khoi-phuc").content.decode()
        assert window.post(f"{PROVE}?khoi-phuc", {"code": codes[3]})["Location"] == "/"
        assert is_in(window)

    def test_a_replayed_code_does_not(self, operator: Account) -> None:
        app = make_second_step(operator)
        code, windows = app.next(), [Window(), Window()]
        for window in windows:
            window.sign_in(OPERATOR)
        answers = [window.post(PROVE, {"code": code}).status_code for window in windows]
        assert answers == [302, 422]
        assert [is_in(window) for window in windows] == [True, False]

    def test_guessing_is_held_back_and_the_password_does_not_clear_it(self, operator: Account) -> None:
        app = make_second_step(operator)
        limit, statuses = sign_in_guard.NAME_LIMIT.failures, []
        for _ in range(limit + 1):
            window = Window()
            window.sign_in(OPERATOR)
            statuses.append(window.post(PROVE, {"code": "000000"}).status_code)
        assert statuses == [422] * limit + [429]
        assert window.post(PROVE, {"code": app.next()}).status_code == 429
        assert AuditEntry.objects.get(action="account.lock").details["what"] == "code"
        sign_in_guard.unlock(OPERATOR, by=BY)
        assert window.post(PROVE, {"code": app.next()}).status_code == 302

    @pytest.mark.parametrize("path", [PROVE, SET_UP])
    def test_without_a_password_there_is_no_way_on(self, operator: Account, path: str) -> None:
        app = make_second_step(operator)
        assert Window().get(path)["Location"] == "/dang-nhap"
        assert Window().post(path, {"code": app.next()})["Location"] == "/dang-nhap"

    def test_a_step_that_stands_cannot_be_set_up_over(self, operator: Account) -> None:
        make_second_step(operator)
        window = Window()
        window.sign_in(OPERATOR)
        assert window.get(SET_UP)["Location"] == PROVE
        assert window.post(SET_UP, {"code": "000000"})["Location"] == PROVE


class TestSettingUp:
    def test_an_administrator_sets_it_up_before_anything_opens(self, operator: Account) -> None:
        window = Window()
        assert window.sign_in(OPERATOR)["Location"] == SET_UP
        page = window.get(SET_UP).content.decode()
        app = App(shown_secret(page))
        assert not is_in(window)
        done = window.post(SET_UP, {"code": app.code()})
        assert (done.status_code, len(shown_codes(done.content.decode()))) == (200, 10)
        assert window.get(SET_UP)["Location"] == "/"
        assert is_in(window)
        entry = AuditEntry.objects.get(action="account.second_step")
        assert (entry.actor, entry.subject_id) == (OPERATOR, OPERATOR)

    def test_key_address_and_picture_say_the_same(self, operator: Account) -> None:
        window = Window()
        window.sign_in(OPERATOR)
        page = window.get(SET_UP).content.decode()
        secret = shown_secret(page).replace(" ", "")
        address = re.search(r'href="(otpauth://[^"]+)"', page).group(1).replace("&amp;", "&")
        query = parse_qs(urlsplit(address).query)
        assert (query["secret"], query["issuer"]) == ([secret], ["Khoyte"])
        assert pyotp.parse_uri(address).now() == pyotp.TOTP(secret).now()
        assert len(secret) == 32
        drawn = re.search(r'<div class="scan".*?(<svg.*?</svg>)', page, re.S).group(1)
        assert ElementTree.fromstring(drawn).attrib["viewBox"]
        assert drawn == second_step.drawing(address)
        assert "data:" not in page  # the policy of pages shows no picture from there

    def test_a_reload_keeps_the_key_for_an_hour(self, operator: Account) -> None:
        window = Window()
        window.sign_in(OPERATOR)
        first, second = (shown_secret(window.get(SET_UP).content.decode()) for _ in range(2))
        assert first == second
        SecondStep.objects.update(made_at=timezone.now() - timedelta(hours=2))
        assert shown_secret(window.get(SET_UP).content.decode()) != first

    def test_a_wrong_code_sets_nothing_up(self, operator: Account) -> None:
        window = Window()
        window.sign_in(OPERATOR)
        assert window.post(SET_UP, {"code": "000000"}).status_code == 422
        assert not second_step.stands(operator)
        assert not is_in(window)

    def test_a_code_of_setting_up_is_used(self, operator: Account) -> None:
        window = Window()
        window.sign_in(OPERATOR)
        app = App(shown_secret(window.get(SET_UP).content.decode()))
        code = app.code()
        window.post(SET_UP, {"code": code})
        assert second_step.check(operator, code) == ""

    def test_a_secret_that_stands_is_never_shown_again(self, operator: Account) -> None:
        app = make_second_step(operator)
        window = Window(operator)
        assert app.secret[:4] not in window.get(OWN).content.decode()
        with pytest.raises(ValueError, match="not shown again"):
            second_step.unfinished_secret(operator)


class TestFromOutside:
    def test_set_up_needs_an_invitation(self, clerk: Account) -> None:
        window = Window(REMOTE_ADDR=OUTSIDE)
        assert window.sign_in(CLERK)["Location"] == SET_UP
        page = window.get(SET_UP).content.decode()
        assert "Mã mời" in page
        app, invitation = App(shown_secret(page)), invitations.invite(CLERK, by=BY)
        assert window.post(SET_UP, {"code": app.code()}).status_code == 422
        assert window.post(SET_UP, {"code": app.code(), "invitation": "abcd-efgh-jkmn"}).status_code == 422
        assert not second_step.stands(clerk)
        assert window.post(SET_UP, {"code": app.code(), "invitation": invitation}).status_code == 200
        assert second_step.stands(clerk)
        assert not Invitation.objects.exists()

    def test_a_wrong_code_does_not_use_the_invitation_up(self, clerk: Account) -> None:
        window, invitation = Window(REMOTE_ADDR=OUTSIDE), invitations.invite(CLERK, by=BY)
        window.sign_in(CLERK)
        window.post(SET_UP, {"code": "000000", "invitation": invitation})
        assert invitations.is_good(clerk, invitation)

    @pytest.mark.parametrize("spoil", ["old", "used", "another's", "renewed"])
    def test_an_invitation_that_is_not_good(self, clerk: Account, spoil: str) -> None:
        make_account("97002", "facility")
        invitation = invitations.invite("facility-97002" if spoil == "another's" else CLERK, by=BY)
        if spoil == "old":
            Invitation.objects.update(expires_at=timezone.now())
        if spoil == "used":
            assert invitations.take(clerk, invitation)
        if spoil == "renewed":
            invitations.invite(CLERK, by=BY)
        assert not invitations.is_good(clerk, invitation)
        assert not invitations.take(clerk, invitation)

    def test_a_session_begun_inside_is_worth_nothing_outside(self, clerk: Account) -> None:
        window = Window()
        window.sign_in(CLERK)
        assert window.get("/tai-khoan").status_code == 200
        assert window.get("/tai-khoan", REMOTE_ADDR=OUTSIDE).status_code == 302
        assert window.get("/api/v1/submissions", REMOTE_ADDR=OUTSIDE).status_code == 401

    def test_with_the_second_step_it_is(self, clerk: Account) -> None:
        app = make_second_step(clerk)
        window = Window()
        window.sign_in(CLERK)
        window.post(PROVE, {"code": app.next()})
        assert window.get("/tai-khoan", REMOTE_ADDR=OUTSIDE).status_code == 200

    def test_a_forwarded_request_of_nobody_we_trust_is_outside(self, clerk: Account) -> None:
        window = Window(headers={"X-Forwarded-For": "127.0.0.1"})
        assert window.sign_in(CLERK)["Location"] == SET_UP


class TestOwnPage:
    def test_anybody_may_set_it_up(self, clerk: Account) -> None:
        window = Window(clerk)
        app = App(shown_secret(window.get(OWN).content.decode()))
        assert len(shown_codes(window.post(OWN, {"code": app.code()}).content.decode())) == 10
        assert "đang bật" in window.get(OWN).content.decode()
        assert Window().sign_in(CLERK)["Location"] == PROVE

    def test_new_recovery_codes_and_an_end_need_a_code(self, clerk: Account) -> None:
        app = make_second_step(clerk)
        window = Window(clerk)
        for act in ("recovery", "remove"):
            assert window.post(OWN, {act: "1", "code": "000000"}).status_code == 422
        assert second_step.stands(clerk)
        assert (
            len(shown_codes(window.post(OWN, {"recovery": "1", "code": app.next()}).content.decode())) == 10
        )
        assert window.post(OWN, {"remove": "1", "code": app.next()}).status_code == 302
        assert not second_step.stands(clerk)
        actions = AuditEntry.objects.filter(actor=CLERK).values_list("action", flat=True)
        assert {"account.recovery_codes", "account.second_step_removed"} <= set(actions)

    def test_guessing_there_is_held_back_too(self, clerk: Account) -> None:
        make_second_step(clerk)
        window, limit = Window(clerk), sign_in_guard.NAME_LIMIT.failures
        statuses = [window.post(OWN, {"remove": "1", "code": "000000"}).status_code for _ in range(limit + 1)]
        assert statuses == [422] * limit + [429]


class TestCommands:
    def run(self, *arguments: str) -> str:
        done = CliRunner().invoke(commands.account, arguments, obj={"lang": "vi"}, standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.stdout.strip()

    def test_reset_ends_the_step_and_the_sessions(self, operator: Account) -> None:
        app = make_second_step(operator)
        window = Window()
        window.sign_in(OPERATOR)
        window.post(PROVE, {"code": app.next()})
        assert self.run("reset-second-step", OPERATOR) == OPERATOR
        assert not is_in(window)
        assert (second_step.stands(operator), operator.recovery_codes.count()) == (False, 0)
        assert Window().sign_in(OPERATOR)["Location"] == SET_UP
        assert AuditEntry.objects.filter(action="account.reset_second_step", subject_id=OPERATOR).exists()

    def test_another_role_ends_the_sessions(self, clerk: Account) -> None:
        window = Window(clerk)
        assert is_in(window)
        assert self.run("role", CLERK, "facility_reviewer") == f"{CLERK} facility_reviewer"
        assert not is_in(window)
        entry = AuditEntry.objects.get(action="account.role")
        assert entry.details == {"before": "facility", "after": "facility_reviewer"}

    def test_a_role_of_another_kind_of_unit_is_refused(self, clerk: Account) -> None:
        with pytest.raises(WrongUnit):
            accounts.change_role(CLERK, "operator", by=BY)
        clerk.refresh_from_db()
        assert clerk.role == "facility"

    def test_an_invitation_is_the_last_word(self, clerk: Account) -> None:
        assert invitations.is_good(clerk, self.run("invite", CLERK).split()[-1])

    @pytest.mark.parametrize("words", [("reset-second-step",), ("role",), ("invite",)])
    def test_an_unknown_account_is_said(self, words: tuple[str, ...]) -> None:
        more = ("facility",) if words == ("role",) else ()
        with pytest.raises(UnknownAccount):
            self.run(*words, "nobody", *more)
