"""Findings in words: message, hint, law and quality word in the language asked, made on reading."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Protocol

from khoyte.rules.declaration import QUALITY, Rule
from khoyte.rules.findings import Finding
from khoyte.standards import Standard, standard_on
from khoyte.submissions.rulebook import RULEBOOK


class FindingLike(Protocol):
    """What is needed of a finding, whether it comes from judging or from the database."""

    @property
    def rule(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


@cache
def standard_named(standard_id: str) -> Standard:
    """The standard of a verdict, by its name "bhyt-xml@2026-08-01"."""
    return standard_on(date.fromisoformat(standard_id.partition("@")[2]))


def rule_of(found: FindingLike, standard: Standard) -> Rule:
    """The declaration behind a finding."""
    return RULEBOOK.find(_as_finding(found), standard)


def finding_row(found: FindingLike, level: str, standard_id: str, language: str) -> dict[str, Any]:
    """One finding as the contract prints it (interfaces, section 3)."""
    standard = standard_named(standard_id)
    rule = rule_of(found, standard)
    words = RULEBOOK.render(_as_finding(found), language, standard)
    return {
        "rule": found.rule,
        "rule_version": rule.version,
        "level": level,
        "quality": rule.quality,
        "quality_word": QUALITY[rule.quality].say(language),
        "label": words.label,
        "table": found.table,
        "row": found.row,
        "field": found.field,
        "value": found.value,
        "path": path_of(found.table, found.row, found.field, standard),
        "message": words.message,
        "hint": words.hint,
        "legal": words.legal,
    }


def path_of(table: str, row: int, field: str, standard: Standard) -> str:
    """Where the field lies in the file, as an XPath-like address a vendor can follow."""
    spec = standard.tables.get(table)
    if spec is None:
        return f"/GIAMDINHHS//{field}" if field else "/GIAMDINHHS"
    steps = [spec.root]
    if spec.list_element:
        steps.append(spec.list_element)
    if spec.row_element:
        steps.append(f"{spec.row_element}[{row}]")
    if table == "CHECKIN":
        return "/" + "/".join([*steps, field] if field else steps)
    place = f"/GIAMDINHHS/THONGTINHOSO/DANHSACHHOSO/HOSO/FILEHOSO[LOAIHOSO='{table}']/NOIDUNGFILE/"
    return place + "/".join([*steps, field] if field else steps)


def _as_finding(found: FindingLike) -> Finding:
    return Finding(
        0,
        found.rule,
        "",
        found.part,
        found.table,
        found.row,
        found.field,
        found.value or None,
        found.params,
        {},
    )
