"""`khoyte check`: the verdict on files without storing them and without a database (the first door).

The same reader, rules and reference pack as the intake; what needs stored data or registers is listed under
`not_judged`.
"""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from khoyte.foundation.blobs import ByteSource, FileSource
from khoyte.foundation.calendar import now, today
from khoyte.signing.checking import Checker
from khoyte.signing.trust import load_trust
from khoyte.submissions import judging, wording
from khoyte.submissions.reader import UnreadableFile, index_file
from khoyte.submissions.signatures import Signatures
from khoyte.submissions.unreadable import finding_of, from_error, old_standard
from khoyte.submissions.verdict import Causes, Outcome, Tally, merge_not_judged
from khoyte.submissions.words import cause_words, file_finding
from khoyte.terminology import Pack

Progress = Callable[[int], None]
Take = Callable[[list[dict[str, Any]]], None]


def check_file(
    path: Path,
    pack: Pack,
    *,
    profile: str = "store",
    on: date | None = None,
    language: str = "vi",
    progress: Progress = lambda count: None,
    take: Take | None = None,
) -> dict[str, Any]:
    """The verdict of one file as the contract prints it. Never raises for what the file holds.

    With `take`, dossiers are handed to it batch by batch instead of standing in the verdict, so that a large
    file with many findings is not held in memory.
    """
    with FileSource(path) as source:
        head = _head(path, source, pack, profile)
        try:
            index = index_file(source)
        except UnreadableFile as error:
            return _unreadable(head, from_error(error), getattr(error, "declared", None), language)
        if index.kind == "old-4210":
            return _unreadable(head, old_standard(), index.declared, language)
        signatures = Signatures(Checker(load_trust()))
        file = judging.open_file(source, index, index.facility or "", profile, signatures=signatures)
        dossiers: list[dict[str, Any]] = []
        for pieces in judging.pieces_of([file]):
            judged = judging.judge(pieces, pack, on=on, fallback_day=today())
            (take or dossiers.extend)([_dossier(one, profile, language) for _, one in judged.outcomes])
            progress(len(judged.outcomes))
    return {
        **head,
        "facility": index.facility,
        "kind": index.kind,
        "state": "judged",
        "ledger": file.tally.ledger(),
        "findings": [file_finding(found, profile, language) for found in file.file_findings],
        "dossiers": dossiers,
        "causes": [cause_words(cause, language) for cause in file.causes.ranked()],
        "not_judged": [
            {**row, "reason": row["reason"][language]} for row in merge_not_judged(file.not_judged)
        ],
        **_NOTHING_STORED,
    }


def _head(path: Path, source: ByteSource, pack: Pack, profile: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    for chunk in source.chunks():
        digest.update(chunk)
    moment = now().isoformat()
    return {
        "id": None,
        "file": path.name,
        "sha256": digest.hexdigest(),
        "facility": None,
        "received_at": moment,
        "judged_at": moment,
        "judgement": 1,
        "profile": profile,
        "pack": pack.digest,
    }


def _unreadable(
    head: dict[str, Any], facts: dict[str, Any], declared: int | None, language: str
) -> dict[str, Any]:
    return {
        **head,
        "state": "unreadable",
        "ledger": Tally(declared).ledger(),
        "findings": [finding_of(facts, language)],
        "dossiers": [],
        "causes": Causes(head["profile"]).ranked(),
        "not_judged": [],
        **_NOTHING_STORED,
    }


# Addresses in a verdict of the store; here everything stands inside.
_NOTHING_STORED = dict.fromkeys(("findings_url", "report_csv_url", "report_xlsx_url"))


def _dossier(outcome: Outcome, profile: str, language: str) -> dict[str, Any]:
    return {
        "ma_lk": outcome.ma_lk,
        "position": outcome.position,
        "standard": outcome.standard,
        "verdict": outcome.verdict(profile),
        "findings": [
            wording.finding_row(found, found.levels[profile], outcome.standard, language)
            for found in outcome.findings
        ],
    }
