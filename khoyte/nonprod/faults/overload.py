"""What is left of the system when ten times what it can do is asked of it, and what others feel of one's
flood.

Two figures, both measured against the same running system on the same machine as the senders.

**Useful rate.** Capacity `C` is the number of visits judged a second while some facilities send as fast as
they are told to: each keeps a few files on the way, sends the next one when one of them has its verdict, and
waits as long as Retry-After says. Then the same facilities offer 10 x C for a minute without waiting for
anything (see `storm`): at a fixed rate, on many connections, deaf to Retry-After. `U` is the number of
visits that were given their verdict in that minute, a second. Only work that ends counts: files taken and
not judged, refusals, repeats and bytes read in vain do not. `U / C` should be at least 0.8. C is measured
before and after, since the machine may have other work; U is held against the mean of both.

**Noisy neighbour.** Other facilities send at a fixed pace, together a quarter of C, whatever is answered;
one that is refused waits as long as Retry-After says and tries again. Useful is a visit that has its verdict
within `BOUND_SECONDS` of the moment its file was due to be sent. First they are alone, then one more
facility floods with 10 x C in the same way as above. The others' useful visits a second may fall by at most
a tenth.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from khoyte.foundation.database import database_urls
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.faults.checker import check_stored
from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile
from khoyte.nonprod.faults.kill import Progress
from khoyte.nonprod.faults.sender import Sender
from khoyte.nonprod.faults.stamped_files import stamped_files
from khoyte.nonprod.faults.storm import Plan, StormFile
from khoyte.nonprod.faults.system import OwnSystem

FLOODING, OTHERS = "99001", ("99003", "99004", "99006")
TIMES = 10
BOUND_SECONDS = 10.0
USEFUL_AT_LEAST, OTHERS_AT_LEAST = 0.8, 0.9
_VISITS_A_FILE = 25
_CONNECTIONS = 48
# Enough that a batch is always waiting while another is judged.
_ON_THE_WAY = 12
_SENDERS_EACH = 3
_WARM_UP_SECONDS = 5.0
_POOL_SECONDS = 5.0
"""Files made for each second of a storm, in seconds of capacity; more than can be taken in that long."""
_DRAIN_SECONDS = 900.0


@dataclass
class Watch:
    """Seconds from the moment a file of an ordinary facility was due until its receipt, by submission."""

    due: dict[str, tuple[float, int]] = field(default_factory=dict)
    receipt_s: list[float] = field(default_factory=list)
    refused: int = 0


def measure_overload(seconds: float, seed: int, progress: Progress = lambda line: None) -> dict[str, Any]:
    """Both figures with all that explains them; `seconds` each of overload and of the neighbour's flood."""
    with TemporaryDirectory(prefix="khoyte-drill-files-") as folder, OwnSystem() as system:
        return _Overload(system, seconds, seed, Path(folder), progress).run()


class _Overload:
    def __init__(
        self, system: OwnSystem, seconds: float, seed: int, folder: Path, progress: Progress
    ) -> None:
        self.system, self.seconds, self.progress = system, seconds, progress
        self.facilities = (FLOODING, *OTHERS)
        self.tokens = system.senders(self.facilities)
        self.ledger = ClientLedger(folder / "ledger.jsonl", durable=False)
        self.files = {
            code: stamped_files(code, folder, visits=_VISITS_A_FILE, seed=seed) for code in self.facilities
        }
        self.url = database_urls(system.home)["admin"]
        server, workers = system.pids("database"), system.pids("worker")
        self.parts = {
            "web and lake": Part([system.pid], apart_from=[*workers, *server]),
            "judging": Part(workers),
            "database": Part(server),
        }

    def run(self) -> dict[str, Any]:
        before = self._capacity()
        self.progress(f"capacity: {before} visits a second")
        useful = self._useful(before)
        self.progress(f"overload: {useful}")
        after = self._capacity()
        self.progress(f"capacity again: {after} visits a second")
        capacity = (before + after) / 2
        useful |= {"of_capacity": round(useful["judged_per_second"] / max(capacity, 0.1), 3)}
        neighbour = self._neighbour(capacity)
        self.ledger.close()
        checked = check_stored(self.ledger.path, self.url)
        return {
            "machine": machine_line(),
            "visits_a_file": _VISITS_A_FILE,
            "capacity": {"before": before, "after": after, "mean": round(capacity, 1)},
            "useful": useful,
            "neighbour": neighbour,
            "acknowledged": checked.acknowledged,
            "lost": checked.lost,
            "doubled": checked.doubled,
            "errors": checked.errors,
            "ledger_exact": checked.ledger_exact,
            "remarks": checked.remarks,
            "holds": checked.holds
            and useful["of_capacity"] >= USEFUL_AT_LEAST
            and neighbour["useful_of_alone"] >= OTHERS_AT_LEAST,
        }

    def _capacity(self) -> float:
        """Visits judged a second while all send as fast as they are told to."""
        stop, threads = threading.Event(), []
        room = {code: threading.Semaphore(_ON_THE_WAY) for code in self.facilities}
        for code in self.facilities:
            own = _Shared(self.files[code])
            threads += [
                threading.Thread(target=self._send_well, args=(own, room[code], stop))
                for _ in range(_SENDERS_EACH)
            ]
        threads.append(threading.Thread(target=self._make_room, args=(room, stop)))
        for thread in threads:
            thread.start()
        time.sleep(_WARM_UP_SECONDS)
        begin = time.time()
        time.sleep(max(self.seconds / 4, 3.0))
        end = time.time()
        stop.set()
        for thread in threads:
            thread.join()
        self._drain()
        return self._judged_between(begin, end)

    def _send_well(self, files: "_Shared", room: threading.Semaphore, stop: threading.Event) -> None:
        sender = self._sender()
        while not stop.is_set():
            if room.acquire(timeout=0.2):
                sender.send(next(files), give_up_after=300.0)
        sender.close()

    def _make_room(self, room: dict[str, threading.Semaphore], stop: threading.Event) -> None:
        """What facilities learn of their verdicts, read from the database: asking would load the web."""
        seen = dict.fromkeys(room, 0)
        with psycopg.connect(self.url, autocommit=True) as connection:
            known: dict[str, int] = dict(connection.execute(_JUDGED_FILES).fetchall())
            while not stop.wait(0.1):
                for code, judged in connection.execute(_JUDGED_FILES).fetchall():
                    fresh = judged - known.get(code, 0) - seen[code]
                    seen[code] += fresh
                    room[code].release(max(0, fresh)) if fresh else None

    def _useful(self, capacity: float) -> dict[str, Any]:
        """The overload, by all facilities at once."""
        count = round(_POOL_SECONDS * capacity * self.seconds / _VISITS_A_FILE / len(self.facilities))
        pool = [file for code in self.facilities for file in islice(self.files[code], count)]
        pool = [pool[place + turn * count] for place in range(count) for turn in range(len(self.facilities))]
        spent = self._spent()
        outcome = self._storm(pool, capacity).result()
        begin = outcome["begun_at"]
        end = begin + outcome["seconds"]
        used = {name: round(after - spent[name], 1) for name, after in self._spent().items()}
        waiting = self._waiting()
        self._settle(pool, outcome)
        drained = self._drain()
        return {
            "judged_per_second": self._judged_between(begin, end),
            **_of_storm(outcome, capacity),
            "cpu_s": used,
            "waiting_at_the_end": waiting,
            "judged_after_s": drained,
        }

    def _neighbour(self, capacity: float) -> dict[str, Any]:
        """The others at their pace, first alone, then beside the flood."""
        alone = self._at_pace(capacity, lambda: None)
        self.progress(f"others alone: {alone}")
        count = round(_POOL_SECONDS * capacity * self.seconds / _VISITS_A_FILE)
        pool = list(islice(self.files[FLOODING], count))
        storms: list[_Running] = []
        during = self._at_pace(capacity, lambda: storms.append(self._storm(pool, capacity)))
        outcome = storms[0].result()
        self._settle(pool, outcome)
        self._drain()
        self.progress(f"others beside the flood: {during}")
        return {
            "bound_s": BOUND_SECONDS,
            "alone": alone,
            "beside_the_flood": during,
            "useful_of_alone": round(during["useful_per_second"] / max(alone["useful_per_second"], 0.1), 3),
            **_of_storm(outcome, capacity),
        }

    def _at_pace(self, capacity: float, also: Callable[[], None]) -> dict[str, float]:
        """All others send for the drill's seconds at a quarter of the capacity, together."""
        gap = _VISITS_A_FILE * len(OTHERS) / (capacity / 4)
        each = max(1, int(self.seconds / gap))
        ready = {code: list(islice(self.files[code], each)) for code in OTHERS}
        watch, guard = Watch(), threading.Lock()
        also()
        begin = time.time() + 1.0
        threads = []
        for place, code in enumerate(OTHERS):
            dues = [begin + gap * (turn + place / len(OTHERS)) for turn in range(each)]
            line = _Shared(iter(list(zip(dues, ready[code], strict=True))))
            threads += [
                threading.Thread(target=self._send_paced, args=(line, watch, guard))
                for _ in range(_SENDERS_EACH)
            ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not watch.due:
            raise RuntimeError("the ordinary facilities sent nothing")
        return self._summary(watch, gap * each)

    def _send_paced(self, line: "_Shared", watch: Watch, guard: threading.Lock) -> None:
        sender = self._sender()
        for due, file in line:
            time.sleep(max(0.0, due - time.time()))
            self.ledger.intend(file)
            status, submission, retry_after = sender.try_once(file)
            refused = int(status in (429, 503))
            if submission is None:
                time.sleep(retry_after)
                submission = sender.send(file, give_up_after=300.0)
            with guard:
                watch.receipt_s.append(time.time() - due)
                watch.due[submission] = (due, file.dossiers)
                watch.refused += refused
        sender.close()

    def _summary(self, watch: Watch, seconds: float) -> dict[str, float]:
        deadline = time.monotonic() + 2 * BOUND_SECONDS
        while len(judged := self._judged_at(list(watch.due))) < len(watch.due):
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
        taken = {pk: moment - watch.due[pk][0] for pk, moment in judged.items()}
        useful = sum(watch.due[pk][1] for pk, took in taken.items() if took <= BOUND_SECONDS)
        return {
            "sent_per_second": round(sum(visits for _, visits in watch.due.values()) / seconds, 1),
            "useful_per_second": round(useful / seconds, 1),
            "refused": watch.refused,
            **_times("receipt", watch.receipt_s),
            **_times("verdict", list(taken.values())),
        }

    def _storm(self, pool: Sequence[OutgoingFile], capacity: float) -> "_Running":
        plan = Plan(
            host="127.0.0.1",
            port=self.system.port,
            rate=TIMES * capacity / _VISITS_A_FILE,
            seconds=self.seconds,
            connections=_CONNECTIONS,
            files=[
                StormFile(str(file.path), file.key, self.tokens[file.facility], file.dossiers)
                for file in pool
            ],
        )
        return _Running(plan)

    def _settle(self, pool: Sequence[OutgoingFile], outcome: dict[str, Any]) -> None:
        """Into the ledger with what was taken; what broke is sent again, so that nothing is left open."""
        sender, broken = self._sender(), set(outcome["broken"])
        for file in pool:
            if submission := outcome["taken"].get(file.key):
                self.ledger.intend(file)
                self.ledger.answered(file.key, 202, submission)
            elif file.key in broken:
                sender.send(file, give_up_after=300.0)
        sender.close()

    def _sender(self) -> Sender:
        return Sender(self.system.address, self.tokens, self.ledger)

    def _spent(self) -> dict[str, float]:
        return {name: part.seconds() for name, part in self.parts.items()}

    def _drain(self) -> float:
        """Seconds until nothing waits any more."""
        begin = time.monotonic()
        while self._waiting():
            if time.monotonic() - begin > _DRAIN_SECONDS:
                raise RuntimeError(f"files still wait after {_DRAIN_SECONDS:.0f} s; see the worker's log")
            time.sleep(0.2)
        return round(time.monotonic() - begin, 1)

    def _waiting(self) -> int:
        return self._ask("SELECT count(*)::int FROM submission WHERE state IN ('received', 'judging')")

    def _judged_between(self, begin: float, end: float) -> float:
        """Visits given their verdict between two moments, a second."""
        visits = self._ask(
            "SELECT coalesce(sum(received), 0)::int FROM submission"
            " WHERE judged_at >= to_timestamp(%s) AND judged_at < to_timestamp(%s)",
            begin,
            end,
        )
        return round(visits / (end - begin), 1)

    def _ask(self, question: str, *values: float) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(question, values).fetchone()
        return row[0] if row else 0

    def _judged_at(self, ids: list[str]) -> dict[str, float]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT id::text, extract(epoch FROM judged_at)::float FROM submission"
                " WHERE id = ANY(%s::uuid[]) AND state = 'judged'",
                [ids],
            )
            return dict(rows.fetchall())


_JUDGED_FILES = "SELECT facility, count(*)::int FROM submission WHERE state = 'judged' GROUP BY facility"


class _Shared:
    """An iterator for several threads."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items, self._guard = items, threading.Lock()

    def __iter__(self) -> "_Shared":
        return self

    def __next__(self) -> Any:
        with self._guard:
            return next(self._items)


class _Running:
    """A storm that has begun."""

    def __init__(self, plan: Plan) -> None:
        text = json.dumps({**asdict(plan), "files": [list(asdict(file).values()) for file in plan.files]})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "khoyte.nonprod.faults.storm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer: list[str] = []
        # The pipe is filled and emptied aside: the others send meanwhile.
        self._thread = threading.Thread(target=self._talk, args=(text,))
        self._thread.start()

    def _talk(self, text: str) -> None:
        self._answer.append(self._process.communicate(text)[0])

    def result(self) -> dict[str, Any]:
        """What came of it, once it is over."""
        self._thread.join()
        if self._process.returncode != 0:
            raise RuntimeError("the storm ended early")
        answer: dict[str, Any] = json.loads(self._answer[0])
        return answer


def _of_storm(outcome: dict[str, Any], capacity: float) -> dict[str, Any]:
    seconds = max(outcome["seconds"], 0.1)
    return {
        "offered_times_capacity": round(outcome["offered"] / seconds / max(capacity, 0.1), 2),
        "storm": {
            "seconds": outcome["seconds"],
            "requests": outcome["requests"],
            "answers": outcome["answers"],
            "taken": len(outcome["taken"]),
            "repeats": outcome["repeats"],
            "refusals_without_retry_after": outcome["unsaid"],
            "late_s": outcome["late_s"],
            "cpu_s": outcome["cpu_s"],
        },
    }


def _times(name: str, seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {f"{name}_s_median": round((seconds or [0.0])[0], 2)}
    return {
        f"{name}_s_median": round(median(seconds), 2),
        f"{name}_s_p95": round(quantiles(seconds, n=20)[-1], 2),
        f"{name}_s_max": round(max(seconds), 2),
    }
