"""Which share of visits is referred on."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, share_of

INDICATOR = Indicator(
    code="ty-le-chuyen-tuyen",
    version="1",
    name=Text("Tỷ lệ chuyển cơ sở khám bệnh, chữa bệnh", "Share of visits referred on"),
    definition=Text(
        "Số lượt có phiếu chuyển cơ sở khám bệnh, chữa bệnh (XML13) chia cho số lượt của cơ sở.",
        "Visits with a referral slip (XML13) over all visits of the facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    figure=share_of("is_referred"),
    kind="share",
    largest_first=True,
)
