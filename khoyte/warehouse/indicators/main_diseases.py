"""The main diseases of visits."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables
from khoyte.warehouse.indicators.diseases import category

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.ma_benh_chinh.notnull())
    return known.mutate(disease=category(known))


INDICATOR = Indicator(
    code="benh-chinh-thuong-gap",
    version="1",
    name=Text("Bệnh chính thường gặp", "Most frequent main diseases"),
    definition=Text(
        "20 mã bệnh chính (ba ký tự đầu theo ICD-10) có nhiều lượt nhất; mã có dưới 5 lượt không hiển thị.",
        "The 20 most frequent main diseases (three characters of ICD-10); fewer than 5 visits are not shown.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("disease",),
    rows=rows,
    needs=("ma_benh_chinh",),
    largest_first=True,
    fewest=5,
    shown=20,
)
