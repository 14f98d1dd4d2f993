"""The PDF of a report as it leaves: signed with the unit's key where the server holds it, or signed outside.

A report may be edited as DOCX first; then its PDF is signed outside and handed in; its signatures must hold.
"""

from dataclasses import dataclass

from khoyte.foundation.calendar import now
from khoyte.foundation.language import Text
from khoyte.monitor.errors import PlanProblem
from khoyte.registers.issuing import key_of
from khoyte.signing import pdf, wording
from khoyte.signing.trust import load_trust

MOST_BYTES = 10 * 1024 * 1024
_TOO_LARGE = Text("Tệp PDF quá lớn: tối đa 10 MB.", "The PDF is too large: 10 MB at most.")
_NO_SIGNATURE = Text(
    "Tệp chưa có chữ ký số đọc được. Ký số bản PDF của báo cáo rồi gửi lại.",
    "The file bears no signature that can be read. Sign the PDF of the report and send it again.",
)
_BAD_SIGNATURE = Text(
    "Chữ ký số trên tệp không hợp lệ: {why}. Ký lại bằng chứng thư còn hiệu lực.",
    "The signature on the file does not hold: {why}. Sign it again with a certificate in force.",
)


@dataclass(frozen=True, repr=False)
class ReportPdf:
    """`way`: server, upload, unsigned; `state` and `holder` of its last signature."""

    pdf: bytes
    way: str
    state: str = ""
    holder: str = ""


def signs_here(unit: str) -> bool:
    return key_of(unit) is not None


def signed_here(written: bytes, unit: str) -> ReportPdf:
    """With the unit's own signature where the server holds its key; as it is where not."""
    signer = key_of(unit)
    if signer is None:
        return ReportPdf(written, "unsigned")
    return _answered(pdf.sign(written, signer, slot="ToChuc"), "server")


def signed_outside(data: bytes) -> ReportPdf:
    """A PDF that was signed elsewhere. Raises PlanProblem when none of its signatures can be relied on."""
    if len(data) > MOST_BYTES:
        raise PlanProblem(_TOO_LARGE)
    if not data.startswith(b"%PDF"):
        raise PlanProblem(_NO_SIGNATURE)
    return _answered(data, "upload")


def _answered(data: bytes, way: str) -> ReportPdf:
    answers = [answer for _, answer in pdf.check(data, load_trust(), now())]
    if not answers:
        raise PlanProblem(_NO_SIGNATURE)
    wrong = [answer for answer in answers if answer.problems]
    if wrong and way == "upload":
        raise PlanProblem(_BAD_SIGNATURE.fill(why=wording.spoken(wrong[0].problems[0])))
    signer = answers[-1].signer or {}
    return ReportPdf(data, way, answers[-1].state, str(signer.get("name", "")))
