"""What the cost of visits consists of."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, literal

if TYPE_CHECKING:
    import ibis.expr.types as ir


GROUPS = ("thuoc", "vat_tu", "dich_vu")


def rows(tables: Tables) -> "ir.Table":
    """Three rows a visit: what went to drugs, to supplies, to the rest."""
    visits = tables.visits.filter(tables.visits.t_tongchi_bv.notnull())
    drugs, supplies = visits.t_thuoc.coalesce(0), visits.t_vtyt.coalesce(0)
    amounts = (drugs, supplies, visits.t_tongchi_bv - drugs - supplies)
    parts = [
        visits.select("visit_id", "province", cost_group=literal(name), amount=amount.cast("decimal(38, 4)"))
        for name, amount in zip(GROUPS, amounts, strict=True)
    ]
    return parts[0].union(parts[1], parts[2])


INDICATOR = Indicator(
    code="co-cau-chi-phi",
    version="1",
    name=Text("Cơ cấu chi phí khám bệnh, chữa bệnh", "What costs consist of"),
    definition=Text(
        "Tổng chi phí (T_TONGCHI_BV) theo thuốc (T_THUOC), vật tư y tế (T_VTYT), dịch vụ (phần còn lại).",
        "All cost (T_TONGCHI_BV) by drugs (T_THUOC), supplies (T_VTYT) and services (the rest).",
    ),
    unit=Text("đồng", "dong"),
    source=RECORD_STANDARD,
    dimensions=("cost_group",),
    rows=rows,
    figure=lambda parts: parts.amount.sum(),
    counted=lambda parts: parts.visit_id.nunique(),
    needs=("t_tongchi_bv",),
    largest_first=True,
)
