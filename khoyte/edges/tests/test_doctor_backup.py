"""What `khoyte doctor` says of backups and drills."""

from datetime import timedelta
from pathlib import Path

import pytest

from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.backup.tests.test_runs import finished
from khoyte.edges import doctor_backup


@pytest.mark.django_db(transaction=True)
def test_doctor_finds_an_old_backup_and_a_failed_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    address = connection.get_connection_params()
    url = " ".join(f"{name}={address[name]}" for name in ("host", "port", "user", "password", "dbname"))
    urls = {"app": url}
    monkeypatch.setenv("KHOYTE_BACKUP", str(tmp_path / "place"))
    assert doctor_backup.backup(urls, tmp_path).message.say("en") == "There is no backup yet"
    assert doctor_backup.drill(urls).ok
    finished(RunKind.BACKUP, ago=timedelta(hours=30))
    found = doctor_backup.backup(urls, tmp_path)
    assert (found.ok, found.message.say("en")) == (False, "The last backup is 30.0 hours old")
    assert not doctor_backup.drill(urls).ok
    finished(RunKind.BACKUP)
    assert doctor_backup.backup(urls, tmp_path).ok
    finished(RunKind.DRILL, state=RunState.FAILED)
    assert doctor_backup.drill(urls).message.say("en") == "The last restore drill did not hold"
    finished(RunKind.DRILL)
    assert doctor_backup.drill(urls).ok
    monkeypatch.delenv("KHOYTE_BACKUP")
    BackupRun.objects.all().delete()
    assert doctor_backup.backup(urls, tmp_path).ok
