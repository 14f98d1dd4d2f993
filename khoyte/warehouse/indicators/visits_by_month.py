"""How many visits end in each month."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator

INDICATOR = Indicator(
    code="luot-kham-theo-thang",
    version="1",
    name=Text("Lượt khám, điều trị theo tháng", "Visits by month"),
    definition=Text(
        "Số lượt khám, điều trị đã đạt theo tháng ra viện; mỗi lượt tính một lần, theo phiên bản đang dùng.",
        "Accepted visits by month of discharge; each counts once, in its current version.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    needs=("ngay_ra",),
)
