from django.urls import path

from khoyte.units import pages

urlpatterns = [
    path("dang-nhap", pages.sign_in, name="sign-in"),
    path("dang-xuat", pages.sign_out, name="sign-out"),
    path("tai-khoan", pages.account, name="account"),
]
