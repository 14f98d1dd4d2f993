"""Two people decide at the same moment, over real connections: one is through, the other is told."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from khoyte.foundation.calendar import today
from khoyte.foundation.errors import KhoyteError
from khoyte.units import letting_in, reorganising, requests
from khoyte.units.models import Account, AccountRequest, Unit
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import actor
from khoyte.units.tests.test_requests import hand_in

pytestmark = pytest.mark.usefixtures("committed_units")
PATIENCE = 30.0


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Each act over a connection of its own, begun together; the class of its refusal, or "done"."""
    together, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            together.wait(PATIENCE)
            act()
            told[place] = "done"
        except KhoyteError as refused:
            told[place] = type(refused).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act), daemon=True) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert all(told), told
    return told


def held_until_all_wait(held: QuerySet[Any], *acts: Callable[[], Any]) -> list[str]:
    """As `at_once`, with these rows held before until PostgreSQL lets every act wait for them: none of the
    acts has begun late."""
    told: list[str] = []
    running = threading.Thread(target=lambda: told.extend(at_once(*acts)), daemon=True)
    with transaction.atomic():
        assert list(held.select_for_update())
        running.start()
        patient_until = time.monotonic() + PATIENCE
        while _waiting() < len(acts):
            assert time.monotonic() < patient_until, "they do not wait for each other"
            time.sleep(0.02)
    running.join(PATIENCE)
    return told


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw before
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def approving(request: AccountRequest) -> Callable[[], None]:
    def approve() -> None:
        by = actor("97", "province")
        with speaking_as(by):
            requests.approve(request.pk, by=by)

    return approve


def asked(**other: str) -> AccountRequest:
    hand_in(**other)
    return AccountRequest.objects.latest("asked_at")


def test_of_two_approvals_of_one_request_one_is_through() -> None:
    request = asked()
    assert sorted(at_once(approving(request), approving(request))) == ["Decided", "done"]
    assert Account.objects.filter(role="facility_admin").count() == 1
    assert Unit.objects.filter(kind="facility", under="97").count() == 3


def test_two_requests_approved_at_once_get_two_codes_and_two_names() -> None:
    first, second = asked(), asked()
    assert at_once(approving(first), approving(second)) == ["done", "done"]
    assert set(Account.objects.values_list("username", flat=True)) == {"97003.bich", "97004.bich"}


def test_two_approvals_for_one_known_facility_open_two_accounts() -> None:
    first, second = asked(**{"ma-co-so": "97001"}), asked(**{"ma-co-so": "97001"})
    assert at_once(approving(first), approving(second)) == ["done", "done"]
    assert set(Account.objects.values_list("username", flat=True)) == {"97001.bich", "97001.bich2"}


def test_a_request_is_withdrawn_or_approved_and_never_both() -> None:
    reference = hand_in()
    request = AccountRequest.objects.get()

    def withdraw() -> None:
        with speaking_as(ANONYMOUS):
            requests.withdraw(reference)

    told = at_once(approving(request), withdraw)
    assert sorted(told) == ["Decided", "done"]
    request.refresh_from_db()
    assert request.state == ("approved" if told[0] == "done" else "withdrawn")
    assert Account.objects.exists() == (request.state == "approved")


def merged(source: str, target: str, kind: str = "merge") -> Any:
    plan = reorganising.merge_plan([source], target)
    proposer = actor("97", "province")
    with speaking_as(proposer):
        return reorganising.propose(
            kind=kind, plan=plan, decision="1/QĐ", effective_on=today() - timedelta(days=1), by=proposer
        )


def confirming(row: Any) -> Callable[[], None]:
    def confirm() -> None:
        by = actor("97", "province_lead")
        with speaking_as(by):
            reorganising.confirm(row.pk, by=by)

    return confirm


def test_of_two_mergers_of_the_same_facilities_the_second_is_told() -> None:
    """Each into the other: carried out together they would leave two facilities of the past."""
    there, back = merged("97001", "97002"), merged("97002", "97001")
    told = at_once(confirming(there), confirming(back))
    assert sorted(told) == ["UnknownUnit", "done"]
    assert Unit.objects.filter(code__in=("97001", "97002"), ended_on=None).count() == 1


def test_nobody_is_given_an_account_of_a_facility_that_is_merged_away() -> None:
    row = merged("97001", "97002")

    def opening() -> None:
        by = actor("97001", "facility_admin")
        with speaking_as(by):
            letting_in.open_account(unit="97001", role="facility", full_name="Lê Văn Cường", by=by)

    told = at_once(confirming(row), opening)
    assert told[0] == "done"
    assert not Account.objects.filter(unit="97001").exists()
    assert Account.objects.filter(unit="97002").exists() == (told[1] == "done")
    assert told[1] in ("done", "UnknownUnit")
