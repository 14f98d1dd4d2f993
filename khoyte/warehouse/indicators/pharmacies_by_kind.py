"""How many pharmacies there are of each kind."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORDS_COUNTED, Indicator, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir


def active(tables: Tables) -> "ir.Table":
    """All but those known to have paused or closed."""
    status = tables.pharmacies.status
    return tables.pharmacies.filter(status.isnull() | (status == "active")).rename(pharmacy_kind="kind")


INDICATOR = Indicator(
    code="co-so-ban-le-thuoc",
    version="1",
    name=Text("Cơ sở bán lẻ thuốc theo loại hình", "Pharmacies by kind"),
    definition=Text(
        "Số cơ sở bán lẻ thuốc đang hoạt động trong sổ đăng ký, theo loại hình, tại bản ghi ngày mới nhất.",
        "Active pharmacies of the register by kind, in its newest daily snapshot.",
    ),
    unit=Text("cơ sở", "pharmacies"),
    source="Luật Dược 105/2016/QH13, sửa đổi bởi Luật 44/2024/QH15; Quyết định 1362/QĐ-BYT ngày 22/04/2025",
    dimensions=("pharmacy_kind",),
    rows=active,
    base=active,
    counts=RECORDS_COUNTED,
    needs=("pharmacy_kind",),
    reads=("register_pharmacy",),
    largest_first=True,
)
