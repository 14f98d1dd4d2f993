"""What an indicator is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from khoyte.foundation.language import Text

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECORD_STANDARD = "Quyết định 4750/QĐ-BYT ngày 29/12/2023, sửa đổi tại Quyết định 3176/QĐ-BYT ngày 29/10/2024"
FIGURE = "value"

DIMENSIONS: dict[str, Text] = {
    "month": Text("Tháng ra viện", "Month of discharge"),
    "facility": Text("Cơ sở", "Facility"),
    "disease": Text("Mã bệnh chính", "Main disease"),
    "cost_group": Text("Nhóm chi phí", "Group of cost"),
}


@dataclass(frozen=True)
class Tables:
    """The lake as an indicator sees it: what the reader may see, current versions of visits only."""

    visits: "ir.Table"
    drugs: "ir.Table"
    services: "ir.Table"
    results: "ir.Table"


@dataclass(frozen=True)
class Indicator:
    """`expression` gives one row for each value of `dimensions`, with the columns of these names, `value` and
    `visits` (how many it stands on), in the order to be shown.

    `base` are the visits it speaks of; `needs` the columns without which one of them is missing from it.
    A changed meaning gets a new `version`.
    """

    code: str
    version: str
    name: Text
    definition: Text
    unit: Text
    source: str
    dimensions: tuple[str, ...]
    expression: "Callable[[Tables], ir.Table]"
    kind: Literal["number", "share"] = "number"
    decimals: int = 0
    base: "Callable[[ir.Table], ir.Table]" = lambda visits: visits
    needs: tuple[str, ...] = ()
