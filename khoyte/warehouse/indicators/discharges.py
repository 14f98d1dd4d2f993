"""How inpatients leave."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables
from khoyte.warehouse.indicators.length_of_stay import inpatients

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    stays = inpatients(tables)
    known = stays.filter(stays.ma_loai_rv.notnull())
    return known.mutate(discharge_kind=known.ma_loai_rv.cast("int64").cast("string"))


INDICATOR = Indicator(
    code="noi-tru-theo-loai-ra-vien",
    version="1",
    name=Text("Lượt điều trị nội trú theo loại ra viện", "Inpatient visits by kind of discharge"),
    definition=Text(
        "Số lượt điều trị nội trú (MA_LOAI_KCB 03) theo loại ra viện (MA_LOAI_RV).",
        "Inpatient visits (MA_LOAI_KCB 03) by kind of discharge (MA_LOAI_RV).",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("discharge_kind",),
    rows=rows,
    base=inpatients,
    needs=("ma_loai_rv",),
    largest_first=True,
)
