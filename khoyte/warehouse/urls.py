from django.urls import path

from khoyte.warehouse import pages

urlpatterns = [
    path("chi-so", pages.indicators, name="indicators"),
    path("chi-so/<str:name>", pages.indicator_page, name="indicator"),
]
