"""Hours of continuing education: what a person has of what is asked, worked out from confirmed records.

Law 15/2023/QH15, Art. 22; how many hours in which time is dated data (`legal.education`). An activity counts
on its last day. The window of so many months that ends on a day begins on the day after the same day so many
months before: sixty months that end on 2026-11-29 begin on 2021-11-30. The window looked at ends on the day
by which the hours must be there (`due_day`).
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Fact
from khoyte.legal.education import EducationRule, education_rule
from khoyte.practice import in_force
from khoyte.practice.may_practise import PUTS_IN_FORCE, LicenceAct
from khoyte.practice.models import CmeRecord
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section, announce_beside

NAME = "cme_records"
_A_YEAR = 12


@dataclass(frozen=True)
class Activity:
    """One confirmed activity: its last day and its credit hours."""

    day: date
    hours: int


@dataclass(frozen=True)
class Standing:
    """Hours in the window of the rule that ends on a day, and in the year that ends then."""

    since: date
    hours: int
    hours_of_year: int
    missing: int
    missing_of_year: int


def standing(rule: EducationRule, activities: Iterable[Activity], on: date) -> Standing:
    done = list(activities)
    since, year = first_day(on, rule.window_months), first_day(on, _A_YEAR)
    hours = sum(one.hours for one in done if since <= one.day <= on)
    of_year = sum(one.hours for one in done if year <= one.day <= on)
    return Standing(since, hours, of_year, max(0, rule.hours - hours), max(0, rule.yearly_hours - of_year))


def first_day(last: date, months: int) -> date:
    """The first day of the window of so many months of which `last` is the last."""
    years, month = divmod(last.year * _A_YEAR + last.month - 1 - months, _A_YEAR)
    day = min(last.day, calendar.monthrange(years, month + 1)[1])
    return date(years, month + 1, day) + timedelta(days=1)


def confirmed_of(person: bytes) -> list[Activity]:
    """Of a person, as far as the transaction's speaker may see them."""
    rows = CmeRecord.objects.filter(personal_number_key=person, state=State.CONFIRMED.value)
    return [Activity(day, hours) for day, hours in rows.values_list("ended_on", "hours") if day and hours]


@dataclass(frozen=True)
class Reckoned:
    """What a person has of the hours asked by `due`, the last day of the licence or of the window.

    `since` is the first day that counts; None: no activity is confirmed, and the declared figure stands in.
    """

    rule: EducationRule
    hours: int
    since: date | None
    due: date | None
    missing: int


def reckon(
    content: Mapping[str, Any], activities: Sequence[Activity], day: date, until: date | None
) -> Reckoned | None:
    """Of one practitioner on a day; `until`: the last day of the licence. None where no rule is in force."""
    rule = education_rule(content.get("title") or "", day)
    if rule is None:
        return None
    due = due_day(rule, _day(content.get("licence_date")), until, day)
    if not activities:
        declared = content.get("cme_hours") or 0
        return Reckoned(rule, declared, None, due, max(0, rule.hours - declared))
    found = standing(rule, activities, due or day)
    return Reckoned(rule, found.hours, found.since, due, found.missing)


def due_day(rule: EducationRule, licensed: date | None, until: date | None, day: date) -> date | None:
    """The day by which the hours must be there: the last of the licence, as its renewal asks for them.

    Of a licence without a term the last day of the window that runs on `day`, windows counted from the day of
    the licence; None where that is not known either.
    """
    if until is not None or licensed is None:
        return until
    passed = max(0, (day.year - licensed.year) * _A_YEAR + day.month - licensed.month)
    windows = passed // rule.window_months
    due = last_day(licensed, (windows + 1) * rule.window_months)
    return due if due >= day else last_day(licensed, (windows + 2) * rule.window_months)


def last_day(first: date, months: int) -> date:
    """The last day of so many months of which `first` is the first."""
    years, month = divmod(first.year * _A_YEAR + first.month - 1 + months, _A_YEAR)
    day = min(first.day, calendar.monthrange(years, month + 1)[1])
    return date(years, month + 1, day) - timedelta(days=1)


def licence_term(until: date | None, acts: Sequence[LicenceAct], day: date) -> date | None:
    """The last day of a licence after the acts on it that have begun; None: without a term."""
    renewed = [act.valid_to for act in acts if act.kind in PUTS_IN_FORCE and act.valid_from <= day]
    return max((one for one in (until, *renewed) if one is not None), default=None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def facts(content: Mapping[str, Any], activities: Sequence[Activity], day: date) -> list[Fact]:
    """What a person has beside what the rule in force asks, what is missing, by which day."""
    number = content.get("licence_number") or ""
    until = licence_term(
        _day(content.get("licence_valid_to")), in_force.acts_on([number]).get(number, []), day
    )
    found = reckon(content, activities, day, until)
    if found is None:
        return []
    rule, typed = found.rule, content.get("cme_hours")
    lines = []
    if found.since is None:
        lines.append(Fact(DECLARED, formats.number(typed) if typed is not None else "–", note=UNPROVEN))
    else:
        differs = typed is not None and typed != found.hours
        lines.append(
            Fact(
                COUNTED.fill(since=formats.day(found.since)),
                formats.number(found.hours),
                note=DIFFERS.fill(typed=formats.number(typed)) if differs else "",
            )
        )
    lines += [
        Fact(RULE, formats.said(asked(rule)), note=rule.legal),
        Fact(MISSING, formats.number(found.missing)),
    ]
    if found.due is not None:
        lines.append(Fact(DUE, found.due, "day", note=OF_LICENCE if until else OF_WINDOW))
    if rule.yearly_hours and found.since is not None:
        lately = standing(rule, activities, day)
        lines.append(
            Fact(
                OF_YEAR.fill(hours=rule.yearly_hours),
                formats.number(lately.hours_of_year),
                note=LACKS.fill(hours=formats.number(lately.missing_of_year))
                if lately.missing_of_year
                else "",
            )
        )
    return lines


def asked(rule: EducationRule) -> Text:
    return NEEDED.fill(hours=rule.hours, years=rule.window_months // _A_YEAR)


def section(record: Record, content: Mapping[str, Any]) -> Section | None:
    """On the page of a practitioner's record."""
    found = facts(content, confirmed_of(bytes(record.personal_number_key)), today())  # type: ignore[attr-defined]
    return Section(LABEL, found) if found else None


def announce_section() -> None:
    announce_beside("practitioners", section)


LABEL = Text(vi="Cập nhật kiến thức y khoa liên tục", en="Continuing medical education")
COUNTED = Text(vi="Số giờ đã xác nhận từ {since}", en="Confirmed hours since {since}")
RULE = Text(vi="Quy định đang áp dụng", en="Rule in force")
NEEDED = Text(vi="{hours} giờ tín chỉ trong {years} năm", en="{hours} credit hours in {years} years")
MISSING = Text(vi="Còn thiếu", en="Missing")
OF_YEAR = Text(vi="12 tháng gần nhất (tối thiểu {hours})", en="Last 12 months (at least {hours})")
DECLARED = Text(vi="Số giờ đã kê khai", en="Hours declared")
UNPROVEN = Text(
    vi="chưa có nội dung cập nhật kiến thức nào được xác nhận", en="no activity of education is confirmed"
)
DUE = Text(vi="Hạn hoàn thành đủ số giờ", en="To be there by the end of")
OF_LICENCE = Text(vi="ngày giấy phép hành nghề hết hạn", en="the last day of the licence")
OF_WINDOW = Text(vi="hết kỳ tính từ ngày cấp giấy phép", en="end of the period since the licence was issued")
LACKS = Text(vi="còn thiếu {hours}", en="{hours} missing")
DIFFERS = Text(vi="khác số đã kê khai: {typed}", en="declared otherwise: {typed}")
