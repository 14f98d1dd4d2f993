"""How sure we are of who a practitioner is: a state, worked out from what is known, never stored.

declared → format-checked → matched with the population database → verified by VNeID; changed at source when
what once matched does so no longer; deceased. A mismatch is evidence on the fields that differ and leaves the
record where it stands: persons decide (Decree 70/2024/NĐ-CP: numbers are issued anew).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from khoyte.foundation.identifiers import parse_personal_number
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Fact
from khoyte.practice.models import IdentityCheck
from khoyte.practice.registers import PRACTITIONERS
from khoyte.registers import content as contents
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section
from khoyte.units import identities

FIELDS = ("personal_number", "full_name", "birth_date", "sex")


class IdentityState(StrEnum):
    DECLARED = "declared"
    FORMAT_CHECKED = "format_checked"
    MATCHED = "matched"
    VERIFIED = "verified"
    CHANGED_AT_SOURCE = "changed_at_source"
    DECEASED = "deceased"


LABELS = {
    IdentityState.DECLARED: Text(vi="Tự kê khai", en="Declared"),
    IdentityState.FORMAT_CHECKED: Text(
        vi="Đã kiểm tra dạng số, chờ đối chiếu", en="Form of the number checked"
    ),
    IdentityState.MATCHED: Text(vi="Khớp CSDL quốc gia về dân cư", en="Matches the population database"),
    IdentityState.VERIFIED: Text(vi="Đã xác minh qua VNeID", en="Verified by VNeID"),
    IdentityState.CHANGED_AT_SOURCE: Text(
        vi="Thông tin gốc đã thay đổi, cần cập nhật hồ sơ",
        en="Changed at the source; the record needs a look",
    ),
    IdentityState.DECEASED: Text(vi="Đã mất theo CSDL quốc gia về dân cư", en="Deceased"),
}
OUTCOMES = {
    "match": Text(vi="Khớp", en="Agrees"),
    "mismatch": Text(vi="Không khớp: {fields}", en="Does not agree: {fields}"),
    "not_found": Text(vi="Không tìm thấy số này", en="Number not found"),
    "cancelled": Text(vi="Số này đã bị hủy", en="Number cancelled"),
    "deceased": Text(vi="Đã mất", en="Deceased"),
}


def particulars_of(content: Mapping[str, Any]) -> bytes:
    """A keyed hash of what is asked, so that answers belong to particulars and not to versions."""
    return contents.keyed("identity", [content.get(name) for name in FIELDS])


@dataclass(frozen=True)
class Known:
    """What there is to judge by: newest first, answers only to questions that were answered."""

    state: IdentityState
    checks: Sequence[IdentityCheck]
    waiting_since: datetime | None


def known_of(record: Record, content: Mapping[str, Any]) -> Known:
    rows = list(IdentityCheck.objects.filter(record=record.pk).order_by("-id")[:20])
    answered = [row for row in rows if row.outcome in OUTCOMES]
    waiting = next((row.queued_at for row in rows if row.answered_at is None), None)
    state = state_of(content, particulars_of(content), answered, verified=_is_verified(content))
    return Known(state, answered, waiting)


def state_of(
    content: Mapping[str, Any], particulars: bytes, answered: Sequence[IdentityCheck], *, verified: bool
) -> IdentityState:
    """Pure: `answered` newest first; only answers about these very particulars count."""
    if parse_personal_number(str(content.get("personal_number") or "")) is None:
        return IdentityState.DECLARED
    about = [row for row in answered if bytes(row.particulars) == particulars]
    newest = about[0].outcome if about else ""
    if newest == "deceased":
        return IdentityState.DECEASED
    if newest in ("mismatch", "not_found", "cancelled") and any(row.outcome == "match" for row in about):
        return IdentityState.CHANGED_AT_SOURCE
    if verified and newest in ("", "match"):
        return IdentityState.VERIFIED
    return IdentityState.MATCHED if newest == "match" else IdentityState.FORMAT_CHECKED


def _is_verified(content: Mapping[str, Any]) -> bool:
    """Somebody has signed in by VNeID as the holder of this number, and is joined with an account here."""
    provider, number = settings.OIDC.get("vneid"), content.get("personal_number")
    return bool(
        provider and number and identities.account_of(identities.hashed(provider, str(number))) is not None
    )


def section(record: Record, content: Mapping[str, Any]) -> Section:
    """The part of a practitioner's page that says how sure we are."""
    known = known_of(record, content)
    facts = [Fact(Text(vi="Mức độ xác minh", en="How sure we are"), LABELS[known.state])]
    if known.checks:
        newest = known.checks[0]
        facts.append(
            Fact(
                Text(vi="Lần đối chiếu gần nhất", en="Last check"),
                _outcome_words(newest),
                note=Text(
                    vi="{day}, bản {version}, mã giao dịch {id}", en="{day}, version {version}, {id}"
                ).fill(
                    day=formats.day(newest.answered_at), version=newest.version, id=str(newest.transaction)
                ),
            )
        )
    if known.waiting_since:
        facts.append(
            Fact(
                Text(vi="Đang chờ trả lời từ", en="Waiting for an answer since"),
                known.waiting_since,
                "moment",
            )
        )
    return Section(Text(vi="Xác minh nhân thân", en="Identity"), facts)


def _outcome_words(check: IdentityCheck) -> Text:
    labels = [PRACTITIONERS.by_name[name].label for name in check.differing]
    vi, en = ", ".join(one.vi for one in labels), ", ".join(one.en for one in labels)
    words = OUTCOMES[check.outcome]
    return Text(vi=words.vi.format(fields=vi), en=words.en.format(fields=en))
