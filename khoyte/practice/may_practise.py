"""May this person practise here, now? Worked out from what is confirmed, never stored.

Law 15/2023/QH15: a licence in force (Art. 27, 30 to 35), not suspended; a registration of practice at the
facility for that day and hour (Art. 36 to 38). What is not known is said and is no refusal by itself: hours
that cannot be read, a licence whose term is not recorded. The judgement is a pure function of facts;
`queries.may_practise` gathers them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from khoyte.foundation.calendar import format_date, in_vietnam
from khoyte.foundation.language import Text
from khoyte.practice.hours import DAY, contains

ENDS_FOR_GOOD = ("revoke", "supersede")
PUTS_IN_FORCE = ("issue", "reissue", "renew", "adjust")


@dataclass(frozen=True)
class Licence:
    number: str
    issued: date | None
    valid_to: date | None
    title: str = ""
    scope: str = ""


@dataclass(frozen=True)
class LicenceAct:
    """An act on the licence; `valid_to` included, None: without end. `scope`: the part meant, "": all."""

    kind: str
    valid_from: date
    valid_to: date | None
    decision: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Registration:
    facility: str
    valid_from: date
    valid_to: date | None
    hours: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Reason:
    """One thing looked at: `code` for programs, words for people."""

    code: str
    text: Text
    refuses: bool


@dataclass(frozen=True)
class Answer:
    """`known` is false when the register holds nothing of the person: our gap, not the hospital's error."""

    may: bool
    known: bool
    reasons: tuple[Reason, ...]

    @property
    def refusals(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.refuses)


def judge(
    licences: Sequence[Licence],
    acts: Sequence[LicenceAct],
    registrations: Sequence[Registration],
    *,
    facility: str,
    at: datetime,
) -> Answer:
    """The answer for one person at one facility at one moment. `acts` are those of the person's licences."""
    if not licences:
        return Answer(False, False, (_UNKNOWN,))
    moment = in_vietnam(at)
    reasons = [
        licence_on(licences, acts, moment.date()),
        *_suspended_in_part(acts, moment.date()),
        *_place(registrations, facility, moment),
    ]
    return Answer(not any(reason.refuses for reason in reasons), True, tuple(reasons))


def _suspended_in_part(acts: Sequence[LicenceAct], day: date) -> list[Reason]:
    """A suspension of part of the scope says nothing of one act: it is told and refuses nothing."""
    return [
        Reason("licence-suspended-in-part", _IN_PART.fill(scope=act.scope, decision=act.decision), False)
        for act in acts
        if act.kind == "suspend" and act.scope and _covers(act.valid_from, _end_of(act, acts), day)
    ]


def turning_days(licences: Sequence[Licence], acts: Sequence[LicenceAct]) -> list[date]:
    """Days, in order, on which `licence_on` may answer otherwise than on the day before."""
    starts = [one.issued for one in licences] + [act.valid_from for act in acts]
    ends = [one.valid_to for one in licences] + [act.valid_to for act in acts]
    after = [end + timedelta(days=1) for end in ends if end is not None and end < date.max]
    return sorted({day for day in (*starts, *after) if day is not None})


def licence_on(licences: Sequence[Licence], acts: Sequence[LicenceAct], day: date) -> Reason:
    """What the licence is worth on a day, wherever its holder works; `licences` must not be empty."""
    return _licence(licences, [act for act in acts if not (act.kind == "suspend" and act.scope)], day)


def licence_shown_on(licences: Sequence[Licence], acts: Sequence[LicenceAct], day: date) -> Reason:
    """The same as the public is told: a suspension of part of the scope is a suspension, too."""
    return _licence(licences, acts, day)


def _licence(licences: Sequence[Licence], acts: Sequence[LicenceAct], day: date) -> Reason:
    for act in acts:
        if act.kind in ENDS_FOR_GOOD and act.valid_from <= day and not _again_in_force(acts, act, day):
            text = _ENDED[act.kind].fill(day=format_date(act.valid_from), decision=act.decision)
            return Reason(f"licence-{act.kind}d", text, True)
        if act.kind == "suspend" and _covers(act.valid_from, _end_of(act, acts), day):
            until = format_date(act.valid_to) if act.valid_to else Text(vi="khi có quyết định", en="decided")
            return Reason(
                "licence-suspended",
                _SUSPENDED.fill(since=format_date(act.valid_from), until=until, decision=act.decision),
                True,
            )
    return _term(licences, acts, day)


def _again_in_force(acts: Sequence[LicenceAct], end: LicenceAct, day: date) -> bool:
    return any(act.kind in ("issue", "reissue") and end.valid_from < act.valid_from <= day for act in acts)


def _end_of(suspension: LicenceAct, acts: Sequence[LicenceAct]) -> date | None:
    """The last day of a suspension: its own, or the day before it was lifted."""
    lifted = [
        act.valid_from for act in acts if act.kind == "lift" and act.valid_from >= suspension.valid_from
    ]
    if not lifted:
        return suspension.valid_to
    last = date.fromordinal(min(lifted).toordinal() - 1)
    return min(last, suspension.valid_to) if suspension.valid_to else last


def _term(licences: Sequence[Licence], acts: Sequence[LicenceAct], day: date) -> Reason:
    renewed = [act for act in acts if act.kind in PUTS_IN_FORCE and act.valid_from <= day]
    for licence in licences:
        if licence.issued is not None and licence.issued > day:
            continue
        ends = [licence.valid_to, *(act.valid_to for act in renewed if act.valid_to)]
        last = max((end for end in ends if end is not None), default=None)
        if last is None or last >= day:
            return Reason("licence-valid", _VALID.fill(number=licence.number), False)
    begun = [licence for licence in licences if licence.issued is None or licence.issued <= day]
    if not begun:
        first = min(licence.issued for licence in licences if licence.issued)
        return Reason("licence-not-yet", _NOT_YET.fill(day=format_date(first)), True)
    terms = [licence.valid_to for licence in begun] + [act.valid_to for act in renewed]
    last = max(end for end in terms if end is not None)
    return Reason("licence-expired", _EXPIRED.fill(day=format_date(last)), True)


def _place(registrations: Sequence[Registration], facility: str, moment: datetime) -> list[Reason]:
    here = [one for one in registrations if one.facility == facility]
    today = [one for one in here if _covers(one.valid_from, one.valid_to, moment.date())]
    if not here:
        return [Reason("not-registered", _NOT_HERE.fill(facility=facility), True)]
    if not today:
        periods = "; ".join(_period(one) for one in here)
        return [Reason("not-registered-then", _NOT_THEN.fill(facility=facility, periods=periods), True)]
    minute = moment.weekday() * DAY + moment.hour * 60 + moment.minute
    inside = [contains(one.hours, minute) for one in today]
    if True in inside:
        return [Reason("registered", _REGISTERED.fill(facility=facility), False)]
    if None in inside:
        return [Reason("hours-unknown", _HOURS_UNKNOWN.fill(facility=facility), False)]
    hours = "; ".join(one.hours for one in today)
    return [Reason("outside-hours", _OUTSIDE.fill(hours=hours), True)]


def _covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


def _period(one: Registration) -> str:
    end = format_date(one.valid_to) if one.valid_to else "…"
    return f"{format_date(one.valid_from)} – {end}"


_UNKNOWN = Reason(
    "not-in-register",
    Text(vi="Chưa có người này trong sổ người hành nghề.", en="This person is not in the register."),
    True,
)
_ENDED = {
    "revoke": Text(
        vi="Giấy phép hành nghề bị thu hồi từ {day} (quyết định {decision}).",
        en="The licence was revoked on {day} (decision {decision}).",
    ),
    "supersede": Text(
        vi="Giấy phép hành nghề được thay thế từ {day} (quyết định {decision}).",
        en="The licence was superseded on {day} (decision {decision}).",
    ),
}
_SUSPENDED = Text(
    vi="Bị đình chỉ hành nghề từ {since} đến {until} (quyết định {decision}).",
    en="Suspended from {since} to {until} (decision {decision}).",
)
_IN_PART = Text(
    vi="Bị đình chỉ một phần phạm vi hành nghề: {scope} (quyết định {decision}).",
    en="Part of the scope is suspended: {scope} (decision {decision}).",
)
_VALID = Text(vi="Giấy phép hành nghề {number} còn hiệu lực.", en="Licence {number} is in force.")
_NOT_YET = Text(vi="Giấy phép hành nghề được cấp ngày {day}, sau thời điểm này.",
                en="The licence was issued later, on {day}.")  # fmt: skip
_EXPIRED = Text(vi="Giấy phép hành nghề hết hạn ngày {day}.", en="The licence expired on {day}.")
_NOT_HERE = Text(
    vi="Chưa đăng ký hành nghề tại cơ sở {facility}.", en="Not registered to practise at {facility}."
)
_NOT_THEN = Text(
    vi="Đăng ký hành nghề tại cơ sở {facility} không gồm ngày này ({periods}).",
    en="The registration at {facility} does not cover this day ({periods}).",
)
_REGISTERED = Text(
    vi="Đã đăng ký hành nghề tại cơ sở {facility} vào giờ này.", en="Registered at {facility} at this hour."
)
_HOURS_UNKNOWN = Text(
    vi="Đã đăng ký hành nghề tại cơ sở {facility}; chưa ghi giờ hoặc giờ ghi chưa đọc được.",
    en="Registered at {facility}; the hours are not recorded or not understood.",
)
_OUTSIDE = Text(vi="Ngoài giờ đã đăng ký hành nghề ({hours}).", en="Outside the registered hours ({hours}).")
