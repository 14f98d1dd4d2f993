"""Quality as pages and sheets show it."""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from django.utils.html import format_html
from django.utils.safestring import SafeString

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.charts import bar, sparkline
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Pages, Table, Words
from khoyte.quality.computing import criteria_of
from khoyte.quality.criteria import DATABASES, VISITS, Acts, Criterion, Database
from khoyte.quality.models import Failing
from khoyte.quality.queries import FailingUnit, ToAct, Total
from khoyte.quality.words import FORMULAS, WORDS, Formula

EMPTY = Text(
    "Chưa có dữ liệu để đo. Điểm có trong vòng một phút sau khi có hồ sơ đầu tiên.",
    "Nothing to measure yet. Scores follow within a minute of the first record.",
)
ALL_GOOD = Text("Không có bản ghi nào chưa đạt.", "No record fails.")
_COUNTED = Text("Số bản ghi", "Records")
_DATABASE = Text("Cơ sở dữ liệu", "Database")
ACTS: Mapping[Acts, Text] = {
    "unit": Text("Đơn vị kê khai", "The unit that declares"),
    "reviewer": Text("Cơ quan rà soát", "The reviewer"),
    "operator": Text("Đơn vị vận hành nền tảng", "The operator of the platform"),
}


def capital(label: Text) -> Text:
    return Text(label.vi[:1].upper() + label.vi[1:], label.en[:1].upper() + label.en[1:])


def address(database: str, word: str = "", **asked: str) -> str:
    """Of a database, or of a word's failing records, with what is asked."""
    path = f"/chat-luong/{database}" + (f"/{word}" if word else "")
    kept = {name: value for name, value in asked.items() if value}
    return path + ("?" + urlencode(kept) if kept else "")


def percent(share: float | None) -> str:
    """Rounded down, so that 100% is said of nothing that has a failing record."""
    if share is None:
        return formats.NOTHING
    thousandths = int(share * 1000 + 1e-9)
    if share and not thousandths:
        return formats.share(share, 1)
    return formats.share(thousandths / 1000, 1 if thousandths % 10 else 0)


def _bar(share: float | None) -> SafeString:
    if share is None:
        return format_html("{}", formats.NOTHING)
    return format_html("{}{}", percent(share), bar(share, 1))


def overview_table(found: Mapping[str, Total], asked: Mapping[str, str], downloads: Sequence[Link]) -> Table:
    """Databases by words: a bar in each cell, which opens to the database or to what fails."""
    rows = []
    for name, total in found.items():
        database = DATABASES[name]
        row: dict[str, object] = {
            "database": Cell(database.label, address(name, **asked), database.steward),
            "counted": total.counted,
        }
        for word in WORDS:
            share = total.share(word)
            href = address(name, word, **asked) if share is not None else ""
            row[word] = Cell(_bar(share), href)
        rows.append(row)
    return Table(
        title=Text("Sáu yêu cầu theo cơ sở dữ liệu", "Six words by database"),
        name="words",
        columns=(
            Column("database", _DATABASE, head=True),
            Column("counted", _COUNTED, "number"),
            *(Column(word, capital(FORMULAS[word].label), "share") for word in WORDS),
        ),
        rows=rows,
        empty=EMPTY,
        downloads=downloads,
    )


def owners_table(
    found: Mapping[str, Total], weakest: Mapping[str, Total], names: Mapping[str, str], parameter: str
) -> Table:
    """Who owns which database, its six shares as figures, and the unit that stands lowest; fits on paper.

    `parameter` asks for a unit of `weakest` in an address.
    """
    rows = []
    for name, total in found.items():
        row: dict[str, object] = {
            "owner": Cell(DATABASES[name].steward, address(name), DATABASES[name].label),
            "counted": total.counted,
        }
        for word in WORDS:
            href = address(name, word) if total.counted else ""
            row[word] = Cell(percent(total.share(word)), href)
        row["lowest"] = _lowest(name, weakest.get(name), names, parameter)
        rows.append(row)
    columns = [
        Column("owner", Text("Đơn vị chủ quản, cơ sở dữ liệu", "Owner, database"), head=True),
        Column("counted", _COUNTED, "number"),
        *(Column(word, capital(FORMULAS[word].label), "share") for word in WORDS),
    ]
    if weakest:
        columns.append(Column("lowest", Text("Đơn vị thấp nhất", "Lowest unit")))
    return Table(
        title=Text("Chất lượng theo đơn vị chủ quản", "Quality by owner"),
        name="quality",
        columns=columns,
        rows=rows,
        empty=EMPTY,
    )


def _lowest(database: str, total: Total | None, names: Mapping[str, str], parameter: str) -> Cell:
    """The unit, and the share it stands lowest in; nothing where no record of anybody fails."""
    if total is None or not total.fails(total.weakest_word):
        return Cell(formats.NOTHING)
    word = total.weakest_word
    told = f"{formats.said(FORMULAS[word].label)} {percent(total.share(word))}"
    return Cell(names.get(total.unit, total.unit), address(database, word, **{parameter: total.unit}), told)


def words_table(
    database: Database, total: Total, course: Sequence[tuple[date, Total | None]], asked: Mapping[str, str],
    downloads: Sequence[Link],
) -> Table:  # fmt: skip
    """The six words of one database, each with its bar, what fails and its formula."""
    rows = []
    for word in WORDS:
        formula, share = FORMULAS[word], total.share(word)
        fails = total.fails(word)
        rows.append(
            {
                "word": Cell(capital(formula.label), note=formula.meaning),
                "share": _bar(share),
                "course": _spark(course, word),
                "failing": Cell(fails, address(database.name, word, **asked) if fails else ""),
                "formula": Cell(
                    Text("bản {n}", "version {n}").fill(n=formula.version), f"/chat-luong/cong-thuc/{word}"
                ),
            }
        )
    return Table(
        title=Text("Tỷ lệ bản ghi đạt", "Share of records that pass"),
        name="words",
        columns=(
            Column("word", Text("Yêu cầu", "Word"), head=True),
            Column("share", Text("Đạt", "Pass"), "share"),
            Column("course", Text("30 ngày qua", "Last 30 days"), "chart"),
            Column("failing", Text("Chưa đạt", "Fail"), "number"),
            Column("formula", Text("Công thức", "Formula")),
        ),
        rows=rows,
        empty=EMPTY,
        downloads=downloads,
        note=course_note(database),
    )


MOST_CAUSES = 20
_MORE_CAUSES = Text(
    "{n} tiêu chí có nhiều bản ghi chưa đạt nhất; tệp XLSX có tất cả.",
    "The {n} criteria with most records; the XLSX file has all.",
)


def causes_table(
    database: Database, found: Mapping[str, int], asked: Mapping[str, str], most: int | None = MOST_CAUSES
) -> Table:
    """What fails most, who has to act, each opening to its records; all of it with `most` None."""
    known, top = criteria_of(database), max(found.values(), default=0)
    # A rule that is gone is left out until the count of the night.
    told = [(name, known[name], count) for name, count in found.items() if name in known]
    rows = []
    for name, criterion, count in told[:most]:
        rows.append(
            {
                "cause": Cell(criterion.label, note=criterion.fix),
                "word": capital(FORMULAS[criterion.word].label),
                "count": Cell(count, address(database.name, criterion.word, **asked, **{"tieu-chi": name})),
                "bar": bar(count, top),
                "acts": ACTS[criterion.acts],
            }
        )
    return Table(
        title=Text("Vì sao chưa đạt", "Why records fail"),
        name="causes",
        columns=(
            Column("cause", Text("Tiêu chí chưa đạt và cách sửa", "Criterion and remedy"), head=True),
            Column("word", Text("Yêu cầu", "Word")),
            Column("count", Text("Bản ghi", "Records"), "number"),
            Column("bar", Text("So sánh", "Compared"), "chart"),
            Column("acts", Text("Ai xử lý", "Who acts")),
        ),
        rows=rows,
        empty=ALL_GOOD,
        total=len(told),
        note=_MORE_CAUSES.fill(n=most) if most and len(told) > most else "",
    )


def units_table(
    found: Sequence[Total], names: Mapping[str, str], parameter: str, database: str, asked: Mapping[str, str]
) -> Table:
    """Provinces or facilities, the weakest first; each opens to its own page."""
    rows = []
    for one in sorted(found, key=lambda total: (total.least, total.unit)):
        href = address(database, **{**asked, parameter: one.unit}) if one.unit else ""
        name = names.get(one.unit, one.unit or formats.said(Text("Không ghi đơn vị", "No unit")))
        rows.append(
            {
                "unit": Cell(name, href, one.unit if one.unit in names else ""),
                "counted": one.counted,
                **{word: _bar(one.share(word)) for word in WORDS},
            }
        )
    label = Text("Tỉnh, thành phố", "Province") if parameter == "tinh" else Text("Đơn vị", "Unit")
    return Table(
        title=Text("Theo đơn vị", "By unit"),
        name="units",
        columns=(
            Column("unit", label, head=True),
            Column("counted", _COUNTED, "number"),
            *(Column(word, capital(FORMULAS[word].label), "share") for word in WORDS),
        ),
        rows=rows,
        empty=EMPTY,
    )


def failing_units_table(
    found: Sequence[FailingUnit], names: Mapping[str, str], parameter: str, href: Mapping[str, str],
    downloads: Sequence[Link],
) -> Table:  # fmt: skip
    """How many records of each unit fail, most first, where the records themselves do not open."""
    rows = [
        {
            "unit": Cell(names.get(one.unit, one.unit), href.get(one.unit, ""), one.unit),
            "failing": one.failing,
            "counted": one.counted,
            "share": one.failing / one.counted,
        }
        for one in found
    ]
    label = Text("Tỉnh, thành phố", "Province") if parameter == "tinh" else Text("Đơn vị", "Unit")
    return Table(
        title=Text("Số bản ghi chưa đạt theo đơn vị", "Records that fail, by unit"),
        name="failing",
        columns=(
            Column("unit", label, head=True),
            Column("failing", Text("Chưa đạt", "Fail"), "number"),
            Column("counted", _COUNTED, "number"),
            Column("share", Text("Tỷ lệ chưa đạt", "Share that fails"), "share"),
        ),
        rows=rows,
        empty=ALL_GOOD,
        downloads=downloads,
    )


def sheet_of(title: Words, found: Sequence[tuple[Words, Total]], label: Words) -> Table:
    """Plain figures for a spreadsheet: records, and for each word its share and what fails."""
    columns = [Column("unit", label, head=True), Column("counted", _COUNTED, "number")]
    for word in WORDS:
        name = capital(FORMULAS[word].label)
        columns += [
            Column(word, name, "share"),
            Column(f"{word}_failing", Text("{w}: chưa đạt", "{w}: fail").fill(w=name), "number"),
        ]
    rows = [
        {
            "unit": name,
            "counted": total.counted,
            **{word: total.share(word) for word in WORDS},
            **{f"{word}_failing": total.fails(word) for word in WORDS},
        }
        for name, total in found
    ]
    return Table(title=title, columns=columns, rows=rows, empty=EMPTY)


def days_sheet(found: Sequence[tuple[date, Total | None]]) -> Table:
    """The course by day for a spreadsheet."""
    rows = [
        {"day": day, "counted": total.counted, **{word: total.share(word) for word in WORDS}}
        for day, total in found
        if total
    ]
    words = (Column(word, capital(FORMULAS[word].label), "share") for word in WORDS)
    columns = (
        Column("day", Text("Ngày", "Day"), "day", head=True),
        Column("counted", _COUNTED, "number"),
        *words,
    )
    return Table(title=Text("Theo ngày", "By day"), columns=columns, rows=rows, empty=EMPTY)


def _spark(found: Sequence[tuple[date, Total | None]], word: str) -> SafeString | str:
    """The last days as a small line, said aloud by its ends; nothing where only one day is known."""
    known = [share for _, total in found if total and (share := total.share(word)) is not None]
    if len(known) < 2:
        return ""
    told = Text("từ {first} đến {last}", "from {first} to {last}").fill(
        first=percent(known[0]), last=percent(known[-1])
    )
    return sparkline([total.share(word) if total else None for _, total in found], told)


def course_note(database: Database) -> Text:
    if database.name == VISITS:
        return Text(
            "Mỗi ngày là tỷ lệ của các lượt ra viện trong ngày đó, theo số liệu hiện nay.",
            "Each day tells of the visits discharged on it, as known now.",
        )
    return Text(
        "Mỗi ngày là tỷ lệ vào cuối ngày, theo công thức có hiệu lực khi đó.",
        "Each day is the share at its end, by the formulas of that time.",
    )


def failing_table(
    database: Database, found: Sequence[Failing], names: Mapping[str, str], units: Mapping[str, str],
    word: str, pages: Pages | None, downloads: Sequence[Link],
) -> Table:  # fmt: skip
    """Records that fail a word, each with what is wrong, how to put it right and whose turn it is."""
    known = criteria_of(database)
    rows = []
    for one in found:
        broken = [known[name] for name in one.criteria if name in known and known[name].word == word]
        unit = one.facility or one.province
        rows.append(
            {
                "record": Cell(names.get(one.record, one.record), record_address(database, one.record)),
                "unit": Cell(units.get(unit, unit), note=unit if unit in units else ""),
                "wrong": _lines([item.label for item in broken]),
                "fix": _lines(dict.fromkeys(item.fix for item in broken)),
                "acts": _lines(dict.fromkeys(ACTS[item.acts] for item in broken)),
                "since": one.since,
            }
        )
    return Table(
        title=Text("Bản ghi chưa đạt", "Records that fail"),
        name="failing",
        columns=(
            Column("record", Text("Bản ghi", "Record"), head=True),
            Column("unit", Text("Đơn vị", "Unit")),
            Column("wrong", Text("Chưa đạt", "What is wrong")),
            Column("fix", Text("Cách sửa", "Remedy")),
            Column("acts", Text("Ai xử lý", "Who acts")),
            Column("since", Text("Thấy từ", "Since"), "moment"),
        ),
        rows=rows,
        total=pages.total if pages else None,
        pages=pages,
        empty=ALL_GOOD,
        downloads=downloads,
    )


def _lines(words: Sequence[Text] | Mapping[Text, None]) -> str:
    return " ".join(formats.said(one) for one in words)


def record_address(database: Database, record: str) -> str:
    return f"/luot-kham/{record}" if database.name == VISITS else f"/so-dang-ky/{database.name}/{record}"


def actors_facts(found: Sequence[ToAct]) -> list[Fact]:
    """The units that have to act, each with its named accounts."""
    facts = []
    for one in found:
        if one.acts == "operator":
            facts.append(
                Fact(ACTS[one.acts], Text("Trung tâm vận hành hệ thống", "Those who run the system"))
            )
            continue
        named = ", ".join(account.full_name or account.username for account in one.accounts)
        nobody = Text("chưa có tài khoản; Sở Y tế cấp", "no account yet; the health office gives one")
        facts.append(Fact(ACTS[one.acts], one.unit_name, note=named or nobody))
    return facts


# Formulas


def formulas_table(found: Sequence[Formula]) -> Table:
    return Table(
        title=Text("Sáu công thức", "Six formulas"),
        name="formulas",
        columns=(
            Column("word", Text("Yêu cầu", "Word"), head=True),
            Column("passes", Text("Tử số", "Numerator")),
            Column("counted", Text("Mẫu số", "Denominator")),
            Column("version", Text("Phiên bản", "Version")),
            Column("from", Text("Áp dụng từ", "From"), "day"),
        ),
        rows=[
            {
                "word": Cell(capital(one.label), f"/chat-luong/cong-thuc/{one.word}", one.meaning),
                "passes": one.passes,
                "counted": one.counted,
                "version": one.version,
                "from": one.valid_from,
            }
            for one in found
        ],
        empty=EMPTY,
    )


def formula_facts(one: Formula) -> list[Fact]:
    return [
        Fact(Text("Nghĩa", "Meaning"), one.meaning),
        Fact(Text("Tử số", "Numerator"), one.passes),
        Fact(Text("Mẫu số", "Denominator"), one.counted),
        Fact(Text("Đơn vị tính", "Unit"), one.unit),
        Fact(Text("Phiên bản", "Version"), one.version, note=Text("áp dụng từ {day}", "from {day}").fill(
            day=formats.day(one.valid_from))),
        Fact(Text("Văn bản nêu yêu cầu này", "Documents with the word"), one.documents),
        Fact(Text("Nguồn của công thức", "Source of the formula"), one.source),
    ]  # fmt: skip


def criteria_table(database: Database, word: str) -> Table:
    """What makes a record of this database fail the word."""
    found = [(name, one) for name, one in criteria_of(database).items() if one.word == word]
    return Table(
        title=database.label,
        name=f"criteria-{database.name}",
        columns=(
            Column("criterion", Text("Chưa đạt khi", "Fails when"), head=True),
            Column("fix", Text("Cách sửa", "Remedy")),
            Column("acts", Text("Ai xử lý", "Who acts")),
            Column("legal", Text("Căn cứ", "Legal basis")),
        ),
        rows=[_criterion_row(database, name, one) for name, one in found],
        empty=Text("Công thức bản này chưa có tiêu chí nào cho cơ sở dữ liệu này: mọi bản ghi đạt.",
                   "This version has no criterion for this database: every record passes."),
    )  # fmt: skip


def _criterion_row(database: Database, name: str, one: Criterion) -> dict[str, object]:
    rule = name.partition(".")[0]
    by_rule = database.name == VISITS and one.breaks == ""
    return {
        "criterion": Cell(one.label, f"/quy-tac/{rule}" if by_rule else ""),
        "fix": one.fix,
        "acts": ACTS[one.acts],
        "legal": one.legal,
    }
