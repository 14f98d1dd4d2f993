"""`khoyte bench NAME`: run a benchmark and print its figures."""

import json
from pathlib import Path
from typing import Any

import click

from khoyte.edges.setup import set_up_django
from khoyte.nonprod.bench import errors, release
from khoyte.nonprod.bench.gate import gate
from khoyte.nonprod.bench.growth import at_scales
from khoyte.nonprod.bench.intake import intake
from khoyte.nonprod.bench.large import large
from khoyte.nonprod.bench.outbox import outbox
from khoyte.nonprod.bench.pages import pages
from khoyte.nonprod.bench.quality import quality
from khoyte.nonprod.bench.registers import registers
from khoyte.nonprod.bench.rejudge import rejudge


def warehouse(scale: int) -> dict[str, Any]:
    """Columns of the lake are named after models, which want Django set up before they are imported."""
    set_up_django("app")
    from khoyte.nonprod.bench.warehouse import warehouse as measured

    return measured(scale)


BENCHES = {
    "gate": gate,
    "intake": intake,
    "large": large,
    "outbox": outbox,
    "pages": pages,
    "quality": quality,
    "warehouse": warehouse,
}
OF_OURS = ("registers", "rejudge")
"""Figures of ours alone, at a size of their own and without a floor: not part of `all`."""
ALL = "all"
_ORDER = (
    "bench", "scale", "machine", "rounds", "unit", "ours", "floor", "peer", "ratio", "exponent",
    "answers_checked", "cases", "questions", "rss_mb_of_a_fifth", "growth", "scales",
)  # fmt: skip


@click.command()
@click.argument("name", type=click.Choice([*sorted([*BENCHES, *OF_OURS]), ALL]))
@click.option("--scale", type=click.Choice(["1", "10", "100"]), default="1", show_default=True)
@click.option("--scales", default="", help="Nhiều cỡ, ví dụ 1,10,100 · Several sizes: how cost grows.")
@click.option("--practitioners", default=5_000, show_default=True, help="Số người hành nghề · Of registers.")
@click.option("--facilities", default=600, show_default=True, help="Số cơ sở · Of registers.")
@click.option("--cases", default=5_000, show_default=True, help="Việc chờ rà soát · Open cases.")
@click.option("--keep", type=click.Path(path_type=Path), help="Giữ hệ thống đã nạp · Keeps what was filled.")
@click.option("--peer", default="", help="Hệ thống so sánh · Another system to compare with.")
@click.option("--release", "keeps", is_flag=True, help="Lưu số liệu của phiên bản · Keep as this release's.")
@click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")
def bench(
    name: str, scale: str, scales: str, peer: str, keeps: bool, as_json: bool,
    practitioners: int, facilities: int, cases: int, keep: Path | None,
) -> None:  # fmt: skip
    """Đo của ta và mức sàn luân phiên, kết quả được đối chiếu · Ours and the floor in turns, answers checked.

    all: mọi phép đo lần lượt · every benchmark, one after the other.

    gate: kiểm tra giấy phép hành nghề · intake with the licence gate, against intake without it.

    intake: tiếp nhận hồ sơ · files received, judged and stored, against the least any intake must do.

    large: một tệp rất lớn (cỡ 10: 1 GB) · one very large file: memory must not grow with it.

    outbox: bản tin gửi hệ thống quốc gia · messages to national systems, against raw SKIP LOCKED batches.

    pages: các trang chính khi đã lưu nhiều lượt khám · the main pages, with many visits stored.

    quality: kiểm tra lại các tháng đã lưu · stored months judged again, against a scan with checks in polars.

    registers: sổ đăng ký cỡ quốc gia · pages, import, delivery with registers of a nation's size; no floor.

    rejudge: thu hồi giấy phép · a licence revoked, what it touches judged again; no floor.

    warehouse: chỉ số trên kho phân tích · indicators against the same SQL in DuckDB, and against polars.
    """
    if peer and (name, peer) != ("warehouse", "polars"):
        raise errors.unknown_peer(peer, name)
    sizes = _sizes(scales, scale)
    if name in OF_OURS:
        sized = name == "registers"
        told = registers(facilities, practitioners, cases, keep) if sized else rejudge(sizes[0])
        click.echo(json.dumps({"bench": name, **told}, ensure_ascii=False, indent=None if as_json else 1))
        return
    documents = {}
    for one in sorted(BENCHES) if name == ALL else [name]:
        documents[one] = _measured(one, sizes)
        if keeps:  # each at once: a later one may fail
            release.keep({one: documents[one]})
        if not as_json:
            click.echo(table_of(documents[one]))
    if as_json:
        click.echo(json.dumps(documents if name == ALL else documents[name], ensure_ascii=False))


def _sizes(scales: str, scale: str) -> list[int]:
    """Raises WrongUsage for what is no list of numbers from 1 on."""
    parts = scales.split(",") if scales else [scale]
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise errors.wrong_scales(scales)
    return [int(part) for part in parts]


def _measured(name: str, sizes: list[int]) -> dict[str, Any]:
    figures = BENCHES[name](sizes[0]) if len(sizes) == 1 else at_scales(BENCHES[name], sizes)
    measured = {"bench": name, "scale": max(sizes), **figures}
    return {key: measured[key] for key in _ORDER if key in measured}


def table_of(document: dict[str, Any]) -> str:
    """The document as lines for a terminal."""
    title = f"{document['bench']}, scale {document['scale']}, {document['rounds']} rounds"
    lines = [title, document["machine"]]
    for name, case in document.get("cases", {}).items():
        lines.append(f"{name} ({case['ours']['visits']} {document['unit']})")
        lines += [_line(side, case[side]) for side in ("ours", "floor")]
        ratio = case["ratio"]
        lines.append(
            f"  CPU against floor: {ratio['floor_cpu_median']}"
            f" ({ratio['floor_cpu_min']} to {ratio['floor_cpu_max']})"
        )
        if "p95_ms" in case:
            lines.append(_wait_line(case))
    lines += _peer_lines(document)
    for code, one in document.get("questions", {}).items():
        lines.append(f"  {code:32} {one['ours_cpu_s']:8.3f} {one['floor_cpu_s']:8.3f} {one['ratio']:6.2f}")
    for name, one in document.get("growth", {}).items():
        lines.append(
            f"  {name}: {one['sizes']} cost ~ size^{one['exponent']}, memory {one['rss_mb']} MB"
            f" ({'flat' if one['holds'] else 'OVER THE BAR'})"
        )
    growth = "" if document["exponent"] is None else f"cost ~ size^{document['exponent']}; "
    lines.append(f"{growth}answers checked: {document['answers_checked']}")
    return "\n".join(lines)


def _peer_lines(document: dict[str, Any]) -> list[str]:
    peer, ratio = document["peer"], document["ratio"]
    if not peer:
        return []
    return [
        *(_line(side, document[side]) for side in ("ours", "floor", "peer")),
        f"  CPU against floor: {ratio['floor_cpu_median']}, whole pages {ratio['whole_to_floor_cpu_median']}",
        f"  CPU against {peer['name']} {peer['version']}: {ratio['peer_cpu_median']}",
    ]


def _wait_line(case: dict[str, Any]) -> str:
    over = "" if case["holds"] else ": OVER THE BAR"
    return f"  p50 {case['p50_ms']} ms, p95 {case['p95_ms']} ms, first {case['first_ms']} ms{over}"


def _line(side: str, figures: dict[str, Any]) -> str:
    parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in figures["cpu_s_of"].items())
    return (
        f"  {side:5} {figures['cpu_s']:8.3f} CPU s {figures['wall_s']:8.3f} s {figures['rss_mb']:7.1f} MB"
        f" {figures['per_core_second']:8.1f} per core-second ({parts})"
    )
