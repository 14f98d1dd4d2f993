"""What insurance pays of the cost."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, ratio

INDICATOR = Indicator(
    code="ty-le-bhyt-chi-tra",
    version="1",
    name=Text("Tỷ lệ Quỹ BHYT chi trả", "Share paid by insurance"),
    definition=Text(
        "Tổng T_BHTT chia cho tổng T_TONGCHI_BV của các lượt ra viện trong tháng.",
        "Sum of T_BHTT over sum of T_TONGCHI_BV of the visits of the month.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    figure=lambda visits: ratio(visits.t_bhtt.coalesce(0).sum(), visits.t_tongchi_bv.sum()),
    counted=lambda visits: visits.t_tongchi_bv.count(),
    kind="share",
    needs=("t_tongchi_bv",),
)
