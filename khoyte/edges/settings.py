"""Django settings of one Khoyte node.

What an operator may set comes from the environment (see docs/settings.md); everything else is fixed here.
Secrets live in files under KHOYTE_HOME, never in this module.
"""

import os
from pathlib import Path

from khoyte.foundation.crypto import Keyring
from khoyte.foundation.database import database_settings
from khoyte.foundation.home import home
from khoyte.links import destinations
from khoyte.notices import ways
from khoyte.units.openid_providers import providers
from khoyte.units.places import LOOPBACK, networks

TESTING = bool(os.environ.get("KHOYTE_TEST"))
DEMO = bool(os.environ.get("KHOYTE_DEMO"))
NONPROD = DEMO or TESTING or bool(os.environ.get("KHOYTE_NONPROD"))
# Which of the three database roles this process speaks as: owner (migrations), app (web), worker.
DATABASE_ROLE = os.environ.get("KHOYTE_DB_ROLE", "app")
# Tests connect as superuser; requests and tasks then take the role they would have in production.
TAKE_ROLE_INSIDE_TRANSACTIONS = TESTING

DEBUG = False
SECRET_KEY = Keyring.load().derive("web.sessions").hex()
ALLOWED_HOSTS = (
    ["127.0.0.1", "localhost", "[::1]", "testserver"]
    if NONPROD and not os.environ.get("KHOYTE_HOSTS")
    else os.environ.get("KHOYTE_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
)
ROOT_URLCONF = "khoyte.edges.urls"
WSGI_APPLICATION = "khoyte.edges.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "khoyte.foundation.look",
    "khoyte.audit",
    "khoyte.units",
    "khoyte.backup",
    "khoyte.links",
    "khoyte.signing",
    "khoyte.notices",
    "khoyte.standards",
    "khoyte.registers",
    "khoyte.practice",
    "khoyte.visits",
    "khoyte.submissions",
    "khoyte.quality",
    "khoyte.warehouse",
    "khoyte.campaigns",
    "khoyte.protection",
    "khoyte.monitor",
    "khoyte.guidance",
    "khoyte.edges",
]
if NONPROD:
    INSTALLED_APPS.append("khoyte.nonprod")

MIDDLEWARE = [
    "khoyte.edges.middleware.reference_number",
    "khoyte.edges.middleware.security_headers",
    "khoyte.foundation.look.assets.serve_assets",
    # Tables of fifty lines pack to a sixth; Django pads answers, so that their length tells nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "khoyte.edges.middleware.language",
    "khoyte.edges.middleware.without_nul",
    "django.middleware.common.CommonMiddleware",
    "khoyte.edges.bodies.turned_away",
    "khoyte.units.middleware.actor",
    "khoyte.edges.bodies.at_once",
    "django.middleware.csrf.CsrfViewMiddleware",
    "khoyte.edges.middleware.ErrorsForPeople",
    "khoyte.edges.middleware.head_as_get",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "khoyte.edges.context.page",
            ],
        },
    }
]

DATABASES = database_settings(DATABASE_ROLE)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "units.Account"
LOGIN_URL = "/dang-nhap"
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, and only for throw-away test accounts
    if TESTING
    else [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
# Rules for passwords: units.passwords. Where requests come from: units.places.
INSIDE = networks(os.environ.get("KHOYTE_INSIDE") or ",".join(LOOPBACK), "KHOYTE_INSIDE")
OIDC = providers(os.environ)
# National systems that are sent to or asked: links.destinations.
EXCHANGE = destinations.places(os.environ)
EXCHANGE_SECONDS = destinations.seconds(os.environ)
# Where software may keep its public keys: units.client_keysets, links.keysets.
JWKS_HOSTS = [
    name.strip().lower() for name in os.environ.get("KHOYTE_JWKS_HOSTS", "").split(",") if name.strip()
]
JWKS_NETWORKS = networks(os.environ.get("KHOYTE_JWKS_NETWORKS", ""), "KHOYTE_JWKS_NETWORKS")
# Authorities inside, whose lists and OCSP answers are fetched: signing.fetching.
TRUST_NETWORKS = networks(os.environ.get("KHOYTE_TRUST_NETWORKS", ""), "KHOYTE_TRUST_NETWORKS")
KEYSET_FETCHER = "khoyte.links.keysets.fetch"
# Ways notices leave by: notices.ways.
NOTICE_WAYS = ways.ways(os.environ)
ADDRESS = os.environ.get("KHOYTE_ADDRESS", "").rstrip("/")
PROXIES = networks(os.environ.get("KHOYTE_PROXIES", ""), "KHOYTE_PROXIES")
# Their ends are decided at the server: units.session_limits. The cookie ends with the browser.
SESSION_ENGINE = "khoyte.units.session_store"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
HTTPS = bool(os.environ.get("KHOYTE_HTTPS"))
"""Whether browsers reach us through a proxy that speaks HTTPS."""

SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    # Browsers take a name like this only over HTTPS, for this host alone: no neighbour can plant one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("KHOYTE_ORIGINS", "").split(",") if o]
CSRF_FAILURE_VIEW = "khoyte.edges.errors.csrf_failure"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"


# Bodies are read by the receipt, which has its own published limits; forms stay small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Uploaded files hold personal data: nothing of them may lie in the temporary folder in the clear.
FILE_UPLOAD_HANDLERS = ["khoyte.submissions.uploads.BlobUploadHandler"]

DEFAULT_EXCEPTION_REPORTER_FILTER = "khoyte.edges.errors.NothingPersonal"
LOG_FOLDER = Path(home()) / "logs"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"without_values": {"()": "khoyte.edges.logs.WithoutValues"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "without_values"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("KHOYTE_LOG_LEVEL", "WARNING")},
    "loggers": {
        # Django's request logger prints paths with query strings; our own errors module logs without them.
        "django.request": {"level": "CRITICAL"},
        "khoyte": {"level": os.environ.get("KHOYTE_LOG_LEVEL", "INFO")},
    },
}

# A request that waits for its verdict holds a web worker: at least one worker always stays free of waiters.
# Records are judged against the register of practice (V-050) unless an operator says "off".
LICENCE_GATE = os.environ.get("KHOYTE_LICENCE_GATE", "on") != "off"
WAITERS = max(1, int(os.environ.get("KHOYTE_WEB_WORKERS", "2")) - 1)
