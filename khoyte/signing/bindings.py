"""Which certificates speak for which facility, as of a moment. Called where every facility may be read."""

from datetime import datetime

from cryptography import x509
from django.db.models import Q

from khoyte.signing import faults
from khoyte.signing.certificates import fingerprint, holder_of
from khoyte.signing.models import FacilityCertificate


class StoredBindings:
    """The table of bindings (`checking.Bindings`)."""

    def verdict(self, facility: str, certificate: x509.Certificate, moment: datetime) -> str:
        """ "bound" to this facility, "other-unit" where it or another one has other bindings, "no-
        binding"."""
        names = {"certificate": fingerprint(certificate), "tax_code": holder_of(certificate).tax_code}
        named = Q()
        for kind, value in names.items():
            if value:
                named |= Q(kind=kind, value=value)
        in_force = FacilityCertificate.objects.filter(valid_from__lte=moment).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
        )
        facilities = set(in_force.filter(named).values_list("facility", flat=True))
        if facility in facilities:
            return "bound"
        if facilities or in_force.filter(facility=facility).exists():
            return faults.OTHER_UNIT
        return faults.NO_BINDING
