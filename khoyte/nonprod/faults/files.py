"""Generated files for a drill: sound ones, so that every dossier must be accepted."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from khoyte.foundation.calendar import today
from khoyte.nonprod.faults.client_ledger import OutgoingFile
from khoyte.nonprod.generator import generate_submissions

_DAYS = 30


def generated_files(
    count: int, facilities: Sequence[str], folder: Path, *, seed: int, visits_per_file: float = 1.0
) -> list[OutgoingFile]:
    """At least `count` different files of the facilities, in turns. Care lies in the last month."""
    files: list[OutgoingFile] = []
    round_number = 0
    while len(files) < count:
        per_round = max(1, round(_DAYS * len(facilities) * visits_per_file))
        report = generate_submissions(
            per_round,
            seed * 1000 + round_number,
            folder / str(round_number),
            list(facilities),
            start_date=today() - timedelta(days=_DAYS + 1),
            days=_DAYS,
        )
        files += [_outgoing(path) for path in report.files]
        round_number += 1
    return _in_turns(files)


def _outgoing(path: Path) -> OutgoingFile:
    return OutgoingFile.of(
        path, facility=path.name.split("_")[0], dossiers=path.read_bytes().count(b"<HOSO>")
    )


def _in_turns(files: list[OutgoingFile]) -> list[OutgoingFile]:
    by_facility: dict[str, list[OutgoingFile]] = {}
    for file in files:
        by_facility.setdefault(file.facility, []).append(file)
    places = {file.key: (place, code) for code, own in by_facility.items() for place, file in enumerate(own)}
    return sorted(files, key=lambda file: places[file.key])
