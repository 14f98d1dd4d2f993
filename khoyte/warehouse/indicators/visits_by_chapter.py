"""Which chapters of ICD-10 the main diseases belong to."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables
from khoyte.warehouse.indicators.diseases import CHAPTERS, group_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def by_chapter(visits: "ir.Table") -> "ir.Table":
    named = visits.mutate(icd_chapter=group_of(visits, CHAPTERS))
    return named.filter(named.icd_chapter.notnull())


def rows(tables: Tables) -> "ir.Table":
    return by_chapter(tables.visits)


INDICATOR = Indicator(
    code="luot-kham-theo-chuong-benh",
    version="1",
    name=Text("Lượt khám, điều trị theo chương bệnh", "Visits by chapter of diseases"),
    definition=Text(
        "Số lượt theo chương ICD-10 của mã bệnh chính (MA_BENH_CHINH).",
        "Visits by the chapter of ICD-10 of the main disease (MA_BENH_CHINH).",
    ),
    unit=Text("lượt", "visits"),
    source=f"{RECORD_STANDARD}; ICD-10: Quyết định 4469/QĐ-BYT ngày 28/10/2020",
    dimensions=("icd_chapter",),
    rows=rows,
    needs=("ma_benh_chinh",),
    largest_first=True,
)
