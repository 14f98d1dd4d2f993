"""How old patients are."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, any_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


GROUPS = {
    "00": (0, 0),
    "01-04": (1, 4),
    "05-14": (5, 14),
    "15-59": (15, 59),
    "60-79": (60, 79),
    "80+": (80, 100),
}


def rows(tables: Tables) -> "ir.Table":
    known = tables.visits.filter(tables.visits.age_years.notnull())
    age = known.age_years
    named = {name: (age >= first) & (age <= last) for name, (first, last) in GROUPS.items()}
    return known.mutate(age_group=any_of(named))


INDICATOR = Indicator(
    code="luot-kham-theo-nhom-tuoi",
    version="1",
    name=Text("Lượt khám, điều trị theo nhóm tuổi", "Visits by age"),
    definition=Text(
        "Số lượt theo tuổi của người bệnh: năm vào viện trừ năm sinh.",
        "Visits by age: year of arrival less year of birth.",
    ),
    unit=Text("lượt", "visits"),
    source=RECORD_STANDARD,
    dimensions=("age_group",),
    rows=rows,
    needs=("age_years",),
)
