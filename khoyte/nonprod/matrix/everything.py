"""All parts of the matrix one after the other, in one transaction that is undone."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from khoyte.nonprod.matrix.asking import askers
from khoyte.nonprod.matrix.removals import try_removals
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.table import BESIDE_THE_RESOLVER, missing
from khoyte.nonprod.matrix.trial import Trial, moved_by_others, sample, short, tries
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
        asking = askers()
        cells = sample(list(tries(asking)), n, seed)
        trial = Trial(world)
        for number, cell in enumerate(cells, 1):
            trial.try_one(cell)
            if number % _SAY_EVERY == 0:
                say(f"{number}/{len(cells)}")
        compared, moved = moved_by_others(world, asking)
        in_sql = try_walls()
        removals = try_removals(world, short(tries(asking), seed, wide=True), say=say)
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
        "faults": len(outcome.faults) + len(moved) + len(in_sql.faults) + len(removals.faults),
        "compared_with_more_of_others": compared,
        "in_sql": {"tables": len(walls()), "asked": in_sql.asked, "faults": len(in_sql.faults)},
        "filters": {
            "taken_away": removals.filters,
            "noticed": removals.caught,
            "not_noticed": len(removals.not_caught),
            "not_noticed_names": removals.not_caught,
            "not_walls": removals.known,
            "wall_behind_tried": removals.behind_the_wall,
            "shown_through": len(removals.shown_through),
        },
        "examples": [
            *outcome.leaks[:_SHOWN],
            *outcome.faults[:_SHOWN],
            *moved[:_SHOWN],
            *in_sql.faults[:_SHOWN],
            *removals.faults[:_SHOWN],
        ],
        "seconds": round(time.monotonic() - begin, 1),
    }
