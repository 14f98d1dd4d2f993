"""Addresses of this room beside those every register has."""

from django.urls import URLPattern, path

from khoyte.practice.own_records import BY_PERSON, by_person
from khoyte.practice.pages import (
    inviting,
    otherwise,
    own,
    own_records,
    qr,
    registrations,
    staff_lists,
    verification,
)
from khoyte.registers.declaration import Declaration


def _of_oneself(declaration: Declaration) -> list[URLPattern]:
    """Where a practitioner declares what is about them in one register, beside the record of practitioner."""
    said, name = by_person(declaration), declaration.name
    at, which = f"hanh-nghe/{said.path}", {"name": name}
    routes = [
        path(f"{at}/moi", own_records.new, which, name=f"own-new-{name}"),
        path(f"{at}/<uuid:id>", own_records.record, which, name=f"own-{name}"),
        path(f"{at}/<uuid:id>/tai-lieu", own_records.document, which, name=f"own-document-{name}"),
    ]
    if said.others:  # what is a unit's to say, the person may say otherwise of
        routes.append(
            path(f"{at}/<uuid:id>/bao-khac", otherwise.of_own_record, which, name=f"own-otherwise-{name}")
        )
    return routes


urlpatterns = [
    path("hanh-nghe", own.file, name="own-file"),
    path("hanh-nghe/khai-bao", own.declare, name="own-declare"),
    path("hanh-nghe/dang-ky", own.propose, name="own-propose"),
    path("hanh-nghe/dang-ky/<uuid:id>", own.registration, name="own-registration"),
    *(route for one in BY_PERSON.values() for route in _of_oneself(one)),
    path("hanh-nghe/bao-khac", otherwise.of_record, name="own-otherwise"),
    path(
        "hanh-nghe/dang-ky/<uuid:id>/bao-khac", otherwise.of_registration, name="own-registration-otherwise"
    ),
    path("hanh-nghe/trung-gio/<int:id>", own.explain, name="own-explain"),
    *(path(f"hanh-nghe/ma-qr.{kind}", own.picture, {"kind": kind}) for kind in qr.KINDS),
    path("dang-ky-hanh-nghe", registrations.overview, name="registrations"),
    path("dang-ky-hanh-nghe/doi-chieu-bhxh", staff_lists.overview, name="staff-lists"),
    path("dang-ky-hanh-nghe/doi-chieu-bhxh/<uuid:id>", staff_lists.comparison, name="staff-list"),
    path("dang-ky-hanh-nghe/<uuid:id>", registrations.registration, name="registration"),
    path("dang-ky-hanh-nghe/trung-gio/<int:id>", registrations.explain, name="registration-explain"),
    path(".well-known/khoyte-qr-keys.json", verification.keys, name="qr-keys"),
    path("xac-minh", verification.ask, name="verify-ask"),
    path("xac-minh/<str:code>", verification.verify, name="verify"),
    path("so-dang-ky/practitioners/<uuid:id>/moi", inviting.invite, name="invite-practitioner"),
    path("so-dang-ky/practitioners/<uuid:id>/ma-qr", qr.page, name="qr"),
    *(
        path(f"so-dang-ky/practitioners/<uuid:id>/ma-qr.{kind}", qr.picture, {"kind": kind})
        for kind in qr.KINDS
    ),
]
