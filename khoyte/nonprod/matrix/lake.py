"""A lake of the matrix: a visit and a practitioner of each facility in files, for the indicators to read.

The real lake is filled by connections of its own, which see nothing of a transaction that is never committed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from khoyte.foundation.home import home
from khoyte.warehouse.columns import STATE, columns_of
from khoyte.warehouse.models import LakeState
from khoyte.warehouse.tables import DataFile, schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def fill(facilities: "Mapping[str, str]") -> None:
    """One file of visits and one of their states."""
    places = list(facilities.items())
    visits = [{"visit_id": n, "facility": f, "province": p} for n, (f, p) in enumerate(places)]
    states = [{**row, "is_current": 1, "as_of": 1} for row in visits]
    day = timezone.localdate()
    people = [{"day": day, "facility": f, "province": p, "title": "BS"} for f, p in places]
    for name, rows in (("visit", visits), (STATE, states), ("register_practitioner", people)):
        _write(name, rows)
    LakeState.objects.update_or_create(
        id=1,
        defaults={
            "fills": 1,
            "generation": "matrix",
            "visits": len(visits),
            "as_of": timezone.now(),
            "registers": {day.isoformat(): timezone.now().isoformat()},
        },
    )


def _folder() -> Path:
    folder = home() / "matrix-lake"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(name: str, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa  # with the engine, only here
    import pyarrow.parquet as pq

    schema = schema_of(columns_of(name))
    whole = [{column: row.get(column) for column in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(whole, schema=schema), _folder() / f"{name}.parquet")


def files_of(found: LakeState) -> dict[str, list[DataFile]]:
    """In place of `warehouse.answering.files_of`."""
    names = ("visit", STATE, "register_practitioner")
    return {name: [DataFile(str(_folder() / f"{name}.parquet"), "", "", 1, 1)] for name in names}
