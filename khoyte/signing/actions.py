"""Trusting authorities and binding certificates to facilities; each with its audit entry."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.home import write_durably
from khoyte.signing import errors, fetching
from khoyte.signing.certificates import fingerprint, holder_of, read_certificates
from khoyte.signing.checking import Answer
from khoyte.signing.errors import NotAnAuthority, WrongBinding
from khoyte.signing.models import FacilityCertificate, SignatureCheck
from khoyte.signing.revocation import is_authority
from khoyte.signing.trust import ANCHORS, INTERMEDIATES, trust_folder
from khoyte.units.policy import Actor
from khoyte.units.queries import facility as unit_of_facility

_TAX_CODE = re.compile(r"[0-9]{10}(-?[0-9]{3})?")


@transaction.atomic
def trust(*, file: Path, intermediate: bool = False, by: Actor) -> list[str]:
    """Trust the authorities in a file: as anchors, or as intermediates. Returns their fingerprints.

    Raises UnreadableInput, NotAnAuthority.
    """
    found = read_certificates(file)
    if not all(is_authority(one) for one in found):
        raise NotAnAuthority(errors.NOT_AUTHORITY.fill(name=file.name))
    part = INTERMEDIATES if intermediate else ANCHORS
    for one in found:
        name = fingerprint(one)
        _record(by, "signing.trust", "certificate", name, {"as": part, "name": holder_of(one).name})
        write_durably(trust_folder() / part / f"{name}.pem", one.public_bytes(Encoding.PEM))
    return [fingerprint(one) for one in found]


@transaction.atomic
def distrust(*, name: str, by: Actor) -> str:
    """Take an authority out of the trust folder, by the first digits of its fingerprint. Returns it whole."""
    for part in (ANCHORS, INTERMEDIATES):
        for path in sorted((trust_folder() / part).glob("*")):
            marks = [fingerprint(one) for one in read_certificates(path)] if path.is_file() else []
            if len(name) >= 8 and len(marks) == 1 and marks[0].startswith(name.lower()):
                _record(by, "signing.distrust", "certificate", marks[0], {"as": part})
                path.unlink()
                return marks[0]
    raise NotAnAuthority(errors.UNKNOWN_ANCHOR.fill(name=name))


@transaction.atomic
def bind(
    *, facility: str, by: Actor, certificate: Path | None = None, tax_code: str = ""
) -> FacilityCertificate:
    """Let a certificate, or every trusted one of a tax code, speak for a facility from now on.

    Raises WrongBinding, UnreadableInput.
    """
    unit = unit_of_facility(facility)
    if unit is None:
        raise WrongBinding(errors.NO_FACILITY.fill(facility=facility))
    if (certificate is None) == (not tax_code) or (tax_code and not _TAX_CODE.fullmatch(tax_code)):
        raise WrongBinding(errors.ONE_OF_TWO)
    kind, value, holder = "tax_code", tax_code, ""
    if certificate is not None:
        found = read_certificates(certificate)[0]
        kind, value, holder = "certificate", fingerprint(found), holder_of(found).shown
        fetching.keep_in_use(found)
    if FacilityCertificate.objects.filter(
        facility=facility, kind=kind, value=value, valid_to__isnull=True
    ).exists():
        raise WrongBinding(errors.BOUND_ALREADY.fill(facility=facility))
    made = FacilityCertificate.objects.create(
        facility=facility, province=unit.province, kind=kind, value=value, holder=holder, entered_by=by.name
    )
    _record(by, "signing.bind", "facility_certificate", str(made.pk), {"kind": kind}, made)
    return made


@transaction.atomic
def end_binding(*, number: int, by: Actor, reason: str = "") -> FacilityCertificate:
    """From now on this certificate no longer speaks for its facility; what it signed before stays as
    judged."""
    found = FacilityCertificate.objects.select_for_update().filter(pk=number, valid_to__isnull=True).first()
    if found is None:
        raise WrongBinding(errors.NOT_BOUND.fill(number=number))
    found.valid_to, found.ended_by, found.reason = timezone.now(), by.name, reason[:200]
    found.save(update_fields=["valid_to", "ended_by", "reason"])
    _record(by, "signing.unbind", "facility_certificate", str(found.pk), {"kind": found.kind}, found)
    return found


def record_checks(checks: Sequence[tuple[Mapping[str, Any], Answer]]) -> None:
    """Keep what was found, beside the judgements written in the same transaction.

    Each comes with its owner: submission (UUID), judgement, facility, province.
    """
    SignatureCheck.objects.bulk_create(
        SignatureCheck(
            **owner,
            state=answer.state,
            problems=[list(case) for case in answer.problems],
            lacking=[list(case) for case in answer.lacking],
            signer=dict(answer.signer) if answer.signer else None,
            trust=answer.trust,
        )
        for owner, answer in checks
    )


def _record(
    by: Actor,
    action: str,
    kind: str,
    name: str,
    details: Mapping[str, str],
    owner: FacilityCertificate | None = None,
) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind=kind,
        subject_id=name,
        facility=owner.facility if owner else "",
        province=owner.province if owner else "",
        details=details,
    )
