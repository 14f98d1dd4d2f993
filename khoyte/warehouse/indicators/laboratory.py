"""How many laboratory tests a visit has."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir


LABORATORY = 1


def rows(tables: Tables) -> "ir.Table":
    """Visits with the quantity of tests in them."""
    tests = tables.services.filter(tables.services.ma_nhom == LABORATORY)
    done = tests.group_by("visit_id").agg(tests=tests.so_luong.sum())
    return tables.visits.left_join(done, "visit_id").select("facility", "province", "visit_id", "tests")


INDICATOR = Indicator(
    code="xet-nghiem-moi-luot",
    version="1",
    name=Text("Số xét nghiệm bình quân một lượt", "Laboratory tests of a visit"),
    definition=Text(
        "Tổng SO_LUONG các dòng xét nghiệm (XML3, MA_NHOM 1) chia cho tất cả số lượt của cơ sở.",
        "Sum of SO_LUONG of laboratory lines (XML3, MA_NHOM 1) over all visits of the facility.",
    ),
    unit=Text("xét nghiệm", "tests"),
    source=f"{RECORD_STANDARD}; nhóm chi phí: Quyết định 5937/QĐ-BYT ngày 30/12/2021",
    dimensions=("facility",),
    rows=rows,
    figure=lambda visits: ratio(visits.tests.sum().coalesce(0), visits.count()),
    decimals=1,
    reads=("visit", "visit_service"),
    largest_first=True,
)
