"""How many visits there are of each kind of care."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.ma_loai_kcb.notnull())
    return known.mutate(kind_of_care=known.ma_loai_kcb)


INDICATOR = Indicator(
    code="luot-kham-theo-loai-hinh",
    version="1",
    name=Text("Lượt khám, điều trị theo loại hình", "Visits by kind of care"),
    definition=Text(
        "Số lượt theo loại hình khám bệnh, chữa bệnh (MA_LOAI_KCB).",
        "Visits by form of care (MA_LOAI_KCB).",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("kind_of_care",),
    rows=rows,
    needs=("ma_loai_kcb",),
    largest_first=True,
)
