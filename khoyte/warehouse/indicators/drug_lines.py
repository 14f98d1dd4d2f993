"""How many drugs a visit with drugs has."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir


def lines(tables: Tables) -> "ir.Table":
    return tables.drugs


INDICATOR = Indicator(
    code="so-thuoc-moi-luot",
    version="1",
    name=Text("Số dòng thuốc bình quân một lượt có thuốc", "Drug lines of a visit with drugs"),
    definition=Text(
        "Số dòng thuốc (XML2) chia cho số lượt có ít nhất một dòng thuốc, theo cơ sở.",
        "Lines of drugs (XML2) over visits with at least one, by facility.",
    ),
    unit=Text("dòng", "lines"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    rows=lines,
    figure=lambda drugs: ratio(drugs.count(), drugs.visit_id.nunique()),
    counted=lambda drugs: drugs.visit_id.nunique(),
    decimals=1,
    reads=("visit", "visit_drug"),
    largest_first=True,
)
