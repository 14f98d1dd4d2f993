"""Why a signature does not hold. `part` names the case; rules and pages have words for each (`wording`)."""


class Fault(Exception):
    """A signature that does not hold; `params` are facts for the message, never of a patient.

    `signed` says whose key signed where that is proven, although what was read is not what was signed.
    """

    signed: object = None

    def __init__(self, part: str, **params: str | int) -> None:
        super().__init__(part)
        self.part = part
        self.params = params


UNREADABLE = "unreadable"
"""There is something, but no XML signature that can be read; `what` names the element."""
SEVERAL = "several"
NO_CERTIFICATE = "no-certificate"
OUTSIDE = "outside"
"""It refers to something outside the file."""
TRANSFORM = "transform"
"""It changes the content before signing in a way that is not allowed; `name`."""
WEAK = "weak"
"""Algorithm or key; `name`."""
AMBIGUOUS = "ambiguous"
"""What was signed cannot be told from what was read."""
UNCOVERED = "uncovered"
"""`element` was read but is not signed."""
MISMATCH = "mismatch"
"""The content is not what was signed; `element`."""
FORGED = "forged"
"""The signature value was not made with the key of the certificate."""

UNTRUSTED = "untrusted"
USAGE = "usage"
NOT_YET_VALID = "not-yet-valid"
EXPIRED = "expired"
REVOKED = "revoked"
OTHER_UNIT = "other-unit"

# What our own side lacks: said under "not judged", never a finding.
NO_TRUST = "no-trust"
TOO_LARGE = "too-large"
LIST_MISSING = "list-missing"
LIST_STALE = "list-stale"
NO_BINDING = "no-binding"
NO_BINDINGS_HERE = "no-bindings-here"
