"""Named queries over the platform that say how far a task is, whatever units write about it.

Each counts within what the transaction may see: a province's officer gets the province's figure. The course
by day comes from the moments of recording in the registers, so a rate needs no figures kept beside them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.monitor.standing import Measured
from khoyte.units.training import NOT_TRAINING

RECENT = 30
"""Days in which a facility must have sent something to count as sending."""


@dataclass(frozen=True)
class Scope:
    """Of which province or facility; both empty: all that may be seen."""

    province: str = ""
    facility: str = ""


@dataclass(frozen=True)
class Measure:
    """`count` answers within a scope, `by_unit` for every unit of a kind at once ("province", "facility");
    `asked` is the query as it was put for a scope, for people to read; `course` gives the cumulative counts
    by day, None where there is none."""

    name: str
    label: Text
    description: Text
    count: Callable[[Scope], Measured | None]
    course: Callable[[Scope], list[tuple[date, int]]] | None = None
    by_unit: Callable[[str], dict[str, Measured]] = lambda kind: {}
    asked: Callable[[Scope], str] = lambda scope: ""


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


# Over the whole country the training province is not counted.
_WHERE = (
    "((%(province)s = '' AND " + NOT_TRAINING.format("{0}.province") + ") OR {0}.province = %(province)s)"
    " AND (%(facility)s = '' OR {0}.{1} = %(facility)s)"
)
_OF_ROWS, _OF_UNITS = _WHERE.format("r", "facility"), _WHERE.format("u", "code")
# Not joined to the rows: a unit may see how many facilities its area has, names of units are public.
_UNITS = f"SELECT count(*) FROM unit u WHERE u.kind = 'facility' AND {_OF_UNITS}"  # noqa: S608


def _statement(done: str, total: str | None, scope: Scope) -> str:
    if scope.facility:
        return f"SELECT ({done}), ({total or 'NULL'})"
    return f"SELECT ({_OF_OFFICES.get(done, done)}), ({_OF_OFFICES.get(total or '', total) or 'NULL'})"


def _parameters(scope: Scope) -> dict[str, Any]:
    since = today() - timedelta(days=RECENT)
    return {"province": scope.province, "facility": scope.facility, "since": since}


def _counted(done: str, total: str | None) -> Callable[[Scope], Measured]:
    def count(scope: Scope) -> Measured:
        ((found, of),) = _rows(_statement(done, total, scope), _parameters(scope))
        return Measured(found, of)

    return count


def _asked(done: str, total: str | None) -> Callable[[Scope], str]:
    """The very statement of `_counted` with what the scope puts into it, a clause on each line."""

    def asked(scope: Scope) -> str:
        given = {name: f"'{value}'" for name, value in _parameters(scope).items()}
        return re.sub(r" (?=(?:FROM|WHERE|AND|ORDER BY)\b)", "\n  ", _statement(done, total, scope) % given)

    return asked


def _by_unit(done: str, total: str | None) -> Callable[[str], dict[str, Measured]]:
    """The same counts for each unit in force of a kind: one statement, whatever their number."""

    def count(kind: str) -> dict[str, Measured]:
        ours = {"province": ("r.province", "u.province"), "facility": ("r.facility", "u.code")}[kind]
        of_rows, of_units = (f"{column} = x.code" for column in ours)
        counts = f"({done}), ({total or 'NULL'})".replace(_OF_ROWS, of_rows).replace(_OF_UNITS, of_units)
        statement = f"SELECT x.code, {counts} FROM unit x WHERE x.kind = %(kind)s AND x.ended_on IS NULL"  # noqa: S608
        since = today() - timedelta(days=RECENT)
        return {
            code: Measured(found, of) for code, found, of in _rows(statement, {"kind": kind, "since": since})
        }

    return count


def _measure(
    name: str, label: Text, description: Text, done: str, total: str | None,
    course: Callable[[Scope], list[tuple[date, int]]] | None = None,
) -> Measure:  # fmt: skip
    return Measure(
        name, label, description, _counted(done, total), course, _by_unit(done, total), _asked(done, total)
    )


_OF_OFFICES: dict[str, str] = {}
"""A count of rows of a register -> the same for whole provinces, from what is counted as records change
(`registers.tallies`)."""


def _register(table: str, condition: str = "TRUE", tallied: str = "") -> str:
    """A count of records; `tallied`: the condition on lines of `register_tally`, where these can tell."""
    rows = f"SELECT count(*) FROM {table} r WHERE r.state <> 'withdrawn' AND {condition} AND {_OF_ROWS}"  # noqa: S608
    if condition == "TRUE" or tallied:
        _OF_OFFICES[rows] = (
            f"SELECT coalesce(sum(r.number), 0)::int FROM register_tally r"  # noqa: S608
            f" WHERE r.register = '{table}' AND r.fact = 'records' AND r.state <> 'withdrawn'"
            f" AND {tallied or 'TRUE'} AND {_OF_ROWS}"
        )
    return rows


def _confirmed(table: str) -> str:
    return _register(table, "r.confirmed_version IS NOT NULL", "r.in_force")


def _course(register: str, of: str) -> Callable[[Scope], list[tuple[date, int]]]:
    """First version ("declared") or first confirmation ("confirmed") of each record, added up by day."""
    source, moment, condition, gathered = {
        # The first version of a record is one row: nothing need be gathered by record.
        "declared": ("register_version", "r.recorded_at", "r.number = 1", ""),
        "confirmed": (
            "register_step", "min(r.at)", "r.act = 'confirm' AND r.state = 'confirmed'", "GROUP BY r.record"
        ),
    }[of]  # fmt: skip
    of_facility = (
        f"SELECT day, sum(count(*)) OVER (ORDER BY day) FROM ("  # noqa: S608 - names of this module
        f"SELECT ({moment} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day FROM {source} r"
        f" WHERE r.register = %(register)s AND {condition} AND {_OF_ROWS} {gathered}) first"
        f" GROUP BY day ORDER BY day"
    )
    of_offices = (
        f"SELECT r.day, sum(sum(r.number)) OVER (ORDER BY r.day) FROM register_tally r"  # noqa: S608
        f" WHERE r.register = %(register)s AND r.fact = %(fact)s AND {_OF_ROWS}"
        f" GROUP BY r.day HAVING sum(r.number) <> 0 ORDER BY r.day"
    )

    def course(scope: Scope) -> list[tuple[date, int]]:
        # A province counts what was confirmed first there, also of records that came from elsewhere.
        fact = "confirmed_here" if of == "confirmed" and scope.province else of
        named = {"register": register, "province": scope.province, "facility": scope.facility, "fact": fact}
        return [
            (day, int(count)) for day, count in _rows(of_facility if scope.facility else of_offices, named)
        ]

    return course


def _facilities_with(rows: str, condition: str) -> str:
    return (
        f"SELECT count(*) FROM unit u WHERE u.kind = 'facility' AND {_OF_UNITS} AND EXISTS ("  # noqa: S608
        f"SELECT 1 FROM {rows} r WHERE r.facility = u.code AND {condition})"
    )


# Answers belong to particulars: those about what the record said before it was corrected do not count.
# Of whom nobody said "match" is not looked at one by one: at first that is everybody.
_MATCHED = (
    "r.id IN (SELECT m.record FROM identity_check m WHERE m.outcome = 'match')"
    " AND (SELECT c.outcome FROM identity_check c WHERE c.record = r.id"
    " AND c.outcome NOT IN ('', 'superseded')"
    " AND c.particulars = (SELECT n.particulars FROM identity_check n WHERE n.record = r.id"
    " AND n.outcome <> 'superseded' ORDER BY n.id DESC LIMIT 1) ORDER BY c.id DESC LIMIT 1) = 'match'"
)
ALL = (
    _measure(
        "facilities_declared",
        Text("Cơ sở đã kê khai", "Facilities declared"),
        Text(
            "Số cơ sở có hồ sơ trong sổ cơ sở khám bệnh, chữa bệnh (trừ hồ sơ đã rút) trên số cơ sở có mã.",
            "Facilities with a record in the register of facilities, of all facilities with a code.",
        ),
        _facilities_with("facilities", "r.state <> 'withdrawn'"),
        _UNITS,
        _course("facilities", "declared"),
    ),
    _measure(
        "facilities_reviewed",
        Text("Cơ sở đã được rà soát", "Facilities reviewed"),
        Text(
            "Số hồ sơ cơ sở có bản được Sở Y tế xác nhận trên số hồ sơ cơ sở đã kê khai.",
            "Records of facilities with a confirmed version, of those declared.",
        ),
        _confirmed("facilities"),
        _register("facilities"),
        _course("facilities", "confirmed"),
    ),
    _measure(
        "practitioners_declared",
        Text("Người hành nghề đã kê khai", "Practitioners declared"),
        Text(
            "Số hồ sơ trong sổ người hành nghề (trừ hồ sơ đã rút). Chưa có tổng số người phải kê khai.",
            "Records in the register of practitioners. How many there should be is not known.",
        ),
        _register("practitioners"),
        None,
        _course("practitioners", "declared"),
    ),
    _measure(
        "practitioners_reviewed",
        Text("Người hành nghề đã được rà soát", "Practitioners reviewed"),
        Text(
            "Số hồ sơ người hành nghề có bản được xác nhận trên số hồ sơ đã kê khai.",
            "Records of practitioners with a confirmed version, of those declared.",
        ),
        _confirmed("practitioners"),
        _register("practitioners"),
        _course("practitioners", "confirmed"),
    ),
    _measure(
        "practitioners_matched",
        Text("Hồ sơ đã khớp CSDL quốc gia về dân cư", "Records matched with the population database"),
        Text(
            "Số hồ sơ người hành nghề được Cơ sở dữ liệu quốc gia về dân cư trả lời là khớp ở lần gần nhất "
            "trên số hồ sơ đã kê khai.",
            "Records whose newest answer of the population database is a match, of those declared.",
        ),
        _register("practitioners", _MATCHED),
        _register("practitioners"),
    ),
    _measure(
        "pharmacies_identified",
        Text("Cơ sở bán lẻ thuốc đã định danh", "Pharmacies identified"),
        Text(
            "Số hồ sơ cơ sở bán lẻ thuốc có bản được xác nhận trên số hồ sơ đã kê khai.",
            "Records of pharmacies with a confirmed version, of those declared.",
        ),
        _confirmed("pharmacies"),
        _register("pharmacies"),
        _course("pharmacies", "confirmed"),
    ),
    _measure(
        "facilities_sending",
        Text("Cơ sở đang gửi hồ sơ", "Facilities sending records"),
        Text(
            f"Số cơ sở có gói hồ sơ được tiếp nhận trong {RECENT} ngày gần nhất trên số cơ sở có mã.",
            f"Facilities with a file received in the last {RECENT} days, of all facilities with a code.",
        ),
        _facilities_with("submission", "r.received_at >= %(since)s"),
        _UNITS,
    ),
    _measure(
        "facilities_with_referrals",
        Text("Cơ sở gửi phiếu chuyển cơ sở", "Facilities sending referral slips"),
        Text(
            f"Số cơ sở có lượt khám kèm phiếu chuyển (XML13) được tiếp nhận trong {RECENT} ngày gần nhất "
            "trên số cơ sở có mã.",
            f"Facilities with a visit carrying a referral slip (XML13) received in the last {RECENT} days.",
        ),
        _facilities_with("visit", "r.is_current AND r.received_at >= %(since)s AND 'XML13' = ANY (r.tables)"),
        _UNITS,
    ),
    _measure(
        "databases_surveyed",
        Text("Cơ sở dữ liệu đã khảo sát", "Databases surveyed"),
        Text(
            "Số cơ sở dữ liệu trong danh mục đã được xác nhận trên số đã kê khai.",
            "Databases of the inventory that are confirmed, of those declared.",
        ),
        _confirmed("databases"),
        _register("databases"),
        _course("databases", "confirmed"),
    ),
    _measure(
        "databases_operating",
        Text("CSDL chuyên ngành đã vận hành", "Specialised databases in operation"),
        Text(
            "Số cơ sở dữ liệu chuyên ngành có ngày vận hành thực tế trên số có trong danh mục.",
            "Specialised databases with an actual day of operation, of those in the inventory.",
        ),
        _register("databases", "r.kind = 'specialised' AND r.operation_actual IS NOT NULL"),
        _register("databases", "r.kind = 'specialised'"),
    ),
)
MEASURES = {one.name: one for one in ALL}
