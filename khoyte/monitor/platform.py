"""Stage and quality of a database of the inventory that runs on this platform, from its own data.

What a unit typed into the inventory stands beside it, untouched. Every figure says which question it answers
and of which moment; the reader's own scope counts, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from khoyte.foundation.calendar import now
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Fact, Words
from khoyte.links import queries as links
from khoyte.links.destinations import DATA_CENTRE
from khoyte.monitor.inventory import STAGES
from khoyte.monitor.measures import MEASURES, Scope
from khoyte.quality import presenters as quality_words
from khoyte.quality import queries as quality
from khoyte.quality.criteria import DATABASES, VISITS
from khoyte.quality.words import FORMULAS, WORDS
from khoyte.registers.models import Record
from khoyte.registers.presenters import Section

HEADING = Text(
    "Giai đoạn, chất lượng đo từ dữ liệu trên nền tảng", "Stage and quality, measured from the data"
)
NOT_YET = Text("Chưa đạt", "Not reached")
NOT_ASKED = Text("Chưa đo được từ dữ liệu", "Not measured from the data")


@dataclass(frozen=True)
class Held:
    """What lies here: records, of which confirmed, the first and the last moment of recording."""

    records: int
    confirmed: int
    first: datetime | None
    last: datetime | None


_HELD = """
SELECT count(*), count(*) FILTER (WHERE r.confirmed_version IS NOT NULL),
    (SELECT min(v.recorded_at) FROM register_version v WHERE v.register = %(name)s), max(r.recorded_at)
FROM {table} r WHERE r.state <> 'withdrawn'
"""
_HELD_VISITS = """
SELECT count(*), count(*), min(received_at), max(received_at) FROM visit WHERE is_current AND NOT is_limited
"""


def held_in(name: str) -> Held:
    """Counts of a database that is measured (`quality.criteria.DATABASES`)."""
    with connection.cursor() as cursor:
        if name == VISITS:
            cursor.execute(_HELD_VISITS)
        else:
            cursor.execute(_HELD.format(table=connection.ops.quote_name(name)), {"name": name})
        return Held(*cursor.fetchone())


def beside(record: Record, content: Mapping[str, Any]) -> Section | None:
    """The part of a database's page that its data fill in; None for one that lies elsewhere."""
    name = content.get("measured_by") or ""
    if name not in DATABASES:
        return None
    return Section(HEADING, [*_stages(name, held_in(name)), *_words(name)])


def _stages(name: str, held: Held) -> list[Fact]:
    """The five stages of the plan, each with what the data say of it and which question that answers."""
    told = {
        "infrastructure": _infrastructure(held),
        "data": _data(held),
        "cleaning": _cleaning(name),
        "delivery": _delivery(name),
        "operation": _operation(held),
    }
    as_of = formats.as_of(now())
    return [
        Fact(
            label,
            told[stage][0],
            note=Text("{how} {as_of}", "{how} {as_of}").fill(how=told[stage][1], as_of=as_of),
        )
        for stage, label, _ in STAGES
    ]


def _infrastructure(held: Held) -> tuple[Words, Text]:
    how = Text("Ngày bản ghi đầu tiên được lưu trên nền tảng,", "Day of the first record here,")
    if held.first is None:
        return NOT_YET, how
    return Text("Đạt từ {day}", "Since {day}").fill(day=formats.day(held.first)), how


def _data(held: Held) -> tuple[Words, Text]:
    how = Text("Số bản ghi, trừ bản ghi đã rút; lần ghi gần nhất,", "Records but those withdrawn; the last,")
    if not held.records:
        return NOT_YET, how
    words = Text("{n} bản ghi, gần nhất {at}", "{n} records, last {at}").fill(
        n=formats.number(held.records), at=formats.moment(held.last)
    )
    return words, how


def _cleaning(name: str) -> tuple[Words, Text]:
    how = Text("Hồ sơ được CSDL quốc gia về dân cư trả lời khớp trên số hồ sơ,", "Matched records, of all,")
    if name != "practitioners":
        return NOT_ASKED, how
    found = MEASURES["practitioners_matched"].count(Scope())
    return (f"{formats.number(found.done)}/{formats.number(found.total)}" if found else NOT_ASKED), how


def _delivery(name: str) -> tuple[Words, Text]:
    how = Text(
        "Lần đối chiếu gần nhất với Trung tâm dữ liệu quốc gia,",
        "The last reconciliation with the National Data Centre,",
    )
    of_it = (
        one
        for one in links.last_reconciliations()
        if one.kind == name and one.destination == DATA_CENTRE and one.finished_at
    )
    last = next(of_it, None)
    if last is None:
        return NOT_YET, how
    words = Text("{theirs}/{ours} bản ghi, lúc {at}", "{theirs}/{ours} records, {at}").fill(
        theirs=formats.number(last.theirs),
        ours=formats.number(last.ours),
        at=formats.moment(last.finished_at),
    )
    return words, how


def _operation(held: Held) -> tuple[Words, Text]:
    how = Text("Số bản ghi có bản được xác nhận, đang có hiệu lực,", "Records with a version in force,")
    if not held.confirmed:
        return NOT_YET, how
    return Text("{n} bản ghi có hiệu lực", "{n} in force").fill(n=formats.number(held.confirmed)), how


def _words(name: str) -> list[Fact]:
    """The six words, each opening to what fails."""
    total, settled = quality.totals(quality.Scope())[name], quality.settled_at()
    as_of = formats.as_of(settled) if settled else ""
    return [
        Fact(
            quality_words.capital(FORMULAS[word].label),
            quality_words.percent(total.share(word)),
            href=quality_words.address(name, word),
            note=Text(
                "{n} bản ghi chưa đạt, công thức bản {v}, {as_of}", "{n} fail, formula {v}, {as_of}"
            ).fill(n=formats.number(total.fails(word)), v=FORMULAS[word].version, as_of=as_of),
        )
        for word in WORDS
    ]
