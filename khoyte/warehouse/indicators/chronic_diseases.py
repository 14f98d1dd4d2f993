"""How many visits are for chronic diseases."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables
from khoyte.warehouse.indicators.diseases import CHRONIC, group_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    named = tables.visits.mutate(chronic_group=group_of(tables.visits, CHRONIC))
    return named.filter(named.chronic_group.notnull())


INDICATOR = Indicator(
    code="luot-kham-benh-man-tinh",
    version="1",
    name=Text("Lượt khám, điều trị bệnh không lây nhiễm", "Visits for chronic diseases"),
    definition=Text(
        "Số lượt có bệnh chính là bệnh tim mạch (I00-I99), đái tháo đường (E10-E14), ung thư (C00-C97), "
        "bệnh phổi tắc nghẽn mạn tính và hen (J40-J47), rối loạn tâm thần (F00-F99).",
        "Visits whose main disease is cardiovascular (I00-I99), diabetes (E10-E14), cancer (C00-C97), "
        "chronic lung disease and asthma (J40-J47) or a mental disorder (F00-F99).",
    ),
    unit=Text("lượt", "visits"),
    source=f"{RECORD_STANDARD}; nhóm bệnh: Quyết định 155/QĐ-TTg ngày 29/01/2022",
    dimensions=("chronic_group",),
    rows=rows,
    needs=("ma_benh_chinh",),
    largest_first=True,
)
