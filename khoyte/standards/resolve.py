"""The standard of a day: base and patches in order, cut into periods (epochs) at each patch's first day.

Records from before the first period are read by the first period: Decision 4750 is the oldest layout this
platform judges (older files are recognised and answered "not supported" by the reader).
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from khoyte.foundation.language import Text
from khoyte.standards.model import Change, CodeList, FieldSpec, Standard, TableSpec
from khoyte.standards.patching import Draft, apply_patch
from khoyte.standards.sources import layers, read_rows, wrong_data

FAMILY = "bhyt-xml"


@dataclass(frozen=True)
class Label:
    """What a field is called and whether its value points at a person."""

    text: Text
    identifying: bool


@cache
def epochs() -> tuple[date, ...]:
    """First days of the periods in which the standard stays the same, oldest first."""
    return tuple(sorted({layer.valid_from for layer in layers()}))


def epoch_of(day: date) -> date:
    """First day of the period that holds `day`; days before all periods belong to the first."""
    return epochs()[max(bisect_right(epochs(), day) - 1, 0)]


def standard_on(day: date) -> Standard:
    """The standard in force on `day`, the same object for every day of one period."""
    return _standard(epoch_of(day))


def changes(epoch: date) -> tuple[Change, ...]:
    """What the instruments of the period that starts on `epoch` changed; nothing for the first period."""
    if epoch not in epochs():
        raise wrong_data(
            "Không có giai đoạn áp dụng nào của chuẩn dữ liệu bắt đầu từ ngày {epoch}.",
            "No period of the standard starts on {epoch}.",
            epoch=epoch.isoformat(),
        )
    return _drafts()[epoch][1]


@cache
def _drafts() -> dict[date, tuple[Draft, tuple[Change, ...]]]:
    """For each period the patched rows, and the changes that opened it."""
    base, *patches = layers()
    draft = Draft.base(base)
    made: dict[date, tuple[Draft, tuple[Change, ...]]] = {base.valid_from: (draft.copy(), ())}
    for layer in patches:
        changed = apply_patch(draft, layer)
        earlier = made[layer.valid_from][1] if layer.valid_from in made else ()
        made[layer.valid_from] = (draft.copy(), earlier + changed)
    return made


@cache
def _standard(epoch: date) -> Standard:
    draft, _changes = _drafts()[epoch]
    lists = {name: _code_list(name, rows, name not in draft.incomplete) for name, rows in draft.codes.items()}
    tables = {row["table"]: _table(row, draft, lists) for row in read_rows("tables.csv")}
    later = [day for day in epochs() if day > epoch]
    return Standard(
        id=f"{FAMILY}@{epoch.isoformat()}",
        valid_from=epoch,
        valid_to=later[0] - timedelta(days=1) if later else None,
        tables=tables,
        code_lists=lists,
        legal="; ".join(layer.legal for layer in layers() if layer.valid_from <= epoch),
    )


def _code_list(name: str, rows: dict[str, dict[str, str]], complete: bool) -> CodeList:
    sources = {code: row["legal"] for code, row in rows.items()}
    return CodeList(
        name=name,
        codes={code: Text(vi=row["vi"], en=row["en"]) for code, row in rows.items()},
        complete=complete,
        legal="; ".join(dict.fromkeys(sources.values())),
        sources=sources,
    )


def _table(row: dict[str, str], draft: Draft, lists: dict[str, CodeList]) -> TableSpec:
    rows = draft.tables[row["table"]]
    fields = tuple(_field(field, ordinal, lists) for ordinal, field in enumerate(rows, 1))
    return TableSpec(
        name=row["table"],
        label=Text(vi=row["vi"], en=row["en"]),
        root=row["root"],
        list_element=row["list_element"] or None,
        row_element=row["row_element"] or None,
        fields=fields,
        legal=row["legal"],
        note=row["note"],
    )


def _field(row: dict[str, str], ordinal: int, lists: dict[str, CodeList]) -> FieldSpec:
    label = _label(row["table"], row["field"])
    code_list = lists.get(row["code_list"])
    return FieldSpec(
        table=row["table"],
        ordinal=ordinal,
        name=row["field"],
        kind=row["kind"],
        max_length=int(row["max_length"]) if row["max_length"] else None,
        decimals=int(row["decimals"]) if row["decimals"] else None,
        required=row["required"],
        condition=_condition(row["condition"]),
        # An unfinished list cannot tell a wrong code from one that is missing here.
        code_list=code_list.name if code_list is not None and code_list.complete else None,
        separator=row["separator"] or None,
        label=label.text,
        identifying=label.identifying,
        legal=row["legal"],
        confidence=row["confidence"],
        catalogue=row["catalogue"] or None,
        note=row["note"],
    )


def _condition(words: str) -> Text | None:
    """Fields and patches write a condition in English; `conditions.csv` holds the Vietnamese of each."""
    if not words:
        return None
    if words not in _conditions():
        raise wrong_data(
            "Điều kiện “{words}” chưa có lời tiếng Việt.",
            'The condition "{words}" has no words in Vietnamese.',
            words=words,
        )
    return Text(vi=_conditions()[words], en=words)


@cache
def _conditions() -> dict[str, str]:
    return {row["en"]: row["vi"] for row in read_rows("conditions.csv")}


def _label(table: str, name: str) -> Label:
    found = _labels().get((table, name)) or _labels().get(("", name))
    if found is None:
        raise wrong_data(
            "Trường {table}.{name} chưa có nhãn.",
            "The field {table}.{name} has no label.",
            table=table,
            name=name,
        )
    return found


@cache
def _labels() -> dict[tuple[str, str], Label]:
    """Labels by table and field; the table is empty for the label used everywhere else."""
    return {
        (row["table"], row["field"]): Label(Text(vi=row["vi"], en=row["en"]), row["identifying"] == "yes")
        for row in read_rows("labels.csv")
    }
