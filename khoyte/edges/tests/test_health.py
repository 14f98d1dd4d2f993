"""What an operator's tools ask: is the process there, is the node ready, how long is the queue."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from khoyte.edges import health
from khoyte.submissions import loop
from khoyte.submissions.models import WorkerHeartbeat
from khoyte.submissions.tests import senders
from khoyte.warehouse.models import LakeState

ALL_WELL = {"database": True, "blobs": True, "workers": True, "lake": True}


def get(path: str) -> Any:
    return Client(raise_request_exception=False).get(path)


def test_a_process_says_that_it_is_there_without_a_database() -> None:
    answer = get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_whom_to_tell_of_a_weakness(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/.well-known/security.txt").status_code == 404
    monkeypatch.setenv("KHOYTE_SECURITY_CONTACT", "mailto:attt@khoyte.example, https://khoyte.example/bao")
    answer = get("/.well-known/security.txt")
    said = answer.content.decode().splitlines()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert said[:2] == ["Contact: mailto:attt@khoyte.example", "Contact: https://khoyte.example/bao"]
    until = datetime.fromisoformat(said[2].removeprefix("Expires: "))
    # The RFC asks for a day, and for less than a year.
    assert timedelta(days=30) < until - timezone.now() < timedelta(days=365)
    assert said[3] == "Preferred-Languages: vi, en"


@pytest.mark.django_db
def test_a_node_is_ready_while_a_worker_lives() -> None:
    assert get("/readyz").status_code == 503
    loop.beat()
    answer = get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": ALL_WELL}
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    answer = get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == ALL_WELL | {"workers": False}


@pytest.mark.django_db
def test_a_node_without_room_for_files_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    loop.beat()
    monkeypatch.setattr(health, "FREE_DISK_BYTES", 2**80)
    assert get("/readyz").json()["checks"] == ALL_WELL | {"blobs": False}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "equal", "well"), [(1, None, True), (1, True, True), (1, False, False), (60, True, False)]
)
def test_a_node_knows_whether_its_lake_is_well(minutes: int, equal: bool | None, well: bool) -> None:
    loop.beat()
    as_of = timezone.now() - timedelta(minutes=minutes)
    LakeState.objects.create(generation="g", columns="c", as_of=as_of, equal=equal)
    answer = get("/readyz")
    assert answer.json()["checks"] == ALL_WELL | {"lake": well}
    assert answer.status_code == (200 if well else 503)
    lines = get("/metrics").content.decode().splitlines()
    (age,) = [line for line in lines if line.startswith("khoyte_lake_age_seconds ")]
    assert int(age.split()[1]) >= minutes * 60


@pytest.mark.usefixtures("country")
def test_metrics_tell_the_queue_to_the_role_of_the_web() -> None:
    for facility in (senders.OWN, senders.STRANGER):
        senders.receive(senders.small_file("A1", facility=facility))
    loop.beat()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE khoyte_app")
        answer = get("/metrics")
        cursor.execute("RESET ROLE")
    lines = answer.content.decode().splitlines()
    assert answer.status_code == 200
    assert "khoyte_submissions_waiting 2" in lines
    assert all(line.startswith("# TYPE khoyte_") or float(line.split()[1]) >= 0 for line in lines)
    assert senders.OWN not in answer.content.decode()
