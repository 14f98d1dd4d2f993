"""The demonstration province: units, one account per role, and sixty days of invented submissions."""

import json
import tempfile
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from khoyte.foundation.calendar import TZ, now, today
from khoyte.foundation.home import folder, home, write_durably
from khoyte.nonprod.demo_plan import fill_plan
from khoyte.nonprod.demo_registers import fill_registers
from khoyte.nonprod.generator.submissions import generate_submissions
from khoyte.nonprod.generator.world import DemoUnit, demo_units

ACCOUNTS_FILE = "demo-accounts.json"
FILLED_FILE = "demo-filled"
DEPARTMENT = "CNTT"
DAYS = 60
VISITS = 4_000
DEFECTS = 480
FACILITIES = 40
SEED = 97

# Role -> unit; the names say who they are for.
ACCOUNTS = (
    ("facility", "99001"),
    ("facility_reviewer", "99001"),
    ("facility_admin", "99001"),
    ("practitioner", "99001"),
    ("data_protection", "99001"),
    ("province", "97"),
    ("province_lead", "97"),
    ("department", DEPARTMENT),
    ("ministry", "BYT"),
    ("operator", "BYT"),
    ("citizen", "BYT"),
)


@click.group(help="Tỉnh minh họa · Demonstration province.")
def demo() -> None:
    pass


@demo.command("fill", help="Tạo đơn vị, tài khoản, 60 ngày dữ liệu giả lập · Units, accounts, invented data.")
@click.option("--visits", type=click.IntRange(min=DEFECTS), default=VISITS, show_default=True)
@click.pass_context
def fill(ctx: click.Context, visits: int) -> None:
    """Each step is done once; a run that was cut off goes on where it stopped."""
    from django.db import transaction

    from khoyte.units.queries import facility

    lang = ctx.obj["lang"]
    if facility("99001") is None:
        click.echo({"vi": "Đang tạo tỉnh minh họa…", "en": "Making the demonstration province…"}[lang])
        with transaction.atomic():
            make_units(demo_units(), by="demo")
            make_accounts()
    if not is_filled(home()):
        click.echo({"vi": "Đang nhập các sổ đăng ký…", "en": "Entering the registers…"}[lang])
        fill_registers()
        _follow_registers()
        fill_plan()
        fill_days(visits)
        fill_desk()
        write_durably(folder() / FILLED_FILE, b"")


def _follow_registers() -> None:
    """What the registers say is known before the first file comes: none need be judged again for it."""
    from khoyte.submissions import register_changes
    from khoyte.submissions.working import Judge

    judge = Judge()
    while register_changes.work_once(judge):
        pass


def is_filled(chosen_home: Path) -> bool:
    """Whether units, accounts and all days are there; said without asking the database."""
    return (chosen_home / FILLED_FILE).exists()


def make_units(units: Iterable[DemoUnit], *, by: str) -> None:
    """Organisations of the invented country, each after the one it is under; `by` names the program."""
    from khoyte.units import actions
    from khoyte.units.policy import system_actor

    for unit in units:
        actions.create_unit(
            code=unit.code,
            kind=unit.kind,
            name=unit.name,
            under=unit.under or "",
            level=unit.level or "",
            by=system_actor(by),
        )


def make_accounts() -> None:
    """One account per role with a random password, kept in a file only its owner can read."""
    from khoyte.units import actions
    from khoyte.units.policy import system_actor

    rows = []
    for role, unit in ACCOUNTS:
        username = f"{role.replace('_', '-')}-{unit.lower()}"
        _, password = actions.create_account(username=username, unit=unit, role=role, by=system_actor("demo"))
        rows.append({"role": role, "unit": unit, "username": username, "password": password})
    write_durably(folder() / ACCOUNTS_FILE, json.dumps(rows, ensure_ascii=False, indent=1).encode())


def fill_days(visits: int) -> None:
    """Receive DAYS days of invented files as if each had arrived on its day; workers judge them later."""
    from khoyte.submissions import receiving
    from khoyte.units.policy import system_actor

    start = today() - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory(dir=folder("blobs")) as scratch:
        report = generate_submissions(
            visits, SEED, Path(scratch), FACILITIES, start_date=start, days=DAYS, defects=DEFECTS
        )
        files = sorted(report.files, key=lambda path: path.name.split("_")[1])
        dated = [(path, _arrival(path, number)) for number, path in enumerate(files)]
        arrived = [(path, at) for path, at in dated if at <= now()]
        with _progress(arrived) as shown:
            for path, at in shown:
                receiving.receive(
                    chunks=[path.read_bytes()], file_name=path.name, by=system_actor("demo"), at=at
                )


def fill_desk() -> None:
    """Files of the data-protection desk of 99001, and the citizen's account tied to a patient of it."""
    from khoyte.protection import actions
    from khoyte.protection.subjects import Subject
    from khoyte.submissions.models import Submission
    from khoyte.units import persons
    from khoyte.units.models import Account
    from khoyte.units.policy import system_actor
    from khoyte.units.queries import actor_of_account

    by = actor_of_account(Account.objects.select_related("unit").get(username="data-protection-99001"))
    name, number = _a_patient(Submission.objects.filter(facility="99001").order_by("-size")[0])
    subject = Subject(name, number, "Địa chỉ mẫu, xã Ví Dụ", "", "Đề nghị cho xem hồ sơ khám bệnh của tôi.")
    for kind, days in (("view", 1), ("correct", 9), ("delete", 40)):
        actions.register_request(
            kind=kind, received_at=now() - timedelta(days=days), channel="counter", relation="self",
            subject=subject, by=by,
        )  # fmt: skip
    actions.record_consent(
        purpose="exchange.care", subject=subject, relation="self", channel="paper",
        given_at=now() - timedelta(days=20), by=by, text="Tôi đồng ý chia sẻ kết quả xét nghiệm.",
    )  # fmt: skip
    breach = actions.open_breach(
        discovered_at=now() - timedelta(hours=30), summary="Gửi nhầm tệp kết quả xét nghiệm cho cơ sở khác.",
        data_kinds=["identity", "health"], persons=12, by=by,
    )  # fmt: skip
    actions.write_breach(
        breach=breach, act="measure", at=now() - timedelta(hours=28),
        note="Đã đề nghị cơ sở nhận xóa tệp, có biên bản.", by=by,
    )  # fmt: skip
    persons.link_person(username="citizen-byt", number=number, assurance="demo", by=system_actor("demo"))


def _a_patient(submission: Any) -> tuple[str, str]:
    """Name and personal number of the first adult of a file who has one: of children others would speak."""
    from khoyte.protection.subjects import CHILD_UNDER, age_by_number
    from khoyte.submissions import raw
    from khoyte.submissions.reader import index_file, read_batch

    source = raw.source_of(submission)
    rows = read_batch(source, index_file(source).dossiers).tables["XML1"].columns
    people = zip(rows["HO_TEN"], rows["SO_CCCD"], strict=True)
    return next(
        (name, number) for name, number in people
        if name and number and (age_by_number(number, today()) or 0) >= CHILD_UNDER
    )  # fmt: skip


def _progress(files: Iterable[tuple[Path, datetime]]):
    return click.progressbar(list(files), label="60 ngày dữ liệu giả lập", width=30)


def _arrival(path: Path, number: int) -> datetime:
    """Most facilities send some hours or days after the care; one in nine is late, the last are to come."""
    day = datetime.strptime(path.name.split("_")[1], "%Y%m%d").date()  # noqa: DTZ007 - only the day is used
    late = (1, 0, 2, 1, 3, 0, 1, 4, 14)[number % 9]
    return datetime.combine(day + timedelta(days=late), time(7 + number % 11, number % 60), TZ)


def print_accounts(chosen_home: Path, lang: str) -> None:
    """The table of demonstration accounts, as `khoyte up --demo` shows it."""
    path = (chosen_home or home()) / ACCOUNTS_FILE
    if not path.exists():
        return
    words = {
        "vi": "Tài khoản minh họa (vai trò, đơn vị, tên đăng nhập, mật khẩu):",
        "en": "Demonstration accounts (role, unit, user name, password):",
    }
    click.echo(words[lang])
    for row in json.loads(path.read_text(encoding="utf-8")):
        click.echo(f"  {row['role']:<18} {row['unit']:<9} {row['username']:<28} {row['password']}")
