"""Actors, machines and small contents for the tests of registers."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
from django.test import Client

from khoyte.registers import actions
from khoyte.registers.known import Register, register
from khoyte.registers.models import Record
from khoyte.units import actions as unit_actions
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as

SYSTEM = system_actor("test")
OWN, NEIGHBOUR, STRANGER, PROVINCE, OTHER_PROVINCE = "97001", "97002", "98001", "97", "98"
PHARMACY = {
    "name": "Nhà thuốc Hoa Nắng",
    "kind": "nha_thuoc",
    "certificate_number": "12/ĐKKDD-BA",
    "certificate_date": "2024-03-05",
    "province": "97",
    "commune": "xã Suối Mơ",
}
PERSON = {
    "full_name": "Nguyễn Thị Ánh",
    "personal_number": "999185000123",
    "birth_date": "1985-04-02",
    "sex": "2",
    "title": "BS",
    "licence_kind": "GPHN",
    "licence_number": "000123/DEMO-GPHN",
    "licence_date": "2024-06-01",
    "licence_valid_to": "2029-05-31",
    "licence_issuer": "Sở Y tế tỉnh Bình An",
    "facility": OWN,
}


def officer(unit: str, role: str, name: str = "") -> Actor:
    account = Account(username=name or f"{role}-{unit}", unit=Unit.objects.get(pk=unit), role=role)
    return actor_of_account(account)


def person(number: int, **more: Any) -> dict[str, Any]:
    """One of many invented practitioners; the numbers agree with sex and birth year."""
    return PERSON | {
        "full_name": f"Trần Văn {chr(65 + number % 26)}{number}",
        "personal_number": f"999085{number:06d}",
        "sex": "1",
        "licence_number": f"{number:06d}/DEMO-GPHN",
        **more,
    }


def made(name: str, content: Mapping[str, Any], by: Actor = SYSTEM, confirmed: bool = False) -> Record:
    with speaking_as(by):
        return actions.create(
            register=register(name), content=content, by=by, source="form", confirmed=confirmed
        )


def again(found: Register, record: Record) -> Record:
    return found.model.objects.get(pk=record.pk)


class Machine:
    """Software of a unit speaking to the REST edge with a bearer token."""

    def __init__(self, unit: str, *scopes: str) -> None:
        scopes = scopes or ("registers:read", "registers:write")
        self.bearer = unit_actions.create_token(unit=unit, scopes=scopes, ttl_seconds=3600, by=SYSTEM)
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/registers{path}", headers=self._headers(headers))

    def patch(
        self, path: str, body: Any, content_type: str = "application/merge-patch+json", **headers: str
    ) -> Any:
        return self.client.patch(
            f"/api/v1/registers{path}",
            json.dumps(body),
            content_type=content_type,
            headers=self._headers(headers),
        )

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(
            f"/api/v1/registers{path}", data, content_type=content_type, headers=self._headers(headers)
        )

    def send(self, name: str, data: bytes, query: str = "", **headers: str) -> Any:
        return self.post(f"/{name}/imports{query}", data, content_type="text/csv", **headers)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.bearer}"}
        return own | {name.replace("_", "-"): value for name, value in more.items()}


def csv_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names)]
    lines += [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
