"""Asking for a backup by page, what is due by night, and what is shown of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.backup import actions, duty, errors, presenters, queries, settings
from khoyte.backup.duty import is_backup_due, is_drill_due, last_time
from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.backup.settings import Settings
from khoyte.foundation.calendar import TZ
from khoyte.foundation.database.archive import read_note
from khoyte.units import actions as unit_actions
from khoyte.units.models import Account
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import working

BY = system_actor("test")
PAGE = "/van-hanh/sao-luu"
HELD = {
    "restored_to": "2026-11-28T07:46:08.003+07:00",
    "rpo_s": 12.5,
    "rto_s": 41.0,
    "size_mb": 50.2,
    "rows_equal": True,
    "digests_equal": True,
    "audit_head_equal": True,
    "ledger_balances": True,
    "tables": 29,
    "rows": 12345,
    "blobs": 7,
    "wrong": [],
}


def client_of(role: str, unit: str = "BYT") -> Client:
    made, _ = unit_actions.create_account(username=f"{role}-1", unit=unit, role=role, by=BY)
    client = Client()
    client.force_login(Account.objects.get(pk=made.pk))
    return client


def ask(client: Client, kind: str):
    token = client.cookies["csrftoken"].value
    return client.post(PAGE, {"kind": kind, "csrfmiddlewaretoken": token})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KHOYTE_BACKUP", str(tmp_path / "place"))
    return tmp_path / "place"


@pytest.fixture
def country(db: None) -> None:
    for code, kind, under in (
        ("BYT", "ministry", ""),
        ("97", "province", "BYT"),
        ("97001", "facility", "97"),
    ):
        unit_actions.create_unit(code=code, kind=kind, name=f"Đơn vị {code}", under=under, by=BY)


def finished(kind: RunKind, *, ago: timedelta = timedelta(0), state=RunState.DONE, **report) -> BackupRun:
    at = timezone.now() - ago
    return BackupRun.objects.create(
        kind=kind, state=state, asked_by="system:nightly", asked_at=at, started_at=at, finished_at=at,
        told_at=at, report=report,
    )  # fmt: skip


@pytest.mark.usefixtures("country")
def test_an_operator_asks_for_a_backup_once(place: Path) -> None:
    client = client_of("operator")
    assert "Chưa có bản sao lưu nào" in client.get(PAGE).content.decode()
    answer = ask(client, "backup")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert [(run.kind, run.state, run.asked_by) for run in BackupRun.objects.all()] == [
        ("backup", "asked", "operator-1")
    ]
    entry = AuditEntry.objects.get(action="backup.ask")
    assert (entry.actor, entry.actor_role) == ("operator-1", "operator")
    again = ask(client, "backup")
    assert again.status_code == 409
    page = again.content.decode()
    assert "Đang có một lần sao lưu chạy." in page
    assert "data-wait" in page
    assert BackupRun.objects.count() == 1
    assert ask(client, "drop").status_code == 422
    assert client.post(PAGE, {"kind": "drill"}).status_code == 403  # a forged form
    assert BackupRun.objects.count() == 1


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("role", "unit"), [("ministry", "BYT"), ("province", "97"), ("facility", "97001")])
def test_nobody_else_sees_or_starts_backups(role: str, unit: str, place: Path) -> None:
    client = client_of(role, unit)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"kind": "backup"}).status_code == 403
    assert "Sao lưu" not in client.get("/", follow=True).content.decode()
    assert not BackupRun.objects.exists()


@pytest.mark.usefixtures("country")
def test_the_page_says_what_was_proven(place: Path) -> None:
    finished(RunKind.BACKUP, size_mb=50.2, stored_mb=3.6)
    finished(RunKind.DRILL, **HELD)
    page = client_of("operator").get(PAGE).content.decode()
    for words in ("Đã sao lưu và đã diễn tập khôi phục đạt", "29 bảng, 12.345 dòng", "7 tệp", "12,5 giây"):
        assert words in page
    assert "Không khớp" not in page


@pytest.mark.usefixtures("country")
def test_the_page_says_what_did_not_hold(place: Path) -> None:
    finished(RunKind.BACKUP)
    wrong = [{"vi": "Tệp wal/x trong bản sao lưu bị hỏng.", "en": "wal/x in the backup is damaged."}]
    finished(RunKind.DRILL, state=RunState.FAILED, **{**HELD, "rows_equal": False, "wrong": wrong})
    page = client_of("operator").get(PAGE).content.decode()
    for words in (
        "Lần diễn tập khôi phục gần nhất không đạt",
        "Không khớp",
        "wal/x trong bản sao lưu bị hỏng",
    ):
        assert words in page


@pytest.mark.django_db
def test_a_run_that_fell_silent_makes_room_for_the_next() -> None:
    silent = timezone.now() - timedelta(seconds=actions.SILENT_SECONDS + 1)
    old = BackupRun.objects.create(kind="drill", state="running", asked_by="x", told_at=silent)
    assert presenters._state(old).label.en == "Interrupted"
    with working():
        new = actions.ask_for(RunKind.DRILL, by=BY)
    old.refresh_from_db()
    assert (old.state, new.state) == ("failed", "asked")
    with pytest.raises(errors.BackupUnusable), working():
        actions.ask_for(RunKind.DRILL, by=BY)


def run(hours_ago: float, state: RunState = RunState.DONE) -> BackupRun:
    return BackupRun(asked_at=NOW - timedelta(hours=hours_ago), state=state)


NOW = datetime(2026, 11, 28, 9, 0, tzinfo=TZ)
CHOSEN = Settings(place="x", keep=7, at="01:30", seconds=40, drill_days=7)


def test_the_last_time_of_the_clock() -> None:
    assert last_time("01:30", NOW) == datetime(2026, 11, 28, 1, 30, tzinfo=TZ)
    assert last_time("09:00", NOW) == NOW
    assert last_time("23:15", NOW) == datetime(2026, 11, 27, 23, 15, tzinfo=TZ)


@pytest.mark.parametrize(
    ("done", "newest", "due"),
    [
        (None, None, True),  # the log is of no use without a first base
        (run(7), run(7), False),  # 02:00 today
        (run(8), run(8), True),  # 01:00 today, before the time of the night
        (run(30), run(0.1, RunState.RUNNING), False),
        (run(30), run(0.5, RunState.FAILED), False),
        (run(30), run(2, RunState.FAILED), True),
    ],
)
def test_when_a_backup_is_due(done: BackupRun | None, newest: BackupRun | None, due: bool) -> None:
    assert is_backup_due(done, newest, NOW, "01:30") is due


@pytest.mark.parametrize(
    ("newest", "backup", "due"),
    [
        (None, None, False),
        (None, run(7), True),
        (None, run(9), False),  # tonight's backup first
        (run(24 * 7), run(7), True),
        (run(24 * 5), run(7), False),
        (run(24 * 9, RunState.RUNNING), run(7), False),
    ],
)
def test_when_a_drill_is_due(newest: BackupRun | None, backup: BackupRun | None, due: bool) -> None:
    assert is_drill_due(newest, backup, NOW, CHOSEN) is due


def test_a_place_once_configured_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_BACKUP", str(tmp_path / "place"))
    settings.switch_archiving(tmp_path)
    monkeypatch.delenv("KHOYTE_BACKUP")
    settings.switch_archiving(tmp_path)
    assert settings.place_of(tmp_path) == str(tmp_path / "place")
    assert read_note(tmp_path) is not None
    monkeypatch.setenv("KHOYTE_BACKUP", "none")
    settings.switch_archiving(tmp_path)
    assert settings.place_of(tmp_path) == ""
    assert read_note(tmp_path) is None


@pytest.mark.django_db
def test_the_restored_installation_tells_its_audit_log_once(tmp_path: Path) -> None:
    (tmp_path / "restored.json").write_text('{"base": "20261128T010231867889Z", "at": ""}')
    with working():
        duty.tell_restored(tmp_path)
        duty.tell_restored(tmp_path)
    assert [(e.action, e.subject_id) for e in AuditEntry.objects.all()] == [
        ("installation.restored", "20261128T010231867889Z")
    ]


@pytest.mark.django_db
def test_metrics_tell_ages_and_nothing_else(client: Client, place: Path) -> None:
    assert "khoyte_backup_age_seconds" not in client.get("/metrics").content.decode()
    finished(RunKind.BACKUP, ago=timedelta(hours=2))
    finished(RunKind.DRILL, state=RunState.FAILED, wrong=[])
    told = client.get("/metrics").content.decode()
    assert "khoyte_backup_age_seconds 72" in told
    assert "khoyte_drill_holds 0\n" in told
    assert "khoyte_backup_log_waiting_seconds 0\n" in told


@pytest.mark.django_db
def test_queries_know_nothing_of_what_never_was(tmp_path: Path) -> None:
    state = queries.state(tmp_path)
    assert (state.backup_age_s, state.drill_age_s, state.last_drill_holds, state.waiting_s) == (
        -1,
        -1,
        None,
        0,
    )
