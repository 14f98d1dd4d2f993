"""Addresses of this room beside those every register has."""

from django.urls import path

from khoyte.practice.pages import qr, verification

urlpatterns = [
    path(".well-known/khoyte-qr-keys.json", verification.keys, name="qr-keys"),
    path("xac-minh", verification.ask, name="verify-ask"),
    path("xac-minh/<str:code>", verification.verify, name="verify"),
    path("so-dang-ky/practitioners/<uuid:id>/ma-qr", qr.page, name="qr"),
    *(
        path(f"so-dang-ky/practitioners/<uuid:id>/ma-qr.{kind}", qr.picture, {"kind": kind})
        for kind in qr.KINDS
    ),
]
