"""A twin of the check against the population database: invented persons, all with place code 999.

Of the demonstration's staff every fortieth has another name there and every fiftieth another day of birth;
one number was cancelled, one holder has died, one is not known: so every answer is to be seen.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from khoyte.foundation.text import nfc
from khoyte.nonprod.generator.world import FACILITIES, staff
from khoyte.nonprod.twins.receiver import SLOW_SECONDS, Answer, Failing

FAULTS = {
    "slow": "answers after who asked has given up",
    "401": "does not know the token",
    "429": "asks to wait a second",
    "down": "hangs up",
    "wrong-ack": "answers another question",
}


@dataclass(frozen=True)
class Person:
    """As the database holds somebody; `status` is "", "cancelled" (the number) or "deceased"."""

    number: str
    full_name: str
    birth_date: str
    sex: str
    status: str = ""


class PopulationTwin(Failing):
    """Persons by number, and how often each question was asked."""

    def __init__(
        self,
        persons: Iterable[Person] = (),
        faults: Collection[str] = (),
        *,
        rate: float = 1.0,
        seed: int = 1,
        token: str = "",
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        super().__init__(faults, rate=rate, seed=seed, token=token, slow_seconds=slow_seconds)
        self.persons = {person.number: person for person in persons}
        self.asked: list[Mapping[str, Any]] = []

    def answer(self, method: str, path: str, body: bytes, authorization: str = "") -> Answer:
        """Raises HangUp where the connection is to be closed."""
        faults = self._drawn()
        before = self._before(faults)
        if before is not None:
            return before
        if self.token and authorization != f"Bearer {self.token}":
            return Answer(401, {"error": "invalid_token"})
        if (method, path.rstrip("/").rpartition("/")[2]) != ("POST", "verify"):
            return Answer(404, {"error": "not_found"})
        question = json.loads(body)
        with self._lock:
            self.asked.append(question)
        self._slowly(faults)
        transaction = str(uuid4()) if "wrong-ack" in faults else question.get("transaction")
        return Answer(200, {"transaction": transaction, **self.compared(question)})

    def compared(self, question: Mapping[str, Any]) -> dict[str, Any]:
        person = self.persons.get(question.get("personal_number", ""))
        if person is None:
            return {"result": "not_found"}
        if person.status:
            return {"result": person.status}
        agree = {
            "full_name": _plain(question.get("full_name")) == _plain(person.full_name),
            # As much of the day as was declared.
            "birth_date": person.birth_date.startswith(str(question.get("birth_date") or "?")),
            "sex": question.get("sex") == person.sex,
        }
        return {"result": "match" if all(agree.values()) else "mismatch", "agree": agree}


def _plain(name: object) -> str:
    return " ".join(nfc(str(name or "")).casefold().split())


def demonstration_persons() -> list[Person]:
    """The staff of the demonstration, with the differences said above."""
    everybody = [one for code in sorted(FACILITIES) for one in staff(code)]
    found = []
    for place, one in enumerate(everybody, start=1):
        born = f"{one.birth_year}-{1 + place % 12:02d}-{1 + place % 28:02d}"
        person = Person(one.personal_number, one.full_name, born, str(one.sex))
        if place % 40 == 0:
            person = replace(person, full_name=f"{one.full_name} Khác")
        elif place % 50 == 0:
            person = replace(person, birth_date=f"{int(one.birth_year) + 1}-01-02")
        found.append(person)
    found[2] = replace(found[2], status="cancelled")
    found[4] = replace(found[4], status="deceased")
    return found[:6] + found[7:]
