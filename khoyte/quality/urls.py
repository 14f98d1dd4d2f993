from django.urls import path

from khoyte.quality.pages import failing, formulas, scores

urlpatterns = [
    path("chat-luong", scores.overview, name="quality"),
    path("chat-luong/cong-thuc", formulas.formulas, name="quality_formulas"),
    path("chat-luong/cong-thuc/<str:word>", formulas.formula, name="quality_formula"),
    path("chat-luong/<str:name>", scores.database, name="quality_database"),
    path("chat-luong/<str:name>/<str:word>", failing.failing, name="quality_failing"),
]
