"""Stored months for the benchmark of rules: visits, some lines of which are spoiled in a known way."""

from collections import Counter
from pathlib import Path

import zstandard

from khoyte.nonprod.generator.bench import FACILITY, bench_dossier
from khoyte.nonprod.generator.dossier import Dossier, dossier_text
from khoyte.nonprod.generator.envelope import submission_file
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.submissions import DEFAULT_START, make_desk
from khoyte.nonprod.generator.world import FACILITIES

PER_FILE = 500
CHECKED = ("V-056", "V-057", "V-058", "V-059", "V-060", "V-061")
"""The rules whose findings both sides count; V-061 in both its parts, on both tables of lines."""


def write(folder: Path, visits: int) -> dict[str, int]:
    """Write files of PER_FILE visits below `folder`; findings planted by rule of CHECKED."""
    folder.mkdir(parents=True)
    desk, planted = make_desk(FACILITIES[FACILITY], 1), Counter[str]()
    day, plain = day8(DEFAULT_START.toordinal()), folder / "file.xml"
    for number, first in enumerate(range(0, visits, PER_FILE)):
        count = min(PER_FILE, visits - first)
        with submission_file(plain, FACILITY, day, count) as add:
            for place in range(1, count + 1):
                dossier = bench_dossier(desk, place)
                planted.update(spoil(dossier, first + place))
                add(dossier_text(dossier))
        (folder / f"{number:06d}.zst").write_bytes(zstandard.compress(plain.read_bytes(), 3))
    plain.unlink()
    return dict(planted)


def spoil(dossier: Dossier, number: int) -> list[str]:
    """Every tenth visit has a wrong amount of a drug, every fifteenth an unusual rate and wrong sources."""
    found: list[str] = []
    if number % 10 == 0:
        drug = dossier.tables["XML2"][0]
        drug["THANH_TIEN_BV"] = str(float(drug["THANH_TIEN_BV"]) + 1)
        found.append("V-056")
    if number % 15 == 0:
        service = dossier.tables["XML3"][0]
        service["T_NGUONKHAC_CL"] = "100"
        found.append("V-061")
    return found
