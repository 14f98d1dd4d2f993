"""The one checker of all drills: does the system hold exactly what the sender's ledger says?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from khoyte.nonprod.faults.client_ledger import SentFile, read_ledger
from khoyte.nonprod.faults.sender import Sender

_COUNTS = (
    "declared",
    "received",
    "accepted",
    "rejected",
    "quarantined",
    "duplicate",
    "missing",
    "undeclared",
)


@dataclass
class CheckResult:
    """`lost`: acknowledged and not there, or there with other bytes or without a verdict.

    `doubled`: stored more often than sent. `errors`: answers a sender should never see, and files never
    acknowledged.
    """

    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    errors: int = 0
    ledger_exact: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.lost == self.doubled == self.errors == 0 and self.ledger_exact

    def remark(self, text: str) -> None:
        # Enough to find the fault; a drill gone wrong must not print thousands of lines.
        if len(self.remarks) < 20:
            self.remarks.append(text)


def check(ledger: Path, sender: Sender, admin_url: str, *, wait_seconds: float = 300.0) -> CheckResult:
    """Compare every acknowledged file, the lists, the day's ledger and the stored visits.

    All generated dossiers are sound and differ from each other, so each must be accepted exactly once.
    """
    files = read_ledger(ledger)
    result = CheckResult(acknowledged=sum(file.acknowledged for file in files))
    _check_answers(files, result)
    for file in files:
        _check_file(file, sender, result, time.monotonic() + wait_seconds)
    for facility in sorted({file.facility for file in files}):
        own = [file for file in files if file.facility == facility and file.acknowledged]
        _check_list(facility, own, sender, result)
    result.ledger_exact = _ledger_exact(files, sender, result)
    _check_visits(files, admin_url, result)
    return result


def check_stored(ledger: Path, admin_url: str) -> CheckResult:
    """The same of many thousands of files, asked of the database instead of one request each."""
    files = read_ledger(ledger)
    result = CheckResult(acknowledged=sum(file.acknowledged for file in files))
    _check_answers(files, result)
    with psycopg.connect(admin_url) as connection:
        connection.execute(_SENT)
        with connection.cursor().copy("COPY sent (id, key, facility, sha256, dossiers) FROM STDIN") as copy:
            for file in files:
                for submission in file.ids:
                    copy.write_row((submission, file.key, file.facility, file.sha256, file.dossiers))
        for key, what in connection.execute(_NOT_AS_SENT):
            result.lost += 1
            result.remark(f"{key}: {what}")
        for submission, facility in connection.execute(_NEVER_ANSWERED):
            result.doubled += 1
            result.remark(f"{submission} of {facility}: stored, acknowledged to nobody")
        wrong = connection.execute(_WRONG_IN_LEDGER).fetchall()
        for facility, sent, entered, aside in wrong:
            result.remark(f"{facility}: ledger {entered} accepted and {aside} aside, sent {sent}")
        result.ledger_exact = not wrong
    _check_visits(files, admin_url, result)
    return result


_SENT = """
CREATE TEMPORARY TABLE sent (id uuid, key text, facility text, sha256 text, dossiers integer) ON COMMIT DROP
"""
_NOT_AS_SENT = """
SELECT sent.key, CASE WHEN s.id IS NULL THEN 'not stored' WHEN s.state <> 'judged' THEN s.state
                      WHEN encode(s.sha256, 'hex') <> sent.sha256 THEN 'other bytes' ELSE 'other counts' END
FROM sent LEFT JOIN submission s ON s.id = sent.id
WHERE s.id IS NULL OR s.state <> 'judged' OR encode(s.sha256, 'hex') <> sent.sha256
   OR (s.declared, s.received, s.accepted) IS DISTINCT FROM (sent.dossiers, sent.dossiers, sent.dossiers)
"""
_NEVER_ANSWERED = """
SELECT s.id, s.facility FROM submission s WHERE NOT EXISTS (SELECT FROM sent WHERE sent.id = s.id)
"""
_WRONG_IN_LEDGER = """
SELECT facility, sum(dossiers)::int, max(entered.accepted)::int, max(entered.aside)::int
FROM sent LEFT JOIN (
    SELECT facility, sum(accepted) AS accepted,
           sum(undeclared + rejected + quarantined + duplicate + missing) AS aside
    FROM ledger_entry GROUP BY facility) entered USING (facility)
GROUP BY facility
HAVING sum(dossiers) IS DISTINCT FROM max(entered.accepted) OR max(entered.aside) <> 0
"""


def _check_answers(files: Sequence[SentFile], result: CheckResult) -> None:
    expected = {0, 200, 202, 409, 429, 502, 503, 504}
    for file in files:
        for status in file.statuses:
            if status not in expected:
                result.errors += 1
                result.remark(f"{file.key}: answer {status}")
        if not file.acknowledged:
            result.errors += 1
            result.remark(f"{file.key}: never acknowledged")
        if len(file.ids) > 1:
            result.doubled += len(file.ids) - 1
            result.remark(f"{file.key}: one key, ids {sorted(file.ids)}")


def _check_file(file: SentFile, sender: Sender, result: CheckResult, deadline: float) -> None:
    for submission in file.ids:
        verdict = _judged(submission, file.facility, sender, deadline)
        counts = verdict.get("ledger") or {}
        sound = (
            verdict.get("state") == "judged"
            and verdict.get("sha256") == file.sha256
            and counts.get("declared") == counts.get("accepted") == counts.get("received") == file.dossiers
        )
        if not sound:
            result.lost += 1
            result.remark(
                f"{submission}: state {verdict.get('state')}, ledger {counts}, sent {file.dossiers}"
            )


def _judged(submission: str, facility: str, sender: Sender, deadline: float) -> dict:
    while True:
        status, verdict = sender.get(f"/api/v1/submissions/{submission}", facility)
        waiting = status in (0, 429, 503) or verdict.get("state") in ("received", "judging")
        if not waiting or time.monotonic() > deadline:
            return verdict
        time.sleep(0.1)


def _check_list(facility: str, files: Sequence[SentFile], sender: Sender, result: CheckResult) -> None:
    listed: list[str] = []
    cursor = ""
    while True:
        _, page = sender.get(f"/api/v1/submissions?facility={facility}&cursor={cursor}", facility)
        listed += [row["id"] for row in page.get("submissions", [])]
        cursor = page.get("next") or ""
        if not cursor:
            break
    known = {submission for file in files for submission in file.ids}
    extra = len(listed) - len(known & set(listed))
    if extra:
        result.doubled += extra
        result.remark(f"{facility}: {extra} submissions nobody was told of, or listed twice")
    missing = known - set(listed)
    if missing:
        result.lost += len(missing)
        result.remark(f"{facility}: acknowledged but not listed: {sorted(missing)[:5]}")


def _ledger_exact(files: Sequence[SentFile], sender: Sender, result: CheckResult) -> bool:
    exact = True
    for facility in sorted({file.facility for file in files}):
        own = [file for file in files if file.facility == facility and file.acknowledged]
        _, answer = sender.get(f"/api/v1/ledger?facility={facility}", facility)
        days = answer.get("days", [])
        got = {name: sum(day[name] for day in days) for name in ("files", "files_unreadable", *_COUNTS)}
        dossiers = sum(file.dossiers for file in own)
        due = dict.fromkeys(got, 0) | {"files": len(own)}
        due |= {"declared": dossiers, "received": dossiers, "accepted": dossiers}
        if got != due or any(day["adjustments"] for day in days):
            exact = False
            result.remark(f"ledger of {facility}: {got}, sender has {due}")
    return exact


def _check_visits(files: Sequence[SentFile], admin_url: str, result: CheckResult) -> None:
    dossiers = sum(file.dossiers for file in files if file.acknowledged)
    with psycopg.connect(admin_url) as connection:
        rows, current, distinct = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE is_current), count(DISTINCT (facility, ma_lk))"
            " FROM visit"
        ).fetchone() or (0, 0, 0)
    if rows > dossiers:
        result.doubled += rows - dossiers
        result.remark(f"{rows} visits stored, {dossiers} sent")
    if min(current, distinct) < dossiers:
        result.lost += dossiers - min(current, distinct)
        result.remark(f"{current} current visits of {distinct} cases stored, {dossiers} sent")
