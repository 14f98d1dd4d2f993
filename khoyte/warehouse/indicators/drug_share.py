"""Which share of the cost goes to drugs."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.cost_per_visit import with_cost
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_both(tables: Tables) -> "ir.Table":
    known = with_cost(tables)
    return known.filter(known.t_thuoc.notnull())


INDICATOR = Indicator(
    code="ty-le-chi-phi-thuoc",
    version="1",
    name=Text("Tỷ lệ chi phí thuốc", "Share of drugs in the cost"),
    definition=Text(
        "Tổng T_THUOC chia cho tổng T_TONGCHI_BV của các lượt có ghi cả hai, theo cơ sở.",
        "Sum of T_THUOC over sum of T_TONGCHI_BV of visits that say both, by facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    rows=with_both,
    figure=lambda visits: ratio(visits.t_thuoc.sum(), visits.t_tongchi_bv.sum()),
    counted=lambda visits: visits.t_tongchi_bv.count(),
    kind="share",
    needs=("t_tongchi_bv", "t_thuoc"),
    largest_first=True,
)
