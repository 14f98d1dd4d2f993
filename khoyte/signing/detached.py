"""Signatures beside a document of any kind (CMS, CAdES), kept in a file of its own (.p7s)."""

import asyncio
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.validation import async_validate_detached_cms

from khoyte.signing import documents, faults
from khoyte.signing.checking import Answer
from khoyte.signing.signers import Signer
from khoyte.signing.trust import TrustStore

SIGNATURE_BYTES = 1 << 20


def sign(data: bytes, signer: Signer, *, timestamp: str = "", stamper: Any = None) -> bytes:
    """The signature over a document, in DER. Raises NoTimeStamp."""
    own, stamper = documents.as_hanko(signer), stamper or documents.stamper_at(timestamp)
    made = own.async_sign_general_data(
        data, "sha256", detached=True, use_cades=True, timestamper=stamper, signed_attr_settings=None
    )
    try:
        return bytes(asyncio.run(made).dump())
    except TimestampRequestError as error:
        raise documents.no_time_stamp(error) from error


def check(data: bytes, signature: bytes, trust: TrustStore, moment: datetime) -> Answer:
    """What is said of a signature beside a document."""
    unreadable = Answer(problems=((faults.UNREADABLE, {"what": "CMS"}),))
    if len(signature) > SIGNATURE_BYTES:
        return unreadable
    try:
        signed = cms.ContentInfo.load(signature)["content"]
        embedded = [one.chosen for one in signed["certificates"]]
        status = asyncio.run(
            async_validate_detached_cms(data, signed, documents.nobody(), documents.nobody())
        )
        return documents.answer_on(status, embedded, trust, moment)
    except Exception:  # whatever hostile bytes make of the ASN.1 reader
        return unreadable
