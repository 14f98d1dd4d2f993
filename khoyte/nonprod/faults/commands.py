"""`khoyte fault`: drills against a system of their own; nothing of this installation is touched."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from khoyte.nonprod.faults.processes import KINDS

_seed = click.option(
    "--seed", default=1, show_default=True, help="Số khởi tạo để lặp lại cùng sự cố · Same harm again."
)
_json = click.option("--json", "as_json", is_flag=True, help="JSON.")


@click.group(help="Diễn tập sự cố trên một hệ thống riêng · Fault drills on a system of their own.")
def fault() -> None:
    pass


@fault.command(
    help="Dừng đột ngột tiến trình web, kiểm tra, cơ sở dữ liệu khi đang tiếp nhận · Kill processes at work."
)
@click.option("--n", default=20, show_default=True, help="Số lần dừng đột ngột · How many kills.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    default=KINDS,
    help="Chỉ tiến trình loại này (có thể lặp lại) · Only processes of this kind; may be given again.",
)
@_seed
@_json
def kill(n: int, kinds: tuple[str, ...], seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.kill import run_kill_drill  # loaded only when a drill runs

    _report(run_kill_drill(n, seed, _progress(as_json), kinds=kinds), as_json)


@fault.command(help="Quá tải và một cơ sở gửi dồn dập · Overload, and one facility's flood.")
@click.option("--n", default=1000, show_default=True, help="Số tệp gửi dồn dập · Files of the flood.")
@click.option(
    "--seconds",
    default=0,
    show_default=True,
    help="Số giây quá tải gấp 10 lần, 0 là bỏ qua · Seconds of tenfold overload, 0 for none.",
)
@_seed
@_json
def load(n: int, seconds: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.load import run_load_drill  # loaded only when a drill runs

    _report(run_load_drill(n, seed, _progress(as_json), seconds=seconds), as_json)


@fault.command(help="Sửa, xóa, chèn nhật ký với quyền cao nhất · Tamper with the audit log as superuser.")
@click.option("--n", default=100_000, show_default=True, help="Số bản ghi nhật ký · Entries of the log.")
@_seed
@_json
def tamper(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.tamper import run_tamper_drill  # loaded only when a drill runs

    _report(run_tamper_drill(n, seed, _progress(as_json)), as_json)


@fault.command(help="Ma trận phân quyền: mọi địa chỉ, vai trò, đơn vị · Authorisation matrix, all of it.")
@click.option("--n", default=0, show_default=True, help="Số ô thử, 0 là tất cả · Cells to try, 0 for all.")
@_seed
@_json
def matrix(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.matrix import run_matrix  # loaded only when a drill runs

    _report(run_matrix(n, seed, _progress(as_json)), as_json)


@fault.command(help="Đầy đĩa khi đang tiếp nhận (cần root) · The disk fills up at work (needs root).")
@click.option("--n", default=3, show_default=True, help="Số lần đầy đĩa · How often it is filled.")
@_seed
@_json
def disk(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.disk import run_disk_drill  # loaded only when a drill runs

    _report(run_disk_drill(n, seed, _progress(as_json)), as_json)


@fault.command(help="Đồng hồ máy nhảy tới, lùi khi đang tiếp nhận · The machine's clock jumps at work.")
@click.option("--n", default=12, show_default=True, help="Số lần nhảy · How often it jumps.")
@_seed
@_json
def clock(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.clock import run_clock_drill  # loaded only when a drill runs

    _report(run_clock_drill(n, seed, _progress(as_json)), as_json)


@fault.command(
    help="Gieo họ tên, số, mã bí mật giả lập qua mọi cửa rồi tìm dấu vết · Plant invented secrets."
)
@click.option("--n", default=1000, show_default=True, help="Số giá trị được gieo · Values planted.")
@_seed
@_json
def canary(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.canary.drill import run_canary_drill  # loaded only when a drill runs

    _report(run_canary_drill(n, seed, _progress(as_json)), as_json)


@fault.command(
    help="Hệ thống quốc gia trục trặc đủ kiểu, tiến trình gửi bị dừng đột ngột · A failing receiver."
)
@click.option("--n", default=1000, show_default=True, help="Số bản tin · Messages.")
@_seed
@_json
def net(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.net import run_net_drill  # loaded only when a drill runs

    _report(run_net_drill(n, seed, _progress(as_json)), as_json)


@fault.command(help="Đọc nhanh đối chiếu với lxml trên tệp hỏng · Quick reading against lxml, files damaged.")
@click.option("--n", default=100_000, show_default=True, help="Số tài liệu hỏng · Damaged documents.")
@_seed
@_json
def reader(n: int, seed: int, as_json: bool) -> None:
    from khoyte.nonprod.faults.reading.drill import run_reader_drill  # loaded only when a drill runs

    _report(run_reader_drill(n, seed, _progress(as_json)), as_json)


def _progress(as_json: bool) -> Callable[[str], None]:
    if as_json:
        return lambda line: None
    return lambda line: click.echo(line, err=True)


def _report(document: dict[str, Any], as_json: bool) -> None:
    """One document; exit status 1 when the drill shows a fault."""
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        for name, value in document.items():
            if name != "figures":
                click.echo(f"{name}: {value}")
        for name, value in document["figures"].items():
            click.echo(f"  {name}: {json.dumps(value, ensure_ascii=False)}")
    sys.exit(0 if document["holds"] else 1)
