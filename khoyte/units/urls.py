from django.urls import path

from khoyte.units import (
    account_pages,
    oauth,
    openid_pages,
    pages,
    password_pages,
    reorganisation_pages,
    request_pages,
    review_pages,
    second_step_pages,
    session_pages,
)

urlpatterns = [
    path("oauth/token", oauth.token, name="oauth-token"),
    path(".well-known/smart-configuration", oauth.smart_configuration),
    # Where SMART clients of the FHIR interface look for it.
    path("fhir/.well-known/smart-configuration", oauth.smart_configuration),
    path("dang-nhap", pages.sign_in, name="sign-in"),
    path("dang-nhap/qua/<str:name>", openid_pages.begin, name="openid-begin"),
    path("dang-nhap/qua/<str:name>/ve", openid_pages.come_back, name="openid-come-back"),
    path("dang-nhap/lien-ket", openid_pages.link, name="link-identity"),
    path("dang-nhap/mat-khau-moi", password_pages.choose_password, name="choose-password"),
    path("dang-nhap/ma-xac-thuc", second_step_pages.prove, name="prove-second-step"),
    path("dang-nhap/cai-dat-xac-thuc", second_step_pages.set_up_on_the_way, name="set-up-second-step"),
    path("dang-xuat", pages.sign_out, name="sign-out"),
    path("tai-khoan", pages.account, name="account"),
    path("ra-soat-tai-khoan", review_pages.review, name="review-accounts"),
    path("ra-soat-tai-khoan/moi", account_pages.new_account, name="new-account"),
    path("dang-ky-tai-khoan", request_pages.ask, name="account-request"),
    path("dang-ky-tai-khoan/tra-cuu", request_pages.look_up, name="account-request-state"),
    path("de-nghi-tai-khoan", request_pages.queue, name="account-requests"),
    path("de-nghi-tai-khoan/<uuid:id>", request_pages.decide, name="decide-account-request"),
    path("sap-xep", reorganisation_pages.overview, name="reorganisations"),
    path("sap-xep/<uuid:id>", reorganisation_pages.one, name="reorganisation"),
    path("tai-khoan/uy-quyen", account_pages.own_delegations, name="own-delegations"),
    path("tai-khoan/mat-khau", password_pages.change_password, name="change-password"),
    path("tai-khoan/xac-thuc", second_step_pages.own, name="own-second-step"),
    path("tai-khoan/phien", session_pages.own_sessions, name="own-sessions"),
]
