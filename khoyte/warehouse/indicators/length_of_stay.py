"""How long inpatients stay."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, mean

if TYPE_CHECKING:
    import ibis.expr.types as ir


def inpatients(tables: Tables) -> "ir.Table":
    return tables.visits.filter(tables.visits.ma_loai_kcb == "03")


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
    rows=inpatients,
    figure=lambda stays: mean(stays.so_ngay_dtri),
    counted=lambda stays: stays.so_ngay_dtri.count(),
    decimals=1,
    base=inpatients,
    needs=("so_ngay_dtri",),
)
