import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from khoyte.edges import doctor_database, doctor_machine
from khoyte.edges.doctor import doctor
from khoyte.foundation.database import database_urls
from khoyte.foundation.home import home


@pytest.fixture
def urls(database_cluster) -> dict[str, str]:
    return database_urls(home())


def test_a_home_others_can_read_is_found(tmp_path):
    tmp_path.chmod(0o755)
    found = doctor_machine.home_folder(tmp_path)
    assert not found.ok
    assert found.remedy.say("en") == f"chmod 700 {tmp_path}"
    tmp_path.chmod(0o700)
    assert doctor_machine.home_folder(tmp_path).ok


def test_a_home_still_to_be_made_is_no_fault(tmp_path):
    assert doctor_machine.home_folder(tmp_path / "none").ok


def test_secrets_others_can_read_are_named(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "database.json").touch(mode=0o600)
    loose = folder / "django"
    loose.touch()
    loose.chmod(0o644)
    found = doctor_machine.secrets(tmp_path)
    assert not found.ok
    assert str(loose) in found.message.say("vi")
    assert "database.json" not in found.message.say("vi")


def test_the_machine_of_these_tests_is_in_order(tmp_path):
    checks = [
        doctor_machine.python(),
        doctor_machine.time_zone(),
        doctor_machine.disk(tmp_path),
        doctor_machine.engine(),
        doctor_machine.reference_pack(),
    ]
    assert [check.name for check in checks if not check.ok] == []


def test_a_server_that_may_lose_data_is_found(urls):
    # The cluster of the tests is set up quick and unsafe.
    found = doctor_database.durability(urls)
    assert not found.ok
    assert "fsync" in found.message.say("vi")


def test_roles_that_may_too_much_are_named(urls):
    assert doctor_database.roles(urls).ok
    with psycopg.connect(urls["admin"], autocommit=True) as admin:
        admin.execute("ALTER ROLE khoyte_app BYPASSRLS")
        try:
            found = doctor_database.roles(urls)
        finally:
            admin.execute("ALTER ROLE khoyte_app NOBYPASSRLS")
    assert not found.ok
    assert "khoyte_app" in found.message.say("en")


def test_walls_their_owner_walks_through_are_named(urls):
    with psycopg.connect(urls["admin"], autocommit=True) as admin:
        admin.execute("CREATE TABLE half_walled (facility text)")
        try:
            admin.execute("ALTER TABLE half_walled ENABLE ROW LEVEL SECURITY")
            found = doctor_database.tenant_walls(urls)
            admin.execute("ALTER TABLE half_walled FORCE ROW LEVEL SECURITY")
            repaired = doctor_database.tenant_walls(urls)
        finally:
            admin.execute("DROP TABLE half_walled")
    assert not found.ok
    assert "half_walled" in found.message.say("vi")
    assert repaired.ok


def test_the_schema_of_an_empty_database_is_behind(urls):
    assert not doctor_database.schema(home()).ok


def test_json_says_everything_and_the_status_agrees(database_cluster):
    done = CliRunner().invoke(doctor, ["--json"], obj={"lang": "en"})
    document = json.loads(done.stdout)
    names = [check["name"] for check in document["checks"]]
    assert names[:3] == ["python", "time-zone", "home"]
    assert {"database", "durability", "roles", "schema", "tenant-walls"} <= set(names)
    assert document["ok"] is all(check["ok"] for check in document["checks"])
    assert done.exit_code == (0 if document["ok"] else 1)
    for check in document["checks"]:
        assert set(check) == {"name", "ok", "message", "remedy"}
        assert (check["remedy"] is None) == check["ok"]


def test_a_home_never_used_is_healthy_and_stays_unmade(tmp_path):
    folder: Path = tmp_path / "home"
    environment = {**os.environ, "KHOYTE_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "khoyte", "--lang", "en", "doctor"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert "None yet; `khoyte up` makes it" in done.stdout, done.stderr
    assert done.returncode == 0
    assert not folder.exists()
