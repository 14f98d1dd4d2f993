"""Addresses of the data-protection desk and of what everybody may know."""

from django.urls import path

from khoyte.protection.pages import desk, rights

urlpatterns = [
    path("bao-ve-du-lieu", desk.desk, name="protection"),
    path("bao-ve-du-lieu/yeu-cau/moi", desk.new_request, name="data-request-new"),
    path("bao-ve-du-lieu/yeu-cau/<uuid:id>", desk.one_request, name="data-request"),
    path("bao-ve-du-lieu/yeu-cau/<uuid:id>/ban-sao.xlsx", desk.copy, name="data-request-copy"),
    path("bao-ve-du-lieu/dong-y", desk.consents, name="consents"),
    path("bao-ve-du-lieu/dong-y/moi", desk.new_consent, name="consent-new"),
    path("bao-ve-du-lieu/dong-y/<uuid:id>", desk.one_consent, name="consent"),
    path("bao-ve-du-lieu/dong-y/<uuid:id>/ban-sao.xlsx", desk.released, name="consent-release"),
    path("bao-ve-du-lieu/vi-pham/moi", desk.new_breach, name="breach-new"),
    path("bao-ve-du-lieu/vi-pham/<uuid:id>", desk.one_breach, name="breach"),
    path("quyen-du-lieu", rights.rights, name="data-rights"),
    path("nhat-ky-truy-cap", rights.own_accesses, name="own-accesses"),
]
