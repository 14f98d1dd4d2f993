"""Hours of continuing education: what a person has of what is asked, worked out from confirmed records.

Law 15/2023/QH15, Art. 22; how many hours in which time is dated data (`legal.education`). An activity counts
on its last day. The window of so many months that ends on a day begins on the day after the same day so many
months before: sixty months that end on 2026-11-29 begin on 2021-11-30.
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


def facts(content: Mapping[str, Any], activities: Sequence[Activity], day: date) -> list[Fact]:
    """What records say beside what the rule in force asks, and where the typed figure says otherwise."""
    rule = education_rule(content.get("title") or "", day)
    if rule is None or not activities:
        return []
    found = standing(rule, activities, day)
    needed = NEEDED.fill(hours=rule.hours, years=rule.window_months // _A_YEAR)
    typed = content.get("cme_hours")
    differs = typed is not None and typed != found.hours
    lines = [
        Fact(
            COUNTED.fill(since=formats.day(found.since)),
            formats.number(found.hours),
            note=DIFFERS.fill(typed=formats.number(typed)) if differs else "",
        ),
        Fact(RULE, formats.said(needed), note=rule.legal),
        Fact(MISSING, formats.number(found.missing)),
    ]
    if rule.yearly_hours:
        lines.append(
            Fact(
                OF_YEAR.fill(hours=rule.yearly_hours),
                formats.number(found.hours_of_year),
                note=LACKS.fill(hours=formats.number(found.missing_of_year)) if found.missing_of_year else "",
            )
        )
    return lines


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
LACKS = Text(vi="còn thiếu {hours}", en="{hours} missing")
DIFFERS = Text(vi="khác số đã kê khai: {typed}", en="declared otherwise: {typed}")
