"""Signing in with an identity provider, against the running twin of VNeID and its faults."""

import dataclasses
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from click.testing import CliRunner
from django.test import override_settings
from joserfc.jwk import RSAKey

from khoyte.audit.models import AuditEntry
from khoyte.foundation.errors import WrongUsage
from khoyte.nonprod.twins.vneid import FAULTS, PERSONS, VNeIDTwin
from khoyte.units import (
    commands,
    identities,
    invitations,
    letting_in,
    openid_calls,
    openid_providers,
    persons,
    sign_in_guard,
)
from khoyte.units.errors import UnknownAccount, WrongUnit
from khoyte.units.models import Account, LinkedIdentity, PersonOfAccount, Session
from khoyte.units.openid_providers import Provider
from khoyte.units.tests.authenticator import make_second_step
from khoyte.units.tests.country import BY, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
CLERK, OPERATOR = "facility-97001", "operator-BYT"
SURE, PLAIN, THIRD = PERSONS  # level2, level1, level2
BEGIN, JOIN = "/dang-nhap/qua/vneid", "/dang-nhap/lien-ket"


@pytest.fixture
def twin() -> Iterator[VNeIDTwin]:
    openid_calls.forget()
    with VNeIDTwin() as running:
        yield running


@pytest.fixture
def provider(twin: VNeIDTwin) -> Iterator[Provider]:
    environment = {
        "KHOYTE_OIDC": "vneid",
        "KHOYTE_OIDC_VNEID_ISSUER": twin.issuer,
        "KHOYTE_OIDC_VNEID_CLIENT_ID": "khoyte",
        "KHOYTE_OIDC_VNEID_LEVELS": "level2",
    }
    known = openid_providers.providers(environment)
    with override_settings(OIDC=known):
        yield known["vneid"]


@pytest.fixture
def clerk(provider: Provider) -> Account:
    """An account whose person is SURE at the provider."""
    account = make_account("97001", "facility")
    identities.link(CLERK, provider, identities.hashed(provider, SURE.number), by=BY)
    return account


def go(window: Window, person=SURE, next: str = "/tai-khoan") -> str:
    """Begin, and consent at the provider; the address the browser is sent back to."""
    away = window.get(BEGIN, {"next": next})
    assert away.status_code == 302, away.content.decode()[:500]
    page = httpx.get(away["Location"]).text
    link = re.search(rf'href="(/consent[^"]*{person.number}[^"]*)"', page).group(1).replace("&amp;", "&")
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(away["Location"]))
    back = httpx.get(origin + link, follow_redirects=False).headers["Location"]
    assert back.startswith("http://testserver/dang-nhap/qua/vneid/ve?")
    return back.removeprefix("http://testserver")


def is_in(window: Window) -> bool:
    return window.get("/tai-khoan").status_code == 200


def changed(address: str, **parameters: str | None) -> str:
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return f"{parts.path}?{urlencode({name: value for name, value in query.items() if value is not None})}"


class TestThereAndBack:
    def test_the_page_of_signing_in_leads_there(self, provider: Provider) -> None:
        page = Window().get("/dang-nhap?next=/tinh").content.decode()
        assert "Đăng nhập bằng VNeID" in page
        assert 'href="/dang-nhap/qua/vneid?next=%2Ftinh"' in page

    def test_what_is_asked_there(self, twin: VNeIDTwin, provider: Provider) -> None:
        asked = parse_qs(urlsplit(Window().get(BEGIN)["Location"]).query)
        fixed = {name: asked[name] for name in ("response_type", "client_id", "code_challenge_method")}
        assert fixed == {
            "response_type": ["code"],
            "client_id": ["khoyte"],
            "code_challenge_method": ["S256"],
        }
        assert asked["redirect_uri"] == ["http://testserver/dang-nhap/qua/vneid/ve"]
        again = parse_qs(urlsplit(Window().get(BEGIN)["Location"]).query)
        for secret in ("state", "nonce", "code_challenge"):
            assert asked[secret] != again[secret]
            assert len(asked[secret][0]) >= 43

    def test_a_joined_identity_is_in(self, clerk: Account) -> None:
        window = Window()
        answer = window.get(go(window))
        assert (answer.status_code, answer["Location"]) == (302, "/tai-khoan")
        assert is_in(window)
        assert Session.objects.get(account=clerk).proof == "vneid+level2"
        assert AuditEntry.objects.get(action="account.sign_in").details == {"proof": "vneid+level2"}

    def test_a_level_the_settings_name_stands_for_the_second_step(self, provider: Provider) -> None:
        make_account("BYT", "operator")
        identities.link(OPERATOR, provider, identities.hashed(provider, SURE.number), by=BY)
        window = Window()
        assert window.get(go(window))["Location"] == "/tai-khoan"
        assert window.get("/tai-khoan", REMOTE_ADDR="203.0.113.9").status_code == 200

    def test_a_lower_level_does_not(self, provider: Provider) -> None:
        account = make_account("BYT", "operator")
        identities.link(OPERATOR, provider, identities.hashed(provider, PLAIN.number), by=BY)
        app, window = make_second_step(account), Window()
        assert window.get(go(window, PLAIN))["Location"] == "/dang-nhap/ma-xac-thuc"
        assert not is_in(window)
        window.post("/dang-nhap/ma-xac-thuc", {"code": app.next()})
        assert is_in(window)
        assert Session.objects.get(account=account).proof == "vneid:level1+code"

    def test_a_closed_account_is_not_in(self, clerk: Account) -> None:
        Account.objects.update(is_active=False)
        window = Window()
        assert window.get(go(window))["Location"] == JOIN
        assert not is_in(window)

    def test_only_addresses_of_this_site_follow(self, clerk: Account) -> None:
        window = Window()
        assert window.get(go(window, next="https://elsewhere.example/"))["Location"] == "/"

    def test_a_provider_nobody_named_is_not_there(self, provider: Provider) -> None:
        assert Window().get("/dang-nhap/qua/other").status_code == 404
        assert Window().get("/dang-nhap/qua/other/ve").status_code == 404


AWAY, NOT_PROVEN = (503, "Thử lại sau ít phút"), (403, "không hợp lệ")
# Fault -> what people are told, and the word of the log: each is refused for its own reason.
SAID = {
    "slow": (*AWAY, "ReadTimeout"),
    "401": (*AWAY, "status 401"),
    "elsewhere": (*AWAY, "status 302"),
    "no-json": (*AWAY, "JSONDecodeError"),
    "wrong-signature": (*NOT_PROVEN, "signature"),
    "unsigned": (*NOT_PROVEN, "signature"),
    "wrong-issuer": (*NOT_PROVEN, "issuer"),
    "wrong-audience": (*NOT_PROVEN, "audience"),
    "wrong-nonce": (*NOT_PROVEN, "nonce"),
    "wrong-state": (*NOT_PROVEN, "state"),
    "wrong-hash": (*NOT_PROVEN, "at_hash"),
    "expired": (*NOT_PROVEN, "expired"),
}


class TestFaults:
    def test_every_fault_of_the_twin_is_tried(self) -> None:
        assert set(SAID) == set(FAULTS)

    @pytest.mark.parametrize("fault", sorted(FAULTS))
    def test_nobody_is_in(self, twin: VNeIDTwin, clerk: Account, fault: str, monkeypatch, caplog) -> None:
        monkeypatch.setattr(openid_calls, "SECONDS", 1.0)
        twin.faults = {fault}
        window = Window()
        answer = window.get(go(window))
        status, words, why = SAID[fault]
        assert answer.status_code == status
        assert [record.message.rpartition(": ")[2] for record in caplog.records] == [why]
        assert words in answer.content.decode()
        assert not is_in(window)
        assert not AuditEntry.objects.filter(action="account.sign_in").exists()
        # And the next way works, once the provider does.
        monkeypatch.setattr(openid_calls, "SECONDS", 20.0)
        twin.faults = set()
        assert window.get(go(window))["Location"] == "/tai-khoan"

    def test_a_provider_that_is_not_there(self, twin: VNeIDTwin, clerk: Account) -> None:
        twin.server.server_close()
        twin.server.shutdown()
        openid_calls.forget()
        assert Window().get(BEGIN).status_code == 503

    def test_keys_that_were_changed_are_fetched_anew(self, twin, clerk: Account, monkeypatch) -> None:
        window = Window()
        window.get(go(window))
        twin.key = RSAKey.generate_key(2048, {"kid": "new", "use": "sig", "alg": "RS256"})
        monkeypatch.setattr(openid_calls, "_FRESH_AFTER_SECONDS", 0.0)
        other = Window()
        assert other.get(go(other))["Location"] == "/tai-khoan"

    def test_a_configuration_of_another_issuer_is_not_taken(self, twin, clerk: Account, monkeypatch) -> None:
        monkeypatch.setattr(twin, "issuer", "http://127.0.0.1:1")
        assert Window().get(BEGIN).status_code == 503


class TestForgedAnswers:
    @pytest.mark.parametrize(
        "change",
        [
            {"state": "another"},
            {"state": None},
            {"state": "é"},
            {"code": None},
            {"code": "another"},
            {"code": "a\x7fb"},
            {"iss": "https://elsewhere.example"},
            {"error": "access_denied", "state": "another"},
        ],
    )
    def test_an_answer_that_was_changed(self, clerk: Account, change: dict[str, str | None]) -> None:
        window = Window()
        answer = window.get(changed(go(window), **change))
        assert answer.status_code in (403, 503)
        assert not is_in(window)

    def test_an_answer_is_used_once(self, clerk: Account) -> None:
        window = Window()
        back = go(window)
        assert window.get(back).status_code == 302
        other = Window()
        assert other.get(back).status_code == 403
        assert window.get(back).status_code == 403

    def test_an_answer_in_another_browser(self, clerk: Account) -> None:
        """Somebody is lured to sign in as somebody else: the browser has begun no such way."""
        attacker, victim = Window(), Window()
        back = go(attacker)
        assert victim.get(back).status_code == 403
        assert not is_in(victim)

    def test_a_way_that_took_too_long(self, clerk: Account) -> None:
        window = Window()
        back, session = go(window), window.session
        session["openid_way"]["begun_at"] -= 601
        session.save()
        assert window.get(back).status_code == 403

    def test_whoever_refuses_there_is_told_so(self, clerk: Account) -> None:
        window = Window()
        answer = window.get(changed(go(window), code=None, error="access_denied"))
        assert answer.status_code == 403
        assert "bị từ chối hoặc bỏ dở" in answer.content.decode()


class TestJoining:
    def arrive(self, person=THIRD) -> Window:
        window = Window()
        assert window.get(go(window, person))["Location"] == JOIN
        return window

    def test_an_invitation_joins_and_lets_in(self, clerk: Account, provider: Provider) -> None:
        make_account("97002", "facility")
        window, invitation = self.arrive(), invitations.invite("facility-97002", by=BY)
        assert "Liên kết" in window.get(JOIN).content.decode()
        answer = window.post(JOIN, {"username": "facility-97002", "invitation": invitation})
        assert answer["Location"] == "/tai-khoan"
        assert "facility-97002" in window.get("/tai-khoan").content.decode()
        entry = AuditEntry.objects.get(action="account.link", actor="facility-97002")
        assert (entry.subject_id, entry.details) == ("facility-97002", {"provider": "vneid"})
        again = Window()
        assert again.get(go(again, THIRD))["Location"] == "/tai-khoan"

    def test_a_name_alone_joins_nothing(self, clerk: Account) -> None:
        window = self.arrive()
        answers = [
            window.post(JOIN, {"username": name, "invitation": "abcd-efgh-jkmn"})
            for name in (CLERK, "nobody")
        ]
        pages = [answer.content.decode() for answer in answers]
        assert [answer.status_code for answer in answers] == [422, 422]
        shown = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]
        assert shown[0].replace(CLERK, "X") == shown[1].replace("nobody", "X")
        assert LinkedIdentity.objects.count() == 1
        assert not is_in(window)

    def test_invitations_are_not_guessed(self, clerk: Account) -> None:
        window, limit = self.arrive(), sign_in_guard.NAME_LIMIT.failures
        form = {"username": CLERK, "invitation": "abcd-efgh-jkmn"}
        assert [window.post(JOIN, form).status_code for _ in range(limit + 1)] == [422] * limit + [429]

    def test_without_an_identity_there_is_nothing_to_join(self, clerk: Account) -> None:
        invitation = invitations.invite(CLERK, by=BY)
        assert Window().get(JOIN)["Location"] == "/dang-nhap"
        form = {"username": CLERK, "invitation": invitation}
        assert Window().post(JOIN, form)["Location"] == "/dang-nhap"
        assert invitations.is_good(clerk, invitation)

    def test_the_subject_is_not_kept(self, clerk: Account) -> None:
        self.arrive()
        kept = bytes(LinkedIdentity.objects.get().subject_hash)
        assert SURE.number.encode() not in kept
        assert not any(THIRD.number in str(vars(row)) for row in Session.objects.all())
        assert not any(SURE.number in str(row.details) for row in AuditEntry.objects.all())

    def test_one_identity_is_one_account(self, clerk: Account, provider: Provider) -> None:
        make_account("97002", "facility")
        taken = identities.hashed(provider, SURE.number)
        with pytest.raises(WrongUnit):
            identities.link("facility-97002", provider, taken, by=BY)
        identities.link(CLERK, provider, identities.hashed(provider, THIRD.number), by=BY)
        identities.link("facility-97002", provider, taken, by=BY)
        assert LinkedIdentity.objects.count() == 2

    def test_the_same_subject_of_another_issuer_is_somebody_else(self, provider: Provider) -> None:
        other = Provider("sso", "SSO", "https://sso.example", "khoyte")
        assert identities.hashed(provider, "1") != identities.hashed(other, "1")


class TestCommands:
    def run(self, *arguments: str) -> str:
        done = CliRunner().invoke(commands.account, arguments, obj={"lang": "vi"}, standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.stdout.strip()

    def test_link_and_unlink(self, clerk: Account) -> None:
        self.run("unlink", CLERK)
        window = Window()
        assert window.get(go(window))["Location"] == JOIN
        assert self.run("link", CLERK, "--subject", SURE.number) == f"{CLERK} vneid"
        assert window.get(go(window))["Location"] == "/tai-khoan"
        with pytest.raises(UnknownAccount):
            self.run("link", "nobody", "--subject", "x")


class TestSettings:
    GOOD = {
        "KHOYTE_OIDC": "vneid",
        "KHOYTE_OIDC_VNEID_ISSUER": "https://id.example/realm",
        "KHOYTE_OIDC_VNEID_CLIENT_ID": "khoyte",
    }

    def test_none_unless_named(self) -> None:
        assert openid_providers.providers({}) == {}

    def test_a_whole_one(self, tmp_path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("s3cret\n")
        written = {**self.GOOD, "KHOYTE_OIDC_VNEID_SECRET_FILE": str(secret)}
        (provider,) = openid_providers.providers(written).values()
        assert (provider.label, provider.issuer, provider.secret()) == (
            "VNeID",
            "https://id.example/realm",
            "s3cret",
        )
        assert "s3cret" not in repr(provider)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("KHOYTE_OIDC", "VNeID!"),
            ("KHOYTE_OIDC_VNEID_ISSUER", ""),
            ("KHOYTE_OIDC_VNEID_ISSUER", "http://id.example"),
            ("KHOYTE_OIDC_VNEID_ISSUER", "https://id.example/?a=b"),
            ("KHOYTE_OIDC_VNEID_ISSUER", "https://a@id.example/"),
            ("KHOYTE_OIDC_VNEID_ISSUER", "ftp://id.example"),
            ("KHOYTE_OIDC_VNEID_CLIENT_ID", ""),
        ],
    )
    def test_what_is_wrong_is_named(self, name: str, value: str) -> None:
        with pytest.raises(WrongUsage, match=name):
            openid_providers.providers({**self.GOOD, name: value})


class TestAssurance:
    @pytest.fixture
    def proving(self, provider: Provider) -> Iterator[Provider]:
        """A provider whose subject is the personal number."""
        known = dataclasses.replace(provider, subject_is_number=True)
        with override_settings(OIDC={"vneid": known}):
            yield known

    @pytest.fixture
    def invited(self) -> Account:
        """A practitioner whom the unit vouches for, with the code that was handed over."""
        account, code = letting_in.open_account(unit="97001", role="practitioner", full_name="Người A", by=BY)
        persons.link_person(username=account.username, number=SURE.number, assurance="invitation", by=BY)
        account.code = code
        return account

    def join(self, account: Account, person) -> tuple[Window, int]:
        window = Window()
        answer = window.get(go(window, person))
        assert answer["Location"] == JOIN
        typed = {"username": account.username, "invitation": account.code}
        return window, window.post(JOIN, typed).status_code

    def assurance(self, account: Account) -> tuple[str, str]:
        account.refresh_from_db()
        return account.assurance, PersonOfAccount.objects.get(account=account).assurance

    def test_an_invitation_is_raised_when_the_person_comes_by_the_provider(
        self, proving: Provider, invited: Account
    ) -> None:
        assert self.assurance(invited) == ("invitation", "invitation")
        assert self.join(invited, SURE)[1] == 302
        assert self.assurance(invited) == ("level2", "vneid:level2")
        (entry,) = AuditEntry.objects.filter(action="account.assurance")
        assert entry.details == {"before": "invitation", "after": "level2"}

    def test_somebody_else_does_not_come_in_by_the_code(self, proving: Provider, invited: Account) -> None:
        window, status = self.join(invited, THIRD)
        assert status == 422
        assert not is_in(window)
        assert not LinkedIdentity.objects.exists()
        assert self.assurance(invited) == ("invitation", "invitation")
        assert self.join(invited, SURE)[1] == 302  # the code was not used up

    def test_it_never_falls_and_rises_with_a_later_sign_in(
        self, provider: Provider, invited: Account
    ) -> None:
        """One account with two identities at the provider, of a lower and of a higher level."""
        seen = []
        for person in (PLAIN, SURE, PLAIN):
            identities.link(invited.username, provider, identities.hashed(provider, person.number), by=BY)
            window = Window()
            window.get(go(window, person))
            invited.refresh_from_db()
            seen.append(invited.assurance)
        assert seen == ["level1", "level2", "level2"]

    def test_a_provider_whose_subject_says_nothing_proves_no_person(
        self, provider: Provider, invited: Account
    ) -> None:
        assert self.join(invited, THIRD)[1] == 302
        assert self.assurance(invited) == ("level2", "invitation")

    def test_a_lower_level_proves_no_person(self, proving: Provider, invited: Account) -> None:
        assert self.join(invited, PLAIN)[1] == 302
        assert self.assurance(invited) == ("level1", "invitation")
