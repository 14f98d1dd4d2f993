"""Signing invented submissions with an invented authority, so that a trust folder beside them trusts them."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from khoyte.foundation.calendar import now
from khoyte.foundation.home import write_durably
from khoyte.nonprod.generator.world import FACILITIES
from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.submissions.signing_files import sign_in_place

KEYS, TRUST = "keys", "trust"
_BITS = 2048  # what facilities have; the signature of a file costs the same whatever its size


def sign_files(files: Sequence[Path], folder: Path) -> None:
    """Sign each file as its facility, which its name begins with.

    `folder` keeps the authority and the facilities' keys (keys/), their certificates (99001.pem) and a trust
    folder (trust/) for KHOYTE_TRUST. The time of signing is now, so the bytes differ from run to run.
    """
    authority = Authority.load_or_make(folder / KEYS)
    codes = sorted({path.name[:5] for path in files})
    issued = {code: _certificate(authority, code, number, folder) for number, code in enumerate(codes, 1)}
    for path in files:
        sign_in_place(path, issued[path.name[:5]].signer(), now())
    authority.write_trust(folder / TRUST)


def _certificate(authority: Authority, code: str, number: int, folder: Path) -> Issued:
    made = authority.organisation(FACILITIES[code].name, f"999{number:07d}", bits=_BITS)
    write_durably(folder / f"{code}.pem", made.certificate.public_bytes(Encoding.PEM))
    write_durably(folder / KEYS / f"{code}.p12", made.p12(""))
    return made
