"""Which share of inpatients gets an electronic discharge paper."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, share_of
from khoyte.warehouse.indicators.length_of_stay import inpatients

INDICATOR = Indicator(
    code="ty-le-giay-ra-vien-dien-tu",
    version="1",
    name=Text(
        "Tỷ lệ lượt nội trú có giấy ra viện điện tử", "Share of stays with an electronic discharge paper"
    ),
    definition=Text(
        "Số lượt điều trị nội trú (MA_LOAI_KCB 03) có giấy ra viện (XML7) chia cho số lượt nội trú, theo "
        "tháng ra viện.",
        "Inpatient visits (MA_LOAI_KCB 03) with a discharge paper (XML7) over inpatient visits, by month.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    rows=inpatients,
    figure=share_of("has_discharge_paper"),
    kind="share",
    base=inpatients,
)
