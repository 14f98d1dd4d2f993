"""PAdES: signatures inside PDF documents, with a time stamp where a service is named."""

from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel

from khoyte.foundation.language import Text
from khoyte.signing import documents, faults
from khoyte.signing.checking import Answer
from khoyte.signing.making import CannotSign
from khoyte.signing.signers import Signer
from khoyte.signing.trust import Case, TrustStore

MOST_SIGNATURES = 50
PDF_BYTES = 64 << 20


def sign(data: bytes, signer: Signer, *, timestamp: str = "", stamper: Any = None, slot: str = "") -> bytes:
    """The document with one more signature (PAdES-B-B, with a time stamp B-T). `slot` names its field.

    Raises CannotSign, NoTimeStamp.
    """
    own, stamper = documents.as_hanko(signer), stamper or documents.stamper_at(timestamp)
    try:
        writer = IncrementalPdfFileWriter(BytesIO(data))
        name = slot or f"ChuKySo{len(writer.prev.embedded_signatures) + 1}"
        metadata = PdfSignatureMetadata(
            field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        pdf_signer = PdfSigner(metadata, own, timestamper=stamper, new_field_spec=SigFieldSpec(name))
        return bytes(pdf_signer.sign_pdf(writer).getvalue())
    except TimestampRequestError as error:
        raise documents.no_time_stamp(error) from error
    except (PdfError, SigningError, ValueError) as error:
        raise CannotSign(_NOT_PDF) from error


def check(data: bytes, trust: TrustStore, moment: datetime) -> list[tuple[str, Answer]]:
    """What is said of each signature of a document, in order, by the name of its field."""
    if len(data) > PDF_BYTES:
        return [("", Answer(lacking=((faults.TOO_LARGE, {"limit": PDF_BYTES >> 20}),)))]
    try:
        found = PdfFileReader(BytesIO(data)).embedded_signatures[:MOST_SIGNATURES]
        return [(one.field_name, _check(one, trust, moment)) for one in found]
    except Exception:  # whatever a hostile document makes of the reader of PDF
        return [("", _unreadable("PDF"))]


def _check(one: Any, trust: TrustStore, moment: datetime) -> Answer:
    anything = KeyUsageConstraints(key_usage=set(), match_all_key_usages=False)
    try:
        status = validate_pdf_signature(one, documents.nobody(), documents.nobody(), None, anything)
    except SignatureValidationError:
        return _unreadable("CMS")
    embedded = (certificate for certificate in one.other_embedded_certs)
    return documents.answer_on(status, embedded, trust, moment, _coverage(status))


def _coverage(status: Any) -> list[Case]:
    """The whole file, or what it was when signed with nothing added since but signatures and their proofs."""
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return []
    if status.coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        return [(faults.UNCOVERED, {"element": "PDF"})]
    if not status.docmdp_ok:
        return [(faults.MISMATCH, {"element": "PDF"})]
    return []


def _unreadable(what: str) -> Answer:
    return Answer(problems=((faults.UNREADABLE, {"what": what}),))


_NOT_PDF = Text(
    "Không ký được: tệp không phải PDF đọc được hoặc không cho phép thêm chữ ký.",
    "Cannot be signed: no readable PDF, or one that allows no further signature.",
)
