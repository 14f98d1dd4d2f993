"""Who practises at a facility, as anybody may read it below the facility's page.

The list of registrations is published (Law 15/2023/QH15, Art. 38(2)b and 60(3)): name, title, licence,
position and hours, never the personal number. Made of what is published, as of this day; page by page, and
every page is a look-up that counts (`registers.pages.lookup.admit`).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db import connection

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Pages, Table, Tag
from khoyte.practice import licence_state
from khoyte.practice.may_practise import Reason
from khoyte.registers import presenters
from khoyte.registers.known import register

ROWS = 20


@dataclass(frozen=True)
class Person:
    """A practitioner registered at the facility: what is published of them, and of the registration."""

    record: uuid.UUID
    content: Mapping[str, Any]
    place: Mapping[str, Any]
    reason: Reason


def practising_at(code: str, day: date, page: int) -> tuple[Pages, list[Person]]:
    """One page of those registered at a facility on a day, by name; beyond the last page stands the last."""
    if not code.isalnum():
        return Pages(1, ROWS, 0), []
    asked = {"code": code, "words": f"'{code.lower()}'", "day": day.isoformat(), "rows": ROWS}
    total = int(_read(_COUNT, asked)[0][0])
    pages = Pages(max(1, min(page, Pages(1, ROWS, total).count)), ROWS, total)
    rows = _read(_PAGE, {**asked, "before": (pages.number - 1) * ROWS})
    found = [(record, orjson.loads(content), orjson.loads(place)) for record, content, place in rows]
    reasons = licence_state.reasons_of([content for _, content, _ in found], day)
    return pages, [Person(*row, reason) for row, reason in zip(found, reasons, strict=True)]


_HERE = """
WITH here AS MATERIALIZED (
    SELECT about, content FROM register_published
    WHERE register = 'practice_registrations' AND words @@ %(words)s::tsquery
), valid AS (
    SELECT about, content FROM here
    WHERE about IS NOT NULL AND content->>'facility' = %(code)s AND content->>'valid_from' <= %(day)s
      AND coalesce(content->>'valid_to', '9999') >= %(day)s
)
"""
_FROM = "FROM valid JOIN register_published p ON p.register = 'practitioners' AND p.about = valid.about"
# Only our own text is put together here; every value is a parameter.
_COUNT = f"{_HERE} SELECT count(*) {_FROM}"
_PAGE = f"""
{_HERE} SELECT p.record, p.content::text, valid.content::text {_FROM}
ORDER BY p.sort_key, p.record, valid.content->>'valid_from', valid.content->>'hours'
LIMIT %(rows)s OFFSET %(before)s
"""


def _read(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def tables(_record: uuid.UUID, content: Mapping[str, Any], page: int) -> list[Table]:
    """What stands below a facility that is looked up."""
    pages, people = practising_at(str(content.get("code") or ""), today(), page)
    title = register("practitioners").declaration.by_name["title"]
    return [
        Table(
            title=Text(vi="Người đăng ký hành nghề tại cơ sở", en="Registered to practise here"),
            name="staff",
            columns=(
                Column("name", Text(vi="Họ và tên", en="Name"), head=True),
                Column("title", Text(vi="Chức danh chuyên môn", en="Title")),
                Column("licence", Text(vi="Số giấy phép hành nghề", en="Licence")),
                Column("position", Text(vi="Vị trí chuyên môn", en="Position")),
                Column("hours", Text(vi="Thời gian hành nghề", en="Hours")),
                Column("state", Text(vi="Giấy phép", en="State of the licence"), "tag"),
            ),
            rows=[
                {
                    "name": Cell(one.content["full_name"], href=f"/tra-cuu/practitioners/{one.record}"),
                    "title": presenters.value_words(title, one.content.get("title")),
                    "licence": one.content.get("licence_number"),
                    "position": one.place.get("position"),
                    "hours": one.place.get("hours"),
                    "state": Tag("bad", NOT_VALID) if one.reason.refuses else Tag("good", VALID),
                }
                for one in people
            ],
            total=pages.total,
            pages=pages,
            empty=Text(
                vi="Chưa có đăng ký hành nghề nào được công bố.",
                en="No registration of practice is published.",
            ),
        )
    ]


VALID = Text(vi="Còn hiệu lực", en="In force")
NOT_VALID = Text(vi="Không được hành nghề", en="May not practise")
