"""One side of `khoyte bench quality`: `python -m khoyte.nonprod.bench.quality_side ours|floor FOLDER`.

To each line it answers with what judging the folder's months cost and what was found: CPU and wall seconds,
visits, findings by rule of `quality_months.CHECKED`. Nothing is kept between two lines but compiled rules.
"""

import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import zstandard

from khoyte.edges.setup import set_up_django
from khoyte.nonprod.bench.quality_months import CHECKED

Judged = tuple[int, dict[str, int]]
"""Visits, findings by rule."""


def _months(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("*.zst")):
        yield zstandard.decompress(path.read_bytes())


def _ours(folder: Path) -> Callable[[], Judged]:
    set_up_django("worker")
    from khoyte.foundation.blobs import BytesSource
    from khoyte.foundation.calendar import today
    from khoyte.submissions import judging
    from khoyte.submissions.reader import index_file
    from khoyte.terminology import load_pack

    pack = load_pack()

    def judge() -> Judged:
        visits, found = 0, Counter[str]()
        for data in _months(folder):
            source = BytesSource(data)
            index = index_file(source)
            file = judging.open_file(source, index, index.facility or "", "store")
            for pieces in judging.pieces_of([file]):
                judged = judging.judge(pieces, pack, fallback_day=today())
                visits += len(judged.outcomes)
                found.update(one.rule for _, outcome in judged.outcomes for one in outcome.findings)
        return visits, {rule: found[rule] for rule in CHECKED if found[rule]}

    return judge


def _floor(folder: Path) -> Callable[[], Judged]:
    from lxml import etree

    from khoyte.nonprod.bench.quality_polars import findings

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)

    def judge() -> Judged:
        visits, found = 0, Counter[str]()
        for data in _months(folder):
            tables: dict[str, list[dict[str, str | None]]] = {}
            for part in etree.fromstring(data, parser).iter("FILEHOSO"):
                kind, content = part[0].text or "", part[1].text or ""
                root = etree.fromstring(base64.b64decode(content), parser)
                elements = (root,) if kind == "XML1" else root[0]
                rows = [{value.tag: value.text for value in element} for element in elements]
                tables.setdefault(kind, []).extend(rows)
            visits += len(tables["XML1"])
            found.update(findings(tables["XML2"], tables["XML3"]))
        return visits, {rule: found[rule] for rule in CHECKED if found[rule]}

    return judge


SIDES = {"ours": _ours, "floor": _floor}


def main() -> None:
    side, folder = sys.argv[1:]
    judge = SIDES[side](Path(folder))
    print(json.dumps({}), flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.monotonic()
        visits, found = judge()
        spent = {"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}
        print(json.dumps({**spent, "visits": visits, "found": found}), flush=True)


if __name__ == "__main__":
    main()
