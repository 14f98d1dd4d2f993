"""Sends the next messages to the National Data Centre of the surroundings, for `khoyte bench registers`.

`python -m khoyte.nonprod.bench.registers_deliver COUNT` starts the database of KHOYTE_HOME, takes off the
pause of the destination and prints what was applied and what it cost.
"""

import json
import os
import sys
import time
from typing import Any

from khoyte.edges.setup import ready_database
from khoyte.nonprod.bench.processor import Part

_ROUNDS = 10


def deliver(count: int) -> dict[str, Any]:
    from khoyte.links import sending
    from khoyte.links.models import ExchangeDestination, ExchangeMessage

    ExchangeDestination.objects.all().delete()
    waiting = ExchangeMessage.objects.filter(destination="datacentre", finished_at=None).count()
    whole = Part([os.getpid()])
    begun, own, all_of_us, taken = time.monotonic(), time.process_time(), whole.seconds(), 0
    while taken < count and (took := sending.drain("datacentre", rounds=_ROUNDS)):
        taken += took
    wall, sender = time.monotonic() - begun, time.process_time() - own
    both = whole.seconds() - all_of_us
    left = ExchangeMessage.objects.filter(destination="datacentre", finished_at=None).count()
    return {
        "waiting": waiting,
        "applied": waiting - left,
        "wall_s": round(wall, 2),
        "events_per_s": round((waiting - left) / wall, 1),
        "sender_cpu_s": round(sender, 2),
        "database_cpu_s": round(both - sender, 2),
        "events_per_core_second": round((waiting - left) / both, 1),
    }


if __name__ == "__main__":
    with ready_database("worker"):
        print(json.dumps(deliver(int(sys.argv[1]))))
