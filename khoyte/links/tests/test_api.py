import json

import pytest
from django.test import Client

from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.links.tests.test_outbox import enqueue
from khoyte.links.tests.units import make_token
from khoyte.units.models import Unit

pytestmark = pytest.mark.django_db
HOOK = "/api/v1/webhook"
LOCAL = "http://127.0.0.1:9/hook"


def client_of(unit: Unit, *scopes: str) -> Client:
    return Client(headers={"authorization": f"Bearer {make_token(unit.code, *scopes)}"})


def put(client: Client, url: object, **headers: str):
    return client.put(HOOK, json.dumps({"url": url}), content_type="application/json", headers=headers)


def test_a_unit_names_its_webhook_and_sees_the_secret_once(facility: Unit):
    client = client_of(facility)
    answered = put(client, LOCAL)
    assert answered.status_code == 200
    document = answered.json()
    assert (document["unit"], document["url"]) == ("97001", LOCAL)
    assert document["secret"].startswith("whsec_")
    enqueue("97001", subject="s1")
    shown = client.get(HOOK).json()
    assert document["secret"] not in json.dumps(shown)
    assert (shown["unit"], shown["url"], shown["waiting"]) == ("97001", LOCAL, 1)
    message = OutboxMessage.objects.get()
    assert shown["messages"] == [
        {
            "id": str(message.message_id),
            "type": "submission.judged",
            "subject": "s1",
            "state": "pending",
            "attempts": 0,
            "created_at": shown["messages"][0]["created_at"],
            "last_status": None,
            "last_trouble": "",
        }
    ]


def test_a_province_has_a_webhook_of_its_own_and_not_its_facilities(facility: Unit, province: Unit):
    put(client_of(facility), LOCAL)
    client = client_of(province)
    assert client.get(HOOK).status_code == 404
    put(client, LOCAL + "/97")
    assert client.get(HOOK).json()["url"] == LOCAL + "/97"
    assert client_of(facility).get(HOOK).json()["url"] == LOCAL
    assert WebhookTarget.objects.count() == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.8/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "his.example",
        "",
    ],
)
def test_wrong_and_private_addresses_are_refused_outside_demonstrations(facility: Unit, settings, url: str):
    settings.TESTING = settings.DEMO = False
    settings.TAKE_ROLE_INSIDE_TRANSACTIONS = True
    answered = put(client_of(facility), url)
    assert answered.status_code == 422
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert not WebhookTarget.objects.exists()


def test_private_networks_are_refused_in_demonstrations_too(facility: Unit):
    assert put(client_of(facility), "http://192.168.1.10/").status_code == 422


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "not json", '{"url": 5}', '{"url": null}', '{"address": "x"}']
)
def test_a_body_that_is_not_as_declared_is_a_problem_document(facility: Unit, body: str):
    answered = client_of(facility).put(HOOK, body, content_type="application/json")
    assert answered.status_code in (400, 422)
    document = answered.json()
    assert document["status"] == answered.status_code
    assert set(document) >= {"type", "title", "status"}


def test_the_title_is_in_the_language_asked_for(facility: Unit):
    client = client_of(facility)
    assert put(client, "ftp://x").json()["title"].startswith("Địa chỉ nhận thông báo phải")
    assert put(client, "ftp://x", accept_language="en").json()["title"].startswith("The webhook must be")


def test_no_token_no_webhook(facility: Unit):
    anonymous = Client()
    assert put(anonymous, LOCAL).status_code == 401
    assert anonymous.get(HOOK).status_code == 401
    assert anonymous.get(HOOK).headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_may_only_read_may_not_name_an_address(facility: Unit):
    assert put(client_of(facility, "submissions:read"), LOCAL).status_code == 403
    assert not WebhookTarget.objects.exists()


def test_a_wrong_method_is_a_problem_document(facility: Unit):
    answered = client_of(facility).delete(HOOK)
    assert answered.status_code == 405
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert set(answered.headers["Allow"].replace(",", " ").split()) == {"GET", "PUT"}


def test_the_api_describes_itself():
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"get", "put"} <= set(document["paths"][HOOK])
