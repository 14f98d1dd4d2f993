from django.urls import path

from khoyte.campaigns import pages

urlpatterns = [
    path("tien-do", pages.cockpit, name="progress"),
    path("tien-do/nhac", pages.remind, name="remind"),
    path("hoat-dong/<str:code>", pages.activity_sheet, name="activity"),
]
