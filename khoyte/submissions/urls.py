"""Addresses of the pages of submissions; the REST addresses are in `api`."""

from django.urls import path

from khoyte.submissions.pages import (
    catalogues,
    home,
    lists,
    province,
    rules,
    sending,
    standards,
    verdicts,
    visits,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("goi-ho-so", lists.submission_list, name="submissions"),
    path("goi-ho-so/gui", sending.send, name="send"),
    path("goi-ho-so/<uuid:id>", verdicts.submission, name="submission"),
    path("goi-ho-so/<uuid:id>/ho-so/<int:position>", verdicts.dossier, name="dossier"),
    path("goi-ho-so/<uuid:id>/nha-cung-cap", verdicts.vendor, name="vendor"),
    path("goi-ho-so/<uuid:id>/ket-qua.<str:kind>", verdicts.report, name="report"),
    path("luot-kham", visits.visit_list, name="visits"),
    path("luot-kham/<int:id>", visits.visit, name="visit"),
    path("tinh", province.province_day, name="province-day"),
    path("tinh/loai-giay-to", province.papers, name="papers"),
    path("tinh/loai-giay-to/<str:code>/<str:table>", province.papers_missing, name="papers-missing"),
    path("quy-tac", rules.rules, name="rules"),
    path("quy-tac/<str:number>", rules.rule, name="rule"),
    path("danh-muc", catalogues.catalogue_list, name="catalogues"),
    path("danh-muc/<str:list_name>", catalogues.catalogue, name="catalogue"),
    path("danh-muc/<str:list_name>/ma", catalogues.code, name="catalogue-code"),
    path("danh-muc/<str:list_name>/khac-nhau", catalogues.differences, name="catalogue-differences"),
    path("danh-muc/<str:list_name>/cap-nhat", catalogues.update, name="catalogue-update"),
    path("danh-muc/<str:list_name>/cap-nhat/<uuid:id>", catalogues.draft, name="catalogue-draft"),
    path("quy-dinh", standards.standard, name="standard"),
    path("quy-dinh/<str:name>", standards.standard_table, name="standard-table"),
]
