"""Values of records as papers of this room print them, always in Vietnamese."""

from collections.abc import Mapping, Sequence
from typing import Any

from khoyte.foundation.papers import Paragraph, Run, Signatory
from khoyte.registers.declaration import Declaration
from khoyte.registers.papers import Occasion
from khoyte.registers.presenters import day_words


def day(written: object) -> str:
    return day_words(str(written)) if written else ""


def coded(declaration: Declaration, name: str, value: object) -> str:
    """The Vietnamese label of a code."""
    label = declaration.by_name[name].labels_by_code.get(str(value or ""))
    return label.vi if label else ""


def numbered(lines: Sequence[tuple[str, str]]) -> list[Paragraph]:
    """ "1. Họ và tên: ...", labels plain, values bold; what is not known leaves dots to write on."""
    return [
        Paragraph([f"{n}. {label}: ", Run(value or "." * 30, bold=bool(value))], align="left")
        for n, (label, value) in enumerate(lines, start=1)
    ]


def signed_by(what: Occasion, fallback: str) -> Signatory:
    return Signatory(tuple(what.authority) or (fallback,), what.signer)


def address_of(facility: Mapping[str, Any]) -> str:
    return ", ".join(str(facility[name]) for name in ("address", "commune") if facility.get(name))
