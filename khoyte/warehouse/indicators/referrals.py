"""Which share of visits is referred on."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def expression(tables: Tables) -> "ir.Table":
    visits = tables.visits
    shares = visits.group_by("facility").agg(value=visits.is_referred.mean(), visits=visits.count())
    return shares.order_by(shares.value.desc(), "facility")


INDICATOR = Indicator(
    code="ty-le-chuyen-tuyen",
    version="1",
    name=Text("Tỷ lệ chuyển cơ sở khám bệnh, chữa bệnh", "Share of visits referred on"),
    definition=Text(
        "Số lượt có phiếu chuyển cơ sở khám bệnh, chữa bệnh (XML13) chia cho số lượt của cơ sở.",
        "Visits with a referral slip (XML13) over all visits of the facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    expression=expression,
    kind="share",
)
