from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from khoyte.foundation.database import DatabaseUnavailable, database_running, database_urls
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.server import EmbeddedPostgres


@pytest.fixture(scope="module")
def prepared(server: EmbeddedPostgres) -> Path:
    """Home of a running server with roles and database."""
    bootstrap(server.places.home)
    return server.places.home


def connect(home: Path, role: str) -> psycopg.Connection:
    return psycopg.connect(database_urls(home)[role], autocommit=True)


def test_the_roles_can_do_nothing_beyond_signing_in(prepared):
    with connect(prepared, "admin") as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname IN ('khoyte_owner', 'khoyte_app', 'khoyte_worker') ORDER BY 1"
        ).fetchall()
    # The worker writes for every facility by COPY, which row-level security forbids.
    assert rows == [
        ("khoyte_app", True, False, False, False, False, False),
        ("khoyte_owner", True, False, False, False, False, False),
        ("khoyte_worker", True, False, True, False, False, False),
    ]


def test_the_owner_owns_the_database_and_strangers_stay_out(prepared):
    with connect(prepared, "admin") as connection:
        owner = connection.execute(
            "SELECT rolname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = 'khoyte'"
        ).fetchone()
        connection.execute("CREATE ROLE stranger LOGIN")
        may = connection.execute("SELECT has_database_privilege('stranger', 'khoyte', 'CONNECT')").fetchone()
    assert owner == ("khoyte_owner",)
    assert may == (False,)


@pytest.mark.parametrize("role", ["app", "worker"])
def test_only_the_owner_makes_tables(prepared, role):
    with connect(prepared, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (number int)")


@pytest.mark.parametrize("role", ["app", "worker"])
def test_app_and_worker_use_what_the_owner_made_but_cannot_change_it(prepared, role):
    with connect(prepared, "owner") as owner:
        owner.execute(f"CREATE TABLE visit_{role} (id bigserial PRIMARY KEY, facility text)")
    with connect(prepared, role) as connection:
        connection.execute(f"INSERT INTO visit_{role} (facility) VALUES ('99001'), ('99002')")
        connection.execute(f"UPDATE visit_{role} SET facility = '99003' WHERE facility = '99002'")
        connection.execute(f"DELETE FROM visit_{role} WHERE facility = '99003'")
        assert connection.execute(f"SELECT id, facility FROM visit_{role}").fetchall() == [(1, "99001")]
        for forbidden in ("TRUNCATE", "DROP TABLE", "ALTER TABLE"):
            suffix = " ADD COLUMN more int" if forbidden == "ALTER TABLE" else ""
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"{forbidden} visit_{role}{suffix}")


def test_row_level_security_holds_for_owner_and_app(prepared):
    with connect(prepared, "owner") as owner:
        owner.execute("CREATE TABLE walled (facility text)")
        owner.execute("INSERT INTO walled VALUES ('99001'), ('99002')")
        owner.execute("ALTER TABLE walled ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE walled FORCE ROW LEVEL SECURITY")
        owner.execute(
            "CREATE POLICY own ON walled USING (facility = current_setting('khoyte.facility', true))"
        )
    for role in ("owner", "app"):
        with connect(prepared, role) as connection:
            assert connection.execute("SELECT * FROM walled").fetchall() == []
            connection.execute("SELECT set_config('khoyte.facility', '99002', false)")
            assert connection.execute("SELECT * FROM walled").fetchall() == [("99002",)]


def test_running_it_again_changes_nothing(prepared):
    with connect(prepared, "admin") as connection:
        snapshot = "SELECT rolname, rolpassword, xmin::text FROM pg_authid ORDER BY 1"
        before = connection.execute(snapshot).fetchall()
        bootstrap(prepared)
        assert connection.execute(snapshot).fetchall() == before


def test_a_changed_password_and_a_raised_role_are_put_right(prepared):
    with connect(prepared, "admin") as connection:
        connection.execute("ALTER ROLE khoyte_app PASSWORD 'guessed' BYPASSRLS")
    bootstrap(prepared)
    with connect(prepared, "app") as connection:
        row = connection.execute("SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False,)


def test_passwords_do_not_reach_the_server_in_the_clear(prepared):
    with connect(prepared, "admin") as connection:
        stored = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'khoyte_app'"
        ).fetchone()
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_trusted_extensions_can_be_added_by_the_owner(prepared):
    with connect(prepared, "owner") as owner:
        for name in ("pg_trgm", "unaccent", "btree_gist"):
            owner.execute(f"CREATE EXTENSION {name}")
        assert owner.execute("SELECT unaccent('Nguyễn Thị Đặng')").fetchone() == ("Nguyen Thi Dang",)


@pytest.mark.parametrize("database", ["", "postgres", "tinh79"])
def test_any_other_server_can_be_used_instead(prepared, tmp_path, monkeypatch, database):
    """The embedded server plays the configured one; another home brings its own passwords."""
    maintenance = database_urls(prepared)["admin"].replace("/khoyte?", "/postgres?")
    if database == "tinh79":
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute("CREATE DATABASE tinh79")
    monkeypatch.setenv("KHOYTE_DATABASE_URL", maintenance.replace("/postgres?", f"/{database}?"))
    with database_running(tmp_path) as urls:
        with psycopg.connect(urls["owner"], autocommit=True) as owner:
            lives_in = owner.execute("SELECT current_database()").fetchone()
            owner.execute("CREATE TABLE IF NOT EXISTS elsewhere (number int)")
        with psycopg.connect(urls["app"]) as app:
            app.execute("SELECT count(*) FROM elsewhere")
    assert lives_in == ("tinh79" if database == "tinh79" else "khoyte",)
    assert not (tmp_path / "database").exists()
    assert not (tmp_path / "database.lock").exists()
    # Give the first home its passwords back.
    monkeypatch.delenv("KHOYTE_DATABASE_URL")
    bootstrap(prepared)


def test_an_admin_who_is_no_superuser_suffices(prepared, tmp_path, monkeypatch):
    maintenance = database_urls(prepared)["admin"].replace("/khoyte?", "/postgres?")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute("CREATE ROLE provider LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'provided'")
        # A provider's server is empty at first; ours stands aside.
        connection.execute("ALTER DATABASE khoyte RENAME TO away")
        for role in ("owner", "app", "worker"):
            connection.execute(f"ALTER ROLE khoyte_{role} RENAME TO away_{role}")
    host = server_host(prepared)
    monkeypatch.setenv("KHOYTE_DATABASE_URL", f"postgresql://provider:provided@/postgres?host={host}")
    with database_running(tmp_path) as urls, psycopg.connect(urls["owner"], autocommit=True) as owner:
        owner.execute("CREATE TABLE made (number int)")
        with psycopg.connect(urls["worker"]) as worker:
            assert worker.execute("SELECT count(*) FROM made").fetchone() == (0,)
    with database_running(tmp_path) as urls:  # a second time: nothing is said that an admin may not say
        assert conninfo_to_dict(urls["app"])["dbname"] == "khoyte"


def test_a_server_that_does_not_answer_is_explained(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_DATABASE_URL", f"postgresql://somebody@/postgres?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable) as raised, database_running(tmp_path / "home"):
        pass
    assert raised.value.exit_status == 3
    assert "KHOYTE_DATABASE_URL" in raised.value.say("vi")


def server_host(home: Path) -> str:
    return str(conninfo_to_dict(database_urls(home)["admin"])["host"])
