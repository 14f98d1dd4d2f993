"""A draft of the standard that patches are applied to, one instrument after the other.

A patch is a list of operations, one per line of its file:

    set            change one property of a field (an empty value means: none, free)
    rename         the field keeps its place and its properties under a new name
    remove         the field is no longer sent
    code           a code enters a list or gets a new wording
    end-code       a code leaves a list
    complete-list  from now on the list holds every code in force
    note           changes no field; said to people on the page of changes

Each operation also says itself in Vietnamese and English, which is where `changes` gets its words from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from khoyte.foundation.language import Text
from khoyte.standards.model import Change, Layer
from khoyte.standards.sources import read_rows, wrong_data

Row = dict[str, str]

PROPERTIES = {
    "max_length": Text(vi="Độ dài tối đa", en="Maximum length"),
    "kind": Text(vi="Kiểu dữ liệu", en="Kind of value"),
    "decimals": Text(vi="Số chữ số thập phân", en="Decimals"),
    "required": Text(vi="Tính bắt buộc", en="Required"),
    "condition": Text(vi="Điều kiện", en="Condition"),
    "separator": Text(vi="Dấu ngăn cách nhiều giá trị", en="Separator of several values"),
}

VALUES = {
    "yes": Text(vi="bắt buộc", en="yes"),
    "no": Text(vi="không bắt buộc", en="no"),
    "conditional": Text(vi="bắt buộc có điều kiện", en="conditional"),
    "date8": Text(vi="ngày, 8 chữ số", en="date of 8 digits"),
    "date12": Text(vi="ngày, giờ, 12 chữ số", en="time of 12 digits"),
    "date8|date12": Text(vi="8 hoặc 12 chữ số", en="8 or 12 digits"),
    ";": Text(vi="dấu chấm phẩy", en="semicolon"),
}


@dataclass
class Draft:
    """The rows of the data files while patches change them.

    `tables` maps a table to its field rows in order; `codes` a list to its code rows by code.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    codes: dict[str, dict[str, Row]] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)

    def copy(self) -> "Draft":
        """A draft of its own; the rows are shared, because patches replace rows and never change them."""
        return Draft(
            tables={table: list(rows) for table, rows in self.tables.items()},
            codes={name: dict(rows) for name, rows in self.codes.items()},
            incomplete=set(self.incomplete),
        )

    @classmethod
    def base(cls, layer: Layer) -> "Draft":
        draft = cls(incomplete=set(layer.incomplete_lists))
        for row in read_rows("fields-4750.csv"):
            draft.tables.setdefault(row["table"], []).append(row | {"legal": layer.legal})
        for row in read_rows("codes-4750.csv"):
            draft.codes.setdefault(row["list"], {})[row["code"]] = row
        return draft

    def place_of(self, table: str, name: str) -> int:
        """Index of a field in its table."""
        for place, row in enumerate(self.tables.get(table, ())):
            if row["field"] == name:
                return place
        raise wrong_data(
            "Bản sửa đổi nêu trường {table}.{name} không có trong chuẩn dữ liệu.",
            "A patch speaks of the field {table}.{name}, which the standard does not have.",
            table=table,
            name=name,
        )


def apply_patch(draft: Draft, layer: Layer) -> tuple[Change, ...]:
    """Change the draft as the instrument says; the changes come back in the order of the file."""
    if layer.patch is None:
        return ()
    made = []
    for row in read_rows(layer.patch):
        what = OPERATIONS[row["op"]](draft, row, layer)
        if what is not None:
            made.append(Change(row["table"], row["field"], what, layer.legal, row["confidence"], row["note"]))
    return tuple(made)


def _amended(row: Row, patch: Row, layer: Layer, **properties: str) -> Row:
    """The row with new properties, the instrument, and the doubt if the patch rests on a secondary source."""
    notes = [row["note"], patch["note"]] if patch["note"] not in row["note"] else [row["note"]]
    return (
        row
        | properties
        | {
            "legal": row["legal"] if layer.legal in row["legal"] else f"{row['legal']}; {layer.legal}",
            "confidence": "secondary" if patch["confidence"] == "secondary" else row["confidence"],
            "note": "; ".join(filter(None, notes)),
        }
    )


def _set(draft: Draft, patch: Row, layer: Layer) -> Text | None:
    rows, place = draft.tables[patch["table"]], draft.place_of(patch["table"], patch["field"])
    name, before, after = patch["property"], rows[place][patch["property"]], patch["value"]
    rows[place] = _amended(rows[place], patch, layer, **{name: after})
    if name == "condition":  # told beside its field on the page of the table
        return None
    free = Text(vi="không giới hạn", en="free") if name == "max_length" else Text(vi="không", en="none")
    return Text(vi="{what}: {before} → {after}", en="{what}: {before} → {after}").fill(
        what=PROPERTIES[name],
        before=VALUES.get(before, before) or free,
        after=VALUES.get(after, after) or free,
    )


def _rename(draft: Draft, patch: Row, layer: Layer) -> Text:
    rows, place = draft.tables[patch["table"]], draft.place_of(patch["table"], patch["field"])
    rows[place] = _amended(rows[place], patch, layer, field=patch["value"])
    return Text(vi="Đổi tên trường {old} thành {new}", en="The field {old} is renamed {new}").fill(
        old=patch["field"], new=patch["value"]
    )


def _remove(draft: Draft, patch: Row, _layer: Layer) -> Text:
    draft.tables[patch["table"]].pop(draft.place_of(patch["table"], patch["field"]))
    return Text(vi="Bỏ trường {name}", en="The field {name} is dropped").fill(name=patch["field"])


def _code(draft: Draft, patch: Row, layer: Layer) -> Text:
    draft.codes[patch["table"]][patch["field"]] = {
        "code": patch["field"],
        "vi": patch["vi"],
        "en": patch["en"],
        "legal": layer.legal,
        "confidence": patch["confidence"],
        "note": patch["note"],
    }
    return Text(vi="Thêm mã {code}: {vi}", en="Code {code} added: {en}").fill(
        code=patch["field"], vi=patch["vi"], en=patch["en"]
    )


def _end_code(draft: Draft, patch: Row, _layer: Layer) -> Text:
    ended = draft.codes[patch["table"]].pop(patch["field"])
    return Text(vi="Mã {code} hết hiệu lực: {vi}", en="Code {code} is no longer valid: {en}").fill(
        code=patch["field"], vi=ended["vi"], en=ended["en"]
    )


def _complete_list(draft: Draft, patch: Row, _layer: Layer) -> Text:
    draft.incomplete.discard(patch["table"])
    return Text(vi="Danh mục {name} được ban hành đầy đủ", en="The list {name} is issued as a whole").fill(
        name=patch["table"]
    )


def _note(_draft: Draft, patch: Row, _layer: Layer) -> Text:
    return Text(vi=patch["vi"], en=patch["en"])


OPERATIONS: dict[str, Callable[[Draft, Row, Layer], Text | None]] = {
    "set": _set,
    "rename": _rename,
    "remove": _remove,
    "code": _code,
    "end-code": _end_code,
    "complete-list": _complete_list,
    "note": _note,
}
