"""Writing invented submissions: how many visits each facility has each day, one file per facility and day.

The same arguments give the same bytes. Facilities share no state, so a run over some of them gives the files
that a run over all of them would have given only if the visits per facility agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from khoyte.nonprod.generator.defects.planter import Defect, Planter
from khoyte.nonprod.generator.dossier import dossier_text, draw_dossier
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.episode import BEDS, Desk
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.world import FACILITIES, Facility, first_facilities

DEFAULT_START = date(2026, 11, 2)
DEFECTS_FILE = "defects.json"

Progress = Callable[[int], None]


@dataclass
class GenerateReport:
    """What was written."""

    visits: int = 0
    files: list[Path] = field(default_factory=list)
    bytes: int = 0
    defects: list[Defect] = field(default_factory=list)


@dataclass(frozen=True)
class FileTask:
    """One file to write: `visits` dossiers of a facility whose care ends on the day (an ordinal)."""

    facility: Facility
    day: int
    visits: int

    @property
    def name(self) -> str:
        return f"{self.facility.code}_{day8(self.day)}_01.xml"


def generate_submissions(
    visits: int,
    seed: int,
    out: Path,
    facilities: int | Sequence[str] | None = None,
    start_date: date | None = None,
    days: int | None = None,
    defects: int = 0,
    progress: Progress | None = None,
) -> GenerateReport:
    """Write `visits` invented dossiers below `out`, with `defects` of them spoiled in a known way.

    `facilities` is a number of demonstration facilities (from 99001 upward) or their codes; one by default.
    `start_date` and `days` say on which days care ends; one day by default. Raises ValueError for what cannot
    be met: no visits, more defects than visits, unknown facilities.
    """
    chosen = choose_facilities(facilities)
    _check_numbers(visits, days, defects)
    out.mkdir(parents=True, exist_ok=True)
    tasks = share_out(visits, chosen, start_date or DEFAULT_START, days or 1)
    planter = Planter(seed, visits, defects, len(tasks))
    report = GenerateReport()
    for group in _by_facility(tasks):
        desk = make_desk(group[0].facility, seed)
        for task in group:
            _write_file(task, desk, planter, out, report, progress)
    report.defects = planter.planted
    (out / DEFECTS_FILE).unlink(missing_ok=True)  # of an earlier run
    if defects:
        write_answers(out / DEFECTS_FILE, report.defects)
    return report


def choose_facilities(facilities: int | Sequence[str] | None) -> list[Facility]:
    if facilities is None:
        return first_facilities(1)
    if isinstance(facilities, int):
        return first_facilities(facilities)
    unknown = sorted(set(facilities) - set(FACILITIES))
    if unknown or not facilities:
        raise ValueError(f"no such demonstration facility: {', '.join(unknown) or 'none given'}")
    return [FACILITIES[code] for code in facilities]


def _check_numbers(visits: int, days: int | None, defects: int) -> None:
    if visits < 1:
        raise ValueError("at least one visit")
    if days is not None and days < 1:
        raise ValueError("at least one day")
    if not 0 <= defects <= visits:
        raise ValueError(f"between 0 and {visits} defects, each in a dossier of its own")


BEDS_APART = 100
"""Runs of neighbouring seeds begin so many beds apart."""


def make_desk(facility: Facility, seed: int) -> Desk:
    """The admission desk of a facility in the run of a seed."""
    token = f"{Random(f'token {seed}').randrange(36**4):X}"
    rng = Random(f"visits of {facility.code}, seed {seed}")
    return Desk(facility, rng, token, first_bed=seed * BEDS_APART % BEDS)


def share_out(visits: int, facilities: list[Facility], start: date, days: int) -> list[FileTask]:
    """Visits per facility and day by the size of the facility, fewer on Sundays; the sum is exact."""
    slots = [(facility, start.toordinal() + day) for facility in facilities for day in range(days)]
    weights = [f.profile.weight * (0.3 if date.fromordinal(day).weekday() == 6 else 1) for f, day in slots]
    total, done, given = sum(weights), 0.0, 0
    tasks = []
    for (facility, day), weight in zip(slots, weights, strict=True):
        done += weight
        count = round(visits * done / total) - given
        given += count
        if count:
            tasks.append(FileTask(facility, day, count))
    return tasks


def _by_facility(tasks: list[FileTask]) -> Iterator[list[FileTask]]:
    groups: dict[str, list[FileTask]] = {}
    for task in tasks:
        groups.setdefault(task.facility.code, []).append(task)
    yield from groups.values()


def _write_file(
    task: FileTask, desk: Desk, planter: Planter, out: Path, report: GenerateReport, progress: Progress | None
) -> None:
    path = out / task.name
    declared = planter.open_file(task.name, task.visits)
    with submission_file(path, task.facility.code, day8(task.day), declared) as add:
        for place in range(1, task.visits + 1):
            dossier = draw_dossier(desk, task.day, place)
            spoiled = planter.visit(dossier)
            add(dossier_text(dossier) if spoiled is None else spoiled)
            if progress:
                progress(1)
    report.visits += task.visits
    report.files.append(path)
    report.bytes += path.stat().st_size


def write_answers(path: Path, defects: list[Defect]) -> None:
    """The answer file of planted defects."""
    document = {"defects": [asdict(defect) for defect in defects]}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
