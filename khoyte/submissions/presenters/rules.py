"""The rules as a list and one by one, from their declarations."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Table
from khoyte.foundation.text import fold
from khoyte.rules.declaration import QUALITY, Example, Rule
from khoyte.standards import standard_on
from khoyte.submissions.presenters.words import LEVELS, sheet_link
from khoyte.submissions.rulebook.examples import EXAMPLE_DAY, lay

NEEDS = {
    "file": Text("Tệp gửi", "The file alone"),
    "store": Text("Dữ liệu đã lưu", "What is stored already"),
    "register": Text("Danh sách đăng ký hành nghề", "The register of practice"),
}
FIELDS_SHOWN = 40
_PLACE = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Check:
    """One of the checks that share a rule number: the same words for one or more fields."""

    label: Text
    message: Text
    hint: Text
    legal: str
    fields: tuple[str, ...]
    fields_left: int
    facts: tuple[Fact, ...]
    examples: tuple[Mapping[str, Table], ...]


def by_number(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules grouped by number, in order of number."""
    grouped: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        grouped.setdefault(rule.id, []).append(rule)
    return grouped


def matching(grouped: Mapping[str, Sequence[Rule]], words: str, table: str) -> dict[str, Sequence[Rule]]:
    """Rules whose number, label or field holds the words (marks do not matter) and that look at the table."""
    asked = fold(words)
    return {
        number: rules
        for number, rules in grouped.items()
        if (not table or any(rule.table == table for rule in rules))
        and (not asked or asked in _searchable(rules))
    }


def _searchable(rules: Sequence[Rule]) -> str:
    words = {word for rule in rules for word in (rule.id, rule.label.vi, rule.label.en, rule.field)}
    return fold(" ".join(sorted(words)))


def rules_table(grouped: Mapping[str, Sequence[Rule]], day: date, sheet: str) -> Table:
    """One line per rule number."""
    return Table(
        title=Text("Quy tắc đang áp dụng", "Rules in force"),
        name="rules",
        columns=(
            Column("number", Text("Quy tắc", "Rule"), head=True),
            Column("label", Text("Nội dung", "What it asks")),
            Column("tables", Text("Bảng", "Tables")),
            Column("quality", Text("Tiêu chí dữ liệu", "Quality")),
            Column("store", Text("Khi tiếp nhận", "On receipt"), "tag"),
            Column("precheck", Text("Trước khi gửi BHXH", "Before Social Security"), "tag"),
            Column("needs", Text("Dữ liệu để kiểm tra", "Needs")),
        ),
        rows=[_row(number, rules, day) for number, rules in grouped.items()],
        empty=Text("Không có quy tắc nào theo bộ lọc này.", "No rule with this filter."),
        downloads=(sheet_link(sheet),),
    )


def _row(number: str, rules: Sequence[Rule], day: date) -> dict[str, object]:
    first = rules[0]
    more = len({rule.label for rule in rules}) - 1
    note = Text("và {n} nội dung khác", "and {n} more").fill(n=more) if more else ""
    return {
        "number": Cell(number, href=f"/quy-tac/{number}"),
        "label": Cell(_open_places(first.label), note=note),
        "tables": _tables(rules),
        "quality": QUALITY[first.quality],
        "store": LEVELS[strictest(rules, "store", day)],
        "precheck": LEVELS[strictest(rules, "precheck", day)],
        "needs": NEEDS[first.needs],
    }


def strictest(rules: Sequence[Rule], profile: str, day: date) -> str:
    """The strictest level among checks of one number on a day."""
    return min((rule.level_on(profile, day) for rule in rules), key="EWI".index)


def _tables(rules: Sequence[Rule]) -> Text:
    names = sorted({rule.table for rule in rules if rule.table}, key=lambda name: (len(name), name))
    if not names:
        return Text("Tệp", "File")
    if len(names) > 4:
        return Text("{n} bảng", "{n} tables").fill(n=len(names))
    return Text(", ".join(names), ", ".join(names))


def checks_of(rules: Sequence[Rule], day: date) -> list[Check]:
    """The checks of one number, those with the same words together."""
    grouped: dict[tuple[Text, Text], list[Rule]] = {}
    for rule in rules:
        grouped.setdefault((rule.label, rule.message), []).append(rule)
    return [_check(same, day) for same in grouped.values()]


def _check(rules: Sequence[Rule], day: date) -> Check:
    first = rules[0]
    places = sorted({(rule.table, rule.field) for rule in rules}, key=lambda place: (len(place[0]), place))
    fields = [".".join(filter(None, place)) for place in places if any(place)]
    return Check(
        label=_open_places(first.label),
        message=_sentence(first.message),
        hint=_open_places(first.hint),
        legal="; ".join(dict.fromkeys(act for rule in rules[:20] for act in rule.legal.split("; "))),
        fields=tuple(fields[:FIELDS_SHOWN]),
        fields_left=max(0, len(fields) - FIELDS_SHOWN),
        facts=tuple(_facts(first, day)),
        examples=tuple(_example(one) for rule in rules for one in rule.examples)[:3],
    )


def _sentence(message: Text) -> Text:
    """A message template without the place it begins with."""
    open_places = _open_places(
        Text(message.vi.removeprefix("{where}: "), message.en.removeprefix("{where}: "))
    )
    return Text(*(words[:1].upper() + words[1:] for words in (open_places.vi, open_places.en)))


def _open_places(text: Text) -> Text:
    """A template as a sentence: what each finding fills in stands as dots."""
    return Text(*(_PLACE.sub("…", words).replace("….", "…") for words in (text.vi, text.en)))


def _facts(rule: Rule, day: date) -> list[Fact]:
    facts = [
        Fact(Text("Khi tiếp nhận", "On receipt"), LEVELS[rule.level_on("store", day)], "tag"),
        Fact(
            Text("Trước khi gửi BHXH", "Before Social Security"),
            LEVELS[rule.level_on("precheck", day)],
            "tag",
        ),
        Fact(Text("Tiêu chí dữ liệu", "Quality"), QUALITY[rule.quality]),
        Fact(Text("Dữ liệu để kiểm tra", "Needs"), NEEDS[rule.needs]),
        Fact(Text("Phiên bản quy tắc", "Version"), rule.version),
        *_later_levels(rule, day),
    ]
    if rule.valid_from or rule.valid_to:
        period = Text("{start} đến {end}", "{start} to {end}")
        value = period.fill(start=formats.day(rule.valid_from), end=formats.day(rule.valid_to))
        facts.append(Fact(Text("Áp dụng cho hồ sơ từ ngày", "For records from"), value))
    return facts


def _later_levels(rule: Rule, day: date) -> list[Fact]:
    """What whoever writes software for a hospital must know before the day comes."""
    said = {
        "store": Text("Khi tiếp nhận, hồ sơ từ ngày {day}", "On receipt, records from {day}"),
        "precheck": Text(
            "Trước khi gửi BHXH, hồ sơ từ ngày {day}", "Before Social Security, records from {day}"
        ),
    }
    return [
        Fact(words.fill(day=formats.day(start)), LEVELS[level], "tag")
        for profile, words in said.items()
        for start, level in rule.level[profile]
        if start > day
    ]


def _example(example: Example) -> dict[str, Table]:
    """The few fields that matter: as they fail, and the same places of the valid dossier, which pass."""
    valid = lay(example.passes, standard_on(example.on or EXAMPLE_DAY))
    passing = {
        table: _same_places(lines, valid.get(table, []))
        for table, lines in {**example.fails, **example.passes}.items()
    }
    return {"fails": _overlay(example.fails), "passes": _overlay(passing)}


def _same_places(lines: Sequence[Mapping[str, str | None]], valid: Sequence[Mapping[str, str]]) -> list[dict]:
    if not lines:
        return [{name: row[name] for name in list(row)[:3]} for row in valid[:1]]
    pairs = zip(lines, valid, strict=False)
    return [{name: row.get(name) for name in line} for line, row in pairs]


def _overlay(overlay: Mapping[str, Sequence[Mapping[str, str | None]]]) -> Table:
    """Fields of an example as a table; the rest of the dossier is as it should be."""
    rows: list[dict[str, object]] = []
    for table, lines in overlay.items():
        if not lines:
            rows.append({"table": table, "row": None, "field": None, "value": NO_TABLE})
        for number, line in enumerate(lines, start=1):
            rows += [
                {"table": table, "row": number, "field": name, "value": _value(value)}
                for name, value in line.items()
            ]
    return Table("", EXAMPLE_COLUMNS, rows, empty="")


EXAMPLE_COLUMNS = (
    Column("table", Text("Bảng", "Table")),
    Column("row", Text("Dòng", "Row"), "number"),
    Column("field", Text("Trường", "Field"), head=True),
    Column("value", Text("Giá trị", "Value")),
)
NO_TABLE = Text("(không có bảng này)", "(no such table)")


def _value(value: str | None) -> str | Text:
    if value is None:
        return Text("(không có thẻ XML)", "(no tag)")
    return value if value else Text("(trống)", "(empty)")
