"""Every address of the site and the API: guarded by an act of the access table, or public by mark.

A new route without a mark, or one that answers somebody the policy refuses, fails here. Who is served whose
records is the matrix's question (`khoyte.nonprod.matrix`).
"""

from typing import Any

import pytest
from django.test import Client

from khoyte.nonprod.matrix.routes import routes
from khoyte.submissions.tests import senders
from khoyte.units import actions
from khoyte.units.enums import ROLES_OF_KIND
from khoyte.units.models import Account
from khoyte.units.policy import PERMISSIONS, decide
from khoyte.units.queries import actor_of_account

ACTIONS = {permission.action for permission in PERMISSIONS}
# Values for the placeholders of addresses; nothing of the kind exists.
PLACEHOLDERS = {
    "id": "01a200f8-309d-77cd-a3e7-f5783b66cd87",
    "kind": "csv",
    "number": "V-011",
    "name": "XML1",
    "list_name": "icd10",
    "guide": "co-so",
    "support": "0190a1b2-1111-7222-8333-944445555666",
    "entry": "1",
    "session": "0190a1b2-1111-7222-8333-944445555666",
    "example": "dat",
    "code": senders.OWN,
    "table": "XML7",
    "paper": "tra-lai",
    "ending": "pdf",
    "database": "practitioners",
    "word": "complete",
    "field": "document",
}
UNIT_OF_KIND = {"facility": senders.OWN, "province": "97", "department": "CUC", "ministry": "BYT"}
ROLES = [(UNIT_OF_KIND[kind], str(role)) for kind, roles in ROLES_OF_KIND.items() for role in roles]


ROUTES = [(route.address.lstrip("/"), route.method.lower(), route.view) for route in routes()]


def test_the_matrix_is_not_empty() -> None:
    addresses = {address for address, _, _ in ROUTES}
    assert {"healthz", "dang-nhap", "goi-ho-so", "api/v1/submissions", "api/v1/ledger"} <= addresses
    assert ("api/v1/submissions", "post") in {(address, method) for address, method, _ in ROUTES}


@pytest.mark.parametrize(
    ("address", "method", "view"), ROUTES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_every_route_is_marked(address: str, method: str, view: Any) -> None:
    assert hasattr(view, "guarded_action"), f"{method} {address} is neither guarded nor public"
    assert view.guarded_action is None or view.guarded_action in ACTIONS


PUBLIC = {
    *("healthz", "readyz", "metrics", "dang-nhap", "dang-xuat"),
    ".well-known/security.txt",
    "api/v1/openapi.json",
    # Software proves itself there.
    *("oauth/token", ".well-known/smart-configuration", "fhir/.well-known/smart-configuration"),
    *("dang-nhap/qua/<str:name>", "dang-nhap/qua/<str:name>/ve", "dang-nhap/lien-ket"),
    # A facility without an account asks for one, and looks up the answer by a secret reference.
    *("dang-ky-tai-khoan", "dang-ky-tai-khoan/tra-cuu"),
    # What the law makes public of facilities, practitioners and pharmacies.
    *("tra-cuu", "tra-cuu/<slug:name>/<uuid:id>"),
    # Whether a licence is genuine and in force, for whoever is shown one.
    *("xac-minh", "xac-minh/<str:code>", ".well-known/khoyte-qr-keys.json"),
    # On the way in: they open only what the steps before have earned.
    *("dang-nhap/mat-khau-moi", "dang-nhap/ma-xac-thuc", "dang-nhap/cai-dat-xac-thuc"),
}


def test_few_routes_are_public() -> None:
    found = {address for address, _, view in ROUTES if getattr(view, "guarded_action", "") is None}
    assert found <= PUBLIC | {"api/v1/uploads"}, found - PUBLIC


GUARDED = [
    (address, method or "get", view.guarded_action) for address, method, view in ROUTES
    if getattr(view, "guarded_action", None)
]  # fmt: skip


# The list names single records, which a department that sees the day may not read.
NEEDS_MORE = {("department", "tinh/loai-giay-to/<str:code>/<str:table>")}


def filled(address: str) -> str:
    """The address with something in its placeholders: `<uuid:id>` and `{id}` alike."""
    parts = []
    for part in address.replace("$", "").replace("^", "").split("/"):
        while "<" in part:
            before, _, rest = part.partition("<")
            inside, _, after = rest.partition(">")
            kind, _, name = inside.rpartition(":")
            part = before + ("1" if kind == "int" else PLACEHOLDERS[name]) + after
        parts.append(part)
    return "/" + "/".join(parts)


def ask(client: Client, address: str, method: str, **headers: str) -> Any:
    return getattr(client, method)(filled(address), headers=headers)


def refused(answer: Any) -> bool:
    return answer.status_code in (401, 403) or (
        answer.status_code == 302 and answer["Location"].startswith("/dang-nhap")
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "method", "action"), GUARDED)
def test_nobody_unknown_gets_in(address: str, method: str, action: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = ask(Client(raise_request_exception=False), address, method, **headers)
        assert refused(answer), f"{method} {address} answered {answer.status_code}"
        if address.startswith("api/"):
            assert answer.status_code == 401
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("unit", "role"), ROLES)
def test_a_role_gets_in_where_the_policy_says(unit: str, role: str) -> None:
    account, _ = actions.create_account(username=role, unit=unit, role=role, by=senders.SYSTEM)
    actor = actor_of_account(Account.objects.select_related("unit").get(pk=account.pk))
    client = Client(raise_request_exception=False)
    client.force_login(account)
    for address, method, action in GUARDED:
        answer = ask(client, address, method)
        assert answer.status_code < 500, f"{method} {address} answered {answer.status_code}"
        if not decide(actor, action):
            assert answer.status_code == 403, f"{role} got {answer.status_code} from {method} {address}"
        elif method == "get" and (role, address) not in NEEDS_MORE:
            assert not refused(answer), f"{role} was refused {address}"


@pytest.mark.usefixtures("country")
def test_head_is_answered_as_get_on_every_address() -> None:
    """Each address by the first role that may read it, and refused to somebody whom it does not concern."""
    own_heads = {address for address, method, _ in GUARDED if method == "head"}
    unread = {
        address: action for address, method, action in GUARDED if method == "get" and address not in own_heads
    }
    for unit, role in ROLES:
        account, _ = actions.create_account(
            username=f"{role}-{unit}", unit=unit, role=role, by=senders.SYSTEM
        )
        actor = actor_of_account(Account.objects.select_related("unit").get(pk=account.pk))
        mine = {address for address, action in unread.items() if decide(actor, action)}
        client = Client(raise_request_exception=False)
        client.force_login(account)
        for address in sorted({*mine, "healthz", "dang-nhap", "sap-xep", "van-hanh/sao-luu"}):
            whole, head = ask(client, address, "get"), ask(client, address, "head")
            assert head.status_code == whole.status_code, address
            assert head.get("Content-Type") == whole.get("Content-Type"), address
            assert head.content == b"", address
        unread = {address: action for address, action in unread.items() if address not in mine}
    assert unread == {}


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("scope", ["submissions:write", "submissions:read", "ledger:read", "registers:read"])
def test_a_token_gets_in_where_its_scope_says(scope: str) -> None:
    for unit in (senders.OWN, "97", "BYT"):
        bearer = senders.token(unit, scope)
        actor = senders.machine(unit, scope)
        for address, method, action in GUARDED:
            answer = ask(
                Client(raise_request_exception=False), address, method, Authorization=f"Bearer {bearer}"
            )
            assert answer.status_code < 500, f"{method} {address} answered {answer.status_code}"
            if not decide(actor, action):
                assert answer.status_code == 403, f"{scope} of {unit} got {answer.status_code} from {address}"


@pytest.mark.usefixtures("country")
def test_no_route_shows_an_error_of_a_library() -> None:
    machine = senders.Machine(senders.OWN)
    for address, method, _ in GUARDED:
        for query in (
            "?day=x&from=x&to=x&cursor=x&state=x&facility=97001&trang=x&ngay=x",
            "?cursor=%FF&q=%FF",
        ):
            answer = getattr(machine.client, method)(filled(address) + query, headers=machine._headers({}))
            assert answer.status_code < 500, f"{method} {address}{query}"
