"""The verdict as people and programs read it (interfaces, section 3), from what is stored."""

from typing import Any

from django.utils import timezone

from khoyte.submissions import queries, wording
from khoyte.submissions.limits import INLINE_DOSSIERS
from khoyte.submissions.models import Dossier, Finding, Judgement, Submission
from khoyte.submissions.unreadable import finding_of
from khoyte.submissions.verdict import Found
from khoyte.submissions.words import cause_words, file_finding

FINDINGS_PAGE = 1_000


def receipt(found: Submission) -> dict[str, Any]:
    """The answer of a receipt: durable, judged soon."""
    return {
        "id": str(found.pk),
        "state": found.state,
        "sha256": bytes(found.sha256).hex(),
        "received_at": timezone.localtime(found.received_at).isoformat(),
        "file": found.file_name,
        "facility": found.facility,
    }


def summary(found: Submission) -> dict[str, Any]:
    """One line of a list."""
    return {
        **receipt(found),
        "judgement": found.judgement,
        "judged_at": timezone.localtime(found.judged_at).isoformat() if found.judged_at else None,
        "ledger": found.counts(),
    }


def document(found: Submission, language: str) -> dict[str, Any]:
    """The whole verdict; the first INLINE_DOSSIERS dossiers stand inside, the rest behind `findings_url`."""
    judgement = queries.judgement(found) if found.judgement else None
    address = f"/api/v1/submissions/{found.pk}"
    verdict = {
        **summary(found),
        "kind": found.kind,
        "profile": judgement.profile if judgement else "store",
        "pack": judgement.pack if judgement else None,
        "gateway": found.gateway,
        "findings": _file_findings(found, judgement, language),
        "dossiers": [],
        "causes": causes(judgement, language) if judgement else [],
        "not_judged": not_judged(judgement, language) if judgement else [],
        "findings_url": f"{address}/findings",
        "report_csv_url": f"{address}/report.csv",
        "report_xlsx_url": f"{address}/report.xlsx",
    }
    if judgement:
        verdict["dossiers"] = _dossiers(found, list(queries.dossiers(found)[:INLINE_DOSSIERS]), language)
    return verdict


def _file_findings(found: Submission, judgement: Judgement | None, language: str) -> list[dict[str, Any]]:
    if found.unreadable:
        return [finding_of(found.unreadable, language)]
    if judgement is None:
        return []
    return [file_finding(Found(**row), "store", language) for row in judgement.file_findings]


def _dossiers(found: Submission, rows: list[Dossier], language: str) -> list[dict[str, Any]]:
    by_position: dict[int, list[Finding]] = {}
    if rows:
        inside = queries.findings(found).filter(
            position__gte=rows[0].position, position__lte=rows[-1].position
        )
        for finding in inside:
            by_position.setdefault(finding.position, []).append(finding)
    return [dossier_row(row, by_position.get(row.position, []), language) for row in rows]


def dossier_row(row: Dossier, findings: list[Finding], language: str) -> dict[str, Any]:
    return {
        "ma_lk": row.ma_lk,
        "position": row.position,
        "standard": row.standard,
        "verdict": row.verdict,
        "precheck_verdict": row.precheck_verdict,
        "findings": [stored_finding(finding, row.standard, language) for finding in findings],
    }


def stored_finding(finding: Finding, standard: str, language: str) -> dict[str, Any]:
    """A stored finding in words, with the level of the stricter profile beside its own."""
    words = wording.finding_row(finding, finding.level, standard, language)
    return {**words, "rule_version": finding.rule_version, "precheck_level": finding.precheck_level}


def findings_page(found: Submission, cursor: str, language: str) -> dict[str, Any]:
    """Findings of all dossiers in order, FINDINGS_PAGE at a time; `next` is null at the end."""
    after = int(cursor) if cursor.isdecimal() else 0
    rows = list(queries.findings(found).filter(id__gt=after).order_by("id")[: FINDINGS_PAGE + 1])
    standards = dict(queries.dossiers(found).values_list("position", "standard")) if rows else {}
    keys = dict(queries.dossiers(found).values_list("position", "ma_lk")) if rows else {}
    shown = [
        {
            "position": row.position,
            "ma_lk": keys[row.position],
            **stored_finding(row, standards[row.position], language),
        }
        for row in rows[:FINDINGS_PAGE]
    ]
    following = str(rows[FINDINGS_PAGE - 1].pk) if len(rows) > FINDINGS_PAGE else None
    return {"findings": shown, "next": following}


def causes(judgement: Judgement, language: str) -> list[dict[str, Any]]:
    """Causes ranked by the dossiers they would cure, with the words of the rule behind each."""
    return [cause_words(cause, language) for cause in judgement.causes]


def not_judged(judgement: Judgement, language: str) -> list[dict[str, Any]]:
    return [
        {"rule": row["rule"], "reason": row["reason"][language], "dossiers": row["dossiers"]}
        for row in judgement.not_judged
    ]
