"""Every Vietnamese text of the product with its English, read from the sources as they are written.

A text stands in a `Text(vi, en)`, a `{% say %}` of a template, a `words(...)` of the script, a column of the
data files, or as a plain string of a command ("Tiếng Việt · English"). Places of an f-string become
`{expression}`.
"""

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "khoyte"
_MARKED = re.compile(r"[àáạảãăâèéẹẻẽêìíịỉĩòóọỏõôơùúụủũưỳýỵỷỹđ]|[\u1ea0-\u1ef9]", re.IGNORECASE)
_SAY = re.compile(r'{%\s*say\s+"([^"]*)"\s+"([^"]*)"[^%]*%}')
_WORDS = re.compile(r"""words\(\s*(["`])(.*?)\1,\s*(["`])(.*?)\3\)""", re.DOTALL)
# Letters and broken letters that code looks for; invented records that copy what hospitals write.
_NOT_FOR_READERS = re.compile(
    r"(^|/)(tests|migrations)/|^nonprod/generator/"
    r"|^(foundation/look/fonts|foundation/text|terminology/sheets|submissions/reader/learned"
    r"|submissions/rulebook/examples)\.py$"
)


@dataclass(frozen=True)
class Sentence:
    """One text; `en` is None where it has no English of its own, `use` the keyword it is given by."""

    where: str
    vi: str
    en: str | None = None
    use: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.vi}"


def is_vietnamese(words: str) -> bool:
    """Has letters of Vietnamese outside of signs of documents such as QĐ-BYT, which English keeps."""
    return bool(_MARKED.search(re.sub(r"\b[A-ZĐ]{2,}\b", "", words)))


def sentences() -> list[Sentence]:
    return [*_of_code(), *_of_templates(), *_of_script(), *_of_data()]


def _sources(pattern: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(HOUSE.rglob(pattern)):
        name = path.relative_to(HOUSE).as_posix()
        if not _NOT_FOR_READERS.search(name):
            yield path, name


def _of_code() -> Iterator[Sentence]:
    for path, name in _sources("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses = {
            id(word.value): word.arg or ""
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for word in call.keywords
        }
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        seen: set[int] = set()
        for node in ast.walk(tree):
            for vi, en in _pairs(node):
                seen |= {id(part) for whole in (vi, en) for part in ast.walk(whole)}
                yield Sentence(f"{name}:{vi.lineno}", _written(vi), _written(en), uses.get(id(node), ""))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant | ast.JoinedStr) or id(node) in seen:
                continue
            seen |= {id(part) for part in ast.walk(node)}
            words = _written(node)
            if is_vietnamese(words) and (id(node) not in docstrings or " · " in words):
                yield Sentence(f"{name}:{node.lineno}", words.partition(" · ")[0])


def _pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """A Vietnamese text followed by its English in one call or tuple, or given as vi and en by name."""
    if isinstance(node, ast.Call | ast.Dict):
        named = (
            {word.arg: word.value for word in node.keywords}
            if isinstance(node, ast.Call)
            else {_written(key): value for key, value in zip(node.keys, node.values, strict=True) if key}
        )
        if _is_text(named.get("vi")) and _is_text(named.get("en")):
            yield named["vi"], named["en"]
    parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    for vi, en in pairwise(parts):
        if _is_text(vi) and _is_text(en) and is_vietnamese(_written(vi)) and not is_vietnamese(_written(en)):
            yield vi, en


def _is_text(node: ast.expr | None) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"
            for part in node.values
        )
    return ""


def _of_templates() -> Iterator[Sentence]:
    for path, name in _sources("*.html"):
        page = path.read_text(encoding="utf-8")
        yield from (Sentence(name, said[1], said[2]) for said in _SAY.finditer(page))
        plain = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "\n", page, flags=re.DOTALL)
        yield from (Sentence(name, line.strip()) for line in plain.splitlines() if is_vietnamese(line))


def _of_script() -> Iterator[Sentence]:
    for path, name in _sources("*.js"):
        for said in _WORDS.finditer(path.read_text(encoding="utf-8")):
            yield Sentence(name, said[2].replace("${", "{"), said[4].replace("${", "{"))


def _of_data() -> Iterator[Sentence]:
    for path, name in _sources("data/*.csv"):
        for number, row in enumerate(csv.DictReader(path.read_text(encoding="utf-8").splitlines()), 2):
            for column in row:
                english = re.sub(r"(^|_)vi$", r"\1en", column)
                if english != column and english in row and row[column]:
                    yield Sentence(f"{name}:{number}", row[column], row[english])
    for path, name in _sources("layers.toml"):
        for layer in tomllib.loads(path.read_text(encoding="utf-8"))["layer"]:
            yield Sentence(name, layer["vi"], layer["en"])
