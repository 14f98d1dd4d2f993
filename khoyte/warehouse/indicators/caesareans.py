"""Which share of births is by caesarean section."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import (
    RECORD_STANDARD,
    Indicator,
    Tables,
    flag,
    literal,
    share_of,
)
from khoyte.warehouse.indicators.diseases import category

if TYPE_CHECKING:
    import ibis.expr.types as ir


# ICD-9-CM, volume 3 (Decision 4440/QĐ-BYT of 2015); 74.3 is no birth.
_OPERATIONS = ("74.0", "74.1", "74.2", "74.4", "74.9")


def births(tables: Tables) -> "ir.Table":
    code = category(tables.visits)
    return tables.visits.filter((code >= "O80") & (code <= "O84"))


def rows(tables: Tables) -> "ir.Table":
    found = births(tables)
    by_operation = category(found) == "O82"
    done = literal(";").concat(found.ma_pttt_qt)
    for operation in _OPERATIONS:
        by_operation = by_operation | done.contains(f";{operation}").fill_null(False)
    return found.mutate(by_operation=flag(by_operation))


INDICATOR = Indicator(
    code="ty-le-mo-lay-thai",
    version="1",
    name=Text("Tỷ lệ mổ lấy thai", "Share of caesarean births"),
    definition=Text(
        "Số lượt đẻ (bệnh chính O80-O84) là mổ lấy thai (O82, hoặc MA_PTTT_QT 74.0, 74.1, 74.2, 74.4, "
        "74.9) chia cho số lượt đẻ, theo tỉnh của cơ sở.",
        "Births (main disease O80-O84) by caesarean section (O82, or MA_PTTT_QT 74.0, 74.1, 74.2, 74.4, "
        "74.9) over births, by the province of the facility.",
    ),
    unit=Text("%", "%"),
    source=f"{RECORD_STANDARD}; ICD-9-CM: Quyết định 4440/QĐ-BYT",
    dimensions=("province",),
    rows=rows,
    figure=share_of("by_operation"),
    kind="share",
    base=births,
    largest_first=True,
)
