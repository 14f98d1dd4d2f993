"""What the cost of visits consists of."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


GROUPS = ("thuoc", "vat_tu", "dich_vu")


def expression(tables: Tables) -> "ir.Table":
    visits = known(tables.visits)
    drugs, supplies = visits.t_thuoc.coalesce(0), visits.t_vtyt.coalesce(0)
    parts = (drugs, supplies, visits.t_tongchi_bv - drugs - supplies)
    sums = [
        visits.agg(value=part.sum(), visits=visits.count()).mutate(cost_group=_literal(name))
        for name, part in zip(GROUPS, parts, strict=True)
    ]
    parted = sums[0].union(sums[1], sums[2]).select("cost_group", "value", "visits")
    return parted.order_by(parted.value.desc())


def known(visits: "ir.Table") -> "ir.Table":
    return visits.filter(visits.t_tongchi_bv.notnull())


def _literal(name: str) -> "ir.Value":
    import ibis  # the engine is loaded only when an indicator is asked for

    return ibis.literal(name)


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
    expression=expression,
    needs=("t_tongchi_bv",),
)
