"""Telling facility and sender that a verdict is there, in the transaction that writes it."""

from typing import Any

from django.utils import timezone

from khoyte.links import outbox
from khoyte.submissions.enums import State
from khoyte.submissions.models import Submission
from khoyte.submissions.storing import FileInHand
from khoyte.submissions.words import cause_words

KIND = "submission.judged"
_CAUSES_TOLD = 20


def verdict_ready(submission: Submission, hand: FileInHand) -> None:
    """Enqueue the verdict of `hand` for the facility's unit and the unit that sent the file."""
    units = {submission.facility, submission.sender_unit}
    if outbox.destinations(units):
        outbox.enqueue(units, KIND, str(submission.pk), _payload(submission, hand))


def _payload(submission: Submission, hand: FileInHand) -> dict[str, Any]:
    """Counts and causes; no dossier, no person. Causes are worded in Vietnamese."""
    return {
        "type": KIND,
        "timestamp": timezone.localtime().isoformat(),
        "data": {
            "id": str(submission.pk),
            "facility": submission.facility,
            "state": State.UNREADABLE.value if hand.unreadable else State.JUDGED.value,
            "judgement": hand.number,
            "ledger": hand.tally.ledger(),
            "causes": _causes(hand),
            "verdict_url": f"/api/v1/submissions/{submission.pk}",
        },
    }


def _causes(hand: FileInHand) -> list[dict[str, Any]]:
    return [cause_words(cause, "vi") for cause in hand.causes.ranked()[:_CAUSES_TOLD]]
