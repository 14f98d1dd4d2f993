"""`/so-dang-ky/practitioners/{id}/ma-qr`: the QR code of a licence, to show or print, for who may see the
record. The picture has an address of its own: pages take no pictures from within themselves."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.practice import qr_codes
from khoyte.practice.public_codes import code_of
from khoyte.practice.qr_codes import PNG, SVG
from khoyte.registers import queries
from khoyte.registers.known import register
from khoyte.registers.strangers import strangers_noted
from khoyte.units.places import public_address
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded

NAME = "practitioners"
KINDS = {"svg": SVG, "png": PNG}


@guarded("register.read", transaction=False, methods=READING)
def page(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
        record = queries.record_of(register(NAME), id, request.actor)
        row = queries.published_record(NAME, record.pk)
        context = {"name": row.content["full_name"], **shown(row.record, row.content, _address(id))}
        return render(request, "practice/qr.html", context)


@guarded("register.read", transaction=False, methods=READING)
def picture(request: ActingRequest, id: uuid.UUID, kind: str) -> HttpResponse:
    with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
        record = queries.record_of(register(NAME), id, request.actor)
        return drawn(request, record.pk, kind)


def drawn(request: ActingRequest, record: uuid.UUID, kind: str) -> HttpResponse:
    """The picture, in the caller's transaction. Raises UnknownRecord for what is not published."""
    text = qr_codes.text_of(record, public_address(request))
    answer = HttpResponse(qr_codes.picture(text, KINDS[kind]), content_type=KINDS[kind])
    answer["Content-Disposition"] = f'inline; filename="ma-qr.{kind}"'
    return answer


def shown(record: uuid.UUID, content: dict, address: str) -> dict[str, str]:
    """What the part of a page with the QR code needs; `address` is that of its pictures."""
    code = code_of(record)
    return {
        "qr": address,
        "qr_code": " ".join(code[place : place + 6] for place in range(0, len(code), 6)),
        "qr_href": f"/xac-minh/{code}",
        "qr_licence": content["licence_number"],
    }


def _address(id: uuid.UUID) -> str:
    return f"/so-dang-ky/{NAME}/{id}/ma-qr"
