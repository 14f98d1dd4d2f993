"""Which share of visits is told to come back."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def expression(tables: Tables) -> "ir.Table":
    visits = tables.visits
    shares = visits.group_by("month").agg(value=visits.is_to_return.mean(), visits=visits.count())
    return shares.order_by("month")


INDICATOR = Indicator(
    code="ty-le-hen-kham-lai",
    version="1",
    name=Text("Tỷ lệ hẹn khám lại", "Share of visits with an appointment to return"),
    definition=Text(
        "Số lượt có phiếu hẹn khám lại (XML14) chia cho số lượt ra viện trong tháng.",
        "Visits with a re-examination slip (XML14) over all visits of the month.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    expression=expression,
    kind="share",
)
