"""`khoyte fault net`: messages to a national system that fails in every way, while the sender is killed.

A database of its own is filled with facilities, each in four versions confirmed one after the other, so that
every version has its message. Then `khoyte links work` sends them to a twin whose every request may suffer
any of its faults, and is killed (SIGKILL) again and again while it sends. Held against the twin's own log:
each version was applied once, versions of a record in their order; reconciliation finds nothing; and what is
then taken from the twin or spoilt there heals.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from khoyte.edges import schema
from khoyte.foundation.database import database_running
from khoyte.foundation.database.keeper import tethered
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.links.feeds import digest_of
from khoyte.nonprod.faults.system import NOT_INHERITED
from khoyte.nonprod.twins.receiver import FAULTS, Receiver, fresh_token, serving

VERSIONS = 4
RATE = 0.1
ANSWER_SECONDS = 0.4
_LONGEST_SECONDS = 3_600.0
_COUNT = """
SELECT count(*) FROM exchange_message
WHERE %(which)s = '' OR (%(which)s = 'open' AND finished_at IS NULL)
   OR (%(which)s = 'applied' AND state = 'applied')
"""
Progress = Callable[[str], None]


def run_net_drill(n: int, seed: int, progress: Progress = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault net --json`; `n` events, rounded up to whole records."""
    subjects, kills = max(1, -(-n // VERSIONS)), max(1, min(20, n // 200))
    twin = Receiver(FAULTS, rate=RATE, seed=seed, token=fresh_token(), slow_seconds=ANSWER_SECONDS * 1.5)
    with TemporaryDirectory(prefix="khoyte-drill-") as folder, serving(twin) as address:
        token = Path(folder) / "token"
        token.write_text(twin.token)
        own = {
            "KHOYTE_HOME": f"{folder}/home",
            "KHOYTE_NONPROD": "1",
            "KHOYTE_DATACENTRE": address,
            "KHOYTE_DATACENTRE_TOKEN_FILE": str(token),
            "KHOYTE_EXCHANGE_SECONDS": str(ANSWER_SECONDS),
        }
        environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED} | own
        home = Path(own["KHOYTE_HOME"])
        home.mkdir()
        with _database(home, environment) as url:
            drill = _Drill(environment, url, twin, Random(seed), progress)
            drill.write_events(subjects, Path(folder))
            begin = time.monotonic()
            drill.send_with_kills(kills)
            seconds = time.monotonic() - begin
            return drill.document(n, seed, kills, seconds)


@contextmanager
def _database(home: Path, environment: dict[str, str]) -> Iterator[str]:
    """A cluster of its own with today's schema; the superuser's URL."""
    before = os.environ.get("KHOYTE_HOME")
    os.environ["KHOYTE_HOME"] = str(home)
    try:
        with database_running(home, purpose="drill") as urls:
            schema.bring_up_to_date(urls, environment)
            yield urls["admin"]
    finally:
        if before is None:
            os.environ.pop("KHOYTE_HOME")
        else:
            os.environ["KHOYTE_HOME"] = before


class _Drill:
    def __init__(
        self, environment: dict[str, str], url: str, twin: Receiver, chance: Random, progress: Progress
    ) -> None:
        self.environment, self.url, self.twin = environment, url, twin
        self.chance, self.progress = chance, progress
        self.errors: list[str] = []
        self.recovered: list[float] = []

    def write_events(self, subjects: int, folder: Path) -> None:
        """Facilities confirmed in VERSIONS versions, nothing sent meanwhile."""
        for version in range(1, VERSIONS + 1):
            sheet = folder / f"facilities-{version}.csv"
            written = io.StringIO()
            lines = HarmlessCsv(written)
            lines.write(["code", "name", "province"])
            for n in range(subjects):
                lines.write([f"{10_000 + n}", f"Cơ sở {n}, bản {version}", "97"])
            sheet.write_text(written.getvalue())
            self._khoyte("register", "import", "facilities", str(sheet), "--confirmed")
            self.progress(f"{version * subjects} events written")

    def _khoyte(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(arguments[:2])}: {done.stderr[-2000:]}")
        return done.stdout

    @contextmanager
    def _sender(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            tethered([sys.executable, "-m", "khoyte", "links", "work"], signal.SIGTERM),
            env={**self.environment, "KHOYTE_DB_ROLE": "worker"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def send_with_kills(self, kills: int) -> None:
        total = self._count("")
        for number in range(kills):
            # Somewhere in the next stretch, in the middle of whatever it does.
            until = len(self.twin.log) + self.chance.randint(1, max(1, total // (kills + 1)))
            with self._sender():
                begun = time.monotonic()
                self._wait_for(min(until, total))
                self.recovered.append(time.monotonic() - begun)
                time.sleep(self.chance.uniform(0.0, 0.1))
            self.progress(f"killed {number + 1} of {kills}: {len(self.twin.log)} of {total} applied")
        with self._sender():
            self._wait(lambda: self._count("open") == 0)
        self.progress(f"{len(self.twin.log)} of {total} applied")

    def _wait_for(self, applied: int) -> None:
        self._wait(lambda: len(self.twin.log) >= applied)

    def _wait(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LONGEST_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise RuntimeError("the messages are not sent in time")
            time.sleep(0.05)

    def _count(self, which: str) -> int:
        """All messages, those "open", or those "applied"."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(_COUNT, {"which": which}).fetchone()
        return row[0] if row else 0

    # What it comes to

    def document(self, n: int, seed: int, kills: int, seconds: float) -> dict[str, Any]:
        lost, doubled = self._held_against_the_log()
        suffered, repeats, applied = (
            dict(sorted(self.twin.suffered.items())),
            self.twin.repeats,
            len(self.twin.log),
        )
        self.twin.faults = set()
        if not self._reconciled()["equal"]:
            self.errors.append("not equal when all was sent")
        healed = self._healed()
        return {
            "drill": "net",
            "n": n,
            "seed": seed,
            "acknowledged": self._count("applied") - healed,
            "lost": lost,
            "doubled": doubled,
            "errors": self.errors,
            "recovered_s_max": round(max(self.recovered, default=0.0), 2),
            "holds": not (lost or doubled or self.errors),
            "figures": {
                "kills": kills,
                "applied": applied,
                "repeats_known_by_id": repeats,
                "faults_suffered": suffered,
                "healed_by_reconciliation": healed,
                "seconds": round(seconds, 1),
            },
        }

    def _held_against_the_log(self) -> tuple[int, int]:
        """(lost, doubled) messages; order and content go to the errors."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT message_id::text, subject, number, state, digest FROM exchange_message"
                " ORDER BY number"
            ).fetchall()
        times = Counter(id for _, _, id in self.twin.log)
        lost = sum(1 for id, _, _, state, _ in rows if state == "applied" and not times[id])
        doubled = sum(times[id] - 1 for id in times if times[id] > 1)
        unknown = set(times) - {row[0] for row in rows}
        unfinished = Counter(state for _, _, _, state, _ in rows if state != "applied")
        if unknown or unfinished:
            self.errors.append(f"{len(unknown)} applied that were never written; {dict(unfinished)}")
        order: dict[str, int] = {}
        for subject, sequence, _ in self.twin.log:
            if sequence <= order.get(subject, 0):
                self.errors.append(f"{subject} out of order")
            order[subject] = sequence
        newest = {subject: digest for _, subject, _, _, digest in rows}
        self.errors += [s for s, digest in newest.items() if self.twin.kept[s].digest != digest][:20]
        return lost, doubled

    def _reconciled(self) -> dict[str, Any]:
        return json.loads(self._khoyte("links", "reconcile", "datacentre", "--json"))

    def _healed(self) -> int:
        """One record taken from the twin, one spoilt: sent again, and equal afterwards."""
        subjects = sorted(self.twin.kept)
        taken, spoilt = subjects[0], subjects[-1]
        if taken != spoilt:
            kept = self.twin.kept[spoilt]
            kept.payload = {**(kept.payload or {}), "name": "Tên bị sửa"}
            kept.digest = digest_of(kept.payload)
        del self.twin.kept[taken]
        found = self._reconciled()
        again = sum(kind["sent_again"] for kind in found["kinds"])
        self._khoyte("links", "send")
        if not self._reconciled()["equal"] or again != len({taken, spoilt}):
            self.errors.append("what was spoilt did not heal")
        return again
