"""Judging: from indexed files to outcomes. Pure; the intake worker and `khoyte check` run the same code.

Dossiers of several files may be judged in one batch, so that small files cost little more than large ones.
The order of files and dossiers decides what is a duplicate and which version is current.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from khoyte.foundation.blobs import ByteSource
from khoyte.foundation.calendar import now
from khoyte.rules.findings import Finding, NotJudged
from khoyte.rules.frames import build_frames
from khoyte.signing.checking import Answer
from khoyte.submissions.reader import Batch, DossierRef, FileIndex, Piece, read_batch, read_pieces
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.rulebook.structure import from_reader, structural
from khoyte.submissions.signatures import Signatures, not_judged
from khoyte.submissions.verdict import Causes, Found, Outcome, Tally
from khoyte.terminology import Pack

BATCH_DOSSIERS = 500
KEY_LENGTH = 200
# Structure is judged alike at all times.
_ALWAYS = date(2024, 7, 1)
_DAY = re.compile(r"[0-9]{8}")


@dataclass(frozen=True)
class Current:
    """What a resend is held against: the content of the version that is current, None where none is.

    `newest` is the highest version number given so far; a resend gets the next one.
    """

    content_sha256: bytes | None
    newest: int


_NEVER_SENT = Current(None, 0)


# (facility, MA_LK) pairs -> the current versions among them.
History = Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], Current]]


def no_history(pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Current]:
    """Nothing was stored before: the history of `khoyte check`."""
    return {}


# (facility, MA_LK) pairs of the dossiers and their frames -> what the store knows that rules may require
# ("store:checkins", "store:visits").
FactsFor = Callable[[Sequence[tuple[str, str]], Mapping[str, pl.DataFrame]], Mapping[str, Any]]


def no_facts(pairs: Sequence[tuple[str, str]], frames: Mapping[str, pl.DataFrame]) -> Mapping[str, Any]:
    """No store to ask: rules that need one are "not judged"."""
    return {}


@dataclass
class OpenFile:
    """One file being judged: its index, running sums and what the rest of the file says about each MA_LK."""

    source: ByteSource
    index: FileIndex
    facility: str
    tally: Tally
    causes: Causes
    file_findings: list[Found]
    conflicting: Mapping[str, int] | None = None  # None until the keys of the whole file are known
    seen: dict[str, bytes] = field(default_factory=dict)
    received_on: date | None = None
    # Position -> version number, of dossiers that an earlier judgement of this file stored.
    stored_versions: Mapping[int, int] = field(default_factory=dict)
    not_judged: list[dict[str, Any]] = field(default_factory=list)
    signature: Answer | None = None  # None where the file bears none


@dataclass(frozen=True)
class Judged:
    """A batch as judged. `frames` are the tables' columns; outcome i belongs to dossier i of the frames."""

    outcomes: list[tuple[OpenFile, Outcome]]
    frames: dict[str, pl.DataFrame]


def open_file(
    source: ByteSource,
    index: FileIndex,
    facility: str,
    profile: str,
    *,
    signatures: Signatures | None = None,
    received_at: datetime | None = None,
) -> OpenFile:
    """Begin a file: its file findings (V-001, V-002, V-003, V-008).

    The file is judged as of `facility`, which the receipt let in, whatever code a later place of it names.
    Its signature is checked as of `received_at`, now where not given.
    """
    facility = facility or index.facility or ""
    answer = (signatures or Signatures()).check(source, index, facility, received_at or now())
    findings = [_found(from_reader(finding, _ALWAYS)) for finding in index.findings]
    findings += _count_findings(index)
    day = _day(index.made_on) or _ALWAYS
    if index.signature != "present":
        findings.append(_found(structural("V-008", index.signature, day)))
    for part, params in answer.problems if answer else ():
        findings.append(_found(structural("V-008", part, day, params=params)))
    return OpenFile(
        source,
        index,
        facility,
        Tally(declared=index.declared),
        Causes(profile),
        findings,
        signature=answer,
        not_judged=not_judged(answer, len(index.dossiers)) if answer else [],
    )


def _count_findings(index: FileIndex) -> list[Found]:
    """V-003: SOLUONGHOSO against what the file holds. A check-in form declares no number."""
    found, declared = len(index.dossiers), index.declared
    if index.kind == "checkin" or declared == found:
        return []
    if declared is None:
        return [_found(structural("V-003", "absent", _ALWAYS, params={"found": found}))]
    params = {"declared": declared, "found": found}
    if found < declared:
        return [_found(structural("V-003", "fewer", _ALWAYS, params={**params, "missing": declared - found}))]
    return [_found(structural("V-003", "more", _ALWAYS, params={**params, "undeclared": found - declared}))]


def _find_conflicting(pieces: Sequence[tuple[OpenFile, list[DossierRef]]], batch: Batch) -> None:
    """Note MA_LK that stand in a file with different contents (V-009) and how often.

    `batch` holds these pieces; only where they are not the whole file is it read for its other dossiers.
    """
    start = 0
    for file, refs in pieces:
        own = slice(start, start := start + len(refs))
        if file.conflicting is not None:
            continue
        if file.index.kind == "checkin" or len(file.index.dossiers) < 2:
            file.conflicting = {}
        elif len(refs) == len(file.index.dossiers):
            dossiers = zip(batch.ma_lk[own], batch.content_sha256[own], strict=True)
            file.conflicting = _with_several_contents(dossiers)
        else:
            file.conflicting = _conflicting_in_file(file.source, file.index)


def _with_several_contents(dossiers: Iterable[tuple[str | None, bytes]]) -> dict[str, int]:
    contents: dict[str, list[bytes]] = {}
    for key, digest in dossiers:
        if key:
            contents.setdefault(_key(key), []).append(digest)
    return {key: len(digests) for key, digests in contents.items() if len(set(digests)) > 1}


def _conflicting_in_file(source: ByteSource, index: FileIndex) -> dict[str, int]:
    """Keys first, then the whole dossiers whose key repeats: a large file is never held in memory."""
    places: dict[str, list[int]] = {}
    for refs in _runs(index.dossiers):
        for ref, key in zip(refs, _keys(source, refs), strict=True):
            if key:
                places.setdefault(_key(key), []).append(ref.position - 1)
    repeated = [index.dossiers[place] for several in places.values() if len(several) > 1 for place in several]
    read = (read_batch(source, refs) for refs in _runs(repeated))
    return _with_several_contents(
        pair for batch in read for pair in zip(batch.ma_lk, batch.content_sha256, strict=True)
    )


def _keys(source: ByteSource, refs: Sequence[DossierRef]) -> list[str | None]:
    """MA_LK of each dossier: from XML1 alone, from the other tables only where that has none."""
    heads = [replace(ref, parts=tuple(part for part in ref.parts if part.kind == "XML1")) for ref in refs]
    keys = read_batch(source, heads).ma_lk
    without = [ref for ref, key in zip(refs, keys, strict=True) if not key]
    others = iter(read_batch(source, without).ma_lk)
    return [key or next(others) for key in keys]


def _key(ma_lk: str | None) -> str:
    """MA_LK as it is kept; one far over its length ends in a digest, so that no two become one."""
    if ma_lk is None or len(ma_lk) <= KEY_LENGTH:
        return ma_lk or ""
    return f"{ma_lk[:KEY_LENGTH]}…{hashlib.blake2b(ma_lk.encode(), digest_size=16).hexdigest()}"


def _runs(refs: Sequence[DossierRef]) -> Iterator[Sequence[DossierRef]]:
    for start in range(0, len(refs), BATCH_DOSSIERS):
        yield refs[start : start + BATCH_DOSSIERS]


def pieces_of(files: Sequence[OpenFile]) -> Iterator[list[tuple[OpenFile, list[DossierRef]]]]:
    """Cut files into batches of up to BATCH_DOSSIERS dossiers, across files and in order."""
    batch: list[tuple[OpenFile, list[DossierRef]]] = []
    size = 0
    for file in files:
        start = 0
        while start < len(file.index.dossiers):
            refs = file.index.dossiers[start : start + BATCH_DOSSIERS - size]
            batch.append((file, refs))
            size, start = size + len(refs), start + len(refs)
            if size >= BATCH_DOSSIERS:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def judge(
    pieces: Sequence[tuple[OpenFile, list[DossierRef]]],
    pack: Pack,
    *,
    history: History = no_history,
    facts_for: FactsFor = no_facts,
    on: date | None = None,
    fallback_day: date,
) -> Judged:
    """Judge one batch. `on` overrides the dates of the records; `fallback_day` serves records without any.

    Sums, causes and what could not be judged are added to each file.
    """
    batch = read_pieces([_piece(file, refs) for file, refs in pieces])
    _find_conflicting(pieces, batch)
    owners = [file for file, refs in pieces for _ in refs]
    refs = [ref for _, refs in pieces for ref in refs]
    days = [on] * len(refs) if on else _record_days(batch, owners, fallback_day)
    frames = build_frames(batch.tables)
    pairs = [(file.facility, key or "") for file, key in zip(owners, batch.ma_lk, strict=True)]
    judgement = RULEBOOK.judge(batch.tables, days, pack, facts_for(pairs, frames), frames)
    found = _found_by_dossier(batch, judgement.findings, days)
    outcomes = [
        _outcome(index, ref, batch, days[index], pack, found[index]) for index, ref in enumerate(refs)
    ]
    for lacking in judgement.not_judged:
        _note_not_judged(lacking, owners)
    _attribute(batch, outcomes, owners)
    _settle(outcomes, owners, history)
    for file, outcome in zip(owners, outcomes, strict=True):
        file.tally.add(outcome.verdict(file.causes.profile))
        file.causes.add(outcome)
    return Judged(list(zip(owners, outcomes, strict=True)), frames)


def _piece(file: OpenFile, refs: Sequence[DossierRef]) -> Piece:
    # A check-in form has no envelope; each of its rows names its facility.
    envelope = file.index.facility if file.index.kind == "claims" else None
    return Piece(file.source, refs, file.facility or None, envelope)


def _record_days(batch: Batch, owners: Sequence[OpenFile], fallback: date) -> list[date]:
    """The date of each record: NGAY_RA; else NGAY_VAO; else NGAYLAP of its file; else `fallback`."""
    days: list[date | None] = [None] * len(owners)
    for table, name in (("XML1", "NGAY_RA"), ("XML1", "NGAY_VAO"), ("CHECKIN", "NGAY_VAO")):
        rows = batch.tables.get(table)
        if rows is None or name not in rows.columns:
            continue
        for dossier, text in zip(rows.dossier, rows.columns[name], strict=True):
            if days[dossier] is None:
                days[dossier] = _day(text)
    return [
        day or _day(file.index.made_on) or file.received_on or fallback
        for day, file in zip(days, owners, strict=True)
    ]


def _day(text: str | None) -> date | None:
    if not text or not _DAY.match(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _found_by_dossier(batch: Batch, findings: Iterable[Finding], days: Sequence[date]) -> list[list[Found]]:
    found: list[list[Found]] = [[] for _ in days]
    for noted in batch.findings:
        if noted.dossier is not None:
            found[noted.dossier].append(_found(from_reader(noted, days[noted.dossier])))
    for finding in findings:
        found[finding.dossier].append(_found(finding))
    return found


def _found(finding: Finding) -> Found:
    return Found(
        finding.rule,
        finding.version,
        dict(finding.levels),
        finding.table,
        finding.row,
        finding.field,
        finding.value or "",
        dict(finding.params),
        finding.part,
        finding.cause,
    )


def _outcome(index: int, ref: DossierRef, batch: Batch, day: date, pack: Pack, found: list[Found]) -> Outcome:
    return Outcome(
        position=ref.position,
        ma_lk=_key(batch.ma_lk[index]),
        standard=pack.on(day).standard.id,
        content_sha256=batch.content_sha256[index],
        byte_offset=ref.offset,
        byte_length=ref.length,
        tables=batch.present[index],
        record_date=day,
        findings=found,
    )


def _note_not_judged(lacking: NotJudged, owners: Sequence[OpenFile]) -> None:
    counts: dict[int, int] = {}
    for place in lacking.places:
        counts[id(owners[place])] = counts.get(id(owners[place]), 0) + 1
    for file in {id(owner): owner for owner in owners}.values():
        if counts.get(id(file)):
            reason = {"vi": lacking.reason.vi, "en": lacking.reason.en}
            file.not_judged.append({"rule": lacking.rule, "reason": reason, "dossiers": counts[id(file)]})


def _attribute(batch: Batch, outcomes: Sequence[Outcome], owners: Sequence[OpenFile]) -> None:
    """Quarantine what cannot be attributed: what the reader says, and one MA_LK with two contents."""
    for noted in batch.findings:
        if noted.quarantine and noted.dossier is not None:
            outcomes[noted.dossier].quarantined = True
    for outcome, file in zip(outcomes, owners, strict=True):
        times = (file.conflicting or {}).get(outcome.ma_lk)
        if times:
            outcome.quarantined = True
            outcome.findings.append(_about(outcome, "V-009", "twice", times=times))


def _about(outcome: Outcome, rule: str, part: str, **params: int) -> Found:
    return _found(structural(rule, part, outcome.record_date or _ALWAYS, params=params))


def _settle(outcomes: Sequence[Outcome], owners: Sequence[OpenFile], history: History) -> None:
    """Duplicates and versions, dossier by dossier in order: what comes first counts first."""
    claims = [
        (outcome, file)
        for outcome, file in zip(outcomes, owners, strict=True)
        if outcome.ma_lk and file.index.kind == "claims"
    ]
    pairs = [(file.facility, outcome.ma_lk) for outcome, file in claims]
    current = dict(history(pairs)) if pairs else {}
    for (outcome, file), pair in zip(claims, pairs, strict=True):
        if outcome.quarantined:
            continue
        before = current.get(pair, _NEVER_SENT)
        if outcome.content_sha256 in (file.seen.get(outcome.ma_lk), before.content_sha256):
            outcome.duplicate = True
            outcome.findings = [_about(outcome, "V-090", "duplicate")]
            continue
        file.seen[outcome.ma_lk] = outcome.content_sha256
        outcome.version = file.stored_versions.get(outcome.position, before.newest + 1)
        if before.content_sha256 is not None:
            outcome.findings.append(_about(outcome, "V-090", "", version=outcome.version))
        if outcome.verdict("store") == "accepted":
            current[pair] = Current(outcome.content_sha256, max(outcome.version, before.newest))
