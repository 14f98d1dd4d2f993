from django.urls import path

from khoyte.backup import pages

urlpatterns = [path("van-hanh/sao-luu", pages.backups, name="backups")]
