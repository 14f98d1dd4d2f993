"""What `khoyte doctor` says of backups and drills. Not configured is said, not blamed: a trial needs none."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg

from khoyte.backup import settings
from khoyte.backup.shipping import oldest_waiting_seconds
from khoyte.edges.doctor_machine import Check
from khoyte.foundation.language import Text

OLD_BACKUP_HOURS = 26
OLD_DRILL_DAYS = 35
LONG_WAITING_SECONDS = 120

_NEWEST = """
SELECT state, finished_at FROM backup_run WHERE kind = %s AND finished_at IS NOT NULL
 AND (state = 'done' OR NOT %s) ORDER BY finished_at DESC LIMIT 1
"""


def backup(urls: dict[str, str], folder: Path) -> Check:
    place = settings.place_of(folder)
    last = _newest(urls, "backup", only_done=True)
    if not place and last is None:
        return Check("backup", True, Text("Chưa cấu hình sao lưu (KHOYTE_BACKUP)", "None is configured"))
    waiting = oldest_waiting_seconds(folder)
    if waiting > LONG_WAITING_SECONDS:
        return Check(
            "backup",
            False,
            Text(
                "Nhật ký giao dịch chờ chuyển vào bản sao lưu đã {n} giây",
                "The log has been waiting for {n} s to be taken to the backup",
            ).fill(n=f"{waiting:.0f}"),
            Text(
                "Kiểm tra KHOYTE_BACKUP có ghi được không; nhật ký được chuyển khi `khoyte up` chạy.",
                "Check that KHOYTE_BACKUP can be written; the log is taken away while `khoyte up` runs.",
            ),
        )
    hours = _hours_since(last[1]) if last else None
    message = (
        Text("Chưa có bản sao lưu nào", "There is no backup yet")
        if hours is None
        else Text("Bản sao lưu gần nhất cách đây {h} giờ", "The last backup is {h} hours old").fill(
            h=f"{hours:.1f}"
        )
    )
    fresh = hours is not None and hours <= OLD_BACKUP_HOURS
    return Check("backup", fresh, message, Text("Chạy `khoyte backup`.", "Run `khoyte backup`."))


def drill(urls: dict[str, str]) -> Check:
    last = _newest(urls, "drill", only_done=False)
    if last is None:
        has_backup = _newest(urls, "backup", only_done=True) is not None
        return Check(
            "restore-drill",
            not has_backup,
            Text("Chưa diễn tập khôi phục lần nào", "No restore drill was held yet"),
            Text("Chạy `khoyte drill`.", "Run `khoyte drill`."),
        )
    state, ended = last
    days = _hours_since(ended) / 24
    if state != "done":
        return Check(
            "restore-drill",
            False,
            Text("Lần diễn tập khôi phục gần nhất không đạt", "The last restore drill did not hold"),
            Text(
                "Chạy `khoyte drill` và xử lý nguyên nhân được nêu.",
                "Run `khoyte drill`, mend what it names.",
            ),
        )
    return Check(
        "restore-drill",
        days <= OLD_DRILL_DAYS,
        Text(
            "Diễn tập khôi phục gần nhất: đạt, cách đây {d} ngày", "Last restore drill: held, {d} days ago"
        ).fill(d=f"{days:.1f}"),
        Text("Chạy `khoyte drill`.", "Run `khoyte drill`."),
    )


def _newest(urls: dict[str, str], kind: str, *, only_done: bool) -> tuple[str, datetime] | None:
    with psycopg.connect(urls["app"]) as connection:
        if connection.execute("SELECT to_regclass('backup_run')").fetchone() == (None,):
            return None  # older than the program: the check of the schema says so
        row = connection.execute(_NEWEST, [kind, only_done]).fetchone()
    return (row[0], row[1]) if row else None


def _hours_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds() / 3600
