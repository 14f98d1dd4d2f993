"""Practitioners of a facility who are short of hours of continuing education, and by which day they need it.

Law 15/2023/QH15, Art. 22: worked out from the same facts as on the person's own page (`education`). Of the
people whose records the facility keeps; who only practises there too is counted where the record is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Pages, Table, Tag
from khoyte.practice import in_force
from khoyte.practice.education import Activity, Reckoned, asked, licence_term, reckon
from khoyte.practice.may_practise import Licence, licence_on
from khoyte.practice.models import CmeRecord, Practitioner
from khoyte.registers.ladder import State

ROWS = 20
SOON = timedelta(days=90)
READ = (
    "full_name", "title", "licence_number", "licence_date", "licence_valid_to", "cme_hours",
    "personal_number_key",
)  # fmt: skip
OVER = ("licence-revoked", "licence-superseded")
"""Whoever has such a licence needs no hours for it."""


@dataclass(frozen=True)
class Short:
    """One person with what is missing, more than nothing."""

    record: UUID
    person: str
    title: str
    found: Reckoned


def short_at(facility: str, day: date, *, by: date | None = None) -> list[Short]:
    """Confirmed practitioners of a facility who are short of hours on a day, the most urgent first.

    `by`: only those whose licence ends by that day at the latest, as it was recorded. As far as the speaker
    may see.
    """
    rows = Practitioner.objects.filter(facility=facility, confirmed_version__isnull=False)
    if by is not None:
        rows = rows.filter(licence_valid_to__lte=by)
    people = list(rows.exclude(state=State.WITHDRAWN.value).only(*READ))
    acts = in_force.acts_on({one.licence_number for one in people})
    attended = _attended(facility) if people else {}
    found = []
    for one in people:
        on_licence = acts.get(one.licence_number, [])
        licence = Licence(one.licence_number, one.licence_date, one.licence_valid_to)
        if licence_on([licence], on_licence, day).code in OVER:
            continue
        until = licence_term(one.licence_valid_to, on_licence, day)
        reckoned = reckon(_content(one), attended.get(bytes(one.personal_number_key or b""), []), day, until)
        if reckoned and reckoned.missing and not (by and reckoned.due and reckoned.due > by):
            found.append(Short(one.pk, one.full_name, one.title, reckoned))
    return sorted(
        found, key=lambda short: (short.found.due or date.max, -short.found.missing, str(short.record))
    )


def _content(one: Any) -> dict[str, Any]:
    day = one.licence_date
    return {"title": one.title, "licence_date": day.isoformat() if day else None, "cme_hours": one.cme_hours}


def _attended(facility: str) -> dict[bytes, list[Activity]]:
    """Person → confirmed activities; records of education belong to whom the person's record belongs to."""
    rows = CmeRecord.objects.filter(facility=facility, state=State.CONFIRMED.value)
    found: dict[bytes, list[Activity]] = {}
    for person, day, hours in rows.values_list("personal_number_key", "ended_on", "hours"):
        if person and day and hours:
            found.setdefault(bytes(person), []).append(Activity(day, hours))
    return found


def table(found: Sequence[Short], day: date, page: int = 1) -> Table:
    """One page of them; pages count from 1, and beyond the last stands the last."""
    pages = Pages(min(page, Pages(1, ROWS, len(found)).count), ROWS, len(found))
    first = (pages.number - 1) * ROWS
    return Table(
        title=Text(
            vi="Người hành nghề còn thiếu giờ cập nhật kiến thức y khoa",
            en="Practitioners short of continuing education",
        ),
        name="education",
        columns=(
            Column("person", Text(vi="Người hành nghề", en="Practitioner"), head=True),
            Column("hours", Text(vi="Số giờ đã có", en="Hours so far"), "number"),
            Column("missing", Text(vi="Còn thiếu", en="Missing"), "number"),
            Column("rule", Text(vi="Quy định đang áp dụng", en="Rule in force")),
            Column("due", Text(vi="Hạn hoàn thành", en="To be there by"), "tag"),
        ),
        rows=[_row(one, day) for one in found[first : first + ROWS]],
        total=len(found),
        pages=pages,
        empty=Text(
            vi="Mọi người hành nghề của cơ sở đã đủ giờ theo quy định.",
            en="All practitioners of the facility have their hours.",
        ),
    )


def _row(one: Short, day: date) -> dict[str, object]:
    found = one.found
    return {
        "person": Cell(one.person, href=f"/so-dang-ky/practitioners/{one.record}"),
        "hours": Cell(found.hours, note=AS_DECLARED if found.since is None else ""),
        "missing": found.missing,
        "rule": Cell(asked(found.rule), note=found.rule.legal),
        "due": _tag(found.due, day) if found.due else None,
    }


def _tag(due: date, day: date) -> Tag:
    """A term of years: said in days of the calendar, not in working days as those of reviews."""
    if due < day:
        return Tag("bad", PAST.fill(day=formats.day(due)))
    return Tag("warn" if due <= day + SOON else "wait", formats.day(due))


PAST = Text(vi="Đã quá hạn ({day})", en="Overdue ({day})")
AS_DECLARED = Text(vi="theo số đã kê khai", en="as declared")
