"""Which share of visits with drugs has an injection."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    """Visits with drugs: 1 where one of them is injected or infused."""
    lines = tables.drugs.mutate(injected=flag(tables.drugs.duong_dung.startswith("2.")))
    return lines.group_by("visit_id", "facility", "province").agg(injected=lines.injected.max())


INDICATOR = Indicator(
    code="ty-le-dung-thuoc-tiem",
    version="1",
    name=Text("Tỷ lệ lượt dùng thuốc tiêm, truyền", "Share of visits with injections"),
    definition=Text(
        "Số lượt có thuốc tiêm, truyền (DUONG_DUNG nhóm 2) chia cho số lượt có thuốc, theo cơ sở.",
        "Visits with a drug injected or infused (DUONG_DUNG of group 2) over visits with drugs, by facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    rows=rows,
    figure=share_of("injected"),
    kind="share",
    reads=("visit", "visit_drug"),
    largest_first=True,
)
