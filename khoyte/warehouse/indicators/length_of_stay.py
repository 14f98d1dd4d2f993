"""How long inpatients stay."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def inpatients(visits: "ir.Table") -> "ir.Table":
    return visits.filter(visits.ma_loai_kcb == "03")


def expression(tables: Tables) -> "ir.Table":
    visits = inpatients(tables.visits)
    stays = visits.group_by("month").agg(value=visits.so_ngay_dtri.mean(), visits=visits.so_ngay_dtri.count())
    return stays.order_by("month")


INDICATOR = Indicator(
    code="ngay-dieu-tri-noi-tru",
    version="1",
    name=Text("Ngày điều trị nội trú bình quân", "Length of stay"),
    definition=Text(
        "Bình quân SO_NGAY_DTRI của các lượt điều trị nội trú (MA_LOAI_KCB 03), theo tháng ra viện.",
        "Mean SO_NGAY_DTRI of inpatient visits (MA_LOAI_KCB 03), by month of discharge.",
    ),
    unit=Text("ngày", "days"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    expression=expression,
    decimals=1,
    base=inpatients,
    needs=("so_ngay_dtri",),
)
