"""Indicators as pages show them."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.charts import Series, bar, trend
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Words
from khoyte.units.web import ActingRequest
from khoyte.warehouse.answering import Answer
from khoyte.warehouse.indicators.declaration import DIMENSIONS, FIGURE, Indicator

_VISITS = Column("visits", Text("Số lượt tính", "Visits counted"), "number")
_COST_GROUPS = {
    "thuoc": Text("Thuốc", "Drugs"),
    "vat_tu": Text("Vật tư y tế", "Supplies"),
    "dich_vu": Text("Dịch vụ", "Services"),
}
_EMPTY = Text(
    "Chưa có số liệu. Số liệu được cập nhật vài phút sau khi hồ sơ được tiếp nhận và đạt.",
    "No figures yet. They follow a few minutes after records are received and accepted.",
)


def list_table(indicators: Iterable[Indicator]) -> Table:
    return Table(
        title=Text("Các chỉ số", "Indicators"),
        name="indicators",
        columns=(
            Column("name", Text("Chỉ số", "Indicator"), head=True),
            Column("unit", Text("Đơn vị tính", "Unit")),
            Column("by", Text("Phân theo", "By")),
        ),
        rows=[
            {
                "name": Cell(one.name, href=f"/chi-so/{one.code}", note=one.definition),
                "unit": one.unit,
                "by": DIMENSIONS[one.dimensions[0]],
            }
            for one in indicators
        ],
        empty=_EMPTY,
    )


def facts(found: Answer) -> list[Fact]:
    """What every figure must be read with."""
    return [
        Fact(Text("Số lượt khám, điều trị được xét", "Visits considered"), found.rows_in, "number"),
        Fact(Text("Tỷ lệ lượt thiếu dữ liệu", "Share of visits lacking data"), found.missing, "share"),
        Fact(Text("Phiên bản định nghĩa", "Version of the definition"), found.indicator.version),
    ]


def figures_table(found: Answer, names: Mapping[str, str], links: tuple[Link, ...]) -> Table:
    """The figures as a page shows them, with bars where they are no course of time."""
    columns, top = _columns(found.indicator), max((row[FIGURE] or 0 for row in found.rows), default=0)
    rows = [_row(found.indicator, row, names) for row in found.rows]
    if not _is_course(found.indicator):
        columns = (*columns, Column("bar", Text("So sánh", "Compared"), "chart"))
        for shown, row in zip(rows, found.rows, strict=True):
            shown["bar"] = bar(row[FIGURE] or 0, top)
    title = Text("Số liệu", "Figures")
    return Table(title=title, name="figures", columns=columns, rows=rows, empty=_EMPTY, downloads=links)


def sheet_table(found: Answer, names: Mapping[str, str]) -> Table:
    """The same for a spreadsheet: plain cells, no bars."""
    rows = [_row(found.indicator, row, names) for row in found.rows]
    plain = [{name: _without_link(value) for name, value in row.items()} for row in rows]
    one = found.indicator
    return Table(title=one.name, name="figures", columns=_columns(one), rows=plain, empty=_EMPTY)


def about_table(found: Answer) -> Table:
    """Definition and quality, to travel with the figures."""
    one = found.indicator
    lines: list[tuple[Words, object]] = [
        (Text("Chỉ số", "Indicator"), one.name),
        (Text("Định nghĩa", "Definition"), one.definition),
        (Text("Đơn vị tính", "Unit"), one.unit),
        (Text("Nguồn", "Source"), one.source),
        *((fact.label, _said(fact)) for fact in facts(found)),
        (Text("Tính đến", "As of"), formats.moment(found.as_of)),
    ]
    columns = (Column("what", Text("Nội dung", "What"), head=True), Column("value", Text("Giá trị", "Value")))
    rows = [{"what": what, "value": value} for what, value in lines]
    title = Text("Định nghĩa", "Definition")
    return Table(title=title, name="about", columns=columns, rows=rows, empty=_EMPTY)


def _said(fact: Fact) -> str:
    if fact.kind == "share":
        return formats.share(fact.value, 1) if isinstance(fact.value, float) else formats.NOTHING
    return formats.said(fact.value)


def as_csv(found: Answer, names: Mapping[str, str]) -> bytes:
    """The figures with plain numbers; Excel shows Vietnamese, and nothing runs as a formula."""
    one, out = found.indicator, io.StringIO()
    writer = HarmlessCsv(out)
    writer.write([formats.said(column.label) for column in _columns(one)])
    for row in found.rows:
        shown = _row(one, row, names)
        label = _without_link(shown[one.dimensions[0]])
        writer.write([formats.said(label), row[FIGURE], row["visits"]])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def chart(found: Answer) -> SafeString | None:
    """The course over months; other dimensions have bars in their table."""
    one = found.indicator
    if not _is_course(one) or not found.rows:
        return None
    known = [row for row in found.rows if row["month"]]
    factor = 100 if one.kind == "share" else 1
    values = [None if row[FIGURE] is None else factor * row[FIGURE] for row in known]
    steps = [_month(row["month"]) for row in known]
    described = Text("{name}, từ {first} đến {last}", "{name}, {first} to {last}")
    return trend(
        one.name,
        described.fill(name=one.name, first=steps[0], last=steps[-1]) if steps else one.name,
        steps,
        [Series(Text("{name} ({unit})", "{name} ({unit})").fill(name=one.name, unit=one.unit), values)],
    )


def downloads(request: ActingRequest) -> tuple[Link, ...]:
    def address(kind: str) -> str:
        asked = request.GET.copy()
        asked["tai"] = kind
        return f"{request.path}?{asked.urlencode()}"

    return (
        Link(address("xlsx"), Text("Tải số liệu (XLSX)", "Download (XLSX)")),
        Link(address("csv"), Text("Tải số liệu (CSV)", "Download (CSV)")),
    )


def _is_course(indicator: Indicator) -> bool:
    return indicator.dimensions == ("month",)


def _columns(indicator: Indicator) -> tuple[Column, ...]:
    dimension = indicator.dimensions[0]
    figure = Text("Giá trị ({unit})", "Value ({unit})").fill(unit=indicator.unit)
    first = Column(dimension, DIMENSIONS[dimension], head=True)
    return (first, Column(FIGURE, figure, indicator.kind), _VISITS)


def _row(indicator: Indicator, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, object]:
    dimension, value = indicator.dimensions[0], row[FIGURE]
    if value is not None and indicator.kind == "number":
        value = round(value, indicator.decimals) if indicator.decimals else round(value)
    return {dimension: _label(dimension, row[dimension], names), FIGURE: value, "visits": row["visits"]}


def _label(dimension: str, value: str, names: Mapping[str, str]) -> object:
    if dimension == "facility":
        return Cell(names.get(value, value), note=value if value in names else "")
    if dimension == "month":
        return _month(value)
    return _COST_GROUPS.get(value, value) if dimension == "cost_group" else value


def _month(value: str) -> str:
    """08/2026 of 2026-08."""
    year, _, month = value.partition("-")
    return f"{month}/{year}"


def _without_link(value: object) -> object:
    return value.value if isinstance(value, Cell) else value
