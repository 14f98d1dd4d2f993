"""Reading checks and bindings. Row-level security shows a unit its own."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from khoyte.signing.models import FacilityCertificate, SignatureCheck


def check_of(submission: UUID | str, judgement: int) -> SignatureCheck | None:
    """What was found of the signature of a file in one judgement, None where it bore none."""
    return SignatureCheck.objects.filter(submission=submission, judgement=judgement).first()


def bindings_at(moment: datetime, facility: str = "") -> list[FacilityCertificate]:
    """Bindings in force, of one facility where named."""
    rows = FacilityCertificate.objects.filter(valid_from__lte=moment).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
    )
    return list((rows.filter(facility=facility) if facility else rows).order_by("facility", "pk"))
