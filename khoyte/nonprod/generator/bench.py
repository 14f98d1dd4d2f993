"""Files for benchmarks: visits of one known shape and about 33 kB each, free of findings.

A visit has five tables: XML1, 5 drugs (XML2), 8 services and supplies (XML3), 6 results (XML4) and 3 notes
(XML5).
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from khoyte.nonprod.generator.conditions import Dose
from khoyte.nonprod.generator.dossier import Dossier, dossier_text, settled_summary, visit_tables
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.episode import DISCHARGED, VISIT, Desk, Episode, plan
from khoyte.nonprod.generator.lines import (
    Orders,
    add_drug,
    add_supply,
    add_test,
    add_treatment,
    add_visit,
    number_rows,
)  # fmt: skip
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.reference import DRUGS, SERVICES
from khoyte.nonprod.generator.submissions import DEFAULT_START, make_desk
from khoyte.nonprod.generator.summary import note_row
from khoyte.nonprod.generator.world import FACILITIES

FACILITY = "99001"
_DOSES = (
    Dose("amoxiclav", 1, 2, 7),
    Dose("paracetamol", 1, 3, 5),
    Dose("ambroxol", 1, 2, 7),
    Dose("omeprazol", 1, 1, 14),
    Dose("salbutamol", 1, 2, 3),
)
_TREATMENTS = ("nebuliser", "infrared")
_SUPPLIES = (("gauze", 2), ("syringe", 3), ("catheter", 1), ("iv_set", 1))
_NOTES = 3


def bench_visit_files(visits: int, per_file: int, out: Path, seed: int = 1) -> list[Path]:
    """Write `visits` dossiers of facility 99001 in files of `per_file`; every file is of the same day."""
    out.mkdir(parents=True, exist_ok=True)
    desk = make_desk(FACILITIES[FACILITY], seed)
    paths = []
    for number, first in enumerate(range(0, visits, per_file), start=1):
        count = min(per_file, visits - first)
        path = out / f"{FACILITY}_{day8(DEFAULT_START.toordinal())}_{number:06d}.xml"
        with submission_file(path, FACILITY, day8(DEFAULT_START.toordinal()), count) as add:
            for place in range(1, count + 1):
                add(dossier_text(bench_dossier(desk, place)))
        paths.append(path)
    return paths


def bench_dossier(desk: Desk, place_in_file: int) -> Dossier:
    """One outpatient visit of the shape that benchmarks count on."""
    day = DEFAULT_START.toordinal()
    episode = plan(desk, day, VISIT)
    episode.leaving, episode.result, episode.follow_up = DISCHARGED, "2", None
    orders = _bench_orders(desk.rng, episode)
    notes = [note_row(desk.rng, episode, place, episode.arrival + 6 + 15 * place) for place in range(_NOTES)]
    summary = settled_summary(episode, orders, place_in_file, day)
    return Dossier(
        episode.ma_lk, episode.facility.code, episode.forms, visit_tables(summary, orders, notes), episode
    )


def _bench_orders(rng: Random, episode: Episode) -> Orders:
    orders = Orders()
    ordered = episode.arrival + 8
    add_visit(episode, orders)
    add_test(rng, episode, orders, SERVICES["blood_count"], ordered)
    for key in _TREATMENTS:
        add_treatment(episode, orders, SERVICES[key], ordered + 20)
    for key, count in _SUPPLIES:
        add_supply(episode, orders, key, count, ordered + 20)
    for dose in _DOSES:
        add_drug(episode, orders, DRUGS[dose.drug], dose, dose.days or 1, episode.end - 10)
    number_rows(orders)
    return orders
