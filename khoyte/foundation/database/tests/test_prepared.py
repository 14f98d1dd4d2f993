"""Kept connections are checked without a question, and prepared statements speak for one transaction only."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.utils import DataError

from khoyte.foundation.database.django import base
from khoyte.foundation.database.prepared import ask_prepared


@pytest.fixture(autouse=True)
def _no_transaction(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Each statement by itself, as in a request; nothing is written, so nothing has to be undone."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        yield
        connection.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Checks that went over the line."""
    found: list[str] = []
    original = base.base.DatabaseWrapper.is_usable

    def is_usable(self: Any) -> bool:
        found.append("asked")
        return bool(original(self))

    monkeypatch.setattr(base.base.DatabaseWrapper, "is_usable", is_usable)
    return found


def new_request() -> None:
    connection.health_check_enabled = True
    connection.health_check_done = False


def test_a_row_comes_as_it_is() -> None:
    assert ask_prepared("SELECT %s::bigint + 1, %b::bytea", [41, b"\x00\xff"]) == (42, b"\x00\xff")
    assert ask_prepared("SELECT 1 WHERE false", []) is None


def test_errors_are_those_of_django() -> None:
    with pytest.raises(DataError):
        ask_prepared("SELECT 1 / %s::integer", [0])
    assert ask_prepared("SELECT 1", []) == (1,)


def test_a_statement_asked_often_is_prepared() -> None:
    for _ in range(8):
        ask_prepared("SELECT 'asked often'", [])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%asked often%%'")
        assert cursor.fetchone() == (1,)


def test_what_a_statement_says_of_the_speaker_ends_with_it() -> None:
    said = "SELECT set_config('khoyte.facility', '99001', true), current_setting('khoyte.facility')"
    assert ask_prepared(said, []) == ("99001", "99001")
    assert ask_prepared("SELECT coalesce(current_setting('khoyte.facility', true), '')", []) == ("",)


def test_a_line_that_answered_a_moment_ago_is_not_asked_again(asked: list[str]) -> None:
    for _ in range(3):
        new_request()
        ask_prepared("SELECT 1", [])
    assert len(asked) <= 1


def test_a_line_silent_for_long_is_asked(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "TRUSTED_SECONDS", -1.0)
    for _ in range(3):
        new_request()
        ask_prepared("SELECT 1", [])
    assert len(asked) == 3


def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    new_request()
    (before,) = ask_prepared("SELECT pg_backend_pid()", []) or (0,)
    _end(before)
    new_request()
    (after,) = ask_prepared("SELECT pg_backend_pid()", []) or (0,)
    assert after != before


def _end(backend: int) -> None:
    """End it from beside, and wait until its end has come over the line."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend])
    finally:
        other.close()


def test_a_lost_connection_within_a_transaction_is_an_error_of_django() -> None:
    def lose() -> None:
        with transaction.atomic():
            (backend,) = ask_prepared("SELECT pg_backend_pid()", []) or (0,)
            _end(backend)
            ask_prepared("SELECT 1", [])

    with pytest.raises(OperationalError):
        lose()
