"""Telling facility and sender that a verdict is there, in the transaction that writes it."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from khoyte.links import outbox
from khoyte.submissions.enums import State
from khoyte.submissions.models import Submission
from khoyte.submissions.storing import FileInHand
from khoyte.submissions.words import cause_words

KIND = "submission.judged"
_CAUSES_TOLD = 20


def verdicts_ready(hands: Sequence[FileInHand]) -> None:
    """Enqueue the verdicts of `hands`, each for its facility's unit and the unit that sent the file."""
    units_of = [{hand.submission.facility, hand.submission.sender_unit} for hand in hands]
    listening = {target.unit for target in outbox.destinations(set().union(*units_of))}
    for hand, units in zip(hands, units_of, strict=True):
        if units & listening:
            outbox.enqueue(units, KIND, str(hand.submission.pk), _payload(hand.submission, hand))


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
