"""What an indicator is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from khoyte.foundation.language import Text

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECORD_STANDARD = "Quyết định 4750/QĐ-BYT ngày 29/12/2023, sửa đổi tại Quyết định 3176/QĐ-BYT ngày 29/10/2024"
FIGURE = "value"
COUNTED = "visits"
VISITS_COUNTED = Text("Số lượt tính", "Visits counted")
RECORDS_COUNTED = Text("Số bản ghi tính", "Records counted")

DIMENSIONS: dict[str, Text] = {
    "month": Text("Tháng ra viện", "Month of discharge"),
    "facility": Text("Cơ sở", "Facility"),
    "province": Text("Tỉnh, thành phố", "Province"),
    "disease": Text("Mã bệnh chính", "Main disease"),
    "icd_chapter": Text("Chương bệnh (ICD-10)", "Chapter of ICD-10"),
    "chronic_group": Text("Nhóm bệnh không lây nhiễm", "Group of chronic diseases"),
    "cost_group": Text("Nhóm chi phí", "Group of cost"),
    "service_group": Text("Nhóm chi phí (MA_NHOM)", "Group of cost (MA_NHOM)"),
    "kind_of_care": Text("Loại hình khám bệnh, chữa bệnh", "Kind of care"),
    "age_group": Text("Nhóm tuổi", "Age group"),
    "discharge_kind": Text("Loại ra viện", "Kind of discharge"),
    "title": Text("Chức danh chuyên môn", "Professional title"),
    "pharmacy_kind": Text("Loại hình", "Kind"),
}


@dataclass(frozen=True)
class Tables:
    """The lake as an indicator sees it: what the reader may see, current versions of visits only.

    Registers are those of their newest daily snapshot. Only the tables an indicator `reads` are there.
    """

    visits: "ir.Table"
    drugs: "ir.Table"
    services: "ir.Table"
    results: "ir.Table"
    facilities: "ir.Table"
    practitioners: "ir.Table"
    pharmacies: "ir.Table"
    licence_acts: "ir.Table"


def all_visits(tables: Tables) -> "ir.Table":
    return tables.visits


def count(rows: "ir.Table") -> "ir.Value":
    return rows.count()


@dataclass(frozen=True)
class Indicator:
    """`rows` are what the figure is made of, one column called as each of `dimensions`; `figure` is worked
    out from the rows of one value of them, `counted` says how many visits (or records) it stands on.

    `base` are the visits (or records) it speaks of; `needs` the columns without which one of them is missing
    from it. `reads` are the lake's tables it is made of. `shown` limits the values, `fewest` hides those with
    less. A changed meaning gets a new `version`.
    """

    code: str
    version: str
    name: Text
    definition: Text
    unit: Text
    source: str
    dimensions: tuple[str, ...]
    rows: "Callable[[Tables], ir.Table]" = all_visits
    figure: "Callable[[ir.Table], ir.Value]" = count
    counted: "Callable[[ir.Table], ir.Value]" = count
    counts: Text = VISITS_COUNTED
    kind: Literal["number", "share"] = "number"
    decimals: int = 0
    base: "Callable[[Tables], ir.Table]" = all_visits
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("visit",)
    largest_first: bool = False
    fewest: int = 0
    shown: int = 0

    @property
    def of_registers(self) -> bool:
        """Told of registers alone, whose day is not the watermark of visits."""
        return all(table.startswith("register_") for table in self.reads)

    def expression(self, tables: Tables) -> "ir.Table":
        """One row for each value of the dimensions, with `value` and `visits`, in the order to be shown."""
        found = self.by(self.rows(tables), self.dimensions)
        if self.fewest:
            found = found.filter(found[COUNTED] >= self.fewest)
        order = [found[FIGURE].desc(), *self.dimensions] if self.largest_first else list(self.dimensions)
        ordered = found.order_by(order)
        return ordered.limit(self.shown) if self.shown else ordered

    def by(self, rows: "ir.Table", dimensions: tuple[str, ...]) -> "ir.Table":
        """The figure by other dimensions, such as provinces for a map."""
        return rows.group_by(list(dimensions)).agg(
            **{FIGURE: self.figure(rows).cast("float64"), COUNTED: self.counted(rows).cast("int64")}
        )


# Sums of money and days are exact (decimal) in every engine; they become floats once, when they are divided,
# so that all engines give the same digits.


def ratio(part: "ir.Value", whole: "ir.Value") -> "ir.Value":
    """Part over whole; nothing where the whole is nothing."""
    return part.cast("float64") / whole.cast("float64").nullif(0)


def mean(column: "ir.Value") -> "ir.Value":
    return ratio(column.sum(), column.count())


def flag(condition: "ir.Value") -> "ir.Value":
    """1 where it is so, 0 where it is not or not known."""
    return condition.fill_null(False).ifelse(1, 0)


def share_of(name: str) -> "Callable[[ir.Table], ir.Value]":
    """Share of rows whose 0 or 1 in this column is 1."""
    return lambda rows: ratio(rows[name].sum(), rows.count())


def days_after(day: "ir.Value", days: int) -> "ir.Value":
    import ibis  # the engine is loaded only when an indicator is asked for

    return day + ibis.interval(days=days)


def literal(words: str) -> "ir.Value":
    import ibis  # as above

    return ibis.literal(words)


def any_of(names: "Mapping[str, ir.Value]") -> "ir.Value":
    """The first name whose condition holds, null where none does."""
    import ibis  # as above

    return ibis.cases(*((condition, name) for name, condition in names.items()))
