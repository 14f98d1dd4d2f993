"""May this facility operate on this day? Worked out from confirmed acts on its licences, never stored.

Law 15/2023/QH15, chapter IV: an operating licence has no end of its own; it is suspended, whole or in
part, and revoked by decision. Of a facility without any licence on record nothing is said: our gap, no
refusal. A facility whose licence was revoked operates again by a later licence, or by one of another number
that is in force.

A licence belongs to a facility and ends with it. Where a facility took over another and holds its very
licence (the same number), what was decided about that licence before goes on to hold, from the day of the
takeover; of any other licence of the predecessor it is history and says nothing of the successor. Pure: no
database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from khoyte.foundation.calendar import format_date
from khoyte.foundation.language import Text
from khoyte.practice.may_practise import Reason

ISSUES = ("issue", "reissue")
STOPS = ("suspend", "revoke")
StoppedSpan = tuple[date, date | None, str]
"""First day, last day or None, and \"suspended\" or \"revoked\"."""


@dataclass(frozen=True)
class OperatingLicence:
    """As the facility's own record has it. `key` is one text, or hash, for all writings of a number."""

    key: str
    issued: date | None = None


@dataclass(frozen=True)
class OperatingAct:
    """An act on licence `key`; `valid_to` included, None: without end. `scope`: the part meant, "": all.

    `since`: of a facility that was taken over, the day of that; None: about this facility itself.
    """

    key: str
    kind: str
    valid_from: date
    valid_to: date | None = None
    decision: str = ""
    scope: str = ""
    since: date | None = None


def operating_on(licences: Sequence[OperatingLicence], acts: Sequence[OperatingAct], day: date) -> Reason:
    """What the facility's licences are worth on a day; it may operate by any of them that is in force."""
    acts = [act for act in _that_concern(licences, acts) if act.since is None or act.since <= day]
    keys = list(dict.fromkeys([*(one.key for one in licences), *(act.key for act in acts)]))
    if not keys:
        return UNKNOWN
    found = [
        _of_licence([one for one in licences if one.key == key], [act for act in acts if act.key == key], day)
        for key in keys
    ]
    return min(found, key=lambda reason: _ORDER[reason.code])


def _that_concern(licences: Sequence[OperatingLicence], acts: Sequence[OperatingAct]) -> list[OperatingAct]:
    """The facility's own acts, and a predecessor's on a licence that the facility holds."""
    held = {one.key for one in licences} | {act.key for act in acts if act.since is None}
    return [act for act in acts if act.since is None or act.key in held]


def turning_days(licences: Sequence[OperatingLicence], acts: Sequence[OperatingAct]) -> list[date]:
    """Days, in order, on which `operating_on` may answer otherwise than on the day before."""
    starts = [*(one.issued for one in licences), *(act.valid_from for act in acts)]
    ends = (act.valid_to for act in acts)
    taken = (act.since for act in acts)
    after = [end + timedelta(days=1) for end in ends if end is not None and end < date.max]
    return sorted({day for day in (*starts, *taken, *after) if day is not None})


def stopped_spans(licences: Sequence[OperatingLicence], acts: Sequence[OperatingAct]) -> list[StoppedSpan]:
    """In order, the days on which the facility may not operate."""
    acts = _that_concern(licences, acts)
    if not any(act.kind in STOPS for act in acts):
        return []
    turns = turning_days(licences, acts)
    spans: list[StoppedSpan] = []
    for place, first in enumerate(turns):
        last = turns[place + 1] - timedelta(days=1) if place + 1 < len(turns) else None
        code = operating_on(licences, acts, first).code
        if code in STOPPED_CODES:
            spans.append((first, last, STOPPED_CODES[code]))
    return spans


def _of_licence(licences: Sequence[OperatingLicence], acts: Sequence[OperatingAct], day: date) -> Reason:
    """`licences`, the record's own word of it, and acts of one licence."""
    revoked = [act for act in acts if act.kind == "revoke" and act.valid_from <= day]
    for act in revoked:
        again = any(one.kind in ISSUES and act.valid_from < one.valid_from <= day for one in acts)
        if not again:
            return Reason("operating-revoked", _words(_REVOKED, act), True)
    suspended = [act for act in acts if act.kind == "suspend" and _covers(act, acts, day)]
    for act in suspended:
        if not act.scope:
            return Reason("operating-suspended", _words(_SUSPENDED, act), True)
    begins = [one.issued for one in licences if one.issued]
    begins += [act.valid_from for act in acts if act.kind in ISSUES]
    if begins and min(begins) > day:
        return Reason("operating-not-yet", _NOT_YET.fill(day=format_date(min(begins))), True)
    for act in suspended:
        return Reason("operating-suspended-in-part", _words(_IN_PART, act), False)
    return VALID


def _covers(suspension: OperatingAct, acts: Sequence[OperatingAct], day: date) -> bool:
    if not suspension.valid_from <= day or (suspension.valid_to and suspension.valid_to < day):
        return False
    return not any(act.kind == "lift" and suspension.valid_from <= act.valid_from <= day for act in acts)


def _words(sentence: Text, act: OperatingAct) -> Text:
    until = format_date(act.valid_to) if act.valid_to else Text(vi="khi có quyết định", en="decided")
    return sentence.fill(
        since=format_date(act.valid_from), until=until, decision=act.decision, scope=act.scope
    )


_ORDER = {
    "operating-valid": 0,
    "operating-suspended-in-part": 1,
    "operating-suspended": 2,
    "operating-revoked": 3,
    "operating-not-yet": 4,
}
"""Of several licences the one that allows most speaks."""

STOPPED_CODES = {"operating-suspended": "suspended", "operating-revoked": "revoked"}
VALID = Reason(
    "operating-valid",
    Text(vi="Giấy phép hoạt động còn hiệu lực.", en="The operating licence is in force."),
    False,
)
UNKNOWN = Reason(
    "operating-unknown",
    Text(vi="Chưa có thông tin về giấy phép hoạt động.", en="Nothing is recorded of an operating licence."),
    False,
)
_REVOKED = Text(
    vi="Giấy phép hoạt động bị thu hồi từ {since} (quyết định {decision}).",
    en="The operating licence was revoked on {since} (decision {decision}).",
)
_SUSPENDED = Text(
    vi="Bị đình chỉ hoạt động từ {since} đến {until} (quyết định {decision}).",
    en="Suspended from {since} to {until} (decision {decision}).",
)
_IN_PART = Text(
    vi="Bị đình chỉ một phần hoạt động từ {since} đến {until}: {scope} (quyết định {decision}).",
    en="Suspended in part from {since} to {until}: {scope} (decision {decision}).",
)
_NOT_YET = Text(
    vi="Giấy phép hoạt động có hiệu lực từ {day}.", en="The operating licence is valid from {day}."
)
