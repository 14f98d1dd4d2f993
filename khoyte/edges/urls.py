"""Every address of the site, room by room."""

from django.urls import include, path

from khoyte.edges import health, security_contact
from khoyte.edges.api import api

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path(security_contact.PATH, security_contact.security_txt),
    path("api/v1/", api.urls),
    path("", include("khoyte.units.urls")),
    path("", include("khoyte.practice.urls")),
    path("", include("khoyte.notices.urls")),
    path("", include("khoyte.registers.urls")),
    path("", include("khoyte.submissions.urls")),
    path("", include("khoyte.backup.urls")),
    path("", include("khoyte.links.urls")),
    path("", include("khoyte.quality.urls")),
    path("", include("khoyte.warehouse.urls")),
    path("", include("khoyte.campaigns.urls")),
    path("", include("khoyte.protection.urls")),
    path("", include("khoyte.monitor.urls")),
    path("", include("khoyte.guidance.urls")),
]

handler400 = "khoyte.edges.errors.bad_request"
handler404 = "khoyte.edges.errors.page_not_found"
handler500 = "khoyte.edges.errors.server_error"
