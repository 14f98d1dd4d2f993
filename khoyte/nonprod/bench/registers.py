"""`khoyte bench registers`: the registers at the size of the nation, asked as people ask them.

A system of its own with so many facilities and practitioners, entered by the import itself,
and cases that wait for review. Then pages are asked over
HTTP one after the other and their answers held against what is known of the invented people: the queue of the
largest province, search with and without marks, the public look-up, the progress of the campaign, the plan.
Last, messages to the National Data Centre are delivered to a twin that reads back what it holds, and a file
of twice as many practitioners is checked without being stored.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_plus

import psycopg

from khoyte.campaigns.plans import campaigns
from khoyte.foundation.database import database_urls
from khoyte.foundation.text import fold
from khoyte.nonprod.bench import errors
from khoyte.nonprod.bench import invented_register as invented
from khoyte.nonprod.bench.asking import Asker, Page
from khoyte.nonprod.bench.invented_register import Row
from khoyte.nonprod.bench.machine import machine_line
from khoyte.nonprod.bench.processor import Part
from khoyte.nonprod.faults.system import OwnSystem
from khoyte.nonprod.twins.receiver import Receiver, serving

REQUESTS, FEW = 60, 12
_LIST = "/so-dang-ky/practitioners"
_COMMON = ("nguyen thi", "tran van", "bac sy nguyen")
_MOST_COUNTED, _MOST_LISTED = 1_000, 10_000
_SHOWN_IN_LIST, _SHOWN_IN_PUBLIC = 50, 20
DELIVERED = 5_000
_MOST_IN_SHEET = 100_000
_FILLED = "bench-filled.json"
# Nobody is turned away for asking often, and nothing is sent while pages are measured.
_SETTINGS = {
    "KHOYTE_LOOKUPS_A_MINUTE": "0",
    "KHOYTE_LOOKUPS_A_DAY": "0",
    "KHOYTE_VERIFICATIONS_A_MINUTE": "0",
    "KHOYTE_VERIFICATIONS_A_DAY": "0",
    "KHOYTE_DATACENTRE": "http://127.0.0.1:9",
    "KHOYTE_DATACENTRE_NETWORKS": "127.0.0.0/8",
}
Say = Callable[[str], None]


def registers(facilities: int, practitioners: int, cases: int, keep: Path | None = None) -> dict[str, Any]:
    """Measured figures at a size, told on the terminal as they come."""
    shown = sys.stderr.isatty()

    def say(line: str) -> None:
        if shown:
            print(line, file=sys.stderr)

    return run(facilities, practitioners, min(cases, practitioners), keep, say)


def run(facilities: int, practitioners: int, cases: int, keep: Path | None, say: Say) -> dict[str, Any]:
    """The document; with `keep` the filled system stays there and is not filled a second time."""
    system = OwnSystem(settings=_SETTINGS, home=keep)
    filled = _filled(system, facilities, practitioners, cases)
    say(f"filled: {filled['entered']}")
    cookies = apart(system, "khoyte.nonprod.bench.registers_accounts", invented.LARGEST)
    rows = list(invented.practitioner_rows(practitioners, invented.places(facilities)))
    people = People.of(rows, filled["cases"])
    with system:
        server, workers = system.pids("database"), system.pids("worker")
        parts = {"web": Part([system.pid], apart_from=[*workers, *server]), "database": Part(server)}
        asker = Asker(system.port, cookies, parts, say)
        asked = asked_pages(people, facilities) | records_pages(system, people)
        pages = {name: asker.measure(name, each) for name, each in asked.items()}
        memory = {name: round(part.peak_mb()) for name, part in parts.items()}
    delivery = _delivered(system, min(DELIVERED, practitioners))
    say(f"delivery: {delivery}")
    sizes = [facilities, practitioners, 2 * practitioners, min(practitioners, _MOST_IN_SHEET)]
    dry_run = apart(system, "khoyte.nonprod.bench.registers_dry_run", *map(str, sizes))
    say(f"dry run: {dry_run}")
    return {
        "machine": machine_line(),
        "facilities": facilities,
        "practitioners": practitioners,
        "open_cases": filled["cases"],
        "entered": filled["entered"],
        "pages": pages,
        "delivery": delivery,
        "dry_run": dry_run,
        "peak_mb": memory,
        "answers_checked": True,
    }


def _filled(system: OwnSystem, facilities: int, practitioners: int, cases: int) -> dict[str, Any]:
    known = system.home / _FILLED
    if known.exists():
        return dict(json.loads(known.read_text()))
    module = "khoyte.nonprod.bench.registers_fill"
    filled = apart(system, module, str(facilities), str(practitioners), str(cases))
    known.write_text(json.dumps(filled))
    return filled


def _delivered(system: OwnSystem, messages: int) -> dict[str, Any]:
    """The next so many messages sent to a twin that keeps them, and read back, while the system is down."""
    twin = Receiver()
    with serving(twin) as address:
        system.environment["KHOYTE_DATACENTRE"] = address
        told = apart(system, "khoyte.nonprod.bench.registers_deliver", str(messages))
    if len(twin.log) != told["applied"] or told["applied"] < messages:
        raise errors.answers_differ("delivery", (told["applied"], len(twin.log)), messages)
    return told


def apart(system: OwnSystem, module: str, *arguments: str) -> dict[str, Any]:
    """The JSON document of a program of ours run in the surroundings of a system. Raises BenchFailed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise errors.floor_failed(f"{module}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


# What is asked, and what the answers must hold


@dataclass(frozen=True)
class People:
    """The invented practitioners, and the folded words that a search finds each by."""

    rows: Sequence[Row]
    texts: Sequence[str]
    cases: int

    @classmethod
    def of(cls, rows: Sequence[Row], cases: int) -> "People":
        titles = {code: fold(label) for code, label in invented.TITLE_WORDS.items()}
        return cls(
            rows,
            [
                f" {fold(one['full_name'])} {titles[one['title']]} {one['licence_number'].lower()}"
                for one in rows
            ],
            cases,
        )

    def found_by(self, words: str, province: str = "") -> int:
        """How many have, for every word, one that begins with it."""
        wanted = [f" {word}" for word in fold(words).split()]
        return sum(
            all(word in text for word in wanted) and row["facility"].startswith(province)
            for row, text in zip(self.rows, self.texts, strict=True)
        )

    def waiting_in(self, province: str) -> int:
        """Cases at the level of a province: those of four of its five people."""
        rows = enumerate(self.rows[: self.cases])
        return sum(number % 5 > 0 and one["facility"].startswith(province) for number, one in rows)

    def in_province(self, province: str) -> int:
        return sum(one["facility"].startswith(province) for one in self.rows)


def asked_pages(people: People, facilities: int) -> dict[str, list[Page]]:
    """Pages by name, each with words that only a right answer holds."""
    largest, everybody = invented.LARGEST, len(people.rows)
    chosen = Random("pages").sample(people.rows, min(REQUESTS, everybody))
    rare = {one["full_name"]: people.found_by(one["full_name"]) for one in chosen}
    named = [one for one in chosen if rare[one["full_name"]] <= _SHOWN_IN_LIST]
    sought = [one for one in chosen if rare[one["full_name"]] <= _SHOWN_IN_PUBLIC]

    def each(rows: Sequence[Row], address: Callable[[str], str], words: str, who: str) -> list[Page]:
        said = fold if words == "bare name" else str
        column = "full_name" if words.endswith("name") else words
        return [Page(address(said(one[column])), who, [one["full_name"]]) for one in rows]

    def common(who: str, province: str) -> list[Page]:
        counted = {words: _listed(people.found_by(words, province)) for words in _COMMON}
        return [Page(_search(words), who, [counted[words]]) for words in _COMMON] * (FEW // len(_COMMON))

    waiting = people.waiting_in(largest)
    return {
        "queue of a province": [Page("/ra-soat", "province", [_count(min(waiting, _MOST_COUNTED))])]
        * REQUESTS,
        "search, name without marks": each(named, _search, "bare name", "ministry"),
        "search, name with marks": each(named, _search, "full name", "ministry"),
        "search, licence": each(chosen, _search, "licence_number", "ministry"),
        "search, personal number": each(chosen, _search, "personal_number", "ministry"),
        "search, common words": common("ministry", ""),
        "search, common, a province": common("province", largest),
        "list of all": [Page(_LIST, "ministry", [_listed(everybody)])] * FEW,
        "list of a province": [Page(_LIST, "province", [_listed(people.in_province(largest))])] * FEW,
        "the registers": [Page("/so-dang-ky", "ministry", [_count(everybody)])] * FEW,
        "look-up, name": each(sought, _look_up, "bare name", ""),
        "look-up, licence": each(chosen, _look_up, "licence_number", ""),
        "look-up, common words": [Page(_look_up(_COMMON[0]))] * FEW,
        **{
            f"progress, step {step.number}": [
                Page(f"/tien-do?buoc={step.number}", who, holds)
                for who, holds in (
                    ("ministry", [_count(facilities if step.measure.startswith("facil") else everybody)]),
                    ("lead", []),
                )
                for _ in range(FEW // 2)
            ]
            for step in next(iter(campaigns().values())).steps
            if step.measure
        },
        "plan": [Page("/ke-hoach", "ministry")] * FEW,
        "direction board": [Page("/ke-hoach/dieu-hanh", "ministry", [_count(everybody)])] * FEW,
        "direction board, a province": [Page("/ke-hoach/dieu-hanh", "lead")] * FEW,
    }


def records_pages(system: OwnSystem, people: People) -> dict[str, list[Page]]:
    """Pages of records and of cases; sets the tables right first, as the server does by itself in a night."""
    with psycopg.connect(database_urls(system.home)["admin"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        rows = connection.execute(_RECORDS, [invented.LARGEST, REQUESTS]).fetchall()
    return {
        "record": [Page(f"{_LIST}/{record}", "province", [name]) for record, _, name in rows],
        "record, ministry": [Page(f"{_LIST}/{record}", "ministry", [name]) for record, _, name in rows],
        "case of the queue": [Page(f"/ra-soat/{case}", "province", [name]) for _, case, name in rows],
    }


_RECORDS = """
SELECT p.id, c.id, p.full_name FROM practitioners p JOIN register_case c ON c.record = p.id
WHERE p.province = %s AND c.level = 'province' AND c.closed_at IS NULL ORDER BY md5(p.licence_number) LIMIT %s
"""


def _count(number: int) -> str:
    """As pages write it in Vietnamese."""
    return f"{number:,}".replace(",", ".")


def _listed(number: int) -> str:
    """As the heading of a list says it, which does not count without end."""
    return f"({'hơn ' if number > _MOST_LISTED else ''}{_count(min(number, _MOST_LISTED))})"


def _search(words: str) -> str:
    return f"{_LIST}?q={quote_plus(words)}"


def _look_up(words: str) -> str:
    return f"/tra-cuu?q={quote_plus(words)}"
