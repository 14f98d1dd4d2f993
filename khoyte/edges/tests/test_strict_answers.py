"""Headers of every route, cookies, and pages of errors: strict, in both languages, with nothing repeated."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from khoyte.edges import errors, middleware
from khoyte.edges.middleware import SECURITY_HEADERS
from khoyte.edges.tests.test_routes import ROUTES, filled
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import OWN
from khoyte.units import actions

SECRET = "Nguy%E1%BB%85n999185000123"
METHODS = ("get", "post", "put", "patch", "delete", "head")
ADDRESSES = sorted({address for address, _, _ in ROUTES} | {"khong-co", "api/v1/khong-co"})


@pytest.fixture
def clerk(country: None) -> Client:
    account, _ = actions.create_account(username="an", unit=OWN, role="facility", by=senders.SYSTEM)
    client = Client(raise_request_exception=False)
    client.force_login(account)
    return client


def headers_missing(answer: Any) -> set[str]:
    return {name for name, value in SECURITY_HEADERS.items() if answer.get(name) != value}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_route_answers_strangers_strictly(address: str) -> None:
    client = Client(raise_request_exception=False)
    for method in (*METHODS, "options"):
        answer = getattr(client, method)(filled(address))
        assert headers_missing(answer) == set(), method
        assert answer["Cache-Control"] == "no-store", method
        assert answer.get("Content-Type", "text/html").startswith(("text/", "application/")), method


def test_every_route_answers_those_who_may_strictly(clerk: Client) -> None:
    for address in ADDRESSES:
        answer = clerk.get(filled(address))
        assert headers_missing(answer) == set(), address
        assert "no-store" in answer["Cache-Control"], address
        if answer["Content-Type"].startswith("text/html"):
            assert "charset=utf-8" in answer["Content-Type"], address


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    rules = dict(
        rule.strip().split(" ", 1) for rule in SECURITY_HEADERS["Content-Security-Policy"].split(";")
    )
    assert "unsafe" not in str(rules)
    assert set(rules.values()) <= {"'none'", "'self'"}
    assert {name for name, value in rules.items() if value == "'none'"} == {
        *("default-src", "object-src", "base-uri", "frame-ancestors")
    }
    assert rules["form-action"] == "'self'"


def test_a_view_cannot_loosen_the_policy() -> None:
    def loose(request: Any) -> HttpResponse:
        answer = HttpResponse("x")
        answer["Content-Security-Policy"] = "default-src *"
        answer["X-Frame-Options"] = "ALLOWALL"
        return answer

    answer = middleware.security_headers(loose)(RequestFactory().get("/"))
    assert headers_missing(answer) == set()


@pytest.mark.parametrize("https", [False, True])
def test_hsts_stands_behind_https_alone(https: bool) -> None:
    with override_settings(HTTPS=https):
        answer = middleware.security_headers(lambda request: HttpResponse("x"))(RequestFactory().get("/"))
    assert answer.get("Strict-Transport-Security", "") == ("max-age=31536000" if https else "")


@pytest.mark.django_db
@pytest.mark.parametrize("https", [False, True])
def test_cookies_are_out_of_reach_of_script_and_other_sites(https: bool) -> None:
    secure = {"HTTPS": https, "CSRF_COOKIE_SECURE": https, "SESSION_COOKIE_SECURE": https}
    with override_settings(**secure), translation.override("vi"):
        cookies = Client().get("/dang-nhap?lang=en").cookies
    assert set(cookies) == {"csrftoken", "lang"}
    for name, cookie in cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert bool(cookie["secure"]) is https, name
        assert cookie["domain"] == "", name
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_behind_https_the_names_of_cookies_bind_them_to_this_host() -> None:
    import os
    import subprocess
    import sys

    words = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    environment = {**os.environ, "KHOYTE_HTTPS": "1", "DJANGO_SETTINGS_MODULE": "khoyte.edges.settings"}
    done = subprocess.run(
        [sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken"]


def ways_to_fail(client: Client, monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """An answer of each kind of error, each asked with a name and a number in the address."""

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("khoyte.units.pages.permissions_of", fail)
    monkeypatch.setattr("khoyte.submissions.form_files.DIRECT_BODY_BYTES", 10)
    page = f"/khong-co/{SECRET}"
    form = {"tep": "x" * 200, SECRET: SECRET}
    return {
        400: client.get(f"/goi-ho-so?q=%00{SECRET}"),
        403: client.get(f"/tinh?q={SECRET}"),
        404: client.get(f"{page}?q={SECRET}"),
        405: client.get(f"/dang-xuat?q={SECRET}"),
        413: client.post(f"/goi-ho-so/gui?q={SECRET}", form),
        500: client.get(f"/tai-khoan?q={SECRET}"),
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_of_errors_speak_both_languages_and_repeat_nothing(
    clerk: Client, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    clerk.cookies["lang"] = language
    with translation.override(language):
        answers = ways_to_fail(clerk, monkeypatch)
    for status, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == status, page
        assert f'<html lang="{language}">' in page, status
        assert answer["Content-Language"] == language
        assert "<h1>" in page, status
        assert answer["X-Request-Id"] in page, status
        for trace in ("Nguy", "999185000123", "ZeroDivision", "Traceback", "django", "khoyte.units"):
            assert trace not in page, (status, trace)
        assert headers_missing(answer) == set()


VIETNAMESE = re.compile(r"[ăâđêôơưáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ]", re.I)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_problem_documents_speak_both_languages_and_repeat_nothing(country: None, language: str) -> None:
    machine = senders.Machine(OWN)
    with translation.override(language):
        answers = [
            machine.get(f"/submissions/{SECRET}", **{"Accept-Language": language}),
            machine.get("/ledger", {"day": SECRET}, **{"Accept-Language": language}),
            machine.get("/submissions", {"facility": SECRET}, **{"Accept-Language": language}),
            machine.send(SECRET.encode(), Accept_Language=language),
            Client().get(f"/api/v1/ledger?q={SECRET}", headers={"Accept-Language": language}),
            machine.client.delete("/api/v1/ledger", headers={"Accept-Language": language}),
        ]
    assert {answer.status_code for answer in answers} >= {400, 401, 403, 404, 405, 415}
    for answer in answers:
        problem = answer.json()
        assert set(problem) <= {"type", "title", "status", "detail"}
        assert problem["type"].startswith(errors.PROBLEM_BASE)
        assert bool(VIETNAMESE.search(problem["title"])) is (language == "vi"), problem
        assert "Nguy" not in answer.content.decode()
        assert headers_missing(answer) == set()
