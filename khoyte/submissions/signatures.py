"""V-008 on a file that bears a signature: where it stands by the standard, and what the check of it says.

Letter 1245/BHXH-CNTT: CHUKYDONVI follows the records, in the claim file and in the check-in form. What must
be signed is known from one public guide of the portal only: from THONGTINDONVI to the end of THONGTINHOSO, in
the check-in form the list. A signature over the whole file covers both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from khoyte.foundation.byte_sources import ByteSource
from khoyte.foundation.language import Text
from khoyte.signing import faults
from khoyte.signing.checking import Answer, Checker
from khoyte.signing.xmldsig import Layout
from khoyte.submissions.reader import FileIndex

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


REASONS: Mapping[str, Text] = {
    faults.NO_TRUST: Text(
        "hệ thống chưa khai báo tổ chức chứng thực chữ ký số được tin cậy; mới kiểm tra tệp có chữ ký",
        "no trusted certification authority is set up here; only the presence of a signature was checked",
    ),
    faults.TOO_LARGE: Text(
        "tệp có phần vượt {limit} MiB phải đọc nguyên khối nên chưa kiểm tra được chữ ký số",
        "a part over {limit} MiB would have to be read at once, so the signature was not checked",
    ),
    faults.LIST_MISSING: Text(
        "hệ thống chưa có danh sách chứng thư bị thu hồi của tổ chức cấp chứng thư",
        "no list of revoked certificates of the issuing authority is at hand",
    ),
    faults.LIST_STALE: Text(
        "danh sách chứng thư bị thu hồi tại hệ thống đã hết hạn từ {day}",
        "the list of revoked certificates at hand ended on {day}",
    ),
    faults.NO_BINDING: Text(
        "chưa đăng ký chứng thư chữ ký số nào của cơ sở {facility}",
        "no certificate has been entered for facility {facility}",
    ),
    faults.NO_BINDINGS_HERE: Text(
        "không có sổ đăng ký chứng thư của cơ sở tại đây",
        "the register of facilities' certificates is not at hand here",
    ),
}


def not_judged(answer: Answer, dossiers: int) -> list[dict[str, Any]]:
    """Lines of what could not be checked, as a judgement keeps them."""
    reasons = [REASONS[part].fill(**params) for part, params in answer.lacking]
    return [
        {"rule": "V-008", "reason": {"vi": reason.vi, "en": reason.en}, "dossiers": dossiers}
        for reason in reasons
    ]
