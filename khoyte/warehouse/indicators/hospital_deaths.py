"""How many inpatients die."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, ratio
from khoyte.warehouse.indicators.length_of_stay import inpatients

if TYPE_CHECKING:
    import ibis.expr.types as ir


DIED = 5


def rows(tables: Tables) -> "ir.Table":
    stays = inpatients(tables)
    known = stays.filter(stays.ket_qua_dtri.notnull())
    return known.mutate(died=flag(known.ket_qua_dtri == DIED))


INDICATOR = Indicator(
    code="tu-vong-noi-tru",
    version="1",
    name=Text("Tử vong trong điều trị nội trú", "Deaths of inpatients"),
    definition=Text(
        "Số lượt điều trị nội trú có kết quả tử vong (KET_QUA_DTRI 5) trên 1.000 lượt nội trú có kết "
        "quả, theo tháng ra viện.",
        "Inpatient visits that ended in death (KET_QUA_DTRI 5) per 1,000 with a known result, by month.",
    ),
    unit=Text("trên 1.000 lượt", "per 1,000"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    rows=rows,
    figure=lambda stays: ratio(stays.died.sum() * 1000, stays.count()),
    decimals=1,
    base=inpatients,
    needs=("ket_qua_dtri",),
)
