"""V-008 on a file that bears a signature: where it stands by the standard, and what the check of it says.

Letter 1245/BHXH-CNTT: CHUKYDONVI follows the records, in the claim file and in the check-in form. What must
be signed is known from one public guide of the portal only: from THONGTINDONVI to the end of THONGTINHOSO, in
the check-in form the list. A signature over the whole file covers both.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509

from khoyte.foundation.byte_sources import ByteSource
from khoyte.foundation.language import Text
from khoyte.signing import faults
from khoyte.signing.checking import Answer, Checker
from khoyte.signing.trust import TrustStore
from khoyte.signing.wording import spoken
from khoyte.signing.xmldsig import Layout
from khoyte.submissions.reader import FileIndex, index_file

LAYOUTS = {
    "claims": Layout(
        records=("THONGTINHOSO", "DANHSACHHOSO"),
        signed=(("THONGTINDONVI",), ("THONGTINHOSO",)),
        signature=("CHUKYDONVI",),
    ),
    "checkin": Layout(
        records=("DSACH_TRANG_THAI_KCB",), signed=(("DSACH_TRANG_THAI_KCB",),), signature=("CHUKYDONVI",)
    ),
}
_DISORDER = ("misplaced", "doubled")


@dataclass(frozen=True)
class Signatures:
    """How the signatures of files are checked. Without a checker only their presence is seen."""

    checker: Checker = field(default_factory=Checker)

    def check(
        self, source: ByteSource, index: FileIndex, facility: str, received_at: datetime
    ) -> Answer | None:
        """What is said of the signature of a file, None where it bears none."""
        if index.signature != "present" or index.kind not in LAYOUTS:
            return None
        if self.checker.trust and _in_disorder(index):
            return Answer(problems=((faults.AMBIGUOUS, {"element": _disordered(index)}),))
        return self.checker.check(
            source, index.dossiers.places(), LAYOUTS[index.kind], facility=facility, moment=received_at
        )


def check_alone(source: ByteSource, trust: TrustStore, moment: datetime) -> Answer | None:
    """The signature of a file by itself, whichever facility it is of. Raises UnreadableFile."""
    return Signatures(Checker(trust, _AnyFacility())).check(source, index_file(source), "", moment)


class _AnyFacility:
    def verdict(self, facility: str, certificate: x509.Certificate, moment: datetime) -> str:
        return "bound"


def _in_disorder(index: FileIndex) -> bool:
    """The places of the records are those of the standard only in an envelope that is in order."""
    return bool(_disordered(index))


def _disordered(index: FileIndex) -> str:
    named = (
        str(found.params.get("element", "?"))
        for found in index.findings
        if found.rule == "V-001" and found.params.get("reason") in _DISORDER
    )
    return next(named, "")


def not_judged(answer: Answer, dossiers: int) -> list[dict[str, Any]]:
    """Lines of what could not be checked, as a judgement keeps them."""
    reasons = [spoken(case) for case in answer.lacking]
    return [
        {"rule": "V-008", "reason": {"vi": reason.vi, "en": reason.en}, "dossiers": dossiers}
        for reason in reasons
    ]


def no_place(why: str) -> Text:
    """Why a file cannot be signed: it is "signed" already, or of another "kind"."""
    return _NO_PLACE[why]


_NO_PLACE = {
    "signed": Text(
        "CHUKYDONVI đã có nội dung; chỉ ký tệp chưa ký.",
        "CHUKYDONVI is not empty; only an unsigned file is signed.",
    ),
    "kind": Text(
        "Tệp không phải hồ sơ XML theo chuẩn đang áp dụng nên không ký được.",
        "The file is no XML record file of the standard in force, so it cannot be signed.",
    ),
}
