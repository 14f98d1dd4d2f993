"""The end of a nation's day in the database of KHOYTE_HOME: lake filled, then compared and all
indicators answered at once.

A process of its own: `python -m khoyte.nonprod.nation.closing` prints one JSON document.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from khoyte.edges.setup import ready_database
from khoyte.warehouse.errors import LakeBusy

_BUSY_SECONDS, _LONGEST_SECONDS = 1.0, 1800.0
T = TypeVar("T")


def when_free(act: Callable[[], T]) -> T:
    """Do what needs the lake for itself; the system's own process may be filling it just now."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return act()
        except LakeBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_SECONDS)


def close_day() -> dict[str, Any]:
    with ready_database("worker"):
        from django.db import connection  # Django is set up only now

        from khoyte.units.tenancy import working
        from khoyte.warehouse import comparing, filling, tidying
        from khoyte.warehouse.answering import Scope, answer
        from khoyte.warehouse.indicators import INDICATORS

        def ask_all() -> tuple[dict[str, Any], float]:
            with working():
                answers = {code: answer(indicator, Scope()) for code, indicator in INDICATORS.items()}
            return answers, time.monotonic()

        def compare() -> tuple[dict[str, Any], float]:
            try:
                return when_free(comparing.compare), time.monotonic()
            finally:
                connection.close()

        begun = time.monotonic()
        when_free(filling.fill)
        when_free(tidying.merge)  # as the lake's process does after a fill
        filled = time.monotonic()
        # As in the running system, where the lake's process compares and the web's answer.
        with ThreadPoolExecutor(1) as beside:
            comparison = beside.submit(compare)
            answers, answered = ask_all()
            compared, done = comparison.result()
    return {
        "lake_equal": compared["equal"],
        "lake_visits": next(table["lake_rows"] for table in compared["tables"] if table["table"] == "visit"),
        "indicators": len(answers),
        "indicator_visits_most": max(one.rows_in for one in answers.values()),
        "seconds_of_last_fill": round(filled - begun, 1),
        "seconds_of_all_indicators": round(answered - filled, 1),
        "seconds_of_comparing_lake": round(done - filled, 1),
        "cpu_s_of_closing": round(time.process_time(), 1),
    }


if __name__ == "__main__":
    print(json.dumps(close_day()))
