"""The first pass over a file: is it whole and sound, what does its header say, where does each dossier lie.

Nothing of a table is read here; batches are later cut straight out of the file, wherever it is kept.
"""

from dataclasses import dataclass

from khoyte.foundation.byte_sources import ByteSource
from khoyte.submissions.reader.dossiers import DossierRef, Dossiers, PartRef
from khoyte.submissions.reader.envelope import CHECKIN_ROOT, CHECKIN_ROW, DOSSIER, Envelope
from khoyte.submissions.reader.errors import UnreadableFile
from khoyte.submissions.reader.findings import StructuralFinding
from khoyte.submissions.reader.guarded import Refused
from khoyte.submissions.reader.limits import LIMITS, Limits
from khoyte.submissions.reader.peek import is_old_4210
from khoyte.submissions.reader.quick_index import QuickIndex
from khoyte.submissions.reader.switch import QUICK_WAY


@dataclass(frozen=True)
class FileIndex:
    """What the first pass learnt.

    `kind` is "claims", "checkin" or "old-4210" (the same envelope with tables of Decision 4210/QĐ-BYT, which
    are not supported). `made_on` is NGAYLAP as written, "" if absent; `declared` is SOLUONGHOSO, None if
    absent or no number; `signature` is "absent", "empty" or "present", `signature_at` the place (offset,
    length) of its element, of length 0 where there is none. `findings` are those of the file.
    """

    kind: str
    facility: str | None
    made_on: str
    declared: int | None
    dossiers: Dossiers
    findings: list[StructuralFinding]
    signature: str
    signature_at: tuple[int, int]


def index_file(source: ByteSource, limits: Limits = LIMITS, *, quick: bool = QUICK_WAY) -> FileIndex:
    """Index a whole file in one pass; raises UnreadableFile if nothing of it can be accepted.

    With `quick` the parser is spared what a strict pattern accounts for; the answer is the same.
    """
    if source.size > limits.file_bytes:
        raise _unreadable(Refused("too-large", limit=limits.file_bytes), Envelope(limits))
    envelope = _quick_pass(source, limits) if quick else None
    if envelope is None:
        envelope = Envelope(limits)
        try:
            for chunk in source.chunks():
                envelope.feed(chunk)
            envelope.close()
        except Refused as refused:
            raise _unreadable(refused, envelope) from refused
    return FileIndex(
        _kind_of(envelope, source),
        envelope.facility,
        envelope.made_on,
        envelope.declared,
        envelope.dossiers,
        envelope.findings(),
        envelope.signature,
        envelope.signature_at,
    )


def _quick_pass(source: ByteSource, limits: Limits) -> Envelope | None:
    """The envelope read, or None where it is refused: only a full pass knows line and column."""
    quick = QuickIndex(limits)
    try:
        for chunk in source.chunks():
            quick.feed(chunk)
        quick.close()
    except Refused:
        return None
    return quick.envelope


def _unreadable(refused: Refused, envelope: Envelope) -> UnreadableFile:
    return UnreadableFile(
        refused.code,
        **refused.facts,
        facility=envelope.facility,
        made_on=envelope.made_on,
        declared=envelope.declared,
        dossiers=len(envelope.dossiers),
    )


def locate(source: ByteSource, offset: int, length: int, limits: Limits = LIMITS) -> DossierRef:
    """The dossier whose element lies at exactly this place, found without the rest of the file.

    Its position is 1, whatever it was in the file. Raises UnreadableFile where no such element lies there.
    """
    envelope = Envelope(limits, roots=(DOSSIER, CHECKIN_ROW))
    try:
        envelope.feed(source.read_at(offset, length))
        envelope.close()
    except Refused as refused:
        raise UnreadableFile(refused.code, **refused.facts) from refused
    found = envelope.dossiers[0]
    parts = tuple(PartRef(part.kind, part.offset + offset, part.length, part.form) for part in found.parts)
    return DossierRef(1, found.offset + offset, found.length, parts)


def facility_of(beginning: bytes, limits: Limits = LIMITS) -> str | None:
    """The facility code in the first bytes of a file (64 KiB are enough), None where none can be read."""
    envelope = Envelope(limits)
    try:
        # The first code in its place counts, and it stands near the start: the rest need not be parsed.
        for start in range(0, len(beginning), limits.prolog_bytes):
            envelope.feed(beginning[start : start + limits.prolog_bytes])
            if envelope.facility:
                break
    except Refused:
        # The whole file is refused later with its reason; here only the code is asked for.
        return envelope.facility
    return envelope.facility


def _kind_of(envelope: Envelope, source: ByteSource) -> str:
    if envelope.root == CHECKIN_ROOT:
        return "checkin"
    return "old-4210" if is_old_4210(source, envelope.dossiers) else "claims"
