"""Levels an installation switches by dated data: `KHOYTE_RULE_LEVELS`, decisions of the ministry as CSV.

    rule,profile,valid_from,level,legal
    V-050c,store,2027-01-01,E,Quyết định …/QĐ-BYT

From that date of the record on, every check of that number has that level in that profile; records of earlier
dates keep theirs. So a rule that begins as a warning (the licence gate, the signature of a file) refuses from
the day the ministry says, without a new release, and the page of the rule names the decision.
"""

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text
from khoyte.rules.declaration import PROFILES, Level, Rule

COLUMNS = ("rule", "profile", "valid_from", "level", "legal")
LEVELS: tuple[Level, ...] = ("E", "W", "I")


@dataclass(frozen=True)
class Switch:
    """One line: from the records of that date on, the rule has this level in this profile."""

    rule: str
    profile: str
    valid_from: date
    level: Level
    legal: str


def read(path: Path) -> list[Switch]:
    """The lines of the file. WrongUsage with file and line where one cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, 1, _UNREADABLE) from error
    if rows and set(COLUMNS) - set(rows[0]):
        raise _unusable(path, 1, _COLUMNS)
    switches = [_switch(path, line, row) for line, row in enumerate(rows, start=2)]
    seen: set[tuple[str, str, date]] = set()
    for line, one in enumerate(switches, start=2):
        if (one.rule, one.profile, one.valid_from) in seen:
            raise _unusable(path, line, _TWICE)
        seen.add((one.rule, one.profile, one.valid_from))
    return switches


def refuse_unknown(path: Path, switches: Sequence[Switch], known: Collection[str]) -> None:
    """WrongUsage where a line names a rule that is not in the book: a slip would switch nothing."""
    for line, one in enumerate(switches, start=2):
        if one.rule not in known:
            raise _unusable(path, line, _NO_RULE.fill(rule=one.rule))


def switched(rules: Iterable[Rule], switches: Sequence[Switch]) -> list[Rule]:
    """The rules with the levels of the lines about them."""
    if not switches:
        return list(rules)
    return [_with(rule, [one for one in switches if one.rule == rule.id]) for rule in rules]


def _with(rule: Rule, switches: Sequence[Switch]) -> Rule:
    if not switches:
        return rule
    level = {
        profile: tuple(sorted((dict(dated) | _of_profile(switches, profile)).items()))
        for profile, dated in rule.level.items()
    }
    legal = "; ".join(dict.fromkeys((rule.legal, *(one.legal for one in switches))))
    return replace(rule, level=level, legal=legal)


def _of_profile(switches: Sequence[Switch], profile: str) -> dict[date, Level]:
    return {one.valid_from: one.level for one in switches if one.profile == profile}


def _switch(path: Path, line: int, row: dict[str, str | None]) -> Switch:
    given = {name: (row[name] or "").strip() for name in COLUMNS}
    level = next((one for one in LEVELS if one == given["level"]), None)
    try:
        day = date.fromisoformat(given["valid_from"])
    except ValueError as error:
        raise _unusable(path, line, _DAY) from error
    if level is None or given["profile"] not in PROFILES:
        raise _unusable(path, line, _LEVEL)
    if not given["legal"]:
        raise _unusable(path, line, _LEGAL)
    return Switch(given["rule"], given["profile"], day, level, given["legal"])


def _unusable(path: Path, line: int, what: Text) -> WrongUsage:
    return WrongUsage(_WHERE.fill(path=path.name, line=line, what=what), remedy=_REMEDY)


_WHERE = Text(vi="{path}, dòng {line}: {what}", en="{path}, line {line}: {what}")
_REMEDY = Text(
    vi="Sửa tệp mà KHOYTE_RULE_LEVELS chỉ tới rồi chạy lại.",
    en="Correct the file that KHOYTE_RULE_LEVELS names and start again.",
)
_UNREADABLE = Text(vi="không đọc được tệp CSV UTF-8 này.", en="this is not a readable CSV file in UTF-8.")
_COLUMNS = Text(
    vi="cần các cột rule, profile, valid_from, level, legal.",
    en="the columns rule, profile, valid_from, level, legal are needed.",
)
_DAY = Text(vi="valid_from phải có dạng 2027-01-01.", en="valid_from must be written like 2027-01-01.")
_LEVEL = Text(
    vi="level phải là E, W hoặc I; profile phải là store hoặc precheck.",
    en="level must be E, W or I; profile store or precheck.",
)
_LEGAL = Text(
    vi="legal để trống; ghi văn bản quyết định mức này.", en="legal is empty; name the decision behind it."
)
_TWICE = Text(
    vi="quy tắc này đã có mức cho cùng ngày ở dòng trên.", en="a line above says the level of that day."
)
_NO_RULE = Text(vi="không có quy tắc {rule}.", en="there is no rule {rule}.")
