"""Addresses of the pages of registers; the REST addresses are in `api`."""

from django.urls import path

from khoyte.registers.pages import exports, forms, imports, lists, lookup, papers, records, reviews

urlpatterns = [
    path("so-dang-ky", lists.overview, name="registers"),
    path("so-dang-ky/<slug:name>", lists.record_list, name="register"),
    path("so-dang-ky/<slug:name>/bieu-mau.xlsx", lists.template_file, name="register-template"),
    path("so-dang-ky/<slug:name>/moi", forms.new, name="register-new"),
    path("so-dang-ky/<slug:name>/nhap", imports.import_file, name="register-import"),
    path("so-dang-ky/<slug:name>/nhap/ghep-cot", imports.columns, name="register-columns"),
    path("so-dang-ky/<slug:name>/xuat", exports.overview, name="register-exports"),
    path("so-dang-ky/<slug:name>/xuat/<uuid:id>", exports.export, name="register-export"),
    path("so-dang-ky/<slug:name>/xuat/<uuid:id>/tep.xlsx", exports.export_file, name="register-export-file"),
    path("so-dang-ky/<slug:name>/bi-tra-lai", exports.rejected, name="register-rejected"),
    path("so-dang-ky/<slug:name>/gui-tat-ca", lists.submit_all, name="register-submit-all"),
    path("so-dang-ky/<slug:name>/<uuid:id>", records.record, name="register-record"),
    path("so-dang-ky/<slug:name>/<uuid:id>/sua", forms.edit, name="register-edit"),
    path("so-dang-ky/<slug:name>/<uuid:id>/cam-ket", records.answer_for, name="register-answer-for"),
    path("so-dang-ky/<slug:name>/<uuid:id>/viec", records.act, name="register-act"),
    path(
        "so-dang-ky/<slug:name>/<uuid:id>/tai-lieu/<slug:field>", records.document, name="register-document"
    ),
    path("so-dang-ky/<slug:name>/<uuid:id>/van-ban", papers.papers, name="register-papers"),
    path("so-dang-ky/<slug:name>/<uuid:id>/van-ban/<slug:paper>", papers.issue, name="paper-issue"),
    path("van-ban/<uuid:id>", papers.paper, name="paper"),
    path("van-ban/<uuid:id>/ky", papers.sign, name="paper-sign"),
    path("van-ban/<uuid:id>/tep.<slug:ending>", papers.paper_file, name="paper-file"),
    path("ra-soat", reviews.queue, name="review-queue"),
    path("ra-soat/dot", reviews.begin_batch, name="begin-batch"),
    path("ra-soat/dot/<uuid:id>", reviews.batch, name="review-batch"),
    path("ra-soat/<uuid:id>", reviews.review, name="review"),
    path("tra-cuu", lookup.search, name="lookup"),
    path("tra-cuu/<slug:name>/<uuid:id>", lookup.result, name="lookup-result"),
]
