"""Which algorithms a signature may use, as dated data (`data/algorithms.csv`).

A row without `accepted_from` was never accepted here; the date is the day of the check. Anything not in the
table is refused as well.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from cryptography.hazmat.primitives import hashes

DSIG = "http://www.w3.org/2000/09/xmldsig#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
WITH_COMMENTS = "WithComments"
ENVELOPED = f"{DSIG}enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA-256": hashes.SHA256,
    "SHA-384": hashes.SHA384,
    "SHA-512": hashes.SHA512,
}


@dataclass(frozen=True)
class Algorithm:
    """One row of the table. `kind` is digest, signature, canonical or transform."""

    uri: str
    kind: str
    name: str
    accepted_from: date | None
    accepted_to: date | None
    reason: str

    def accepted_on(self, day: date) -> bool:
        if self.accepted_from is None or day < self.accepted_from:
            return False
        return self.accepted_to is None or day <= self.accepted_to

    @property
    def hash(self) -> hashes.HashAlgorithm:
        """Of a digest or signature: the hash at the end of its name."""
        return HASHES[self.name.rsplit(" ", 1)[-1]]()


@lru_cache(maxsize=1)
def table() -> dict[str, Algorithm]:
    """Every known algorithm by its identifier."""
    text = files("khoyte.signing").joinpath("data/algorithms.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        row["uri"]: Algorithm(
            row["uri"],
            row["kind"],
            row["name"],
            _day(row["accepted_from"]),
            _day(row["accepted_to"]),
            row["reason"],
        )
        for row in rows
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def accepted(uri: str, kind: str, day: date) -> Algorithm | None:
    """The algorithm, None where it may not be used on that day or is of another kind."""
    found = table().get(uri)
    return found if found and found.kind == kind and found.accepted_on(day) else None


def spoken(uri: str) -> str:
    """Its name for people; an unknown one by the end of its identifier."""
    found = table().get(uri)
    return found.name if found else (uri.rsplit("/", 1)[-1] or uri)[:60]
