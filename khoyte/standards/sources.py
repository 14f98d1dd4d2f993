"""Reads the data files beside this module: layers, tables, fields, labels, codes and patches.

The files are the one place where a fact of the standard is written down. A wrong file is our own fault and
rises as `StandardDataError`, naming file and line.
"""

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.standards.model import Layer

SUFFIXES = (".csv", ".toml")


class StandardDataError(KhoyteError):
    """A data file of the standard contradicts itself or another one."""

    code = "standard-data"


def wrong_data(vi: str, en: str, **facts: Any) -> StandardDataError:
    return StandardDataError(Text(vi=vi, en=en).fill(**facts), **facts)


def _folder() -> Traversable:
    return files("khoyte.standards") / "data"


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one CSV file (UTF-8, first row holds the column names)."""
    text = (_folder() / name).read_text(encoding="utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


@cache
def layers() -> tuple[Layer, ...]:
    """The layers in the order in which they apply; the first one is the base and has no patch."""
    with (_folder() / "layers.toml").open("rb") as stream:
        declared = tomllib.load(stream)["layer"]
    read = tuple(
        Layer(
            id=row["id"],
            valid_from=row["valid_from"],
            issued=row["issued"],
            legal=row["legal"],
            title=Text(vi=row["vi"], en=row["en"]),
            patch=row.get("patch"),
            incomplete_lists=tuple(row.get("incomplete_lists", ())),
        )
        for row in declared
    )
    if [layer.valid_from for layer in read] != sorted(layer.valid_from for layer in read):
        raise wrong_data(
            "Các văn bản của chuẩn dữ liệu không xếp theo thứ tự thời gian.",
            "The layers of the standard are not in the order of their dates.",
        )
    return read


@cache
def data_digest() -> str:
    """sha256 over names and contents of all data files, the same on every system.

    Line ends are normalised, because a checkout on Windows may rewrite them.
    """
    digest = hashlib.sha256()
    for entry in sorted(_folder().iterdir(), key=lambda item: item.name):
        if entry.name.endswith(SUFFIXES):
            digest.update(entry.name.encode() + b"\0")
            digest.update(entry.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()
