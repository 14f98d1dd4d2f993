"""Indicators as pages show them."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.safestring import SafeString

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.charts import Series, Tile, bar, tile_map, trend
from khoyte.foundation.look.formulas import HarmlessCsv
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Words
from khoyte.practice.registers.pharmacies import KINDS
from khoyte.practice.registers.practitioners import TITLES
from khoyte.standards import standard_on
from khoyte.units.web import ActingRequest
from khoyte.warehouse.answering import Answer
from khoyte.warehouse.indicators.declaration import COUNTED, DIMENSIONS, FIGURE, Indicator
from khoyte.warehouse.indicators.diseases import CHAPTERS, CHRONIC
from khoyte.warehouse.provinces import PLACES

_COST_GROUPS = {
    "thuoc": Text("Thuốc", "Drugs"),
    "vat_tu": Text("Vật tư y tế", "Supplies"),
    "dich_vu": Text("Dịch vụ", "Services"),
}
_AGES = {
    "00": Text("Dưới 1 tuổi", "Under 1"),
    "01-04": Text("1 đến 4 tuổi", "1 to 4"),
    "05-14": Text("5 đến 14 tuổi", "5 to 14"),
    "15-59": Text("15 đến 59 tuổi", "15 to 59"),
    "60-79": Text("60 đến 79 tuổi", "60 to 79"),
    "80+": Text("Từ 80 tuổi", "80 and older"),
}
# Dimension -> list of codes in the standard.
_CODE_LISTS = {"kind_of_care": "MA_LOAI_KCB", "discharge_kind": "MA_LOAI_RV", "service_group": "MA_NHOM"}
_EMPTY = Text(
    "Chưa có số liệu. Số liệu được cập nhật vài phút sau khi hồ sơ được tiếp nhận và đạt.",
    "No figures yet. They follow a few minutes after records are received and accepted.",
)


def list_table(subject: Text, indicators: Iterable[Indicator], name: str) -> Table:
    return Table(
        title=subject,
        name=name,
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


_CONSIDERED = {
    False: Text("Số lượt khám, điều trị được xét", "Visits considered"),
    True: Text("Số bản ghi của sổ đăng ký được xét", "Records of the register considered"),
}


def limit_note(found: Answer) -> Text | None:
    """What a reader must know when the question was too large to be answered over all months."""
    if not found.since:
        return None
    return Text(
        "Kho phân tích quá lớn để tính tất cả trong một lần, nên số liệu chỉ tính từ tháng {month}. "
        "Chọn một tỉnh, thành phố để xem dài hơn.",
        "The lake is too large to be read at once, so figures begin with {month}. "
        "Choose a province to see more months.",
    ).fill(month=_month(found.since))


def facts(found: Answer) -> list[Fact]:
    """What every figure must be read with."""
    return [
        Fact(_CONSIDERED[found.indicator.of_registers], found.rows_in, "number"),
        Fact(Text("Tỷ lệ thiếu dữ liệu", "Share lacking data"), found.missing, "share"),
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


def province_table(found: Answer, names: Mapping[str, str]) -> Table:
    """The figures behind the map, for a spreadsheet."""
    columns = (Column("province", DIMENSIONS["province"], head=True), *_columns(found.indicator)[1:])
    rows = [
        {"province": names.get(row["province"], row["province"]), **_figures(found.indicator, row)}
        for row in found.provinces
    ]
    title = Text("Theo tỉnh, thành phố", "By province")
    return Table(title=title, name="provinces", columns=columns, rows=rows, empty=_EMPTY)


def province_map(found: Answer, names: Mapping[str, str]) -> SafeString | None:
    """The 34 provinces as tiles; codes beyond them (invented provinces, old codes) stand below the map."""
    if not found.provinces:
        return None
    by_code = {row["province"]: row for row in found.provinces if row["province"]}
    foot = 2 + max(row for _, row in PLACES.values())
    others = {code: (n % 5, foot + n // 5) for n, code in enumerate(sorted(by_code.keys() - PLACES.keys()))}
    tiles = [
        _tile(found.indicator, code, place, by_code.get(code), names)
        for code, place in (PLACES | others).items()
    ]
    name = found.indicator.name
    return tile_map(
        Text("{name} theo tỉnh, thành phố", "{name} by province").fill(name=name),
        Text(
            "{known} tỉnh, thành phố có số liệu; chú giải màu ở dưới.",
            "{known} provinces have figures; the legend is below.",
        ).fill(known=len(by_code)),
        tiles,
        lambda value: _brief(found.indicator, value),
        Text("Chưa có số liệu", "No figures"),
    )


def _tile(
    one: Indicator, code: str, place: tuple[int, int], row: Mapping[str, Any] | None, names: Mapping[str, str]
) -> Tile:
    name, value = names.get(code, code), row[FIGURE] if row else None
    if row is None or value is None:
        nothing = Text("{name}: chưa có số liệu", "{name}: no figures").fill(name=name)
        return Tile(*place, _short_name(name), None, formats.NOTHING, nothing)
    told = Text("{name}: {figure} {unit} ({counted})", "{name}: {figure} {unit} ({counted})").fill(
        name=name,
        figure=_figure(one, value),
        unit="" if one.kind == "share" else one.unit,
        counted=Text("{label}: {n}", "{label}: {n}").fill(label=one.counts, n=formats.number(row[COUNTED])),
    )
    return Tile(*place, _short_name(name), value, _brief(one, value), told)


def _short_name(name: str) -> str:
    """Without what all provinces are called, and without the mark of invented ones."""
    for word in ("Sở Y tế ", "tỉnh ", "thành phố ", "Tỉnh ", "Thành phố "):
        name = name.removeprefix(word)
    return name.removesuffix(" (minh họa)")


def _figure(one: Indicator, value: float) -> str:
    if one.kind == "share":
        return formats.share(value, 1)
    return formats.number(round(value, one.decimals) if one.decimals else round(value))


def _brief(one: Indicator, value: float) -> str:
    """Short enough for a tile: millions and billions by their first letters."""
    if one.kind == "share" or value < 100_000:
        return _figure(one, value)
    for size, word in ((1e9, Text("tỷ", "bn")), (1e6, Text("tr", "m"))):
        if value >= size:
            return f"{formats.number(round(value / size, 1))} {formats.said(word)}"
    return f"{formats.number(round(value / 1000))} {formats.said(Text('ngh', 'k'))}"


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
        writer.write([formats.said(label), row[FIGURE], row[COUNTED]])
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
    return (first, Column(FIGURE, figure, indicator.kind), Column(COUNTED, indicator.counts, "number"))


def _row(indicator: Indicator, row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, object]:
    dimension = indicator.dimensions[0]
    return {dimension: _label(dimension, row[dimension], names), **_figures(indicator, row)}


def _figures(indicator: Indicator, row: Mapping[str, Any]) -> dict[str, object]:
    value = row[FIGURE]
    if value is not None and indicator.kind == "number":
        value = round(value, indicator.decimals) if indicator.decimals else round(value)
    return {FIGURE: value, COUNTED: row[COUNTED]}


def _label(dimension: str, value: str, names: Mapping[str, str]) -> object:
    if dimension == "facility":
        return Cell(names.get(value, value), note=value if value in names else "")
    if dimension == "month":
        return _month(value)
    if dimension == "province":
        return names.get(value, value)
    if dimension in _CODE_LISTS:
        return _code(_CODE_LISTS[dimension], value)
    if dimension == "icd_chapter":
        chapter = CHAPTERS[value][2]
        return Text("{number}. {name}", "{number}. {name}").fill(number=value, name=chapter)
    return _NAMED.get(dimension, {}).get(value, value)


_NAMED: dict[str, Mapping[str, Text]] = {
    "cost_group": _COST_GROUPS,
    "age_group": _AGES,
    "chronic_group": {name: words for name, (_, _, words) in CHRONIC.items()},
    "title": {one.code: one.label for one in TITLES},
    "pharmacy_kind": {one.code: one.label for one in KINDS},
}


def _code(name: str, code: str) -> Words:
    """A code with the word the standard of today has for it."""
    known = standard_on(today()).code_lists[name].codes
    words = known.get(code)
    return Text("{code} {words}", "{code} {words}").fill(code=code, words=words) if words else code


def _month(value: str) -> str:
    """08/2026 of 2026-08."""
    year, _, month = value.partition("-")
    return f"{month}/{year}"


def _without_link(value: object) -> object:
    return value.value if isinstance(value, Cell) else value
