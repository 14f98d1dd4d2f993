"""`khoyte bench NAME`: run a benchmark and print its figures."""

import json
from typing import Any

import click

from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench.intake import intake
from khoyte.nonprod.bench.outbox import outbox

BENCHES = {"intake": intake, "outbox": outbox}
_ORDER = (
    "bench", "scale", "machine", "rounds", "unit", "ours", "floor", "peer", "ratio", "exponent",
    "answers_checked", "cases",
)  # fmt: skip


@click.command()
@click.argument("name", type=click.Choice(sorted(BENCHES)))
@click.option("--scale", type=click.Choice(["1", "10", "100"]), default="1", show_default=True)
@click.option("--peer", default="", help="Hệ thống so sánh · Another system to compare with.")
@click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON · One JSON document.")
def bench(name: str, scale: str, peer: str, as_json: bool) -> None:
    """Đo của ta và mức sàn luân phiên, kết quả được đối chiếu · Ours and the floor in turns, answers checked.

    intake: tiếp nhận hồ sơ · files received, judged and stored, against the least any intake must do.
    outbox: bản tin gửi hệ thống quốc gia · messages to national systems, against raw SKIP LOCKED batches.
    """
    if peer:
        raise errors.unknown_peer(peer, name)
    measured = {"bench": name, "scale": int(scale), **BENCHES[name](int(scale))}
    document = {key: measured[key] for key in _ORDER}
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else table_of(document))


def table_of(document: dict[str, Any]) -> str:
    """The document as lines for a terminal."""
    title = f"{document['bench']}, scale {document['scale']}, {document['rounds']} rounds"
    lines = [title, document["machine"]]
    for name, case in document["cases"].items():
        lines.append(f"{name} ({case['ours']['visits']} {document['unit']})")
        lines += [_line(side, case[side]) for side in ("ours", "floor")]
        ratio = case["ratio"]
        lines.append(
            f"  CPU against floor: {ratio['floor_cpu_median']}"
            f" ({ratio['floor_cpu_min']} to {ratio['floor_cpu_max']})"
        )
    lines.append(f"cost ~ size^{document['exponent']}; answers checked: {document['answers_checked']}")
    return "\n".join(lines)


def _line(side: str, figures: dict[str, Any]) -> str:
    parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in figures["cpu_s_of"].items())
    return (
        f"  {side:5} {figures['cpu_s']:8.3f} CPU s {figures['wall_s']:8.3f} s {figures['rss_mb']:7.1f} MB"
        f" {figures['per_core_second']:8.1f} per core-second ({parts})"
    )
