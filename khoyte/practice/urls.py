"""Addresses of this room beside those every register has."""

from django.urls import path

from khoyte.practice.pages import (
    diplomas,
    inviting,
    otherwise,
    own,
    qr,
    registrations,
    staff_lists,
    verification,
)

urlpatterns = [
    path("hanh-nghe", own.file, name="own-file"),
    path("hanh-nghe/khai-bao", own.declare, name="own-declare"),
    path("hanh-nghe/dang-ky", own.propose, name="own-propose"),
    path("hanh-nghe/dang-ky/<uuid:id>", own.registration, name="own-registration"),
    path("hanh-nghe/van-bang/moi", diplomas.new, name="own-diploma-new"),
    path("hanh-nghe/van-bang/<uuid:id>", diplomas.diploma, name="own-diploma"),
    path("hanh-nghe/van-bang/<uuid:id>/tai-lieu", diplomas.document, name="own-diploma-document"),
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
