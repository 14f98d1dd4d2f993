"""This process's share of all parts of the matrix, one after the other, in one transaction that is undone."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from khoyte.nonprod.matrix.asking import askers
from khoyte.nonprod.matrix.removals import ALL, Share, try_removals
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.table import BESIDE_THE_RESOLVER, missing
from khoyte.nonprod.matrix.trial import Trial, moved_by_others, sample, short, tries
from khoyte.nonprod.matrix.walls import Findings, try_walls, walls
from khoyte.nonprod.matrix.world import build_world

_SAY_EVERY = 1000


def run_part(n: int, seed: int, say: Callable[[str], None], share: Share = ALL) -> dict[str, Any]:
    """This process's share of the whole matrix (`n` cells of it, 0 for all): counts, and lists of what was
    found."""
    begin = time.monotonic()
    found = [(route.address, route.method) for route in routes()]
    without = missing([*found, *((address, "") for address in BESIDE_THE_RESOLVER)])
    with transaction.atomic():
        world = build_world()
        asking = askers()
        cells = share.of(sample(list(tries(asking)), n, seed))
        trial = Trial(world)
        for number, cell in enumerate(cells, 1):
            trial.try_one(cell)
            if number % _SAY_EVERY == 0:
                say(f"{number}/{len(cells)} cells")
        asked = time.monotonic()
        compared, moved = moved_by_others(world, share.of(asking))
        in_sql = try_walls() if share.part == 0 else Findings()
        # HEAD runs the code of GET.
        telling = [cell for cell in short(tries(asking), seed, wide=True) if cell.method == cell.line.method]
        removals = try_removals(world, telling, say=say, share=share)
        transaction.set_rollback(True)
    outcome = trial.outcome
    return {
        "counts": {
            "cells": outcome.tried,
            "allowed": outcome.allowed,
            "refused": outcome.refused,
            "not_there": outcome.not_there,
            "other_methods": outcome.other_method,
            "compared_with_more_of_others": compared,
            "in_sql": in_sql.asked,
            "taken_away": removals.filters,
            "noticed": removals.caught,
            "not_walls": removals.known,
            "wall_behind_tried": removals.behind_the_wall,
        },
        "routes": len(found),
        "tables": len(walls()),
        "without_line": without,
        "leaks": outcome.leaks,
        "faults": outcome.faults,
        "moved": moved,
        "in_sql": in_sql.faults,
        "removals": removals.faults,
        "not_noticed": removals.not_caught,
        "shown_through": removals.shown_through,
        "seconds": {"cells": round(asked - begin, 1), "all": round(time.monotonic() - begin, 1)},
    }
