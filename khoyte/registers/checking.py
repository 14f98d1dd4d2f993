"""Values as people and programs write them → values as the register keeps them, column by column.

The same check serves a million lines of a file, one line of a form and one call of a program. What Excel did
to a value (lost zeros, 1.08E+11, serial days) is put right only when the sender says so (`accept`); until
then it is a problem whose cause can be repaired.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from khoyte.foundation.identifiers import mask
from khoyte.foundation.language import Text
from khoyte.foundation.legacy_text import WAYS, legacy_way, samples
from khoyte.foundation.text import CONTROLS, fold, repair, without_controls
from khoyte.registers.declaration import CODE_AND_NAME, Declaration, Field

NOTHING = frozenset[str]()
FIRST_YEAR, LAST_YEAR = 1900, 2199

# Cause -> what is wrong, how to put it right. {label} is the field, {more} what the field says of itself.
CAUSES: dict[str, tuple[Text, Text]] = {
    "legacy_font": (
        Text(
            vi="{label} viết bằng phông chữ {font}, không phải Unicode: {shown}.",
            en="{label} is written for {font} fonts, not in Unicode: {shown}.",
        ),
        Text(
            vi="Chuyển tệp sang Unicode, hoặc xác nhận để hệ thống chuyển mã.",
            en="Convert the file to Unicode, or accept the conversion.",
        ),
    ),
    "letters_lost": (
        Text(
            vi="{label} bị mất chữ có dấu (Excel ghi dấu hỏi thay chữ, ví dụ Nguy?n).",
            en="{label} has lost letters with marks (a question mark stands for them, as in Nguy?n).",
        ),
        Text(
            vi="Mở tệp gốc bằng Excel, lưu lại dạng XLSX hoặc “CSV UTF-8” rồi gửi.",
            en='Open the original in Excel, save it as XLSX or "CSV UTF-8", and send that.',
        ),
    ),
    "control_character": (
        Text(
            vi="{label} có ký tự điều khiển, không nhìn thấy được, thường do sao chép từ phần mềm khác.",
            en="{label} holds a control character, which nobody sees; copying from other software brings it.",
        ),
        Text(
            vi="Xóa hết nội dung rồi gõ lại {label}, hoặc xác nhận để hệ thống bỏ ký tự đó.",
            en="Clear {label} and type it anew, or accept that the character is left out.",
        ),
    ),
    "missing": (
        Text(vi="{label} chưa có giá trị.", en="{label} has no value."),
        Text(vi="Điền {label}.", en="Fill in {label}."),
    ),
    "too_long": (
        Text(vi="{label} dài hơn {more} ký tự.", en="{label} is longer than {more} characters."),
        Text(vi="Rút gọn {label}.", en="Shorten {label}."),
    ),
    "wrong_pattern": (
        Text(vi="{label} không đúng dạng: {more}.", en="{label} is not of its form: {more}."),
        Text(vi="Sửa {label} theo dạng đã nêu.", en="Write {label} in that form."),
    ),
    "unknown_code": (
        Text(vi="{label} không có trong danh sách cho phép.", en="{label} is none of the allowed values."),
        Text(
            vi="Chọn một giá trị trong danh sách thả xuống của biểu mẫu: {more}.",
            en="Choose one of: {more}.",
        ),
    ),
    "not_a_date": (
        Text(vi="{label} không phải ngày có thật.", en="{label} is no day that exists."),
        Text(vi="Ghi ngày theo dạng ngày/tháng/năm, ví dụ 05/03/2026.", en="Write it like 05/03/2026."),
    ),
    "year_only": (
        Text(vi="{label} chỉ có năm.", en="{label} is a year only."),
        Text(vi="Ghi đủ ngày, tháng, năm theo giấy tờ.", en="Write day, month and year as on the paper."),
    ),
    "excel_serial": (
        Text(
            vi="{label} là số thứ tự ngày của Excel, không phải ngày.",
            en="{label} is a serial number of Excel, not a day.",
        ),
        Text(
            vi="Định dạng lại cột thành ngày, hoặc xác nhận để hệ thống đổi số thành ngày.",
            en="Format the column as dates, or accept the conversion.",
        ),
    ),
    "date_digits": (
        Text(vi="{label} viết liền, thiếu dấu phân cách.", en="{label} is written without separators."),
        Text(
            vi="Ghi lại theo dạng ngày/tháng/năm, hoặc xác nhận để hệ thống tách ngày.",
            en="Write it as dd/mm/yyyy, or accept the conversion.",
        ),
    ),
    "not_a_number": (
        Text(vi="{label} không phải số nguyên.", en="{label} is no whole number."),
        Text(vi="Ghi số bằng chữ số, không kèm đơn vị.", en="Write digits only, without the unit."),
    ),
    "lost_zeros": (
        Text(vi="{label} bị mất số 0 ở đầu.", en="{label} has lost its leading zeros."),
        Text(
            vi="Định dạng cột là Văn bản và nhập lại, hoặc xác nhận để hệ thống thêm số 0.",
            en="Format the column as text and enter it again, or accept that zeros are put back.",
        ),
    ),
    "scientific": (
        Text(vi="{label} bị Excel đổi sang dạng 1,08E+11.", en="{label} was turned into 1.08E+11 by Excel."),
        Text(
            vi="Định dạng cột là Văn bản và nhập lại, hoặc xác nhận để hệ thống viết đủ chữ số.",
            en="Format the column as text and enter it again, or accept that it is written out.",
        ),
    ),
    "scientific_lost": (
        Text(
            vi="{label} bị Excel làm tròn (dạng 1,08E+10), các chữ số sau đã mất.",
            en="{label} was rounded by Excel (1.08E+10); its last digits are gone.",
        ),
        Text(
            vi="Định dạng cột là Văn bản rồi nhập lại từ giấy tờ gốc.",
            en="Format the column as text and enter the values again from the papers.",
        ),
    ),
    "not_12_digits": (
        Text(vi="{label} không gồm đúng 12 chữ số.", en="{label} has not exactly 12 digits."),
        Text(
            vi="Ghi số định danh cá nhân in trên thẻ căn cước.", en="Write the number on the identity card."
        ),
    ),
    "not_5_characters": (
        Text(
            vi="{label} không gồm đúng 5 chữ số hoặc chữ in hoa.",
            en="{label} has not exactly 5 digits or capital letters.",
        ),
        Text(
            vi="Ghi mã cơ sở theo Quyết định 384/QĐ-BYT.",
            en="Write the facility code of Decision 384/QĐ-BYT.",
        ),
    ),
}
REPAIRABLE = frozenset(
    {"control_character", "legacy_font", "excel_serial", "date_digits", "lost_zeros", "scientific"}
)


@dataclass(frozen=True)
class Problem:
    """One kind of fault in one field: `rows` is true where it is."""

    cause: str
    field: str
    level: str
    message: Text
    fix: Text
    rows: pl.Series

    @property
    def count(self) -> int:
        return int(self.rows.sum())


@dataclass(frozen=True)
class Checked:
    """`values`: one column per declared field in its own type, days as text; null is no value."""

    values: pl.DataFrame
    problems: Sequence[Problem]

    @property
    def bad(self) -> pl.Series:
        """True where a row may not be stored."""
        serious = [problem.rows for problem in self.problems if problem.level == "E"]
        nothing = pl.Series("bad", [False] * self.values.height, dtype=pl.Boolean)
        return reduce(lambda left, right: left | right, serious, nothing)


def check(declaration: Declaration, raw: pl.DataFrame, accept: frozenset[str] = NOTHING) -> Checked:
    """Normalise and judge rows of text. Columns that are not there count as empty."""
    controlled = _controlled(declaration, raw)
    cleaned = pl.DataFrame(
        [
            _cleaned(field, raw, controlled=field.name in controlled).alias(field.name)
            for field in declaration.fields
        ]
    )
    problems: list[Problem] = []
    for name, rows in controlled.items():
        problems += _problems_of(declaration.by_name[name], {"control_character": rows}, None, accept)
    cleaned, legacy = _modern(declaration, cleaned)
    if "legacy_font" not in accept:
        problems += legacy
    columns: list[pl.Series] = []
    for field in declaration.fields:
        column, causes = _READERS.get(field.kind, _text)(cleaned[field.name], field)
        missing = cleaned[field.name].is_null() if field.required else None
        columns.append(column.alias(field.name))
        problems += _problems_of(field, causes, missing, accept)
    values = pl.DataFrame(columns)
    problems += _rule_problems(declaration, values)
    return Checked(values, problems)


def _cleaned(field: Field, raw: pl.DataFrame, *, controlled: bool) -> pl.Series:
    """Text in NFC without outer spaces; "" is no value.

    Each pass over a column is made only where there is something for it: of a million lines most are plain.
    """
    if field.name not in raw.columns:
        return pl.Series(field.name, [None] * raw.height, dtype=pl.String)
    text = raw[field.name].cast(pl.String)
    if not (text.str.len_bytes() == text.str.len_chars()).all():
        text = text.str.normalize("NFC")
    # No text of a register holds control characters, and PostgreSQL takes no NUL.
    if controlled:
        text = text.str.replace_all(CONTROLS, "")
    if field.kind != "long_text" and text.str.contains(r"\s\s|[^\S ]").any():
        text = text.str.replace_all(r"\s+", " ")
    text = text.str.strip_chars()
    return text.set(text == "", None) if (text == "").any() else text


def _controlled(declaration: Declaration, raw: pl.DataFrame) -> dict[str, pl.Series]:
    """Where control characters are, of the columns that have any."""
    found = {
        field.name: raw[field.name].cast(pl.String).str.contains(CONTROLS).fill_null(False)
        for field in declaration.fields
        if field.name in raw.columns
    }
    return {name: rows for name, rows in found.items() if rows.any()}


_WESTERN = "[\u00a1-\u00ff]"
_FONTS = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI"}


def _modern(declaration: Declaration, cleaned: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
    """Columns with what was written for TCVN3 and VNI fonts converted, and where that was.

    All columns of the rows are judged together: a file is written with one kind of font.
    """
    marked = {
        field.name: cleaned[field.name].str.contains(_WESTERN).fill_null(False)
        for field in declaration.fields
    }
    suspects = {name: rows for name, rows in marked.items() if rows.any()}
    if not suspects:
        return cleaned, []
    texts = [
        text
        for name, rows in suspects.items()
        for text in cleaned[name].filter(rows).unique(maintain_order=True)
    ]
    way = legacy_way(texts)
    if not way:
        return cleaned, []
    problems, columns = [], []
    for name, rows in suspects.items():
        # One letter beyond Latin-1 says that this cell is proper text among others.
        rows = rows & ~cleaned[name].str.contains("[\u0100-\U0010ffff]").fill_null(False)
        distinct = cleaned[name].filter(rows).unique().to_list()
        if not distinct:
            continue
        columns.append(cleaned[name].replace({text: WAYS[way](text) for text in distinct}))
        shown = "; ".join(f"{before} → {after}" for before, after in samples(distinct, way))
        label = declaration.by_name[name].label
        message, fix = (
            words.fill(label=label, font=_FONTS[way], shown=shown) for words in CAUSES["legacy_font"]
        )
        problems.append(Problem("legacy_font", name, "E", message, fix, rows))
    return cleaned.with_columns(columns), problems


def _problems_of(
    field: Field, causes: Mapping[str, pl.Series], missing: pl.Series | None, accept: frozenset[str]
) -> Iterator[Problem]:
    found = {**causes} if missing is None else {"missing": missing, **causes}
    for cause, rows in found.items():
        rows = rows.fill_null(False)
        if (cause in accept and cause in REPAIRABLE) or not rows.any():
            continue
        message, fix = (words.fill(label=field.label, more=_more(field, cause)) for words in CAUSES[cause])
        yield Problem(cause, field.name, "E", message, fix, rows)


def _more(field: Field, cause: str) -> Text:
    if cause == "unknown_code":
        shown = field.codes[:12]
        tail = " …" if len(field.codes) > len(shown) else ""
        return Text(
            vi="; ".join(one.label.vi for one in shown) + tail,
            en="; ".join(one.label.en for one in shown) + tail,
        )
    if cause == "too_long":
        return Text(vi=str(field.longest), en=str(field.longest))
    return field.pattern_words or Text(vi=field.pattern, en=field.pattern)


def _rule_problems(declaration: Declaration, values: pl.DataFrame) -> Iterator[Problem]:
    if not declaration.rules:
        return
    broken = values.select(rule.breaks().fill_null(False).alias(rule.id) for rule in declaration.rules)
    for rule in declaration.rules:
        rows = broken[rule.id]
        if rows.any():
            yield Problem(rule.id, rule.field, rule.level, rule.message, rule.fix, rows)


Read = tuple[pl.Series, dict[str, pl.Series]]


# A question mark within a word, where a code page had no letter for it; addresses of pages have some rightly.
_LETTERS_LOST = r"\ufffd|(?:^|\s)[^\s/]*\p{L}\?\p{L}[^\s/]*(?:\s|$)"


def _text(column: pl.Series, field: Field) -> Read:
    causes = {"too_long": column.str.len_chars() > field.longest}
    if field.kind == "long_text":
        causes = {}
    if field.digits:
        column, causes["lost_zeros"] = _zeros_back(column, field.digits)
    if field.pattern:
        causes["wrong_pattern"] = ~column.str.contains(f"^(?:{field.pattern})$")
    if column.str.contains("[?\ufffd]").any():
        causes["letters_lost"] = column.str.contains(_LETTERS_LOST)
    if column.str.contains("[‘’ʼ`´ÐðƉ]").any():
        column = column.map_elements(repair, return_dtype=pl.String)
    return column, causes


def _identifier(column: pl.Series, field: Field) -> Read:
    """Numbers as printed, of no fixed form; what Excel wrote in powers of ten is not what was printed."""
    written, causes = _unscientific(column)
    text, more = _text(written, field)
    return text, {**causes, **more}


def _code(column: pl.Series, field: Field) -> Read:
    distinct = column.unique().drop_nulls().to_list()
    meant = {word: field.codes_by_writing.get(fold(word)) for word in distinct}
    known = {word: code for word, code in meant.items() if code is not None}
    if not known:
        codes = pl.Series([None] * len(column), dtype=pl.String)
    else:
        codes = column.replace_strict(known, default=None, return_dtype=pl.String)
    return codes, {"unknown_code": column.is_not_null() & codes.is_null()}


def _zeros_back(column: pl.Series, digits: int) -> tuple[pl.Series, pl.Series]:
    """Codes of so many digits with the zeros a spreadsheet took from them, and where it did."""
    lost = (column.str.contains(r"^\d+$") & (column.str.len_chars() < digits)).fill_null(False)
    frame = pl.DataFrame({"v": column, "lost": lost})
    return frame.select(pl.when("lost").then(pl.col("v").str.zfill(digits)).otherwise("v")).to_series(), lost


_YES = {"1", "x", "co", "yes", "true", "dung", "y", "c"}
_NO = {"0", "khong", "no", "false", "sai", "n", "k"}


def _boolean(column: pl.Series, field: Field) -> Read:
    distinct = column.unique().drop_nulls().to_list()
    meant = {word: fold(word) in _YES for word in distinct if fold(word) in _YES | _NO}
    if meant:
        values = column.replace_strict(meant, default=None, return_dtype=pl.Boolean)
    else:
        values = pl.Series([None] * len(column), dtype=pl.Boolean)
    return values, {"unknown_code": column.is_not_null() & values.is_null()}


def _integer(column: pl.Series, field: Field) -> Read:
    grouped = column.str.contains(r"^\d{1,3}([., ]\d{3})+$")
    plain = (
        pl.DataFrame({"v": column, "g": grouped})
        .select(
            pl.when("g")
            .then(pl.col("v").str.replace_all(r"[., ]", ""))
            .otherwise(pl.col("v").str.replace(r"\.0+$", ""))
        )
        .to_series()
    )
    numbers = plain.cast(pl.Int64, strict=False)
    wrong = column.is_not_null() & (numbers.is_null() | (numbers < 0) | (numbers > 2_000_000_000))
    return numbers, {"not_a_number": wrong}


def _list(column: pl.Series, field: Field) -> Read:
    parts = column.str.split(";").list.eval(pl.element().str.strip_chars().filter(pl.element() != ""))
    if field.offered:
        parts = parts.list.eval(pl.element().str.replace(f"{CODE_AND_NAME}.*$", ""))
    causes = {}
    if field.pattern:
        bad = parts.list.eval(~pl.element().str.contains(f"^(?:{field.pattern})$")).list.any()
        causes["wrong_pattern"] = bad
    return parts, causes


_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+?\d{1,2}$"


def _unscientific(column: pl.Series) -> Read:
    """Numbers in powers of ten written out; `scientific` where every digit is there, else `…_lost`."""
    looks = column.str.contains(_SCIENTIFIC).fill_null(False)
    if not looks.any():
        return column, {}
    parts = pl.DataFrame({"v": column, "looks": looks}).with_columns(
        digits=pl.col("v").str.replace(r"[eE].*$", "").str.replace_all(r"[.,]", ""),
        power=pl.col("v").str.extract(r"[eE]\+?(\d{1,2})$").cast(pl.Int64, strict=False),
    )
    whole = parts.select(pl.col("looks") & (pl.col("digits").str.len_chars() == pl.col("power") + 1))
    all_there = whole.to_series().fill_null(False)
    written = (
        parts.with_columns(whole=all_there).select(pl.when("whole").then("digits").otherwise("v")).to_series()
    )
    return written, {"scientific": all_there, "scientific_lost": looks & ~all_there}


def _personal_number(column: pl.Series, field: Field) -> Read:
    # 1.08512345678E+11 keeps its point until it is written out.
    plain = (
        pl.DataFrame({"v": column})
        .select(
            pl.when(pl.col("v").str.contains(_SCIENTIFIC))
            .then("v")
            .otherwise(pl.col("v").str.replace_all(r"[\s.'\-]", ""))
        )
        .to_series()
    )
    written, causes = _unscientific(plain)
    return _with_zeros(written, causes, length=12, least=9, wrong="not_12_digits")


def _with_zeros(
    column: pl.Series, causes: dict[str, pl.Series], *, length: int, least: int, wrong: str
) -> Read:
    only = column.str.contains(r"^\d+$")
    count = column.str.len_chars()
    lost = (only & (count >= least) & (count < length)).fill_null(False)
    values = (
        pl.DataFrame({"v": column, "lost": lost})
        .select(pl.when("lost").then(pl.col("v").str.zfill(length)).otherwise(pl.col("v")))
        .to_series()
    )
    known = causes.get("scientific_lost", pl.Series([False] * len(column), dtype=pl.Boolean))
    bad = column.is_not_null() & ~(only & (count == length)) & ~lost & ~known
    return values, {**causes, "lost_zeros": lost, wrong: bad}


def _facility_code(column: pl.Series, field: Field) -> Read:
    upper = column.str.to_uppercase()
    digits = upper.str.contains(r"^\d{3,4}$").fill_null(False)
    values = (
        pl.DataFrame({"v": upper, "lost": digits})
        .select(pl.when("lost").then(pl.col("v").str.zfill(5)).otherwise(pl.col("v")))
        .to_series()
    )
    bad = upper.is_not_null() & ~digits & ~upper.str.contains(r"^[0-9A-Z]{5}$")
    return values, {"lost_zeros": digits, "not_5_characters": bad}


def _phone(column: pl.Series, field: Field) -> Read:
    written, causes = _unscientific(column)
    lost = written.str.contains(r"^[35789]\d{8}$").fill_null(False)
    values = (
        pl.DataFrame({"v": written, "lost": lost})
        .select(pl.when("lost").then(pl.col("v").str.zfill(10)).otherwise(pl.col("v")))
        .to_series()
    )
    text, more = _text(values, field)
    return text, {**causes, "lost_zeros": lost, **more}


def _date(column: pl.Series, field: Field) -> Read:
    frame = _dates(column)
    known = frame["day"].is_not_null()
    serial, digits, year = frame["serial"], frame["digits"], frame["year"]
    bad = column.is_not_null() & ~known & ~year
    values = frame["day"].dt.to_string("%Y-%m-%d")
    return values, {"excel_serial": serial, "date_digits": digits, "year_only": year, "not_a_date": bad}


def _partial_date(column: pl.Series, field: Field) -> Read:
    """A day, a month (mm/yyyy) or a year; what is not known is not invented."""
    frame = _dates(column)
    month = (
        pl.DataFrame({"v": column})
        .select(
            pl.coalesce(
                pl.col("v").str.extract(r"^((?:19|20)\d\d-(?:0[1-9]|1[0-2]))$"),
                pl.concat_str(
                    pl.col("v").str.extract(r"^(?:0?[1-9]|1[0-2])[/\-.]((?:19|20)\d\d)$"),
                    pl.lit("-"),
                    pl.col("v").str.extract(r"^(0?[1-9]|1[0-2])[/\-.](?:19|20)\d\d$").str.zfill(2),
                ),
            )
        )
        .to_series()
    )
    parts = pl.DataFrame(
        {
            "day": frame["day"].dt.to_string("%Y-%m-%d"),
            "month": month,
            "year": column.str.extract(r"^((?:19|20)\d\d)$"),
        }
    )
    values = parts.select(pl.coalesce("day", "month", "year")).to_series()
    bad = column.is_not_null() & values.is_null()
    return values, {"excel_serial": frame["serial"], "date_digits": frame["digits"], "not_a_date": bad}


def _dates(column: pl.Series) -> pl.DataFrame:
    """day (null: none), and where it was read from a serial number, bare digits, or is a bare year."""
    text = pl.col("v")
    iso = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    written = text.str.extract(r"^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4})(?:\s+\d{1,2}:\d\d(?::\d\d)?)?$")
    day_first = written.str.replace_all(r"[.\-]", "/").str.to_date("%d/%m/%Y", strict=False)
    is_iso = text.str.contains(r"^\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$")
    eight = text.str.contains(r"^\d{8}$")
    from_eight = pl.coalesce(
        _plausible(text.str.to_date("%d%m%Y", strict=False)),
        _plausible(text.str.to_date("%Y%m%d", strict=False)),
    )
    five = text.str.contains(r"^[2-6]\d{4}(?:\.0+)?$")
    from_five = pl.date(1899, 12, 30) + pl.duration(
        days=pl.when(five).then(text.str.slice(0, 5)).otherwise(None).cast(pl.Int64, strict=False)
    )
    return pl.DataFrame({"v": column}).select(
        day=_plausible(
            pl.coalesce(
                pl.when(is_iso).then(iso),
                day_first,
                pl.when(eight).then(from_eight),
                pl.when(five).then(from_five),
            )
        ),
        serial=five.fill_null(False),
        digits=(eight & from_eight.is_not_null()).fill_null(False),
        year=text.str.contains(r"^(?:19|20)\d\d$").fill_null(False),
    )


def _plausible(day: pl.Expr) -> pl.Expr:
    return pl.when(day.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(day)


_READERS = {
    "identifier": _identifier,
    "code": _code,
    "boolean": _boolean,
    "integer": _integer,
    "list": _list,
    "personal_number": _personal_number,
    "facility_code": _facility_code,
    "phone": _phone,
    "date": _date,
    "partial_date": _partial_date,
}


def understood(field: Field, column: pl.Series) -> pl.Series:
    """Where a column of text could be values of the field, also after what Excel did was put right."""
    text = column.str.normalize("NFC").str.strip_chars()
    values, causes = _READERS.get(field.kind, _text)(text, field)
    wrong = [rows.fill_null(False) for cause, rows in causes.items() if cause not in REPAIRABLE]
    return reduce(lambda left, right: left & ~right, wrong, values.is_not_null())


def value_shown(field: Field, value: str | None) -> str:
    """A value as a report may show it: nothing that names a person."""
    if not value:
        return ""
    return mask(value) if field.masked else without_controls(value)[:60]
