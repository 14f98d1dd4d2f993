"""What the lines of visits cost, by their group."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    lines = [
        table.select("visit_id", "province", "ma_nhom", amount=table.thanh_tien_bv)
        for table in (tables.drugs, tables.services)
    ]
    known = lines[0].union(lines[1])
    known = known.filter(known.ma_nhom.notnull() & known.amount.notnull())
    return known.mutate(service_group=known.ma_nhom.cast("int64").cast("string"))


INDICATOR = Indicator(
    code="chi-phi-theo-nhom",
    version="1",
    name=Text("Chi phí theo nhóm dịch vụ, thuốc, vật tư", "Cost by group of lines"),
    definition=Text(
        "Tổng THANH_TIEN_BV của các dòng thuốc (XML2) và dịch vụ, vật tư (XML3) theo nhóm chi phí (MA_NHOM).",
        "Sum of THANH_TIEN_BV of the lines of drugs (XML2), services and supplies (XML3) by group (MA_NHOM).",
    ),
    unit=Text("đồng", "dong"),
    source=f"{RECORD_STANDARD}; nhóm chi phí: Quyết định 5937/QĐ-BYT ngày 30/12/2021",
    dimensions=("service_group",),
    rows=rows,
    figure=lambda lines: lines.amount.sum(),
    counted=lambda lines: lines.visit_id.nunique(),
    reads=("visit", "visit_drug", "visit_service"),
    largest_first=True,
)
