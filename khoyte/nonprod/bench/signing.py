"""What the check of a signature costs beside the judging of the same file, without a database.

    python -m khoyte.nonprod.bench.signing [VISITS]

One file of invented visits, signed; the same with carriage returns, which must be written in canonical form
and so pass through a tree. Each is checked and judged in turns; medians of ROUNDS.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from khoyte.foundation.byte_sources import FileSource
from khoyte.foundation.calendar import now
from khoyte.nonprod.generator.signed import sign_files
from khoyte.nonprod.generator.submissions import generate_submissions
from khoyte.signing.trust import TrustStore, load_trust
from khoyte.submissions import judging
from khoyte.submissions.reader import index_file
from khoyte.submissions.signatures import check_alone
from khoyte.terminology import load_pack

ROUNDS = 5


def main(visits: int = 500) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = generate_submissions(visits, 1, folder).files[0]
        crossed = folder / "99001_crossed.xml"
        crossed.write_bytes(plain.read_bytes().replace(b"</FILEHOSO>", b"</FILEHOSO>\r\n"))
        sign_files([plain, crossed], folder / "ca")
        trust = load_trust(folder / "ca/trust")
        print(f"{visits} visits, {plain.stat().st_size / 1e6:.1f} MB, {ROUNDS} rounds, CPU ms, median")
        print(f"judging, signature not looked at  {_median(lambda: _judge(plain)):9.1f}")
        print(f"signature, canonical as sent      {_median(lambda: _check(plain, trust)):9.1f}")
        print(f"signature, through a tree         {_median(lambda: _check(crossed, trust)):9.1f}")
        print(f"first pass alone (in all of them) {_median(lambda: _index(plain)):9.1f}")
        print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _median(act: Callable[[], None]) -> float:
    act()
    spent = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        act()
        spent.append(time.process_time() - begin)
    return statistics.median(spent) * 1000


def _index(path: Path) -> None:
    with FileSource(path) as source:
        index_file(source)


def _check(path: Path, trust: TrustStore) -> None:
    with FileSource(path) as source:
        answer = check_alone(source, trust, now())
    if answer is None or answer.state != "holds":
        raise SystemExit(f"{path.name}: {answer}")


def _judge(path: Path) -> None:
    pack = load_pack()
    with FileSource(path) as source:
        file = judging.open_file(source, index_file(source), "99001", "store")
        for pieces in judging.pieces_of([file]):
            judging.judge(pieces, pack, fallback_day=date(2026, 11, 2))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
