"""The application's own filters, found in its code and taken away one at a time while it runs.

`sites` reads the source of every module that answers requests and finds each place that keeps tenants or
roles apart: a condition of a query on facility, province, unit or sender, the same in SQL, a question to the
policy, a comparison inside it, a line of the access table, a masked field. `without` runs the program
as if that one place were not there: functions get another code object, constants another value; no file is
touched, and everything is put back.
"""

import ast
import gc
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import khoyte
from khoyte.submissions.presenters import visits as masking
from khoyte.units import policy
from khoyte.units.enums import Role, Scope

# Rooms whose code answers requests. A new one is looked through as soon as it stands beside these.
_NO_REQUESTS = {"audit", "edges", "foundation", "legal", "nonprod", "rules", "standards", "terminology"}
# What only the worker or the command line runs: judging serves every tenant at once.
_WORKER = re.compile(
    r"\.(tests|migrations|commands|reader|rulebook|models)(\.|$)|^khoyte\.protection\.(actions|keys)$|"
    r"^khoyte\.submissions\.(announcing|batches|checking|claiming|closing|judging|loop|rejudging|stored|storing|"
    r"unreadable|working)$|^khoyte\.visits\.(storing|versions|columns|feeds)$|^khoyte\.practice\.identity_asking$|"
    r"^khoyte\.links\.(delivery|outbox|posting|loop|reconciling|sending|tidying|connectors\b.*)$"
    r"|^khoyte\.quality\.declared$|^khoyte\.units\.(actions|sign_in_guard|client_\w+|crowd|identities|invitations|machine_clients|openid\w*)$"
)
_OWNER = {
    "facility",
    "facility__in",
    "province",
    "province__in",
    "sender_unit",
    "unit",
    "unit__in",
    "unit__province__in",
    "unit_code",
    "submission",
    "subject_key",
    "person_key",
}
_ALIVE = {"revoked_at__isnull", "expires_at__gt", "is_active", "token_sha256", "created_at__gt"}
# Where pages hand the owner on to a query that takes everything without one.
_HANDED_ON = {"by_day", "causes", "Wanted", "Scope"}
_QUESTIONS = {"decide", "allow", "_same_password"}
_VALUE = r"(?:%(?:\(\w+\))?s|asked\.province)"
_OF = "facility|province|sender_unit|submission_id|person_key"
# After the alias of a table, or the place where one is filled in.
_IN_SQL = re.compile(rf"(?<![\w.])(?:(?:\w+|\{{\d\}})\.)?({_OF}) = (?:{_VALUE}|ANY\({_VALUE}\))")
# Here every comparison is a part of the policy.
_COMPARING = {
    ("khoyte.units.policy", "_related"),
    ("khoyte.units.policy", "_held_by"),
    ("khoyte.units.policy", "decide"),
    ("khoyte.units.web", "_forged"),
}


@dataclass(frozen=True)
class Site:
    """One filter: module, function (or constant), line, what stands there, what takes its place."""

    module: str
    place: str
    line: int
    text: str
    kind: str  # "owner" | "alive" | "question" | "sql" | "comparison" | "permission" | "mask"
    apply: Callable[[], Any] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return f"{self.module.removeprefix('khoyte.')}.{self.place}: {self.text}"


@cache
def sites() -> tuple[Site, ...]:
    """Every filter, in the order of the code."""
    found = [site for module in _modules() for site in _sites_of(module)]
    return (*found, *_permissions(), *_masks())


def _modules() -> list[ModuleType]:
    root = Path(khoyte.__file__).parent
    names = sorted(found.name for found in pkgutil.walk_packages([str(root)], "khoyte."))
    wanted = [name for name in names if name.split(".")[1] not in _NO_REQUESTS and not _WORKER.search(name)]
    return [importlib.import_module(name) for name in wanted if name.count(".") > 1]


def _sites_of(module: ModuleType) -> Iterator[Site]:
    tree = _tree(module)
    for number, (node, where) in enumerate(_walk(tree)):
        for change, kind, text in _changes(module, node, where):
            yield Site(
                module.__name__,
                where or _target(tree, node),
                node.lineno,
                text,
                kind,
                _applied(module, number, where, change),
            )


def _tree(module: ModuleType) -> ast.Module:
    """A fresh tree of the source as it was when first asked for."""
    return ast.parse(_source(inspect.getsourcefile(module) or ""))


@cache
def _source(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def _walk(tree: ast.Module) -> Iterator[tuple[Any, str]]:
    """Every node with the qualified name of the function around it, as code objects have it."""

    def inside(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
        for child in ast.iter_child_nodes(node):
            around = where
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                around = f"{where}.<locals>.{child.name}" if where and "class " not in where else child.name
                if where.startswith("class "):
                    around = f"{where.removeprefix('class ')}.{child.name}"
            elif isinstance(child, ast.ClassDef) and not where:
                around = f"class {child.name}"
            yield child, around
            yield from inside(child, around)

    yield from inside(tree, "")


Change = Callable[[ast.AST], None]


def _changes(module: ModuleType, node: ast.AST, where: str) -> Iterator[tuple[Change, str, str]]:
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for number, found in enumerate(_IN_SQL.finditer(node.value)):
            yield _loosened(number), "sql", found[0]
    elif isinstance(node, ast.Compare) and (module.__name__, where) in _COMPARING:
        for value in (True, False):
            yield _answered(value), "comparison", f"{ast.unparse(node)} is {value}"


def _of_call(node: ast.Call) -> Iterator[tuple[Change, str, str]]:
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if called in _HANDED_ON or (isinstance(node.func, ast.Attribute) and called in ("filter", "get")):
        for number, keyword in enumerate(node.keywords):
            kind = "owner" if keyword.arg in _OWNER else "alive" if keyword.arg in _ALIVE else ""
            if kind:
                yield _left_out(number), kind, f"{keyword.arg}={ast.unparse(keyword.value)}"
    if isinstance(node.func, ast.Attribute) and called == "filter":
        for number, argument in enumerate(node.args):
            if isinstance(argument, ast.Compare) and getattr(argument.left, "attr", "") in _OWNER:
                yield _true(number), "owner", ast.unparse(argument)
    if called == "facilities_of" and node.args:
        yield _emptied, "owner", ast.unparse(node)
    if called in _QUESTIONS:
        yield _always_yes, "question", ast.unparse(node)


def _left_out(number: int) -> Change:
    def change(node: Any) -> None:
        del node.keywords[number]

    return change


def _true(number: int) -> Change:
    def change(node: Any) -> None:
        node.args[number] = ast.Constant(True)

    return change


def _emptied(node: Any) -> None:
    node.args[0] = ast.Constant("")


def _loosened(number: int) -> Change:
    """The condition stays, with its value, but holds for every row."""

    def change(node: Any) -> None:
        found = list(_IN_SQL.finditer(node.value))[number]
        node.value = f"{node.value[: found.start()]}({found[0]} OR true){node.value[found.end() :]}"

    return change


def _answered(value: bool) -> Change:
    def change(node: Any) -> None:
        # As a comparison, so that its parts are still looked at and a function keeps its free names.
        node.left = ast.Tuple([node.left, *node.comparators, ast.Constant(1)], ast.Load())
        node.comparators = [ast.Tuple([], ast.Load())]
        node.ops = [ast.NotEq() if value else ast.Eq()]

    return change


def _always_yes(node: Any) -> None:
    node.func = ast.parse("lambda *_, **__: True", mode="eval").body


def _target(tree: ast.Module, node: ast.AST) -> str:
    """Name of the constant a node of the module itself belongs to."""
    for statement in tree.body:
        if any(inner is node for inner in ast.walk(statement)):
            targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
            return targets[0].id if isinstance(targets[0], ast.Name) else ""
    return ""


def _applied(module: ModuleType, number: int, where: str, change: Change) -> Callable[[], Any]:
    """What makes the change in a fresh tree of the module, by the number of the node."""

    def apply() -> Any:
        tree = _tree(module)
        node = next(found for place, (found, _) in enumerate(_walk(tree)) if place == number)
        change(node)
        ast.fix_missing_locations(tree)
        if where:
            return _other_code(module, tree, where)
        return _other_constant(module, tree, node)

    return apply


@contextmanager
def _other_code(module: ModuleType, tree: ast.Module, where: str) -> Iterator[None]:
    made = _code_named(compile(tree, module.__file__ or "", "exec"), where)
    functions = _functions(module, where)
    before = [function.__code__ for function in functions]
    for function in functions:
        function.__code__ = made
    try:
        yield
    finally:
        for function, code in zip(functions, before, strict=True):
            function.__code__ = code


def _code_named(code: CodeType, where: str) -> CodeType:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    for one in inner:
        if one.co_qualname == where:
            return one
    return next(found for one in inner if (found := _code_or_none(one, where)))


def _code_or_none(code: CodeType, where: str) -> CodeType | None:
    try:
        return _code_named(code, where)
    except StopIteration:
        return None


def _functions(module: ModuleType, where: str) -> list[FunctionType]:
    """All functions made from one place of the code: a decorator makes one per view."""
    made = _functions_by_file(len(sys.modules)).get(module.__file__ or "", ())
    return [one for one in made if one.__code__.co_qualname == where]


@cache
def _functions_by_file(modules: int) -> dict[str, list[FunctionType]]:
    """Looked for anew when more has been imported: what decorates views does so then."""
    found: dict[str, list[FunctionType]] = {}
    for one in gc.get_objects():
        # By its type alone: isinstance would wake lazy objects of the framework that are not ready.
        if type(one) is FunctionType:
            found.setdefault(one.__code__.co_filename, []).append(one)
    return found


@contextmanager
def _other_constant(module: ModuleType, tree: ast.Module, node: ast.AST) -> Iterator[None]:
    """The constant is another one, and so is all that was made of it when the module was loaded."""
    first = next(one for one in tree.body if any(inner is node for inner in ast.walk(one)))
    with ExitStack() as changed:
        for statement in _made_of(module, tree, first):
            names = dict(vars(module))
            exec(compile(ast.Module([statement], []), module.__file__ or "", "exec"), names)  # noqa: S102 - our own code
            for name in _targets(statement):
                for holder in _holders(module, name):
                    changed.enter_context(_set(holder, name, names[name]))
        yield


def _made_of(module: ModuleType, tree: ast.Module, first: ast.stmt) -> Iterator[ast.stmt]:
    """The statement, and those after it that read what it gives, themselves or in a function they call."""
    given = set(_targets(first))
    yield first
    for statement in tree.body[tree.body.index(first) + 1 :]:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _names_read(module, statement) & given:
            given |= set(_targets(statement))
            yield statement


def _targets(statement: ast.stmt) -> list[str]:
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return [one.id for target in targets if target for one in ast.walk(target) if isinstance(one, ast.Name)]


def _names_read(module: ModuleType, statement: ast.stmt) -> set[str]:
    waiting = [one.id for one in ast.walk(statement) if isinstance(one, ast.Name)]
    read: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            called = vars(module).get(name)
            if isinstance(called, FunctionType) and called.__module__ == module.__name__:
                waiting += _names_in(called.__code__)
    return read


def _names_in(code: CodeType) -> list[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [*code.co_names, *(name for one in inner for name in _names_in(one))]


def _holders(module: ModuleType, name: str) -> list[ModuleType]:
    """The module, and those that have imported this very thing by its name."""
    held = vars(module)[name]
    loaded = [one for key, one in sys.modules.items() if key.startswith("khoyte.") and one is not module]
    return [module, *(one for one in loaded if vars(one).get(name) is held)]


@contextmanager
def _set(module: ModuleType, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def _permissions() -> Iterator[Site]:
    """Every line of the access table: gone, held by everybody, and (where it is narrow) for every record."""
    for number, line in enumerate(policy.PERMISSIONS):
        others = policy.PERMISSIONS[:number], policy.PERMISSIONS[number + 1 :]
        everybody = replace(line, roles=tuple(Role), scopes=tuple(Scope), unit_kinds=())
        said = f"{line.action} {line.relation}"
        for text, instead in (
            (f"{said} is gone", ()),
            (f"{said} is held by everybody", (everybody,)),
            *(
                [(f"{said} is for every record", (replace(line, relation="everything"),))]
                if _narrow(line)
                else []
            ),
        ):
            made = (*others[0], *instead, *others[1])
            yield Site(
                policy.__name__, "PERMISSIONS", 0, text, "permission", _constant(policy, "PERMISSIONS", made)
            )


def _narrow(line: policy.Permission) -> bool:
    """Acts about the actor's own unit alone (its webhook) have no record of others to be had."""
    return line.relation in ("own", "province") and not line.action.startswith("webhook")


def _masks() -> Iterator[Site]:
    for name in masking._MASKED:
        left = tuple(other for other in masking._MASKED if other != name)
        yield Site(masking.__name__, "_MASKED", 0, name, "mask", _constant(masking, "_MASKED", left))


def _constant(module: ModuleType, name: str, value: Any) -> Callable[[], Any]:
    return lambda: _set(module, name, value)


def without(site: Site) -> Any:
    """A context in which that filter is not there."""
    return site.apply()


def codes_of(chosen: Sequence[Site]) -> dict[CodeType, list[Site]]:
    """Code objects that run when a site matters: its function, or those that read its constant or what was
    made of it."""
    found: dict[CodeType, list[Site]] = {}
    for site in chosen:
        for file, names in _readers(site.module, site.place).items():
            for one in _functions_by_file(len(sys.modules)).get(file, ()):
                code = one.__code__
                if code.co_qualname in names or not names.isdisjoint(code.co_names):
                    found.setdefault(code, []).append(site)
    return found


@cache
def _readers(name: str, place: str) -> dict[str, set[str]]:
    """File -> names in it that a site's place goes by."""
    module = importlib.import_module(name)
    tree = _tree(module)
    first = next((one for one in tree.body if place in _targets(one)), None)
    given = {place} if first is None else {n for one in _made_of(module, tree, first) for n in _targets(one)}
    found: dict[str, set[str]] = {module.__file__ or "": given}
    for one in given & set(vars(module)):
        for holder in _holders(module, one)[1:]:
            found.setdefault(holder.__file__ or "", set()).add(one)
    return found
