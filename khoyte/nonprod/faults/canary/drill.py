"""The drill: plant by every door, break things meanwhile, then look everywhere but where it belongs."""

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from khoyte.nonprod.faults import processes
from khoyte.nonprod.faults.canary import trouble
from khoyte.nonprod.faults.canary.control import plant_controls
from khoyte.nonprod.faults.canary.doors import DOORS, World
from khoyte.nonprod.faults.canary.knocking import Caller, Knock
from khoyte.nonprod.faults.canary.persons import Envelope
from khoyte.nonprod.faults.canary.planting import KINDS, Canary, invent
from khoyte.nonprod.faults.canary.receiver import Receiver, receiving
from khoyte.nonprod.faults.canary.searching import Place, Search, Sighting, files_below
from khoyte.nonprod.faults.system import OwnSystem

OWN, NEIGHBOUR = "99001", "99002"
DOORS_PER_CANARY = 3
IN_TROUBLE = (
    "file name, key, gateway's receipt",
    "sound records",
    "query string of those who may",
    "multipart",
)
"""Doors that reach database and blob store, to be used while these are broken."""

_PUBLIC = ("/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/dang-nhap", "/static/khoyte.css")
_REPORTED = 40
_TYPED = 8
_SIGN_IN = "user name typed as a password, password as a user name"
Say = Callable[[str], None]


def run_canary_drill(n: int, seed: int, say: Say = lambda line: None) -> dict[str, Any]:
    """The document of `khoyte fault canary --json`: 0 sightings and every control seen is what holds."""
    begin = time.monotonic()
    canaries = invent(n, seed)
    with TemporaryDirectory(prefix="khoyte-canary-") as folder, receiving(canaries) as receiver:
        scratch = Path(folder) / "tmp"
        scratch.mkdir()
        settings = {"KHOYTE_DEMO": "1", "TMPDIR": str(scratch)}
        with TempWatch(scratch) as watch, OwnSystem(settings=settings) as system:
            drill = Drill(system, canaries, seed, receiver, Path(folder), say)
            drill.plant()
            drill.break_and_plant()
            drill.let_work_end()
            drill.look_at_running()
            in_tables, secrets = drill.look_at_tables()
            system.stop()
            sightings = [*in_tables, *drill.look(drill.left_behind(watch, scratch))]
            wanted, seen = plant_controls(system.home / "logs", scratch, seed, drill.search_for)
    figures = drill.figures(time.monotonic() - begin, wanted, seen, secrets)
    return _document(n, seed, sightings, figures)


@dataclass
class Drill:
    """One run: what was planted where, and what was seen."""

    system: OwnSystem
    canaries: Sequence[Canary]
    seed: int
    receiver: Receiver
    folder: Path
    say: Say
    used: Counter[str] = field(default_factory=Counter)
    searched_mb: float = 0.0
    judged: int = 0
    errors_logged: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.caller = Caller(self.system.address)
        self.outputs: list[Place] = []
        tokens = self.system.senders((OWN, NEIGHBOUR))
        clerk, clerk_password = self._account("clerk", "facility")
        desk, desk_password = self._account("protector", "data_protection")
        self.world = World(
            caller=self.caller,
            bearer=tokens[OWN],
            neighbour=tokens[NEIGHBOUR],
            cookies=clerk,
            desk=desk,
            envelope=Envelope(OWN, self.folder, self.seed),
            receiver=self.receiver.url,
        )
        # Typed at sign-in and nowhere else, so that finding one in a table is a leak.
        self.typed = [one for one in invent(_TYPED * len(KINDS), self.seed + 7) if one.kind == "password"]
        # Secrets the system itself gave out; they may stand in no place a canary may not.
        self.real = [
            Canary(-1, "token", tokens[OWN]),
            Canary(-2, "token", tokens[NEIGHBOUR]),
            Canary(-3, "password", clerk_password),
            Canary(-4, "password", desk_password),
            Canary(-5, "session", clerk["sessionid"]),
            Canary(-6, "session", desk["sessionid"]),
        ]
        self.verdicts: list[str] = []

    def plant(self) -> None:
        """Each canary by three doors, in turns, so that every door gets canaries of every kind."""
        doors = list(DOORS)
        for place, canary in enumerate(self.canaries):
            for step in range(DOORS_PER_CANARY):
                self._carry(doors[(place * DOORS_PER_CANARY + step) % len(doors)], canary)
            if place % 100 == 99:
                self.say(f"{place + 1}/{len(self.canaries)} canaries planted")
        for canary in self.typed:
            self._carry(_SIGN_IN, canary)

    def break_and_plant(self) -> None:
        """Some canaries again, while things are broken around them."""
        some = self.canaries[: max(14, len(self.canaries) // 20)]
        system = self.system
        for name, broken in (
            ("submission refuses", lambda: trouble.refusing_table(system, "submission")),
            ("no right to read", lambda: trouble.without_right(system, "submission")),
            ("no store", lambda: trouble.without_store(system)),
            ("web killed", lambda: trouble.killed(system, "web")),
            ("database killed", lambda: trouble.killed(system, "database")),
        ):
            with broken():
                for place, canary in enumerate(some):
                    self._carry(IN_TROUBLE[place % len(IN_TROUBLE)], canary)
            self.say(name)
        with trouble.refusing_table(system, "visit"):
            for canary in some:
                self._carry("sound records", canary)
            trouble.wait_until(lambda: "database:" in _text(system.home / "logs", "worker"), 20)
        self.say("visit refuses")

    def let_work_end(self) -> None:
        """Commands have their turn; then wait until all has a verdict and messages have gone out."""
        file = self.folder / "check.xml"
        file.write_bytes(self.world.envelope.spoiled(self.canaries[0].value))
        self._command("check", str(file), "--json")
        file.write_bytes(self.world.envelope.sound(self.canaries[0].value)[:-70])
        self._command("check", str(file))
        self._command("intake", str(file))
        trouble.wait_until(lambda: trouble.waiting(self.system) == 0, 120)
        trouble.wait_until(lambda: self.receiver.calls >= 6, 15)
        self.judged = trouble.judged(self.system)

    def look_at_running(self) -> None:
        """What only a running system shows: public pages, verdicts' words, command lines, surroundings."""
        for path in _PUBLIC:
            answer = self.caller.ask(Knock(target=path), "a public page")
            self.outputs.append(Place(f"answer of {path}", answer.whole))
        for number in self.verdicts[:60]:
            for form in ("findings", "report.csv"):
                target = f"/api/v1/submissions/{number}/{form}"
                answer = self.caller.ask(Knock(target=target, headers=self.world.machine, own=True))
                self.outputs.append(Place(f"{form} of a verdict", answer.body))
        for pid in processes.family(self.system.pid):
            for name in ("cmdline", "environ"):
                try:
                    content = Path(f"/proc/{pid}/{name}").read_bytes()
                except OSError:
                    continue
                self.outputs.append(Place(f"{name} of a process", content))

    def look_at_tables(self) -> tuple[list[Sighting], int]:
        """Secrets may not lie in the clear even in the database; persons are what it is for."""
        secrets = [*self.real[:4], *self.typed]
        places = (Place(f"table {name}", rows) for name, rows in trouble.tables(self.system))
        return self._search(secrets, places), len(secrets)

    def left_behind(self, watch: "TempWatch", scratch: Path) -> Iterator[Place]:
        """Everything the system said, wrote or told, without blobs and database."""
        home = self.system.home
        away = (home / "blobs", home / "database")
        self.errors_logged = {
            name: _text(home / "logs", name).count(" ERROR ") + _text(home / "logs", name).count(" WARNING ")
            for name in ("web", "worker")
        }
        yield from files_below(home, without=away)
        yield from files_below(scratch)
        yield from watch.seen
        yield from self.outputs
        yield from self.caller.told

    def look(self, places: Iterable[Place]) -> list[Sighting]:
        return self._search([*self.canaries, *self.typed, *self.real], places)

    def search_for(self, canaries: Sequence[Canary], folders: Sequence[Path]) -> list[Sighting]:
        """The same search for the control group."""
        places = (place for folder in folders for place in files_below(folder))
        return Search(canaries).look(places)

    def figures(self, seconds: float, wanted: set[str], seen: set[str], secrets: int) -> dict[str, Any]:
        return {
            "planted": len(self.canaries) + len(self.typed),
            "doors": len(DOORS),
            "carried": dict(sorted(self.used.items())),
            "answers": {str(status): count for status, count in sorted(self.caller.statuses.items())},
            "judged": self.judged,
            "webhook_calls": self.receiver.calls,
            "errors_logged": self.errors_logged,
            "searched_mb": round(self.searched_mb, 1),
            "secrets_sought_in_tables": secrets,
            "control_planted": len(wanted),
            "control_found": len(wanted & seen),
            "control_missed": sorted(wanted - seen),
            "seconds": round(seconds, 1),
        }

    def _search(self, canaries: Sequence[Canary], places: Iterable[Place]) -> list[Sighting]:
        search = Search(canaries)
        found = search.look(places)
        self.searched_mb += search.megabytes
        return found

    def _carry(self, door: str, canary: Canary) -> None:
        for knock in DOORS[door](self.world, canary.value):
            answer = self.caller.ask(knock, door)
            if knock.own and door in ("sound records", "spoiled records") and answer.status in (200, 202):
                self.verdicts.append(json.loads(answer.body)["id"])
        self.used[door] += 1

    def _command(self, *arguments: str) -> str:
        """A command of the operator; what it says is looked through, too."""
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", *arguments],
            env=self.system.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if arguments[0] != "account":  # it prints the password it has made, once, as it should
            self.outputs.append(Place(f"khoyte {arguments[0]}", (done.stdout + done.stderr).encode()))
        return done.stdout

    def _account(self, name: str, role: str) -> tuple[dict[str, str], str]:
        """A new account of the facility: the cookies of its browser, and its password."""
        password = self._command("account", "create", name, "--unit", OWN, "--role", role).split()[-1]
        return self._signed_in(name, password), password

    def _signed_in(self, name: str, password: str) -> dict[str, str]:
        page = self.caller.ask(Knock(target="/dang-nhap"))
        token = _cookies(page.headers.get_all("Set-Cookie") or [])["csrftoken"]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
        answer = self.caller.ask(Knock("POST", "/dang-nhap", kind, urlencode(form).encode()))
        cookies = _cookies(answer.headers.get_all("Set-Cookie") or [])
        if "sessionid" not in cookies:
            raise RuntimeError(f"the clerk cannot sign in: {answer.status}")
        return {"csrftoken": cookies.get("csrftoken", token), "sessionid": cookies["sessionid"]}


class TempWatch:
    """Files that stand in a temporary folder for a moment: names and what could be read of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[Place] = []
        self._known: set[tuple[Path, int]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "TempWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            for path in self.folder.rglob("*"):
                try:
                    size = path.stat().st_size
                    if path.is_file() and (path, size) not in self._known:
                        self._known.add((path, size))
                        self.seen.append(Place(f"temporary file {path.name}", path.read_bytes()))
                except OSError:
                    continue


def _text(folder: Path, name: str) -> str:
    return "".join(path.read_text(errors="replace") for path in sorted(folder.glob(f"{name}*.log")))


def _cookies(lines: Sequence[str]) -> dict[str, str]:
    pairs = (re.match(r"([^=;]+)=([^;]*)", line) for line in lines)
    return {found[1]: found[2] for found in pairs if found}


def _document(n: int, seed: int, sightings: list[Sighting], figures: dict[str, Any]) -> dict[str, Any]:
    """Places and kinds of what was seen; the values would be one more leak."""
    seen = Counter((one.canary.kind, one.where, one.spelling) for one in sightings)
    leaks = [
        {"kind": kind, "where": where, "spelling": spelling, "times": times}
        for (kind, where, spelling), times in seen.most_common(_REPORTED)
    ]
    worked = figures["judged"] and figures["webhook_calls"] and all(figures["errors_logged"].values())
    return {
        "drill": "canary",
        "n": n,
        "seed": seed,
        "acknowledged": figures["answers"].get("202", 0),
        "lost": 0,
        "doubled": 0,
        "errors": len(sightings),
        "recovered_s_max": 0.0,
        "holds": not sightings and not figures["control_missed"] and bool(worked),
        "figures": {"leaks": leaks, "leaked": len({one.canary.number for one in sightings}), **figures},
    }
