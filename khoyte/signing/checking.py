"""One answer for a signed file: what does not hold, what nobody could check, who signed.

The order is that of proof: the signature over the content first, then the certificate, then whose it is. What
fails over the content ends the check, because nothing more is known then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cryptography import x509

from khoyte.foundation.byte_sources import ByteSource
from khoyte.foundation.calendar import in_vietnam
from khoyte.signing import certificates, faults, xmldsig
from khoyte.signing.canonical import NotReadable, TooLarge, Windows
from khoyte.signing.trust import Case, TrustStore
from khoyte.signing.xmldsig import Layout, Signed


class Bindings(Protocol):
    """Which certificates speak for which facility (`bindings`)."""

    def verdict(self, facility: str, certificate: x509.Certificate, moment: datetime) -> str:
        """ "bound", "other-unit", or "no-binding" where nothing was entered for the facility."""


@dataclass(frozen=True)
class Answer:
    """What is said of a signature. It `holds` where nothing is wrong and nothing was left unchecked.

    `signer` are plain facts for people and records, None where no signature could be read.
    """

    problems: tuple[Case, ...] = ()
    lacking: tuple[Case, ...] = ()
    signer: Mapping[str, Any] | None = None
    trust: str = ""

    @property
    def state(self) -> str:
        """ "holds", "refused" or "unchecked"."""
        return "refused" if self.problems else "unchecked" if self.lacking else "holds"


@dataclass(frozen=True)
class Checker:
    """Checks signatures against one trust folder as read; without anchors it says that it cannot."""

    trust: TrustStore = field(default_factory=TrustStore)
    bindings: Bindings | None = None

    def check(
        self,
        source: ByteSource,
        places: Sequence[tuple[int, int]],
        layout: Layout,
        *,
        facility: str,
        moment: datetime,
    ) -> Answer:
        """The answer for one file, received at `moment` from a facility."""
        if not self.trust:
            return Answer(lacking=((faults.NO_TRUST, {}),))
        try:
            day = in_vietnam(moment).date()
            signed = xmldsig.verify(Windows(source, places), layout, day)
        except faults.Fault as fault:
            who = facts_of(fault.signed) if isinstance(fault.signed, Signed) else None
            return Answer(problems=((fault.part, fault.params),), signer=who, trust=self.trust.digest)
        except TooLarge as large:
            limit = large.limit >> 20
            return Answer(lacking=((faults.TOO_LARGE, {"limit": limit}),), trust=self.trust.digest)
        except NotReadable:
            return Answer(problems=((faults.UNREADABLE, {"what": "XML"}),), trust=self.trust.digest)
        return self._about(signed, facility, moment)

    def _about(self, signed: Signed, facility: str, moment: datetime) -> Answer:
        standing = self.trust.standing(signed.certificate, signed.others, moment)
        problems, lacking = list(standing.problems), list(standing.lacking)
        # A certificate nobody vouches for names whom it likes: whose it is says nothing.
        if not any(part == faults.UNTRUSTED for part, _ in problems):
            bound = self._bound(facility, signed.certificate, moment)
            if bound == faults.OTHER_UNIT:
                problems.append((bound, {"facility": facility}))
            elif bound:
                lacking.append((bound, {"facility": facility}))
        return Answer(tuple(problems), tuple(lacking), facts_of(signed), self.trust.digest)

    def _bound(self, facility: str, certificate: x509.Certificate, moment: datetime) -> str:
        if self.bindings is None:
            return faults.NO_BINDINGS_HERE
        said = self.bindings.verdict(facility, certificate, moment)
        return "" if said == "bound" else said


def facts_of(signed: Signed) -> dict[str, Any]:
    """Who signed, as plain values that can be kept. The number of a person is not among them."""
    holder = certificates.holder_of(signed.certificate)
    return {
        "name": holder.name,
        "organisation": holder.organisation,
        "tax_code": holder.tax_code,
        "is_person": holder.is_person,
        "issuer": certificates.issuer_name(signed.certificate),
        "serial": certificates.serial(signed.certificate),
        "fingerprint": certificates.fingerprint(signed.certificate),
        "valid_from": certificates.valid_from(signed.certificate).isoformat(),
        "valid_to": certificates.valid_to(signed.certificate).isoformat(),
        "claimed_at": signed.claimed_at.isoformat() if signed.claimed_at else None,
        "method": signed.method,
    }
