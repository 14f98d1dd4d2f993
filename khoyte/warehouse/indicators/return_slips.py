"""Which share of visits is told to come back."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, share_of

INDICATOR = Indicator(
    code="ty-le-hen-kham-lai",
    version="1",
    name=Text("Tỷ lệ hẹn khám lại", "Share of visits with an appointment to return"),
    definition=Text(
        "Số lượt có phiếu hẹn khám lại (XML14) chia cho số lượt ra viện trong tháng.",
        "Visits with a re-examination slip (XML14) over all visits of the month.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    figure=share_of("is_to_return"),
    kind="share",
)
