import os
import stat
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from khoyte.foundation.database import database_settings, database_urls
from khoyte.foundation.database.addresses import maintenance_url
from khoyte.foundation.database.places import ROOT_FOLDER, places_of
from khoyte.foundation.database.secrets import load_secrets, secrets_file


def test_every_role_has_its_own_user_and_password(tmp_path):
    urls = {role: conninfo_to_dict(url) for role, url in database_urls(tmp_path).items()}
    assert {role: url["user"] for role, url in urls.items()} == {
        "owner": "khoyte_owner",
        "app": "khoyte_app",
        "worker": "khoyte_worker",
        "admin": "khoyte_admin",
    }
    assert len({url["password"] for url in urls.values()}) == 4
    assert {url["dbname"] for url in urls.values()} == {"khoyte"}
    assert {url["host"] for url in urls.values()} == {str(places_of(tmp_path).sockets)}


def test_addresses_stay_the_same(tmp_path):
    assert database_urls(tmp_path) == database_urls(tmp_path)


def test_settings_for_django_agree_with_the_address(tmp_path):
    address = conninfo_to_dict(database_urls(tmp_path)["worker"])
    settings = database_settings("worker", tmp_path)["default"]
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"], settings["NAME"]) == (
        address["user"],
        address["password"],
        address["host"],
        address["dbname"],
    )
    assert settings["CONN_HEALTH_CHECKS"] is True
    assert settings["OPTIONS"]["application_name"] == "khoyte-worker"


def test_settings_follow_the_chosen_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path))
    assert database_settings("app") == database_settings("app", tmp_path)


@pytest.mark.parametrize(
    ("given", "name", "sign_in"),
    [
        ("postgresql://root:p%40ss@db.example:6000/", "khoyte", "postgres"),
        ("postgresql://root:p%40ss@db.example:6000/postgres", "khoyte", "postgres"),
        ("postgresql://root:p%40ss@db.example:6000/province79?sslmode=require", "province79", "province79"),
    ],
)
def test_a_configured_server_keeps_its_host_and_options(tmp_path, monkeypatch, given, name, sign_in):
    monkeypatch.setenv("KHOYTE_DATABASE_URL", given)
    urls = {role: conninfo_to_dict(url) for role, url in database_urls(tmp_path).items()}
    assert (urls["admin"]["user"], urls["admin"]["password"]) == ("root", "p@ss")
    assert urls["app"]["user"] == "khoyte_app"
    assert urls["app"]["password"] == load_secrets(tmp_path).passwords["app"]
    assert {(url["host"], url["port"], url["dbname"]) for url in urls.values()} == {
        ("db.example", "6000", name)
    }
    assert ("sslmode" in urls["app"]) == ("sslmode" in given)
    assert conninfo_to_dict(maintenance_url(tmp_path))["dbname"] == sign_in


def test_passwords_are_for_the_owner_alone(tmp_path):
    load_secrets(tmp_path)
    assert stat.S_IMODE(secrets_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets_file(tmp_path).parent.stat().st_mode) == 0o700


def test_a_deep_home_gets_a_short_socket_folder(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    sockets = places_of(deep).sockets
    assert len(os.fsencode(sockets)) < 84
    assert sockets == places_of(deep).sockets
    assert sockets != places_of(tmp_path / "other").sockets


def test_only_root_keeps_its_data_outside_the_home(tmp_path):
    base = places_of(tmp_path).base
    if os.geteuid() == 0:
        assert base.parent == ROOT_FOLDER
        assert base != places_of(tmp_path / "other").base
    else:
        assert base == tmp_path / "database"


def test_a_relative_home_is_the_same_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert places_of(Path("var")) == places_of(tmp_path / "var")
