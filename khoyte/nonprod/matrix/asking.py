"""Who asks, and how: real requests through the whole web application, undone afterwards.

Every request runs in a savepoint that is rolled back, so that each cell finds the same world; inside it the
connection has the role it has in production (`khoyte_app`), unless the second wall is to be off.
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from importlib import import_module
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from khoyte.foundation.calendar import in_vietnam, today
from khoyte.nonprod.matrix import declared, lake
from khoyte.nonprod.matrix import world as worlds
from khoyte.nonprod.matrix.table import Line, Who
from khoyte.nonprod.matrix.world import Tenant, World
from khoyte.submissions import parts
from khoyte.submissions.raw import INLINE_LIMIT
from khoyte.units import tenancy
from khoyte.units.enums import ROLES_OF_KIND, Scope
from khoyte.units.models import Account
from khoyte.units.persons import link_person
from khoyte.warehouse import answering

CSRF = "m" * 32
PLACES = {"position": "1", "task": str(declared.TASK), "kind": "csv", "number": "V-012", "name": "XML1",
          "table": "XML4", "database": "practitioners", "word": "unified", "list_name": "icd10",
          "guide": "co-so", "field": "document", "example": "dat", "paper": "tra-lai",
          "ending": "pdf"}  # fmt: skip
_PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Asker:
    """Somebody who asks. `home` is the facility that is "own" to them, or the first of their province."""

    name: str
    who: Who
    unit: str
    kind: str
    home: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookie: str = field(default="", repr=False)
    csrf: bool = True

    @property
    def anonymous(self) -> bool:
        return self.who == "anonymous"

    @property
    def province(self) -> str:
        return worlds.FACILITIES[self.home]


@dataclass(frozen=True)
class Request:
    method: str
    address: str
    content: bytes | Mapping[str, Any] = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """`text` is all of the body a person or program could read: sheets unpacked, escapes undone."""

    status: int
    headers: Mapping[str, str]
    text: str
    purposes: tuple[str, ...] = ()

    @property
    def to_sign_in(self) -> bool:
        return self.status == 302 and self.headers.get("Location", "").startswith("/dang-nhap")

    @property
    def everything(self) -> str:
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{head}\n{unquote(head)}\n{self.text}\n{unquote(self.text)}"


def askers(units: Mapping[str, str] | None = None) -> list[Asker]:
    """One of every role and scope in each kind of unit, and those who only seem to be somebody.

    `units`: which unit of each kind; by default those of province 97.
    """
    of_kind = {"facility": "97XQA", "province": "97", "department": worlds.DEPARTMENT}
    of_kind |= {"ministry": worlds.MINISTRY, **(units or {})}
    found = [
        _person(of_kind[kind], kind, str(role)) for kind, roles in ROLES_OF_KIND.items() for role in roles
    ]
    found += [_machine(unit, kind, str(scope)) for kind, unit in of_kind.items() for scope in Scope]
    return found + _pretenders(of_kind["facility"])


def _home(unit: str) -> str:
    if unit in worlds.FACILITIES:
        return unit
    return next((code for code, province in worlds.FACILITIES.items() if province == unit), "97XQA")


def _person(unit: str, kind: str, role: str) -> Asker:
    made = worlds.account(unit, role)
    several = sum(role in roles for roles in ROLES_OF_KIND.values()) > 1
    if role == "citizen":
        link_person(username=made.username, number=worlds.SHARED_NUMBER, assurance="counter", by=worlds.BY)
    if role == "practitioner":
        # Whom the asker's facility has declared; somebody new where there is no facility.
        number = declared.personal_number(worlds.SERIAL.get(unit, _NEW_PERSON))
        link_person(username=made.username, number=number, assurance="counter", by=worlds.BY)
    who: Who = (role, str(kind)) if several else role
    return Asker(f"{role} of {unit}", who, unit, str(kind), _home(unit), cookie=_session(made))


def _session(account: Account) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.save()
    return store.session_key


def _machine(unit: str, kind: str, scope: str) -> Asker:
    bearer = worlds.token(unit, scope)
    return Asker(f"{scope} of {unit}", (scope, kind), unit, kind, _home(unit), _bearer(bearer))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _pretenders(unit: str) -> list[Asker]:
    """All of them are nobody, or may not write: no token, a dead one, a closed account, a forged request."""
    write = str(Scope.SUBMISSIONS_WRITE)
    closed, changed = worlds.account(unit, "facility", "closed"), worlds.account(unit, "facility", "changed")
    forger, beside = worlds.account(unit, "facility", "forger"), worlds.account(unit, "facility", "beside")
    cookies = {made.username: _session(made) for made in (closed, changed, forger, beside)}
    Account.objects.filter(pk=closed.pk).update(is_active=False)
    changed.set_password("một mật khẩu khác hẳn")
    changed.save()

    def nobody(name: str, headers: Mapping[str, str] | None = None, cookie: str = "") -> Asker:
        return Asker(name, "anonymous", "", "", _home(unit), headers or {}, cookie)

    return [
        nobody("nobody"),
        nobody("wrong token", _bearer("kht_khong-co-that")),
        nobody("expired token", _bearer(worlds.token(unit, write, expired=True))),
        nobody("revoked token", _bearer(worlds.token(unit, write, revoked=True))),
        nobody("closed account", cookie=cookies["closed"]),
        nobody("session of before the password was changed", cookie=cookies["changed"]),
        nobody("session beside a wrong token", _bearer("kht_khong-co-that"), cookies["beside"]),
        Asker("forged request", "facility", unit, "facility", _home(unit), {}, cookies["forger"], csrf=False),
    ]


def request_for(line: Line, tenant: Tenant, world: World, asker: Asker) -> Request:
    """The request of a line of the table about something of `tenant`."""
    fillings: dict[str, str] = {**PLACES, **tenant.fillings(), "id": _id(line, tenant), "name": _name(line)}
    fillings |= {"session": world.national} if line.record in ("national", "attending") else {}
    fillings |= {"name": "visits", "database": "visits"} if line.record == "visits" else {}
    fillings |= {"support": tenant.passed} if line.record == "passed" else {}
    address = _PLACEHOLDER.sub(lambda found: fillings[found[1]], line.route) + line.ask.format(**fillings)
    content, content_type, headers = BODIES[line.send](tenant, world, asker)
    return Request(line.method, address, content, content_type, headers)


def _id(line: Line, tenant: Tenant) -> str:
    return getattr(tenant, line.record) if line.record in _OWN_ID else tenant.submission


_OWN_ID = {"waiting", "visit", "upload", "request", "consent", "breach", "asked", "reorganisation"}
_OWN_ID |= {
    "declared",
    "case",
    "published",
    "publication",
    "registration",
    "overlap",
    "paper",
    "comparison",
    "newcomer",
    "diploma",
    "attended",
    "scope",
    "shared",
    "support",
    "session",
}


def _name(line: Line) -> str:
    return (
        _asset()
        if line.route.startswith("/static/")
        else next(
            (name for beginning, name in _NAMES.items() if line.route.startswith(beginning)), PLACES["name"]
        )
    )


_NAMES = {
    "/so-dang-ky/<slug:name>/<uuid:id>/tai-lieu": "diplomas",
    "/api/v1/registers/<name>/documents": "diplomas",
    "/api/v1/registers/<name>/records/<id>/documents": "diplomas",
    "/so-dang-ky": "practitioners",
    "/api/v1/registers": "practitioners",
    "/tra-cuu": "pharmacies",
    "/chi-so": "luot-kham-theo-co-so",
    "/chat-luong": "practitioners",
}


def _asset() -> str:
    from khoyte.foundation.look.assets import address_of

    return address_of("khoyte.css").rsplit("/", 1)[-1]


Body = tuple[bytes | Mapping[str, Any], str, Mapping[str, str]]
XML, FORM, OCTETS = "application/xml", "multipart", "application/offset+octet-stream"


def _new_file(tenant: Tenant, world: World) -> bytes:
    """A file nobody has sent before, as if made by the tenant's software."""
    values = {**world.fields[tenant.code], "LY_DO_VV": "Tệp mới"}
    return worlds.records_file(tenant.code, values, only_shared={})


def _archive(tenant: Tenant, world: World) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.xml", _new_file(tenant, world))
    return written.getvalue()


def _form(field_name: str, tenant: Tenant, world: World) -> Body:
    file = SimpleUploadedFile("a.xml", _new_file(tenant, world), "application/xml")
    return {field_name: [file]}, FORM, {}


def _same_key(tenant: Tenant, world: World, asker: Asker) -> Body:
    """One's own file under the key that the tenant used."""
    own = world.tenants[asker.home]
    return _new_file(own, world), XML, {"Idempotency-Key": worlds.KEY.format(code=tenant.code)}


def _same_key_large(tenant: Tenant, world: World, asker: Asker) -> Body:
    """So large that it goes to the blob store; the white space at its end says nothing."""
    _, kind, headers = _same_key(tenant, world, asker)
    return _new_file(world.tenants[asker.home], world) + b" " * INLINE_LIMIT, kind, headers


def _sign_in(tenant: Tenant, world: World, asker: Asker) -> Body:
    name = "facility-97xqa" if tenant.code == asker.home else f"facility-{tenant.code.lower()}"
    return {"username": name, "password": "sai"}, FORM, {}


_NEW_PERSON = 9


def _practitioner(tenant: Tenant) -> bytes:
    """Somebody whom nobody has declared, as working at the tenant's."""
    return json.dumps(declared.practitioner_row(tenant.code, _NEW_PERSON)).encode()


def _practitioner_sheet(tenant: Tenant) -> bytes:
    row = declared.practitioner_row(tenant.code, _NEW_PERSON)
    return f"{','.join(row)}\n{','.join(row.values())}\n".encode()


BODIES: dict[str, Callable[[Tenant, World, Asker], Body]] = {
    "": lambda tenant, world, asker: (b"", "", {}),
    "nothing": lambda tenant, world, asker: ({}, FORM, {}),
    "file": lambda tenant, world, asker: (_new_file(tenant, world), XML, {}),
    "archive": lambda tenant, world, asker: (_archive(tenant, world), "application/zip", {}),
    "form": lambda tenant, world, asker: _form("tep", tenant, world),
    "page-form": lambda tenant, world, asker: _form("tep", tenant, world),
    "repeat": lambda tenant, world, asker: (tenant.body or _new_file(tenant, world), XML, {}),
    "key": _same_key,
    "large-key": _same_key_large,
    "person-number": lambda tenant, world, asker: ({"so-dinh-danh": tenant.number}, FORM, {}),
    "begin": lambda tenant, world, asker: (b"", "", {"Upload-Length": "64"}),
    "part": lambda tenant, world, asker: (b"<GIAMDINHHS>", OCTETS, {"Upload-Offset": "0"}),
    "webhook": lambda tenant, world, asker: (b'{"url": "https://8.8.8.8/kq"}', "application/json", {}),
    "declare": lambda tenant, world, asker: (_practitioner(tenant), "application/json", {}),
    "photo": lambda tenant, world, asker: (declared.photo(_NEW_PERSON), "image/jpeg", {}),
    "rows": lambda tenant, world, asker: (_practitioner_sheet(tenant), "text/csv", {}),
    "patch": lambda tenant, world, asker: (b"{}", "application/merge-patch+json", {"If-Match": "*"}),
    "paper": lambda tenant, world, asker: (b'{"kind": "tra-lai"}', "application/json", {}),
    # Under a number that another facility has used.
    "letter": lambda tenant, world, asker: (
        json.dumps({"kind": "tra-lai", "number": declared.number_of_paper(worlds.SERIAL["98XQD"])}).encode(),
        "application/json",
        {},
    ),
    "withdraw": lambda tenant, world, asker: ({"viec": "rut"}, FORM, {}),
    "return": lambda tenant, world, asker: (
        {"viec": "tra-lai", "ly-do": "Thiếu ngày cấp", "phien-ban": "1"},
        FORM,
        {},
    ),
    "sign-in": _sign_in,
    "vouch": lambda tenant, world, asker: ({"da-nhan-dien": "1"}, FORM, {}),
    "new-account": lambda tenant, world, asker: (
        {"don-vi": tenant.code, "ho-ten": "Người Mới Đến", "vai-tro": "facility"},
        FORM,
        {},
    ),
    "let-in": lambda tenant, world, asker: ({"let-in": worlds.officer(tenant.code)}, FORM, {}),
    "attend": lambda tenant, world, asker: ({"nguoi": worlds.officer(tenant.code)}, FORM, {}),
    "send-survey": lambda tenant, world, asker: ({"viec": "gui"}, FORM, {}),
    "round": lambda tenant, world, asker: ({"viec": "dot", "ten": "Đợt của ma trận"}, FORM, {}),
    "remind": lambda tenant, world, asker: ({"buoc": "I.6"}, FORM, {}),
    "refuse": lambda tenant, world, asker: ({"viec": "tu-choi", "ly-do": "Thiếu giấy phép"}, FORM, {}),
    "confirm": lambda tenant, world, asker: ({"viec": "xac-nhan"}, FORM, {}),
    "progress": lambda tenant, world, asker: (
        {"viec": "cap-nhat", "tinh-trang": "working", "ty-le": "10", "noi-dung": "Đang làm"},
        FORM,
        {},
    ),
    "change-task": lambda tenant, world, asker: (
        {"viec": "sua", "due_printed": "30/12/2026", "ly-do": "Theo văn bản mới"},
        FORM,
        {},
    ),
    "depend": lambda tenant, world, asker: ({"viec": "phu-thuoc", "can": "999999999"}, FORM, {}),
    "delegate": lambda tenant, world, asker: (
        {
            "giao": "1",
            "nguoi-nhan": worlds.officer(tenant.code),
            "den-ngay": today().isoformat(),
            "ly-do": "1/QĐ-XR",
        },
        FORM,
        {},
    ),
    "rename": lambda tenant, world, asker: (
        {
            "loai": "rename",
            "dich": tenant.code,
            "ten": "Tên khác",
            "quyet-dinh": "2/QĐ-XR",
            "hieu-luc": today().isoformat(),
        },
        FORM,
        {},
    ),
    "settle": lambda tenant, world, asker: ({"viec": "xu-ly", "muc": "0", "noi-dung": "Đã xử lý"}, FORM, {}),
    "complete": lambda tenant, world, asker: ({"viec": "complete", "ghi-chu": "Đã giao"}, FORM, {}),
    "measure": lambda tenant, world, asker: (
        {"viec": "measure", "luc": f"{in_vietnam(timezone.now()):%Y-%m-%dT%H:%M}", "ghi-chu": "Đã đổi khóa"},
        FORM,
        {},
    ),
}


NAMING_AN_OFFICER = {"delegate"}
"""Bodies that name the officer of a facility: a form given back repeats it."""


def ask(request: Request, asker: Asker, *, walls: bool = True, purposes: bool = False) -> Answer:
    """Send the request and undo what it did. `walls=False`: PostgreSQL keeps nobody apart.

    `purposes`: look into the audit log for the purposes of what was read.
    """
    client = _client()
    client.cookies.clear()
    headers = {"Tus-Resumable": "1.0.0", **asker.headers, **request.headers}
    if asker.cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = asker.cookie
    if asker.csrf:
        client.cookies[settings.CSRF_COOKIE_NAME] = CSRF
        headers["X-CSRFToken"] = CSRF
    newest = _newest_entry() if purposes else 0
    try:
        with undone(walls), _without_limits():
            response = _send(client, request, headers)
            read_for = _purposes(newest) if purposes else ()
            return Answer(response.status_code, dict(response.items()), _readable(response), read_for)
    except Exception as error:  # while a body is streamed: the sender of the request sees it cut off
        return Answer(500, {}, type(error).__name__)


@cache
def _client() -> Client:
    """One for all: each loads the whole chain of middlewares anew."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def _send(client: Client, request: Request, headers: Mapping[str, str]) -> Any:
    if isinstance(request.content, Mapping):
        content = {
            name: [_rewound(file) for file in value] if isinstance(value, list) else value
            for name, value in request.content.items()
        }
        return client.post(request.address, content, headers=headers)
    kind = request.content_type or "application/octet-stream"
    return client.generic(
        request.method, request.address, request.content, content_type=kind, headers=headers
    )


def _rewound(file: Any) -> Any:
    file.seek(0)
    return file


@contextmanager
def _without_limits() -> Iterator[None]:
    """The public pages count how often an address asks; the lake is the world's own."""
    with (
        patch.dict(
            os.environ,
            KHOYTE_LOOKUPS_A_MINUTE="0",
            KHOYTE_LOOKUPS_A_DAY="0",
            KHOYTE_VERIFICATIONS_A_MINUTE="0",
            KHOYTE_VERIFICATIONS_A_DAY="0",
        ),
        patch.object(answering, "files_of", lake.files_of),
    ):
        yield


@contextmanager
def undone(walls: bool = True) -> Iterator[None]:
    """A savepoint as the application's role, rolled back at its end.

    Files know no savepoint: what is taken away with a row that comes back stays.
    """
    with transaction.atomic(), patch.object(parts, "remove", lambda upload: None):
        if walls:
            _become("khoyte_app")
            yield
        else:
            with patch.object(tenancy, "_role", _no_role):
                yield
        transaction.set_rollback(True)


@contextmanager
def _no_role(name: str) -> Iterator[None]:
    yield


def _become(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [role])


def _newest_entry() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_entry")
        return cursor.fetchone()[0]


def _purposes(after: int) -> tuple[str, ...]:
    """Purposes of what was read, as written down in this request."""
    if connection.needs_rollback:
        return ()
    _become("none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT purpose FROM audit_entry WHERE id > %s AND purpose <> ''", [after])
        return tuple(row[0] for row in cursor.fetchall())


def _readable(response: Any) -> str:
    data = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        return unescape("\n".join(parts))
    text = data.decode("utf-8", "replace")
    if "json" in kind and text:
        return json.dumps(json.loads(text), ensure_ascii=False)
    return unescape(text) if "html" in kind else text
