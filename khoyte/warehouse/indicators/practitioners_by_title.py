"""How many practitioners there are of each title."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORDS_COUNTED, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def practitioners(tables: Tables) -> "ir.Table":
    return tables.practitioners


def with_title(tables: Tables) -> "ir.Table":
    return tables.practitioners.filter(tables.practitioners.title.notnull())


INDICATOR = Indicator(
    code="nguoi-hanh-nghe-theo-chuc-danh",
    version="1",
    name=Text("Người hành nghề theo chức danh", "Practitioners by title"),
    definition=Text(
        "Số người hành nghề đã được xác nhận trong sổ đăng ký, theo chức danh chuyên môn, tại bản ghi "
        "ngày mới nhất.",
        "Confirmed practitioners of the register by title, in its newest daily snapshot.",
    ),
    unit=Text("người", "persons"),
    source="Luật 15/2023/QH15, Điều 26; Thông tư 38/2024/TT-BYT, Điều 9",
    dimensions=("title",),
    rows=with_title,
    base=practitioners,
    counts=RECORDS_COUNTED,
    needs=("title",),
    reads=("register_practitioner",),
    largest_first=True,
)
