from django.urls import path

from khoyte.notices import pages

urlpatterns = [
    path("thong-bao", pages.notice_list, name="notices"),
    path("thong-bao/tuy-chon", pages.preferences, name="notice-preferences"),
]
