"""Which share of the cost patients pay."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.cost_per_visit import with_cost
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir


def paid(visits: "ir.Table") -> "ir.Value":
    return ratio(
        visits.t_bntt.coalesce(0).sum() + visits.t_bncct.coalesce(0).sum(), visits.t_tongchi_bv.sum()
    )


INDICATOR = Indicator(
    code="ty-le-nguoi-benh-chi-tra",
    version="1",
    name=Text("Tỷ lệ chi phí người bệnh chi trả", "Share of the cost paid by patients"),
    definition=Text(
        "Tổng T_BNTT và T_BNCCT chia cho tổng T_TONGCHI_BV của các lượt có ghi tổng chi phí, theo tỉnh "
        "của cơ sở.",
        "Sum of T_BNTT and T_BNCCT over sum of T_TONGCHI_BV of visits that say it, by the province of "
        "the facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("province",),
    rows=with_cost,
    figure=paid,
    counted=lambda visits: visits.t_tongchi_bv.count(),
    kind="share",
    needs=("t_tongchi_bv",),
    largest_first=True,
)
