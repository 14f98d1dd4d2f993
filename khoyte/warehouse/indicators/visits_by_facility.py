"""How many visits each facility has sent."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def expression(tables: Tables) -> "ir.Table":
    visits = tables.visits
    counted = visits.group_by("facility").agg(value=visits.count(), visits=visits.count())
    return counted.order_by(counted.value.desc(), "facility")


INDICATOR = Indicator(
    code="luot-kham-theo-co-so",
    version="1",
    name=Text("Lượt khám, điều trị theo cơ sở", "Visits by facility"),
    definition=Text(
        "Số lượt khám, điều trị đã đạt của từng cơ sở.",
        "Accepted visits of each facility.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    expression=expression,
)
