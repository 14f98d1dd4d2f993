"""The `khoyte` command. Sub-commands load only when called: `khoyte check` starts without web or database.

Exit status: 0 done, 1 done and the answer is negative, 2 wrong usage or unreadable input, 3 a needed service
is absent. Errors are one clear sentence with a remedy, in the language asked for.
"""

import importlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from khoyte import __version__
from khoyte.foundation.errors import KhoyteError


@dataclass(frozen=True)
class Entry:
    """Where a sub-command lives, what it is for, and whether it needs the database (and as which role)."""

    place: str
    help: str
    database: str = ""


COMMANDS = {
    "up": Entry("khoyte.edges.up:up", "Chạy cơ sở dữ liệu, trang web, tiến trình kiểm tra · Run everything."),
    "check": Entry(
        "khoyte.submissions.commands.check:check", "Kiểm tra tệp, không lưu · Judge files, store nothing."
    ),
    "intake": Entry(
        "khoyte.submissions.commands.intake:intake", "Tiếp nhận tệp như cơ sở gửi · Receive files.", "worker"
    ),
    "rejudge": Entry(
        "khoyte.submissions.commands.rejudge:rejudge", "Kiểm tra lại dữ liệu đã lưu · Judge again.", "worker"
    ),
    "ledger": Entry(
        "khoyte.submissions.commands.ledger:ledger",
        "Đếm lại và đối chiếu sổ đối soát · Prove the ledger.",
        "worker",
    ),
    "catalogue": Entry(
        "khoyte.submissions.commands.catalogue:catalogue",
        "Danh mục dùng chung theo ngày hiệu lực · Dated catalogues.",
    ),
    "register": Entry("khoyte.registers.commands:register", "Các sổ đăng ký · Declared registers.", "worker"),
    "qr": Entry(
        "khoyte.practice.commands:qr", "Mã QR của giấy phép hành nghề · QR codes of licences.", "worker"
    ),
    "plan": Entry("khoyte.monitor.commands:plan", "Kế hoạch và tiến độ · Plans and progress.", "worker"),
    "sandbox": Entry(
        "khoyte.guidance.commands:sandbox", "Tỉnh tập huấn: lập, lập lại · The training province.", "worker"
    ),
    "unit": Entry("khoyte.units.commands:unit", "Đơn vị · Organisations.", "worker"),
    "account": Entry("khoyte.units.commands:account", "Tài khoản · Named accounts.", "worker"),
    "token": Entry("khoyte.units.commands:token", "Mã truy cập của phần mềm · Bearer tokens.", "worker"),
    "client": Entry(
        "khoyte.units.client_commands:client", "Phần mềm xác thực bằng khóa · Software with keys.", "worker"
    ),
    "sign": Entry("khoyte.submissions.commands.sign:sign", "Ký số tệp, văn bản · Sign files and documents."),
    "signing": Entry(
        "khoyte.submissions.commands.signing:signing",
        "Kiểm tra chữ ký số; tổ chức chứng thực được tin cậy · Check signatures; whom to trust.",
        "worker",
    ),
    "notices": Entry("khoyte.notices.commands:notices", "Thông báo đã gửi đi · What left.", "worker"),
    "audit": Entry("khoyte.audit.commands:audit", "Nhật ký truy vết · Audit log.", "worker"),
    "backup": Entry("khoyte.backup.commands:backup", "Sao lưu có mã hóa · Sealed copy of all.", "worker"),
    "restore": Entry("khoyte.backup.commands:restore", "Khôi phục về một thời điểm · Restore to a moment."),
    "drill": Entry("khoyte.backup.commands:drill", "Diễn tập khôi phục · Restore drill.", "worker"),
    "key": Entry("khoyte.protection.commands:key", "Khóa mã hóa · Keys that seal personal data.", "worker"),
    "doctor": Entry(
        "khoyte.edges.doctor:doctor",
        "Kiểm tra bản cài đặt, nêu cách khắc phục · What is wrong and what to do.",
    ),
    "lake": Entry(
        "khoyte.warehouse.commands:lake", "Kho phân tích: nạp, đối chiếu, dựng lại · The lake.", "worker"
    ),
    "links": Entry(
        "khoyte.links.commands:links",
        "Kết nối hệ thống quốc gia: gửi, đối chiếu · Sending to national systems.",
        "worker",
    ),
    "worker": Entry("khoyte.edges.up:worker", "Tiến trình kiểm tra (do `up` gọi) · Judging worker."),
    "generate": Entry("khoyte.nonprod.generator.commands:generate", "Tạo dữ liệu giả lập · Invented data."),
    "demo": Entry("khoyte.nonprod.demo:demo", "Tỉnh minh họa · Demonstration province.", "worker"),
    "bench": Entry("khoyte.nonprod.bench.commands:bench", "Đo hiệu năng · Benchmarks."),
    "nation": Entry(
        "khoyte.nonprod.nation.commands:nation", "Một ngày của cả nước · A nation's day on this machine."
    ),
    "fault": Entry("khoyte.nonprod.faults.commands:fault", "Diễn tập sự cố · Fault drills."),
    "twin": Entry(
        "khoyte.nonprod.twins.commands:twin", "Bản sao hệ thống quốc gia · Twins of national systems."
    ),
    "docs": Entry("khoyte.edges.docs:docs", "Sinh tài liệu từ mã nguồn · Generated pages."),
    "django": Entry("khoyte.edges.up:django", "Lệnh quản trị Django (migrate...) · Django's own commands."),
}


class Khoyte(click.Group):
    """Loads a sub-command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        entry = COMMANDS.get(name)
        if entry is None:
            return None
        module, _, attribute = entry.place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if entry.database:
            _give_database(command, entry.database)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Lệnh · Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


def _give_database(command: click.Command, role: str) -> None:
    """Wrap every leaf so that the database is up around it; asking for help starts nothing."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _give_database(child, role)
        return
    callback = command.callback
    if callback is None or getattr(callback, "has_database", getattr(callback, "needs_none", False)):
        return
    command.callback = _with_database(callback, role)


def _with_database(callback: Callable[..., Any], role: str) -> Callable[..., Any]:
    @wraps(callback)
    def inside(*args: Any, **kwargs: Any) -> Any:
        from khoyte.edges.setup import ready_database  # keeps Django out of commands without a database

        with ready_database(role):
            return callback(*args, **kwargs)

    inside.has_database = True  # type: ignore[attr-defined]
    return inside


@click.group(cls=Khoyte, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="khoyte")
@click.option(
    "--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Ngôn ngữ · Language."
)
@click.pass_context
def cli(ctx: click.Context, lang: str) -> None:
    """Khoyte: kho dữ liệu y tế · health-data store."""
    ctx.obj = {"lang": lang, "database": _database}


def _database(role: str) -> AbstractContextManager[None]:
    """For commands that need the database only for some of what they do."""
    from khoyte.edges.setup import ready_database  # keeps Django out of commands without a database

    return ready_database(role)


def main() -> None:
    """Entry point. Turns errors for people into one sentence and their exit status."""
    arguments, lang = _language_anywhere(sys.argv[1:])
    try:
        status = cli.main(args=["--lang", lang, *arguments], prog_name="khoyte", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except KhoyteError as error:
        click.echo(error.say(lang), err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)


def _language_anywhere(arguments: list[str]) -> tuple[list[str], str]:
    """`--lang en` may stand before or after the sub-command."""
    rest: list[str] = []
    lang, index = "vi", 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--lang" and index + 1 < len(arguments):
            lang, index = arguments[index + 1], index + 2
        elif word.startswith("--lang="):
            lang, index = word.partition("=")[2], index + 1
        else:
            rest, index = [*rest, word], index + 1
    return rest, lang if lang in ("vi", "en") else "vi"
