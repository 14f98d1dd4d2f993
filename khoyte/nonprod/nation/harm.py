"""What is done to a system during a nation's day: processes killed, its disk filled, its clock moved."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from khoyte.foundation.disk import RESERVE_BYTES
from khoyte.nonprod.faults.clock import JUMPS_SECONDS, Clock
from khoyte.nonprod.faults.disk import fill
from khoyte.nonprod.faults.kill import kill_one
from khoyte.nonprod.faults.system import OwnSystem

KILLED = ("web", "web-worker", "worker", "database", "backend")
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 4.0
# The system looks at its disk twice a second; a beat of the worker and some seals must fall into it.
_FULL_SECONDS = 8.0


@dataclass
class Harm:
    """Does all that is asked for, spread over the time that files come in; `end` lets nothing be half done.

    A jump of the clock is gone back later, so that the day ends at the true time. `pause` is about how many
    seconds lie between two blows.
    """

    system: OwnSystem
    kills: int
    fills: int
    clock: Clock | None
    jumps: int
    chance: Random
    pause: float
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self.trouble: list[str] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        blows = list(self._blows())
        self.chance.shuffle(blows)
        try:
            for blow in blows:
                longest = min(max(2 * self.pause, 3 * _SHORTEST_PAUSE), _LONGEST_PAUSE)
                if self._over.wait(self.chance.uniform(_SHORTEST_PAUSE, longest)):
                    break
                self._strike(blow)
        except Exception as trouble:
            self.trouble.append(f"harm: {type(trouble).__name__}: {trouble}")
        finally:
            if self.clock is not None:
                self.clock.jump(-self.clock.distance)

    def _blows(self) -> Iterator[str]:
        for number in range(self.kills):
            yield KILLED[number % len(KILLED)]
        yield from ["disk"] * self.fills
        yield from ["clock"] * self.jumps

    def _strike(self, blow: str) -> None:
        if blow == "disk":
            self._fill_disk()
        elif blow == "clock":
            if self.clock is not None:
                self.clock.jump(-self.clock.distance or self.chance.choice(JUMPS_SECONDS))
        else:
            kill_one(self.system, blow, self.chance)
        self.done[blow] += 1

    def _fill_disk(self) -> None:
        filler = self.system.home / "filler"
        try:
            for left in (RESERVE_BYTES // 2, 0):
                fill(filler, left)
                time.sleep(_FULL_SECONDS)
        finally:
            filler.unlink(missing_ok=True)

    def end(self) -> None:
        """Wait for the blow in hand."""
        self._over.set()
        self._thread.join()
