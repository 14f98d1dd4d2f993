"""Connection addresses per role. Nothing here opens a connection or needs a running server."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from khoyte.foundation.database.places import places_of
from khoyte.foundation.database.secrets import ADMIN, ROLES, load_secrets
from khoyte.foundation.home import home as chosen_home

DATABASE = "khoyte"
ADMIN_USER = "khoyte_admin"
# Databases every server has; a KHOYTE_DATABASE_URL naming one says where to sign in, not where to live.
_MAINTENANCE = ("", "postgres", "template1")


def configured_url() -> str:
    """The server given by the operator, with a user who may create roles and a database; empty if none."""
    return os.environ.get("KHOYTE_DATABASE_URL", "")


def database_urls(home: Path | None = None) -> dict[str, str]:
    """`postgresql://` addresses by role: owner, app, worker, admin.

    "admin" is the superuser of the embedded server, or whoever KHOYTE_DATABASE_URL names.
    """
    base = chosen_home() if home is None else Path(home)
    return {role: _url(parameters) for role, parameters in _parameters(base).items()}


def database_settings(role: str, home: Path | None = None) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for one role.

    Connections stay open between requests and are checked before reuse, since the supervised server may have
    been restarted in between.
    """
    parameters = dict(_parameters(chosen_home() if home is None else Path(home))[role])
    return {
        "default": {
            "ENGINE": "khoyte.foundation.database.django",
            "NAME": parameters.pop("dbname"),
            "USER": parameters.pop("user"),
            "PASSWORD": parameters.pop("password", ""),
            "HOST": parameters.pop("host", ""),
            "PORT": str(parameters.pop("port", "")),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": 5,
                **parameters,
                "application_name": f"khoyte-{role}",
                # Django's own cursors never prepare; what `ask_prepared` asks is kept by the server.
                "prepare_threshold": 5,
            },
        }
    }


def maintenance_url(home: Path) -> str:
    """The admin's address at a database that exists before ours does."""
    parameters = dict(_parameters(home)[ADMIN])
    given = conninfo_to_dict(configured_url()).get("dbname", "") if configured_url() else ""
    return _url({**parameters, "dbname": given or "postgres"})


def database_name() -> str:
    given = str(conninfo_to_dict(configured_url()).get("dbname") or "") if configured_url() else ""
    return DATABASE if given in _MAINTENANCE else given


def _parameters(home: Path) -> dict[str, dict[str, Any]]:
    passwords = load_secrets(home).passwords
    if configured_url():
        shared = conninfo_to_dict(configured_url())
        admin = {**shared, "dbname": database_name()}
    else:
        shared = {"host": str(places_of(home).sockets), "port": "5432"}
        admin = {**shared, "dbname": DATABASE, "user": ADMIN_USER, "password": passwords[ADMIN]}
    roles = {
        role: {**shared, "dbname": database_name(), "user": f"khoyte_{role}", "password": passwords[role]}
        for role in ROLES
    }
    return {**roles, ADMIN: admin}


def _url(parameters: dict[str, Any]) -> str:
    rest = {name: value for name, value in parameters.items() if name not in ("user", "password", "dbname")}
    login = quote(str(parameters.get("user", "")), safe="")
    if parameters.get("password"):
        login += ":" + quote(str(parameters["password"]), safe="")
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in rest.items())
    # Host and port go into the query, where a socket folder and several hosts are written alike.
    return f"postgresql://{login}@/{quote(str(parameters['dbname']), safe='')}?{query}"
