"""A plain form: its fields as values, drawn by `look/form_field.html`, what was typed kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from khoyte.foundation.language import Text
from khoyte.foundation.text import has_controls, without_controls


@dataclass(frozen=True)
class Field:
    """One field of a form: `kind` is text, long, moment, day, number, choice, several, yes or file.

    `mode` says which keyboard a telephone shows for text ("tel", "numeric").
    """

    name: str
    label: Text
    kind: str = "text"
    choices: Sequence[tuple[str, Text | str]] = ()
    hint: Text | str = ""
    required: bool = True
    autocomplete: str = "off"
    mode: str = ""


@dataclass(frozen=True)
class Fault:
    """What to correct in which field ("": the form as a whole)."""

    field: str
    text: Text


NEEDED = Text(vi="{label}: chưa nhập.", en="{label}: nothing entered.")
NO_CHOICE = Text(vi="{label}: chọn một mục trong danh sách.", en="{label}: choose one of the list.")
CONTROL = Text(
    vi="{label}: có ký tự điều khiển, không nhìn thấy được. Kiểm tra nội dung bên dưới rồi gửi lại.",
    en="{label}: held a control character, which nobody sees. Look at what is left, then send it again.",
)
TOO_LONG = Text(vi="{label}: quá {n} ký tự.", en="{label}: longer than {n} characters.")


def read(
    fields: Sequence[Field], given: Mapping[str, str], longest: int = 255
) -> tuple[dict[str, str], list[Fault]]:
    """What was typed into the fields of one value, without blanks around; and what is wrong with it."""
    typed = {field.name: " ".join(without_controls(given.get(field.name, "")).split()) for field in fields}
    faults = []
    for field in fields:
        value = typed[field.name]
        if has_controls(given.get(field.name, "")):
            faults.append(Fault(field.name, CONTROL.fill(label=field.label)))
        elif field.required and not value:
            faults.append(Fault(field.name, NEEDED.fill(label=field.label)))
        elif field.kind == "choice" and value and value not in dict(field.choices):
            faults.append(Fault(field.name, NO_CHOICE.fill(label=field.label)))
        elif len(value) > (2000 if field.kind == "long" else longest):
            faults.append(Fault(field.name, TOO_LONG.fill(label=field.label, n=longest)))
    return typed, faults
