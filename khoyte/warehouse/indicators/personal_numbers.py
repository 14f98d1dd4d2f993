"""Which share of records names the person by number."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, share_of

INDICATOR = Indicator(
    code="ty-le-co-so-dinh-danh",
    version="1",
    name=Text("Tỷ lệ hồ sơ có số định danh cá nhân", "Share of records with a personal number"),
    definition=Text(
        "Số lượt có SO_CCCD chia cho tất cả số lượt của cơ sở. Chỉ đếm có hay không; kho phân tích không "
        "giữ số.",
        "Visits with SO_CCCD over all visits of the facility. Only whether there is one; the lake holds "
        "no number.",
    ),
    unit=Text("%", "%"),
    source=f"{RECORD_STANDARD}; Nghị định 102/2025/NĐ-CP, Điều 6",
    dimensions=("facility",),
    figure=share_of("has_personal_number"),
    kind="share",
    largest_first=True,
)
