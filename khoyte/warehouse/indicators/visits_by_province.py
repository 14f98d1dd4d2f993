"""How many visits the facilities of each province have sent."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator

INDICATOR = Indicator(
    code="luot-kham-theo-tinh",
    version="1",
    name=Text("Lượt khám, điều trị theo tỉnh, thành phố", "Visits by province"),
    definition=Text(
        "Số lượt của các cơ sở trên địa bàn, không theo nơi cư trú của người bệnh.",
        "Visits of the facilities in the province, wherever patients live.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("province",),
    largest_first=True,
)
