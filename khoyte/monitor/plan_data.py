"""The five source documents as data: `khoyte plan load` enters them, once."""

import csv
from pathlib import Path

from khoyte.monitor import actions
from khoyte.units.policy import Actor

DATA = Path(__file__).parent / "data"


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_documents(*, by: Actor) -> int:
    """Enter documents and tasks as printed; what is there already is left alone. How many tasks are new."""
    made, tasks = 0, rows_of("tasks")
    for position, row in enumerate(rows_of("documents")):
        document = actions.enter_document(**row, position=position, by=by)
        rows = [task for task in tasks if task["document"] == document.code]
        made += actions.enter_tasks(document=document, rows=rows, by=by)
    return made
