"""How many visits end in each month."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def expression(tables: Tables) -> "ir.Table":
    counted = tables.visits.group_by("month").agg(value=tables.visits.count(), visits=tables.visits.count())
    return counted.order_by("month")


INDICATOR = Indicator(
    code="luot-kham-theo-thang",
    version="1",
    name=Text("Lượt khám, điều trị theo tháng", "Visits by month"),
    definition=Text(
        "Số lượt khám, điều trị đã đạt theo tháng ra viện; mỗi lượt tính một lần, theo phiên bản đang dùng.",
        "Accepted visits by month of discharge; each counts once, in its current version.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    expression=expression,
    needs=("ngay_ra",),
)
