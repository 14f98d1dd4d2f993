"""What a visit costs."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, mean

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_cost(tables: Tables) -> "ir.Table":
    return tables.visits.filter(tables.visits.t_tongchi_bv.notnull())


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
    figure=lambda visits: mean(visits.t_tongchi_bv),
    counted=lambda visits: visits.t_tongchi_bv.count(),
    needs=("t_tongchi_bv",),
)
