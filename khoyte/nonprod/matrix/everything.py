"""All parts of the matrix one after the other, in one transaction that is undone."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from khoyte.nonprod.matrix.asking import askers
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.table import BESIDE_THE_RESOLVER, missing
from khoyte.nonprod.matrix.trial import Trial, sample, tries
from khoyte.nonprod.matrix.walls import try_walls, walls
from khoyte.nonprod.matrix.world import build_world

_SHOWN = 50
_SAY_EVERY = 1000


def run_everything(n: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures of the whole matrix (`n` cells of it, 0 for all)."""
    begin = time.monotonic()
    found = [(route.address, route.method) for route in routes()]
    without = missing([*found, *((address, "") for address in BESIDE_THE_RESOLVER)])
    with transaction.atomic():
        world = build_world()
        cells = sample(list(tries(askers())), n, seed)
        trial = Trial(world)
        for number, cell in enumerate(cells, 1):
            trial.try_one(cell)
            if number % _SAY_EVERY == 0:
                say(f"{number}/{len(cells)}")
        in_sql = try_walls()
        transaction.set_rollback(True)
    outcome = trial.outcome
    return {
        "routes": len(found),
        "without_line": without,
        "cells": outcome.tried,
        "allowed": outcome.allowed,
        "refused": outcome.refused,
        "not_there": outcome.not_there,
        "other_methods": outcome.other_method,
        "leaks": len(outcome.leaks),
        "faults": len(outcome.faults) + len(in_sql.faults),
        "in_sql": {"tables": len(walls()), "asked": in_sql.asked, "faults": len(in_sql.faults)},
        "examples": [*outcome.leaks[:_SHOWN], *outcome.faults[:_SHOWN], *in_sql.faults[:_SHOWN]],
        "seconds": round(time.monotonic() - begin, 1),
    }
