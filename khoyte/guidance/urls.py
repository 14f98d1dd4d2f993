from django.urls import path

from khoyte.guidance.pages import guides, sandbox, support, training

urlpatterns = [
    path("huong-dan", guides.guides, name="guide"),
    path("huong-dan/<str:guide>", guides.guide, name="guide-of-role"),
    path("ho-tro", support.requests, name="support"),
    path("ho-tro/moi", support.ask, name="ask-support"),
    path("ho-tro/<uuid:support>", support.one_request, name="support-request"),
    path("ho-tro/<uuid:support>/anh/<int:entry>", support.picture, name="support-picture"),
    path("tap-huan", training.overview, name="training"),
    path("tap-huan/buoi/moi", training.new_session, name="new-session"),
    path("tap-huan/buoi/<uuid:session>", training.session, name="training-session"),
    path("tap-huan/tep-mau/<str:example>", sandbox.example_file, name="example-file"),
    path("van-hanh/tap-huan", sandbox.manage, name="sandbox"),
]
