"""V-050, the licence gate: orders, services and results against the register of practice, as of their minute.

In three parts. V-050a: nobody of that licence in the register: our gap, so it is never a finding, only "not
judged". V-050b: licensed, but outside the scope, the place or the hours registered. V-050c: the licence was
suspended, revoked or not yet valid at that minute.

The register is a fact (`register:practice`): licence number as written -> the permits of its holder. A line
names several people by semicolons; the worst standing among those that are known speaks for the line.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, H, custom, rule
from khoyte.submissions.rulebook.levels import WARNED

REGISTER = "register:practice"
LEGAL = "Luật Khám bệnh, chữa bệnh số 15/2023/QH15, Điều 7 và Điều 19; Nghị định 96/2023/NĐ-CP"

GATED = (
    ("XML2", "MA_BAC_SI", "NGAY_YL"),
    ("XML3", "MA_BAC_SI", "NGAY_YL"),
    ("XML3", "NGUOI_THUC_HIEN", "NGAY_TH_YL"),
    ("XML4", "MA_BS_DOC_KQ", "NGAY_KQ"),
    ("XML5", "NGUOI_THUC_HIEN", "THOI_DIEM_DBLS"),
)
"""Table, field that names people by licence number, field with the minute in which they acted."""


@dataclass(frozen=True)
class Permit:
    """A licence from one minute to another (minutes since 1970-01-01, `until` excluded).

    "valid" holds at `facility`, or anywhere when it is None; "stopped" means suspended or revoked.
    """

    since: int
    until: int
    standing: str
    facility: str | None = None


Register = Mapping[str, Iterable[Permit]]


def standing_of(register: Register, licence: str, facility: str | None, minute: int) -> str:
    """ "unknown", "licensed", "outside" or "unlicensed" at that facility in that minute."""
    permits = register.get(licence)
    if permits is None:
        return "unknown"
    at_the_time = [permit for permit in permits if permit.since <= minute < permit.until]
    if not at_the_time or any(permit.standing == "stopped" for permit in at_the_time):
        return "unlicensed"
    here = any(permit.facility in (None, facility) for permit in at_the_time)
    return "licensed" if here else "outside"


def _never(standing: str) -> Callable[[str, str], Expression]:
    """Of a field naming people and one naming a minute: nobody named has the standing."""

    def holds(values: list[Any], facts: Mapping[str, Any]) -> bool | None:
        licences, facility, minute = values
        if licences is None or minute is None:
            return None
        found = (standing_of(facts[REGISTER], licence, facility, minute) for licence in licences.split(";"))
        return standing not in found

    def whole(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
        return pl.Series([holds(list(values), facts) for values in inputs.iter_rows()], dtype=pl.Boolean)

    def of_line(people: str, minute: str) -> Expression:
        return custom(F[people], H.MA_CSKCB, F[minute].minute, whole=whole, row=holds)

    return of_line


_never_outside, _never_unlicensed = _never("outside"), _never("unlicensed")

_AUGUST_2026 = Permit(since=29_759_040, until=29_803_680, standing="valid", facility="99001")
_REGISTER: Register = {
    "000123/KH-GPHN": (_AUGUST_2026,),
    "000456/KH-GPHN": (Permit(since=29_759_040, until=29_803_680, standing="valid", facility="99002"),),
    "000789/KH-GPHN": (Permit(since=29_759_040, until=29_803_680, standing="stopped"),),
}


def _example(table: str, people: str, minute: str, wrong: str) -> Example:
    acted = {minute: "202608100930"}
    return Example(facts={REGISTER: _REGISTER},
                   fails={"XML1": [{"MA_CSKCB": "99001"}], table: [acted | {people: wrong}]},
                   passes={"XML1": [{"MA_CSKCB": "99001"}], table: [acted | {people: "000123/KH-GPHN"}]})


RULES = [
    *[part for table, people, _ in GATED for part in rule(
        "V-050a", part=people, table=table, field=people, level=WARNED, quality="complete", needs="register",
        requires=(REGISTER,), cause="person",
        label=Text("Người hành nghề phải có trong danh sách đăng ký hành nghề",
                   "The practitioner is in the register"),
        message=Text("{where}: chưa có dữ liệu đăng ký hành nghề của số giấy phép (chứng chỉ) hành nghề "
                     "{value}.",
                     "{where}: the licence {value} is not in the register of practice."),
        hint=Text("Đề nghị Sở Y tế bổ sung dữ liệu đăng ký hành nghề của người này; nội dung này chưa được "
                  "kiểm tra.",
                  "The facility asks the health department to complete the register; this was not judged."),
        legal=LEGAL,
    )],
    *[part for table, people, minute in GATED for part in rule(
        "V-050b", part=people, table=table, field=people, level=WARNED, quality="correct", needs="register",
        requires=(REGISTER,), cause="person",
        label=Text("Phải hành nghề đúng nơi, đúng thời gian đã đăng ký",
                   "Practice at the registered place and hour"),
        check=_never_outside(people, minute), show={"time": F[minute]},
        message=Text("{where}: giấy phép hành nghề số {value} chưa có đăng ký hành nghề tại cơ sở này vào "
                     "thời điểm {time}.",
                     "{where}: no registration of the holder of {value} at this facility at {time} is "
                     "known."),
        hint=Text("Kiểm tra đăng ký hành nghề của người này; nếu ghi nhầm thì sửa người chỉ định, thực hiện.",
                  "Check the registration of this person; if another acted, correct the name in the order."),
        legal=LEGAL, examples=[_example(table, people, minute, "000456/KH-GPHN")],
    )],
    # The level turns to E by a dated entry here on the day the ministry switches the gate on.
    *[part for table, people, minute in GATED for part in rule(
        "V-050c", part=people, table=table, field=people, level=WARNED, quality="correct", needs="register",
        requires=(REGISTER,), cause="person",
        label=Text("Giấy phép hành nghề phải có hiệu lực vào thời điểm hành nghề",
                   "The practising licence was valid"),
        check=_never_unlicensed(people, minute), show={"time": F[minute]},
        message=Text("{where}: giấy phép hành nghề số {value} không có hiệu lực vào thời điểm {time} (chưa "
                     "có hiệu lực, hết hạn, bị đình chỉ hoặc thu hồi).",
                     "{where}: the licence {value} was not valid at {time} (not yet valid, expired, "
                     "suspended or revoked)."),
        hint=Text("Đối chiếu giấy phép hành nghề với Sở Y tế; nếu ghi nhầm thì sửa người chỉ định, thực "
                  "hiện.",
                  "Check the licence with the health department; if another acted, correct the name."),
        legal=LEGAL, examples=[_example(table, people, minute, "000123/KH-GPHN;000789/KH-GPHN")],
    )],
]
