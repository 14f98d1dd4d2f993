"""Which share of visits is sent at once."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


DAYS = 1


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.days_to_send.notnull())
    return known.mutate(in_time=flag(known.days_to_send <= DAYS))


INDICATOR = Indicator(
    code="ty-le-gui-kip-thoi",
    version="1",
    name=Text("Tỷ lệ hồ sơ gửi kịp thời", "Share of records sent in time"),
    definition=Text(
        "Số lượt được tiếp nhận chậm nhất một ngày sau ngày ra viện chia cho số lượt có ngày ra viện, "
        "theo cơ sở.",
        "Visits received at most one day after discharge over visits with a day of discharge, by facility.",
    ),
    unit=Text("%", "%"),
    source=f"{RECORD_STANDARD}; Luật 15/2023/QH15, Điều 112 khoản 3 (đầy đủ, chính xác, kịp thời)",
    dimensions=("facility",),
    rows=rows,
    figure=share_of("in_time"),
    kind="share",
    needs=("days_to_send",),
    largest_first=True,
)
