"""How many visits each facility has sent."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator

INDICATOR = Indicator(
    code="luot-kham-theo-co-so",
    version="1",
    name=Text("Lượt khám, điều trị theo cơ sở", "Visits by facility"),
    definition=Text(
        "Số lượt khám, điều trị đã đạt của từng cơ sở.",
        "Accepted visits of each facility.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    largest_first=True,
)
