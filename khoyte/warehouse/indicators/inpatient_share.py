"""Which share of visits is inpatient."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.ma_loai_kcb.notnull())
    return known.mutate(is_inpatient=flag(known.ma_loai_kcb == "03"))


INDICATOR = Indicator(
    code="ty-le-noi-tru",
    version="1",
    name=Text("Tỷ lệ lượt điều trị nội trú", "Share of inpatient visits"),
    definition=Text(
        "Số lượt điều trị nội trú (MA_LOAI_KCB 03) chia cho số lượt có loại hình, theo tỉnh của cơ sở.",
        "Inpatient visits (MA_LOAI_KCB 03) over visits with a form of care, by the province of the facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("province",),
    rows=rows,
    figure=share_of("is_inpatient"),
    kind="share",
    needs=("ma_loai_kcb",),
    largest_first=True,
)
