"""Our own rules for the code, read from its syntax tree.

raw-sql      text of SQL put together from values: f-strings, %, +, format
xml          a parser of XML outside the guarded reader (entities, networks, billion laughs)
log-person   a log line with a person's field, a whole row or body, an error's own words, or a traceback
unscoped     a page or an API that asks a model itself instead of its room's `queries`, which scope
temp-file    a temporary file outside our own folders (`dir=`): rows of persons must not lie in /tmp
export       a table written past the one place that keeps cells from running as formulas (foundation/look)
unescaped    text marked as safe HTML that is not a constant; `|safe`, `autoescape off` in a template
inline       script, style or event handler inside a template, which the content security policy stops

Exceptions stand in data/code-exceptions.csv, each with its reason.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from khoyte.nonprod.checks.findings import ROOT, Finding, Outcome, without_exceptions
from khoyte.standards.sources import read_rows

EXCEPTIONS = "code-exceptions.csv"
_EXECUTE = {"execute", "executemany", "raw", "copy", "extra", "RawSQL", "RunSQL", "SQL"}
_XML = ("xml.etree", "xml.dom", "xml.sax", "xml.parsers", "lxml", "bs4", "xmltodict")
_XML_HARMLESS = ("xml.sax.saxutils",)
_READER = "khoyte/submissions/reader/"
_EXPORTS = "khoyte/foundation/look/"
_LOGGERS = {"log", "logger", "logging", "warnings"}
_LOG_CALLS = {"debug", "info", "warning", "error", "critical", "exception", "log", "warn"}
# Names under which whole rows, bodies and requests go about.
_WHOLE = {
    "row",
    "rows",
    "record",
    "records",
    "body",
    "payload",
    "content",
    "document",
    "params",
    "person",
    "request",
}
_EDGE_FILES = re.compile(r"/(pages|api|presenters)(/|\.py$)|_api\.py$")
_TEMPORARY = {
    "NamedTemporaryFile",
    "TemporaryFile",
    "TemporaryDirectory",
    "mkstemp",
    "mkdtemp",
    "SpooledTemporaryFile",
}
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_SAFE = {"mark_safe", "SafeString", "SafeText"}
_TEMPLATE_RULES = (
    ("unescaped", re.compile(r"\|\s*safe\b|autoescape\s+off|\bsafeseq\b")),
    (
        "inline",
        re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", re.I),
    ),
)

Rule = Callable[["Source"], Iterator[tuple[ast.AST, str, str]]]


class Source:
    """One file: its tree, and who a node belongs to."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.tree = ast.parse(text, path)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def owner(self, node: ast.AST) -> str:
        """The function or class a node stands in, as `Class.method`; "" for the module."""
        names: list[str] = []
        while (above := self.parents.get(node)) is not None:
            if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.append(above.name)
            node = above
        return ".".join(reversed(names))

    def calls(self) -> Iterator[tuple[ast.Call, str, str]]:
        """Every call with the name of what is called and of what it is called on ("" for a plain name)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, _last_name(node.func), _base_name(node.func)

    def values_of(self, node: ast.expr) -> list[ast.expr]:
        """What a plain name stands for: every value it is given in this file; else the node itself."""
        if not isinstance(node, ast.Name):
            return [node]
        given = [
            one.value
            for one in ast.walk(self.tree)
            if isinstance(one, ast.Assign | ast.AnnAssign | ast.AugAssign)
            and one.value is not None
            and any(isinstance(target, ast.Name) and target.id == node.id for target in _targets(one))
        ]
        return given or [node]


def _targets(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _base_name(node: ast.expr) -> str:
    return _last_name(node.value) if isinstance(node, ast.Attribute) else ""


def raw_sql(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    for call, name, _ in source.calls():
        if name in _EXECUTE and call.args:
            for text in source.values_of(call.args[0]):
                if _is_composed(text):
                    yield call, name, "SQL put together from values; pass parameters instead"


def _is_composed(text: ast.expr) -> bool:
    """Whether a text is not one constant. Constants set side by side, or joined by +, are one."""
    if isinstance(text, ast.JoinedStr):
        return not all(map(_is_constant, text.values))
    if isinstance(text, ast.BinOp):
        if isinstance(text.op, ast.Mod):
            return isinstance(text.left, ast.Constant | ast.JoinedStr)
        return _is_text(text.left) or _is_text(text.right)
    if (
        isinstance(text, ast.Call)
        and isinstance(text.func, ast.Attribute)
        and text.func.attr in ("format", "join")
    ):
        return isinstance(text.func.value, ast.Constant)
    return False


def _is_constant(part: ast.expr) -> bool:
    """A piece of an f-string that is text, or a constant by the way its name is written."""
    if isinstance(part, ast.FormattedValue):
        return isinstance(part.value, ast.Name) and _CONSTANT.fullmatch(part.value.id) is not None
    return isinstance(part, ast.Constant)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def xml(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    if source.path.startswith(_READER):
        return
    for node in ast.walk(source.tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.startswith(_XML) and not name.startswith(_XML_HARMLESS):
                yield node, name, "XML is read by khoyte/submissions/reader alone"
                break


def log_person(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    caught = {
        node.name for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler) and node.name
    }
    forbidden = person_fields() | _WHOLE
    for call, name, base in source.calls():
        if base not in _LOGGERS or name not in _LOG_CALLS:
            continue
        if name == "exception" or any(word.arg in ("exc_info", "stack_info") for word in call.keywords):
            yield call, name, "a traceback shows an error's own words; log its kind and place"
        for argument in call.args:
            for word in _told(argument):
                if word in caught:
                    yield call, word, "an error's own words can quote a row; log type(error).__name__"
                elif word in forbidden:
                    yield call, word, "a person's field, a whole row or body in a log line"


def _told(node: ast.AST) -> Iterator[str]:
    """Names whose values a log line would tell. `type(x)` and `len(x)` tell none of x."""
    if isinstance(node, ast.Call) and _last_name(node.func) == "getattr" and len(node.args) > 1:
        if isinstance(node.args[1], ast.Constant):
            yield str(node.args[1].value)
        return
    if isinstance(node, ast.Call) and _last_name(node.func) in ("type", "len", "id"):
        return
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
        if not isinstance(node.value, ast.Name):
            yield from _told(node.value)
        return
    elif isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
        else:
            yield from _told(node.value)
        return
    for child in ast.iter_child_nodes(node):
        yield from _told(child)


def person_fields() -> frozenset[str]:
    """Fields that identify a person, as the standard names them and as our own columns do."""
    labelled = {row["field"] for row in read_rows("labels.csv") if row["identifying"] == "yes"}
    ours = {"full_name", "personal_number", "phone", "birth_date", "password", "token", "bearer", "secret"}
    return frozenset(labelled | {name.lower() for name in labelled} | ours)


def unscoped(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    if not _EDGE_FILES.search(source.path):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
            yield node, _last_name(node.value), "pages and APIs read through `queries`, which know whose rows"


def temp_file(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    if source.path.startswith("khoyte/nonprod/"):
        return
    for call, name, _ in source.calls():
        placed = any(word.arg == "dir" for word in call.keywords) or len(call.args) >= 3
        if name in _TEMPORARY and not placed:
            yield call, name, "say dir=: nothing of a person may lie in the common temporary folder"


def unescaped(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    for call, name, _ in source.calls():
        if name in _SAFE and call.args and not isinstance(call.args[0], ast.Constant):
            yield call, name, "text is marked as safe HTML without being a constant; use format_html"


def export(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    if source.path.startswith(_EXPORTS):
        return
    for call, name, base in source.calls():
        if base == "csv" and name in ("writer", "DictWriter"):
            yield call, name, "write CSV by foundation.look.formulas.HarmlessCsv"
        if base == "xlsxwriter" and name == "Workbook":
            yield call, name, "write XLSX by foundation.look.spreadsheet"


RULES: dict[str, Rule] = {
    "raw-sql": raw_sql,
    "xml": xml,
    "log-person": log_person,
    "unscoped": unscoped,
    "temp-file": temp_file,
    "export": export,
    "unescaped": unescaped,
}


def findings_in(path: str, text: str) -> list[Finding]:
    """What the rules say of one file of Python or one template."""
    if path.endswith(".html"):
        return [
            Finding(
                rule,
                path,
                found.group().strip()[:40],
                "not in a template",
                text.count("\n", 0, found.start()) + 1,
            )
            for rule, pattern in _TEMPLATE_RULES
            for found in pattern.finditer(text)
        ]
    source = Source(path, text)
    return [
        Finding(
            name, path, source.owner(node) or subject, f"{subject}: {message}", getattr(node, "lineno", 0)
        )
        for name, rule in RULES.items()
        for node, subject, message in rule(source)
    ]


def check() -> Outcome:
    """All Python files and templates of the house but tests and migrations."""
    paths = [path for path in sorted((ROOT / "khoyte").rglob("*")) if _is_ours(path)]
    found = [
        finding
        for path in paths
        for finding in findings_in(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    left = without_exceptions(found, EXCEPTIONS)
    return Outcome("own rules", f"{len(paths)} files", tuple(left), () if paths else ("no files",))


def _is_ours(path: Path) -> bool:
    apart = {"tests", "migrations", "__pycache__"} & set(path.parts)
    return path.suffix in (".py", ".html") and not apart
