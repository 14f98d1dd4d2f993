"""What a visit costs."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def expression(tables: Tables) -> "ir.Table":
    visits = tables.visits
    costs = visits.group_by("month").agg(value=visits.t_tongchi_bv.mean(), visits=visits.t_tongchi_bv.count())
    return costs.order_by("month")


INDICATOR = Indicator(
    code="chi-phi-binh-quan",
    version="1",
    name=Text("Chi phí bình quân một lượt", "Cost of a visit"),
    definition=Text(
        "Bình quân T_TONGCHI_BV của các lượt ra viện trong tháng.",
        "Mean T_TONGCHI_BV of the visits of the month.",
    ),
    unit=Text("đồng", "dong"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    expression=expression,
    needs=("t_tongchi_bv",),
)
