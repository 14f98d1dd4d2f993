"""Errors as people and programs see them; what is logged of them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from khoyte.edges import errors
from khoyte.submissions import queries
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import OWN, Machine
from khoyte.units import middleware, policy
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor
from khoyte.units.web import allow

SECRET = "Nguyễn Văn Bí Mật 999185000123"


def raising(error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError(SECRET), 500, "unexpected"),
        (DatabaseError(SECRET), 500, "unexpected"),
        (OperationalError(SECRET), 503, "database-away"),
        (InterfaceError(SECRET), 503, "database-away"),
    ],
)
def test_an_error_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    code: str,
) -> None:
    monkeypatch.setattr(queries, "visible", raising(error))
    with caplog.at_level(logging.DEBUG):
        answer = Machine(OWN).get("/submissions", {"facility": OWN})
    problem = answer.json()
    assert (answer.status_code, problem["type"].rpartition("/")[2]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert (status == 503) == ("Retry-After" in answer)
    for secret in ("Bí Mật", "999185000123"):
        assert secret not in answer.content.decode()
        assert secret not in caplog.text
    assert f"{answer['X-Request-Id']} {type(error).__name__} at" in caplog.text
    assert OWN not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "kind"), [("/goi-ho-so", "text/html"), ("/api/v1/ledger", "application/problem+json")]
)
def test_an_error_outside_the_views_is_answered_alike(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, kind: str
) -> None:
    monkeypatch.setattr(middleware, "_actor_of", raising(OperationalError(SECRET)))
    answer = Client(raise_request_exception=False).get(path)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (503, kind)
    assert int(answer["Retry-After"]) > 0
    assert "OperationalError at" in caplog.text
    assert "Bí Mật" not in caplog.text + answer.content.decode()


@pytest.mark.usefixtures("country")
def test_a_page_that_fails_is_a_page_with_a_number_to_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    from khoyte.units import actions

    account, _ = actions.create_account(username="an", unit=OWN, role="facility", by=senders.SYSTEM)
    client = Client(raise_request_exception=False)
    client.force_login(account)
    monkeypatch.setattr("khoyte.units.pages.permissions_of", raising(ZeroDivisionError(SECRET)))
    answer = client.get("/tai-khoan")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in page
    assert "Bí Mật" not in page
    assert "Traceback" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/khong-co", "text/html"),
        ("/api/v1/khong-co", "application/problem+json"),
        ("/api/v2/", "application/problem+json"),
    ],
)
def test_what_is_not_there(path: str, kind: str) -> None:
    answer = Client(raise_request_exception=False).get(path)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (404, kind)
    assert path not in answer.content.decode()


@pytest.mark.django_db
def test_every_answer_carries_the_security_headers() -> None:
    client = Client(raise_request_exception=False)
    for path in ("/healthz", "/dang-nhap", "/khong-co", "/api/v1/ledger"):
        answer = client.get(path)
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cache-Control"] == "no-store"
        assert len(answer["X-Request-Id"]) == 8


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "cookie", "header", "expected"),
    [
        ("/dang-nhap", "", "en", "vi"),
        ("/dang-nhap?lang=en", "", "", "en"),
        ("/dang-nhap", "en", "", "en"),
        ("/dang-nhap?lang=xx", "", "", "vi"),
        ("/api/v1/ledger", "", "en", "en"),
        ("/api/v1/ledger", "", "", "vi"),
        ("/api/v1/ledger", "", "de, en;q=0.5", "en"),
        ("/api/v1/ledger", "", "\x01;;q=x", "vi"),
    ],
)
def test_the_language_is_the_one_asked_for(path: str, cookie: str, header: str, expected: str) -> None:
    client = Client(raise_request_exception=False)
    if cookie:
        client.cookies["lang"] = cookie
    answer = client.get(path, headers={"Accept-Language": header} if header else {})
    assert answer["Content-Language"] == expected


def test_head_is_answered_as_get_without_a_body(country: None) -> None:
    machine = Machine(OWN)
    machine.send(senders.small_file("A1"))
    for path in ("/api/v1/submissions", "/api/v1/ledger"):
        get, head = (
            getattr(machine.client, method)(path, headers=machine._headers({})) for method in ("get", "head")
        )
        assert (get.status_code, head.status_code) == (200, 200)
        assert head["Content-Type"] == get["Content-Type"]
        assert (head.content, bool(get.content)) == (b"", True)


@pytest.mark.django_db
def test_head_gets_in_no_further_than_get() -> None:
    client = Client(raise_request_exception=False)
    assert client.head("/api/v1/submissions").status_code == 401
    assert client.head("/dang-xuat").status_code == 405
    assert client.head("/dang-nhap").status_code == 200


@pytest.mark.django_db
def test_the_api_describes_itself() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/submissions", "/api/v1/submissions/{id}", "/api/v1/ledger"} <= set(document["paths"])


@pytest.fixture
def real_role(country: None) -> Iterator[str]:
    """A token; everything on this connection happens as the role of the web process in production."""
    from django.db import connection

    bearer = senders.token(OWN)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE khoyte_app")
        yield bearer
        cursor.execute("RESET ROLE")


def test_the_web_role_has_all_it_needs(real_role: str) -> None:
    machine = Machine(OWN, bearer=real_role)
    body = senders.small_file("A1", "A2")
    made = machine.send(body, Idempotency_Key="k")
    assert made.status_code == 202, made.content
    assert machine.send(body, Idempotency_Key="k").status_code == 200
    assert machine.send(senders.zipped({"a.xml": senders.small_file("A3")})).status_code == 202
    senders.judge_all()
    for path in ("", f"/{made.json()['id']}", f"/{made.json()['id']}/findings"):
        assert machine.get(f"/submissions{path}").status_code == 200
    report = machine.get(f"/submissions/{made.json()['id']}/report.csv")
    assert len(b"".join(report.streaming_content).splitlines()) > 1
    assert machine.get("/ledger").json()["days"][0]["accepted"] == 3
    assert machine.get("/webhook").status_code == 404


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(
    ("relation", "whom"),
    [("own", "Liên hệ đơn vị đó"), ("province", "Liên hệ Sở Y tế đó"), ("shared", "đề nghị đơn vị vận hành")],
)
def test_what_is_another_units_is_not_blamed_on_a_missing_role(rf: Any, relation: str, whom: str) -> None:
    """No administrator can give what the unit has no authority over: the page says whom to turn to."""
    refused = Refused(policy.REFUSED[relation], anonymous=False, remedy=policy.REMEDIES[relation])
    page = errors.answer(rf.get("/x"), refused)
    assert page.status_code == 403
    text = page.content.decode()
    assert whom in text
    assert "không thuộc thẩm quyền của đơn vị" in text
    assert "người quản trị" not in text
    problem = json.loads(errors.answer(rf.get("/api/v1/x"), refused).content)
    assert (problem["title"], problem["detail"]) == (refused.text.vi, policy.REMEDIES[relation].vi)


@pytest.mark.usefixtures("country")
def test_a_role_that_is_missing_is_asked_for_and_an_ended_session_is_no_missing_role(rf: Any) -> None:
    actor = Actor("account", "an", OWN, unit_kind="facility", role="facility")
    with pytest.raises(Refused) as refused:
        allow(actor, "backup.run")
    assert "đề nghị người quản trị" in errors.answer(rf.get("/x"), refused.value).content.decode()
    forged = errors.csrf_failure(rf.get("/x")).content.decode()
    assert "Tải lại trang" in forged
    assert "người quản trị" not in forged


def test_every_relation_says_what_to_do() -> None:
    relations = {line.relation for line in policy.PERMISSIONS} - {"none"}
    assert relations == set(policy.REMEDIES)
