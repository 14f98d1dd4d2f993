"""`khoyte bench NAME`: run a benchmark and print its figures."""

import json
from typing import Any

import click

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.gate import gate
from khoyte.nonprod.bench.intake import intake
from khoyte.nonprod.bench.outbox import outbox
from khoyte.nonprod.bench.warehouse import warehouse

BENCHES = {"gate": gate, "intake": intake, "outbox": outbox, "warehouse": warehouse}
_ORDER = (
    "bench", "scale", "machine", "rounds", "unit", "ours", "floor", "peer", "ratio", "exponent",
    "answers_checked", "cases", "questions",
)  # fmt: skip


@click.command()
@click.argument("name", type=click.Choice(sorted(BENCHES)))
@click.option("--scale", type=click.Choice(["1", "10", "100"]), default="1", show_default=True)
@click.option("--peer", default="", help="Hệ thống so sánh · Another system to compare with.")
@click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")
def bench(name: str, scale: str, peer: str, as_json: bool) -> None:
    """Đo của ta và mức sàn luân phiên, kết quả được đối chiếu · Ours and the floor in turns, answers checked.

    gate: kiểm tra giấy phép hành nghề · intake with the licence gate, against intake without it.

    intake: tiếp nhận hồ sơ · files received, judged and stored, against the least any intake must do.
    outbox: bản tin gửi hệ thống quốc gia · messages to national systems, against raw SKIP LOCKED batches.

    warehouse: chỉ số trên kho phân tích · indicators against the same SQL in DuckDB, and against polars.
    """
    if peer and (name, peer) != ("warehouse", "polars"):
        raise errors.unknown_peer(peer, name)
    measured = {"bench": name, "scale": int(scale), **BENCHES[name](int(scale))}
    document = {key: measured[key] for key in _ORDER if key in measured}
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else table_of(document))


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
    lines += _peer_lines(document)
    for code, one in document.get("questions", {}).items():
        lines.append(f"  {code:32} {one['ours_cpu_s']:8.3f} {one['floor_cpu_s']:8.3f} {one['ratio']:6.2f}")
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


def _line(side: str, figures: dict[str, Any]) -> str:
    parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in figures["cpu_s_of"].items())
    return (
        f"  {side:5} {figures['cpu_s']:8.3f} CPU s {figures['wall_s']:8.3f} s {figures['rss_mb']:7.1f} MB"
        f" {figures['per_core_second']:8.1f} per core-second ({parts})"
    )
