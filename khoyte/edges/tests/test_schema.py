"""The stamp is tried on the cluster of the tests; migrating itself is tried by the tests of `khoyte up`."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from khoyte.edges import schema
from khoyte.foundation.database import database_urls
from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.home import home


@pytest.fixture
def urls(database_cluster) -> Iterator[dict[str, str]]:
    """A database of its own, owned by the owner and never migrated."""
    addresses = database_urls(home())
    with psycopg.connect(addresses["admin"], autocommit=True) as admin:
        admin.execute("CREATE DATABASE schema_trial OWNER khoyte_owner")
    yield {role: url.replace("/khoyte?", "/schema_trial?") for role, url in addresses.items()}
    with psycopg.connect(addresses["admin"], autocommit=True) as admin:
        admin.execute("DROP DATABASE schema_trial WITH (FORCE)")


@pytest.fixture
def migrations(urls, monkeypatch) -> list[int]:
    """Counts migrations; each leaves what Django's would leave for the stamp."""
    runs: list[int] = []

    def migrate(environment: dict[str, str]) -> None:
        runs.append(1)
        with psycopg.connect(urls["owner"], autocommit=True) as owner:
            owner.execute("CREATE TABLE IF NOT EXISTS django_migrations (name text)")

    monkeypatch.setattr(schema, "_migrate", migrate)
    return runs


def test_a_database_never_migrated_has_no_stamp(urls):
    assert schema.stamp_of(urls["owner"]) == ""


def test_the_programs_stamp_is_of_its_migrations():
    assert schema.program_stamp().startswith("khoyte migrations ")
    assert schema.program_stamp() == schema.program_stamp()


def test_it_migrates_once(urls, migrations):
    schema.bring_up_to_date(urls)
    schema.bring_up_to_date(urls)
    assert len(migrations) == 1
    assert schema.stamp_of(urls["owner"]) == schema.program_stamp()


def test_another_programs_stamp_means_migrating_again(urls, migrations):
    schema.bring_up_to_date(urls)
    with psycopg.connect(urls["owner"], autocommit=True) as owner:
        owner.execute("COMMENT ON TABLE django_migrations IS 'khoyte migrations of last year'")
    schema.bring_up_to_date(urls)
    assert len(migrations) == 2


def test_of_several_at_once_one_migrates(urls, migrations):
    threads = [threading.Thread(target=schema.bring_up_to_date, args=(urls,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(migrations) == 1


def test_a_failed_migration_leaves_no_stamp(urls):
    nowhere = {"PATH": "/usr/bin:/bin", "KHOYTE_HOME": "/dev/null/none"}
    with pytest.raises(ServiceAbsent) as raised:
        schema.bring_up_to_date(urls, nowhere)
    assert "migrate" in raised.value.say("en")
    assert schema.stamp_of(urls["owner"]) == ""
