"""Roles and database on a fresh server, ours or a configured one. May run any number of times.

The owner alone changes tables; app and worker are held by row-level security: they own nothing, are no
superusers and may not bypass it. The worker judges for every facility and writes by COPY, which PostgreSQL
refuses under row-level security: it alone passes it (docs/decisions/0004-database-roles.md).
"""

import contextlib
from pathlib import Path

import psycopg
from psycopg import sql

from khoyte.foundation.database import errors
from khoyte.foundation.database.addresses import database_name, database_urls, maintenance_url
from khoyte.foundation.database.secrets import ROLES, load_secrets

OWNER, APP, WORKER = "khoyte_owner", "khoyte_app", "khoyte_worker"
# Comment on the database; the number rises when the statements below change, so that standing installations
# run them again.
_MARK = "Khoyte, roles and grants 3"
_LOCK = 0x6B686F797465


def bootstrap(home: Path) -> None:
    """Make sure that roles, database and grants stand; cheap when they do. Raises DatabaseUnavailable."""
    if _stands(home):
        return
    try:
        with psycopg.connect(maintenance_url(home), autocommit=True, connect_timeout=10) as connection:
            # Several processes may find a fresh server at once; one prepares it, the others wait.
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            if not _stands(home):
                _prepare(connection, home)
    except psycopg.Error as trouble:
        raise errors.unreachable(str(trouble).strip().splitlines()[0]) from trouble


def _prepare(connection: psycopg.Connection, home: Path) -> None:
    _make_roles(connection, load_secrets(home).passwords)
    _make_database(connection)
    with psycopg.connect(database_urls(home)["admin"], autocommit=True, connect_timeout=10) as inside:
        grant_in_schema(inside, creators=[OWNER])
        _mark(inside)


def _stands(home: Path) -> bool:
    urls = database_urls(home)
    with contextlib.suppress(psycopg.Error):
        return all(_role_stands(urls[role]) for role in ROLES)
    return False


def _role_stands(url: str) -> bool:
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, shobj_description(pg_database.oid, 'pg_database')"
            " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
    return found is not None and found[1:] == (False, found[0] == WORKER, _MARK)


def _make_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    for role in ROLES:
        _make_role(connection, f"khoyte_{role}", passwords[role])
    # A configured admin who is no superuser must be a member to hand the database over.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))


def _make_role(connection: psycopg.Connection, name: str, password: str) -> None:
    # Hashed here, so that the password itself never reaches the server's log or statistics.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    found = connection.execute(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [name]
    ).fetchone()
    verb = "CREATE" if found is None else "ALTER"
    is_super, passes = found or (False, False)
    # Only what differs is said: an admin who is no superuser may not even repeat what is so already.
    limits = "NOSUPERUSER " if is_super else ""
    if passes != (name == WORKER):
        limits += "BYPASSRLS" if name == WORKER else "NOBYPASSRLS"
    connection.execute(
        sql.SQL("{verb} ROLE {name} LOGIN {limits} PASSWORD {verifier}").format(
            verb=sql.SQL(verb),
            name=sql.Identifier(name),
            limits=sql.SQL(limits),
            verifier=sql.Literal(verifier),
        )
    )


def _make_database(connection: psycopg.Connection) -> None:
    name = database_name()
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
                sql.Identifier(name), sql.Identifier(OWNER), sql.SQL(_locale(connection.info.server_version))
            )
        )
    else:
        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(OWNER))
        )


def _locale(server_version: int) -> str:
    # The builtin locale gives the same upper, lower and order in every build; older servers get C.
    if server_version >= 180000:
        return "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'"
    return "LOCALE 'C'"


def grant_in_schema(connection: psycopg.Connection, creators: list[str]) -> None:
    """In the connected database: who may use schema public, and what app and worker may do with tables that
    `creators` make from now on."""
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}")
    connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP}, {WORKER}")
    for creator in creators:
        defaults = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public ").format(
            sql.Identifier(creator)
        )
        for grant in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            connection.execute(defaults + sql.SQL(f"GRANT {grant} TO {APP}, {WORKER}"))


def _mark(connection: psycopg.Connection) -> None:
    name = sql.Identifier(database_name())
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL(f"GRANT CONNECT, TEMPORARY ON DATABASE {{}} TO {APP}, {WORKER}").format(name))
    for role in (OWNER, APP, WORKER):
        connection.execute(
            sql.SQL(f"ALTER ROLE {role} IN DATABASE {{}} SET search_path = public").format(name)
        )
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(_MARK)))
