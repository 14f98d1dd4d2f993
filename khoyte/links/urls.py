from django.urls import path

from khoyte.links import pages

urlpatterns = [path("van-hanh/ket-noi", pages.exchange, name="exchange")]
