"""Who signed a file and whether the signature holds, as the verdict page shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Fact, Tag
from khoyte.signing import wording
from khoyte.signing.models import SignatureCheck

STATES = {
    "holds": Tag("good", wording.STATES["holds"]),
    "refused": Tag("bad", wording.STATES["refused"]),
    "unchecked": Tag("warn", wording.STATES["unchecked"]),
}


def signature_facts(check: SignatureCheck | None) -> list[Fact]:
    """The state first, then why, then who; nothing for a file that bears no signature."""
    if check is None:
        return []
    cases = [(part, params) for part, params in (*check.problems, *check.lacking)]
    why = [Fact(Text("Lý do", "Why"), _sentence(wording.spoken(case))) for case in cases]
    return [Fact(Text("Kết quả", "Result"), STATES[check.state], "tag"), *why, *_signer(check.signer)]


def _sentence(words: Text) -> Text:
    return Text(words.vi[:1].upper() + words.vi[1:], words.en[:1].upper() + words.en[1:])


def _signer(signer: Mapping[str, Any] | None) -> list[Fact]:
    if not signer:
        return []
    begin, end = (datetime.fromisoformat(signer[name]).date() for name in ("valid_from", "valid_to"))
    days = {"begin": format_date(begin), "end": format_date(end)}
    span = Text("từ {begin} đến {end}", "{begin} to {end}").fill(**days)
    facts = [
        Fact(Text("Người ký", "Signed by"), signer["name"]),
        Fact(Text("Đơn vị", "Organisation"), _other_name(signer)),
        Fact(Text("Mã số thuế", "Tax code"), signer["tax_code"]),
        Fact(
            Text("Thời điểm ký do người ký khai", "Signed at, as the signer says"), _claimed(signer), "moment"
        ),
        Fact(Text("Nơi cấp chứng thư", "Certificate issued by"), signer["issuer"]),
        Fact(Text("Chứng thư có hiệu lực", "Certificate in force"), span),
        Fact(Text("Số chứng thư", "Serial number"), signer["serial"]),
    ]
    return [fact for fact in facts if fact.value]


def _other_name(signer: Mapping[str, Any]) -> str:
    return "" if signer["organisation"] == signer["name"] else str(signer["organisation"])


def _claimed(signer: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(signer["claimed_at"]) if signer["claimed_at"] else None
