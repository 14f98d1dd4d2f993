from django.urls import path

from khoyte.units import pages, password_pages, session_pages

urlpatterns = [
    path("dang-nhap", pages.sign_in, name="sign-in"),
    path("dang-nhap/mat-khau-moi", password_pages.choose_password, name="choose-password"),
    path("dang-xuat", pages.sign_out, name="sign-out"),
    path("tai-khoan", pages.account, name="account"),
    path("tai-khoan/mat-khau", password_pages.change_password, name="change-password"),
    path("tai-khoan/phien", session_pages.own_sessions, name="own-sessions"),
]
