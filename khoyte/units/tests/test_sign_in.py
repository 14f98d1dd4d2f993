"""Signing in and out, sessions, forged requests."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.units import second_step, sign_in_guard
from khoyte.units.enums import ROLES_OF_KIND
from khoyte.units.models import Account, SignInFailure
from khoyte.units.policy import system_actor
from khoyte.units.tests.authenticator import make_second_step
from khoyte.units.tests.country import PASSWORD, make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
UNIT_OF_KIND = {"facility": "97001", "province": "97", "department": "CUC", "ministry": "BYT"}
ROLES = [(UNIT_OF_KIND[kind], str(role)) for kind, roles in ROLES_OF_KIND.items() for role in roles]


def browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str):
    client.get("/dang-nhap")
    form = {"username": username, "password": password, **more}
    return client.post("/dang-nhap", form | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})


@pytest.mark.parametrize(("unit", "role"), ROLES)
def test_every_role_signs_in_and_sees_its_account(unit: str, role: str) -> None:
    account = make_account(unit, role)
    code = make_second_step(account) if role in second_step.ROLES_ASKED else None
    client = browser()
    answer = sign_in(client, f"{role}-{unit}")
    if code is not None:
        assert answer["Location"] == "/dang-nhap/ma-xac-thuc"
        token = client.cookies["csrftoken"].value
        answer = client.post(answer["Location"], {"code": code.next(), "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    page = client.get("/tai-khoan")
    assert page.status_code == 200
    assert f"{role}-{unit}" in page.content.decode()
    entry = AuditEntry.objects.get(action="account.sign_in")
    assert (entry.actor, entry.actor_unit, entry.actor_role) == (f"{role}-{unit}", unit, role)
    assert entry.details == {"proof": "password+code" if code else "password"}


def test_wrong_name_and_wrong_password_answer_alike() -> None:
    make_account("97001", "facility")
    answers = [sign_in(browser(), name, "wrong password") for name in ("facility-97001", "nobody")]
    pages = [answer.content.decode() for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert "sign-in-error" in pages[0]
    assert without_token(pages[0]).replace("facility-97001", "X") == without_token(pages[1]).replace(
        "nobody", "X"
    )


def without_token(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf" not in line and "reference" not in line)


@pytest.mark.parametrize("name", ["a\x00b", "x" * 10_000, "' OR 1=1 --", "\ud7ff", ""])
def test_a_strange_name_is_only_wrong(name: str) -> None:
    assert sign_in(browser(), name).status_code == 422


def test_a_closed_account_neither_signs_in_nor_stays_in() -> None:
    account = make_account("97001", "facility")
    client = browser()
    sign_in(client, "facility-97001")
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert client.get("/tai-khoan").status_code == 302
    assert sign_in(browser(), "facility-97001").status_code == 422


def test_a_new_password_ends_older_sessions() -> None:
    account = make_account("97001", "facility")
    client = browser()
    sign_in(client, "facility-97001")
    account.set_password("một mật khẩu khác")
    account.save()
    assert client.get("/tai-khoan").status_code == 302


def test_signing_out_ends_the_session() -> None:
    make_account("97001", "facility")
    client = browser()
    sign_in(client, "facility-97001")
    kept = client.cookies["sessionid"].value
    token = client.cookies["csrftoken"].value
    assert client.post("/dang-xuat", {"csrfmiddlewaretoken": token})["Location"] == "/dang-nhap"
    client.cookies["sessionid"] = kept
    assert client.get("/tai-khoan").status_code == 302


def test_signing_in_leads_back_within_this_site_alone() -> None:
    make_account("97001", "facility")
    ways = {
        "/goi-ho-so?x=1": "/goi-ho-so?x=1",
        "https://elsewhere.example/": "/",
        "//elsewhere.example": "/",
        "": "/",
    }
    for asked, given in ways.items():
        assert sign_in(browser(), "facility-97001", next=asked)["Location"] == given


def test_a_page_sends_strangers_to_sign_in_and_back() -> None:
    answer = browser().get("/tai-khoan?a=b")
    assert answer.status_code == 302
    assert answer["Location"] == "/dang-nhap?next=%2Ftai-khoan%3Fa%3Db"


def test_a_request_from_another_site_is_refused() -> None:
    make_account("97001", "facility")
    client = browser()
    assert client.post("/dang-nhap", {"username": "facility-97001", "password": PASSWORD}).status_code == 403
    sign_in(client, "facility-97001")
    answer = client.post("/api/v1/submissions", b"<GIAMDINHHS/>", content_type="application/xml")
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/cross-site")
    assert client.post("/dang-xuat").status_code == 403


def test_a_session_beside_a_wrong_token_counts_for_nothing() -> None:
    make_account("97001", "facility")
    client = browser()
    sign_in(client, "facility-97001")
    for header in ("Bearer wrong", "Basic YTpi", "Bearer"):
        assert client.get("/api/v1/submissions", headers={"Authorization": header}).status_code == 401
    assert client.get("/api/v1/submissions").status_code == 200


def test_cookies_are_kept_from_scripts_and_other_sites() -> None:
    make_account("97001", "facility")
    client = browser()
    sign_in(client, "facility-97001")
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


class TestGuessing:
    LIMIT = sign_in_guard.NAME_LIMIT.failures

    def guess(self, name: str, times: int) -> list[int]:
        return [sign_in(browser(), name, f"wrong {number}").status_code for number in range(times)]

    @pytest.mark.parametrize("name", ["facility-97001", "nobody"])
    def test_after_so_many_failures_nobody_gets_a_try(self, name: str) -> None:
        make_account("97001", "facility")
        assert self.guess(name, self.LIMIT + 2) == [422] * self.LIMIT + [429] * 2

    def test_a_locked_name_is_told_alike_whether_it_exists_or_not(self) -> None:
        make_account("97001", "facility")
        answers = []
        for name in ("facility-97001", "nobody"):
            self.guess(name, self.LIMIT)
            answers.append(sign_in(browser(), name))
        pages = [without_token(answer.content.decode()) for answer in answers]
        assert pages[0].replace("facility-97001", "X") == pages[1].replace("nobody", "X")
        assert [answer["Retry-After"] for answer in answers] == ["900", "900"]

    def test_the_right_password_does_not_open_a_locked_name(self) -> None:
        make_account("97001", "facility")
        self.guess("facility-97001", self.LIMIT)
        assert sign_in(browser(), "facility-97001").status_code == 429

    def test_others_sign_in_meanwhile(self) -> None:
        make_account("97001", "facility")
        make_account("97002", "facility")
        self.guess("facility-97001", self.LIMIT + 1)
        assert sign_in(browser(), "facility-97002").status_code == 302

    def test_a_right_password_before_the_limit_begins_anew(self) -> None:
        make_account("97001", "facility")
        self.guess("facility-97001", self.LIMIT - 1)
        assert sign_in(browser(), "facility-97001").status_code == 302
        assert self.guess("facility-97001", self.LIMIT) == [422] * self.LIMIT

    def test_time_opens_it_again(self) -> None:
        make_account("97001", "facility")
        self.guess("facility-97001", self.LIMIT + 1)
        over = timedelta(minutes=sign_in_guard.NAME_LIMIT.minutes)
        SignInFailure.objects.update(since=timezone.now() - over)
        assert sign_in(browser(), "facility-97001").status_code == 302

    def test_an_administrator_opens_it_again(self) -> None:
        make_account("97001", "facility")
        self.guess("facility-97001", self.LIMIT + 1)
        sign_in_guard.unlock("facility-97001", by=system_actor("test"))
        assert sign_in(browser(), "facility-97001").status_code == 302

    def test_a_lock_is_recorded_once_and_only_for_accounts(self) -> None:
        make_account("97001", "facility")
        self.guess("facility-97001", self.LIMIT + 3)
        self.guess("mật khẩu gõ nhầm vào ô tên", self.LIMIT + 3)
        entry = AuditEntry.objects.get(action="account.lock")
        assert (entry.subject_id, entry.facility, entry.province) == ("facility-97001", "97001", "97")

    def test_what_was_typed_as_a_name_is_not_kept(self) -> None:
        self.guess("999185000123", 2)
        assert b"999185000123" not in bytes(SignInFailure.objects.get().key)

    def test_one_address_cannot_try_name_after_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in_guard, "ADDRESS_LIMIT", sign_in_guard.Limit(failures=3, minutes=15))
        tries = [sign_in_guard.admit(f"name {number}", "203.0.113.7") for number in range(5)]
        assert tries == [True] * 3 + [False] * 2
        assert sign_in_guard.admit("name 9", "203.0.113.8")

    def test_a_network_of_ipv6_is_one_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in_guard, "ADDRESS_LIMIT", sign_in_guard.Limit(failures=3, minutes=15))
        tries = [sign_in_guard.admit(f"name {n}", f"2001:db8:0:1:{n}::{n}") for n in range(5)]
        assert tries == [True] * 3 + [False] * 2
        assert sign_in_guard.admit("name 9", "2001:db8:0:2::1")

    def test_signing_in_does_not_clear_an_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in_guard, "ADDRESS_LIMIT", sign_in_guard.Limit(failures=3, minutes=15))
        for number in range(3):
            sign_in_guard.admit(f"name {number}", "203.0.113.7")
        sign_in_guard.succeeded("name 2", "203.0.113.7")
        assert sign_in_guard.admit("name 4", "203.0.113.7")
        assert not sign_in_guard.admit("name 5", "203.0.113.7")

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "", "unix:"])
    def test_the_loopback_is_no_address_of_anyone(self, address: str) -> None:
        sign_in_guard.admit("name", address)
        assert SignInFailure.objects.count() == 1

    def test_old_counts_are_removed(self) -> None:
        self.guess("old", 1)
        SignInFailure.objects.update(since=timezone.now() - timedelta(hours=1))
        self.guess("new", 1)
        assert sign_in_guard.clear_expired() == 1
        assert SignInFailure.objects.count() == 1
