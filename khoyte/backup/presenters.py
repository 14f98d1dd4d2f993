"""What the page of backups says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from khoyte.backup.actions import SILENT_SECONDS
from khoyte.backup.models import BackupRun, RunKind, RunState
from khoyte.backup.progress import describe
from khoyte.backup.queries import NEVER, State
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Column, Fact, Table, Tag

OLD_BACKUP_SECONDS = 26 * 3600
OLD_DRILL_SECONDS = 35 * 86_400
LONG_WAITING_SECONDS = 120

KINDS = {
    RunKind.BACKUP: Text(vi="Sao lưu", en="Backup"),
    RunKind.DRILL: Text(vi="Diễn tập khôi phục", en="Restore drill"),
}
STATES = {
    RunState.ASKED: Tag("wait", Text(vi="Chờ chạy", en="Waiting")),
    RunState.RUNNING: Tag("wait", Text(vi="Đang chạy", en="Running")),
    RunState.DONE: Tag("good", Text(vi="Đạt", en="Done")),
    RunState.FAILED: Tag("bad", Text(vi="Không đạt", en="Failed")),
}
_INTERRUPTED = Tag("warn", Text(vi="Bị gián đoạn", en="Interrupted"))
_YES, _NO = Tag("good", Text(vi="Khớp", en="Equal")), Tag("bad", Text(vi="Không khớp", en="Not equal"))


def headline(state: State) -> Text:
    """The answer to "would we get our data back?"."""
    if state.backup_age_s == NEVER:
        return Text(vi="Chưa có bản sao lưu nào", en="There is no backup yet")
    if state.last_drill_holds is False:
        return Text(vi="Lần diễn tập khôi phục gần nhất không đạt", en="The last restore drill did not hold")
    if state.backup_age_s > OLD_BACKUP_SECONDS:
        return Text(vi="Bản sao lưu đã cũ: {age}", en="The backup is old: {age}").fill(
            age=age(state.backup_age_s)
        )
    if state.last_drill_holds is None:
        return Text(
            vi="Đã sao lưu, chưa diễn tập khôi phục lần nào", en="Backed up, but never proven by a drill"
        )
    return Text(vi="Đã sao lưu và đã diễn tập khôi phục đạt", en="Backed up, and proven by a drill")


def notices(state: State) -> list[Tag]:
    """What to do about it, most urgent first; the tone and words of each."""
    found = []
    if not state.place:
        found.append(
            Tag(
                "warn",
                Text(
                    vi="Chưa cấu hình nơi sao lưu. Đặt KHOYTE_BACKUP thành một thư mục ở máy hoặc ổ đĩa khác"
                    " rồi chạy lại hệ thống.",
                    en="No place is configured. Set KHOYTE_BACKUP to a folder of another machine or disk"
                    " and restart.",
                ),
            )
        )
    if state.waiting_s > LONG_WAITING_SECONDS:
        found.append(
            Tag(
                "bad",
                Text(
                    vi="Nhật ký giao dịch chưa chuyển được vào nơi sao lưu trong {age}. Kiểm tra nơi sao lưu"
                    " có ghi được không.",
                    en="The log could not be taken to the backup for {age}. Check that the place"
                    " can be written.",
                ).fill(age=age(state.waiting_s)),
            )
        )
    if state.drill_age_s > OLD_DRILL_SECONDS:
        found.append(
            Tag(
                "warn",
                Text(vi="Đã {age} chưa diễn tập khôi phục.", en="No drill was held for {age}.").fill(
                    age=age(state.drill_age_s)
                ),
            )
        )
    return found


def facts(state: State, backup: BackupRun | None) -> list[Fact]:
    report: dict[str, Any] = backup.report if backup else {}
    return [
        Fact(Text(vi="Nơi sao lưu", en="Place"), state.place),
        Fact(
            Text(vi="Bản sao lưu gần nhất", en="Last backup"),
            backup.finished_at if backup else Text(vi="chưa có", en="none"),
            "moment",
            note=Text(vi="cách đây {age}", en="{age} ago").fill(age=age(state.backup_age_s))
            if backup
            else "",
        ),
        Fact(
            Text(vi="Dung lượng", en="Size"),
            Text(vi="{stored} MB đã nén, từ {size} MB", en="{stored} MB stored, of {size} MB").fill(
                stored=formats.number(report.get("stored_mb")), size=formats.number(report.get("size_mb"))
            )
            if backup
            else None,
        ),
        Fact(
            Text(vi="Nhật ký giao dịch", en="Log since then"),
            Text(
                vi="chuyển liên tục, mất tối đa một phút", en="taken away all the time, at most a minute lost"
            )
            if state.archiving
            else Text(
                vi="không chuyển: mất mọi thay đổi sau bản sao lưu", en="not taken away: all would be lost"
            ),
        ),
    ]


@dataclass(frozen=True)
class Progress:
    """`share` from 0 to 1, None where it is not known."""

    id: int
    label: Text
    share: float | None


def progress(run: BackupRun) -> Progress:
    kind = KINDS[RunKind(run.kind)]
    if run.state == RunState.ASKED or not run.what:
        what = STATES[RunState(run.state)].label
        said = Text(vi=formats.said(what), en=formats.said(what))
    else:
        said = Text(
            vi=describe(run.what, run.done, run.of, "vi"), en=describe(run.what, run.done, run.of, "en")
        )
    label = Text(vi=f"{kind.vi} – {said.vi}", en=f"{kind.en} – {said.en}")
    return Progress(run.pk, label, min(1.0, run.done / run.of) if run.of else None)


def proof(run: BackupRun) -> list[Fact]:
    report = run.report
    equal = {name: _YES if report.get(name) else _NO for name in report}
    return [
        Fact(
            Text(vi="Kết luận", en="Verdict"),
            STATES[RunState(run.state)],
            note=formats.moment(run.finished_at),
        ),
        Fact(Text(vi="Khôi phục đến", en="Restored to"), _moment(report.get("restored_to")), "moment"),
        Fact(
            Text(vi="Dữ liệu các bảng", en="Rows of every table"),
            equal.get("rows_equal"),
            note=Text(vi="{tables} bảng, {rows} dòng", en="{tables} tables, {rows} rows").fill(
                tables=formats.number(report.get("tables")), rows=formats.number(report.get("rows"))
            ),
        ),
        Fact(
            Text(vi="Tệp gốc", en="Raw files"),
            equal.get("digests_equal"),
            note=Text(vi="{n} tệp", en="{n} files").fill(n=formats.number(report.get("blobs"))),
        ),
        Fact(Text(vi="Nhật ký truy vết", en="Audit log"), equal.get("audit_head_equal")),
        Fact(Text(vi="Sổ đối soát", en="Ledger"), equal.get("ledger_balances")),
        Fact(
            Text(vi="Thay đổi đã an toàn sau (RPO)", en="A commit was safe after (RPO)"),
            _seconds(report.get("rpo_s")),
        ),
        Fact(Text(vi="Khôi phục xong sau (RTO)", en="Back after (RTO)"), _seconds(report.get("rto_s"))),
    ]


def wrong(run: BackupRun) -> list[Text]:
    return [Text(vi=line["vi"], en=line["en"]) for line in run.report.get("wrong", [])]


def history(runs: Iterable[BackupRun]) -> Table:
    return Table(
        title=Text(vi="Các lần gần đây", en="Recent runs"),
        columns=(
            Column("asked", Text(vi="Lúc", en="At"), "moment", head=True),
            Column("kind", Text(vi="Việc", en="What")),
            Column("state", Text(vi="Kết quả", en="Result"), "tag"),
            Column("seconds", Text(vi="Thời gian", en="Took")),
            Column("size", Text(vi="Dung lượng (MB)", en="Size (MB)"), "number"),
            Column("by", Text(vi="Người yêu cầu", en="Asked by")),
        ),
        rows=[_row(run) for run in runs],
        empty=Text(vi="Chưa có lần nào. Bấm “Sao lưu ngay” để bắt đầu.", en="None yet. Begin with a backup."),
    )


def _row(run: BackupRun) -> dict[str, object]:
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else None
    return {
        "asked": run.asked_at,
        "kind": KINDS[RunKind(run.kind)],
        "state": _state(run),
        "seconds": _seconds(took),
        "size": run.report.get("size_mb"),
        "by": _AUTOMATIC.get(run.asked_by, run.asked_by),
    }


_AUTOMATIC = {
    "system:nightly": Text(vi="Tự động", en="By itself"),
    "system:command-line": Text(vi="Dòng lệnh", en="Command line"),
}


def _state(run: BackupRun) -> Tag:
    silent = run.told_at is not None and timezone.now() - run.told_at > timedelta(seconds=SILENT_SECONDS)
    if run.state == RunState.RUNNING and silent:
        return _INTERRUPTED
    return STATES[RunState(run.state)]


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _seconds(value: float | None) -> Text | None:
    if value is None:
        return None
    return Text(vi="{n} giây", en="{n} s").fill(n=formats.number(value, 1))


def age(seconds: float) -> Text:
    """In the largest unit that says enough."""
    for size, vi, en in ((86_400, "ngày", "days"), (3600, "giờ", "hours"), (60, "phút", "minutes")):
        if seconds >= 2 * size:
            return Text(vi=f"{int(seconds // size)} {vi}", en=f"{int(seconds // size)} {en}")
    return Text(vi=f"{max(0, int(seconds))} giây", en=f"{max(0, int(seconds))} seconds")
