"""Some hundreds of dossiers at once, from bytes to columns.

What is wrong with the structure of one dossier concerns that dossier alone: its other tables and the other
dossiers are read all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from khoyte.foundation.byte_sources import ByteSource
from khoyte.submissions.reader.columns import ColumnBuilder, TableRows
from khoyte.submissions.reader.dossier_reading import DossierReading
from khoyte.submissions.reader.dossiers import DossierRef
from khoyte.submissions.reader.envelope import CHECKIN
from khoyte.submissions.reader.findings import StructuralFinding
from khoyte.submissions.reader.limits import LIMITS, Limits
from khoyte.submissions.reader.shapes import shapes


@dataclass
class Batch:
    """Dossiers read together; `positions` to `present` have one entry a dossier.

    `ma_lk` is that of XML1, else of the first table that has one. `content_sha256` is over kind and decoded
    bytes of every table that has content, in the order sent. `present` names the tables that were read.
    """

    positions: list[int] = field(default_factory=list)
    ma_lk: list[str | None] = field(default_factory=list)
    content_sha256: list[bytes] = field(default_factory=list)
    present: list[tuple[str, ...]] = field(default_factory=list)
    tables: dict[str, TableRows] = field(default_factory=dict)
    findings: list[StructuralFinding] = field(default_factory=list)


@dataclass(frozen=True)
class Piece:
    """Dossiers of one indexed file.

    With `facility`, whose file it is, a dossier that names another is quarantined (V-002); so is every
    dossier when `envelope`, the code in the envelope, is another.
    """

    source: ByteSource
    refs: Iterable[DossierRef]
    facility: str | None = None
    envelope: str | None = None


def read_batch(
    source: ByteSource,
    refs: Iterable[DossierRef],
    *,
    facility: str | None = None,
    envelope: str | None = None,
    limits: Limits = LIMITS,
) -> Batch:
    """Read these dossiers of one indexed file, as a `Piece` says."""
    return read_pieces([Piece(source, refs, facility, envelope)], limits=limits)


def read_pieces(pieces: Iterable[Piece], *, limits: Limits = LIMITS) -> Batch:
    """Read dossiers of several files as one batch, in order: small files cost little more than large ones."""
    batch = Batch()
    builders: dict[str, ColumnBuilder] = {}
    number = 0
    for piece in pieces:
        for ref in piece.refs:
            dossier = DossierReading(number, ref, limits)
            dossier.read(piece.source)
            dossier.check_identity(piece.facility, piece.envelope)
            batch.positions.append(ref.position)
            batch.ma_lk.append(dossier.ma_lk)
            batch.content_sha256.append(dossier.digest.digest())
            batch.present.append(tuple(dossier.tables))
            batch.findings += dossier.findings
            for kind, read in dossier.tables.items():
                builder = builders.get(kind)
                if builder is None:
                    builder = builders[kind] = ColumnBuilder(shapes()[kind])
                builder.add(number, ref.position if kind == CHECKIN else 1, read)
            number += 1
    batch.tables = {kind: builders[kind].finish() for kind in shapes() if kind in builders}
    return batch
