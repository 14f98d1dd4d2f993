"""Which share of visits insurance pays for."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.t_bhtt.notnull())
    return known.mutate(is_insured=flag(known.t_bhtt > 0))


INDICATOR = Indicator(
    code="ty-le-luot-bhyt",
    version="1",
    name=Text("Tỷ lệ lượt có Quỹ BHYT chi trả", "Share of visits paid by insurance"),
    definition=Text(
        "Số lượt có T_BHTT lớn hơn 0 chia cho số lượt có ghi T_BHTT, theo tỉnh của cơ sở.",
        "Visits with T_BHTT above 0 over visits that say T_BHTT, by the province of the facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("province",),
    rows=rows,
    figure=share_of("is_insured"),
    kind="share",
    needs=("t_bhtt",),
    largest_first=True,
)
