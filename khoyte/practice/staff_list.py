"""The register of practice held against a facility's list of health workers at Social Security.

Both lists say who works at the facility, under which licence, in what scope, at what hours; care of the
insured is checked against the one there, the law against the one here. What differs is told line by line,
each with what to do about it. Pure: lists in, lines out; `staff_comparing` reads and keeps.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.practice.hours import spans
from khoyte.registers.content import key_text

Content = Mapping[str, Any]

SAME, DIFFERS, ONLY_HERE, ONLY_THERE, TWICE, UNREAD = (
    "same", "differs", "only_here", "only_there", "twice", "unread",
)  # fmt: skip
CLASSES: dict[str, Text] = {
    DIFFERS: Text(vi="Có ở cả hai nơi, nội dung khác nhau", en="In both, with differences"),
    ONLY_HERE: Text(vi="Chỉ có trong sổ đăng ký hành nghề", en="Only in the register"),
    ONLY_THERE: Text(vi="Chỉ có trong danh mục tại cơ quan Bảo hiểm xã hội", en="Only in the list there"),
    TWICE: Text(vi="Trùng trong danh mục", en="Twice in the list"),
    UNREAD: Text(vi="Dòng không nhận ra người", en="Lines that name nobody"),
    SAME: Text(vi="Khớp", en="The same"),
}
# Field → what it is called, and what to do when the two differ.
FIELDS: dict[str, Text] = {
    "full_name": Text(vi="Họ và tên", en="Name"),
    "licence_number": Text(vi="Số giấy phép hành nghề", en="Licence number"),
    "licence_date": Text(vi="Ngày cấp giấy phép", en="Licence date"),
    "scope": Text(vi="Phạm vi hành nghề", en="Scope"),
    "hours": Text(vi="Thời gian hành nghề", en="Hours"),
    "department": Text(vi="Khoa, bộ phận chuyên môn", en="Department"),
}
OF_PERSON = ("full_name", "licence_number", "licence_date", "scope")
OF_REGISTRATION = ("hours", "department")
REMEDIES: dict[str, Text] = {
    "full_name": Text(
        vi="Đối chiếu thẻ căn cước; sửa nơi ghi sai.", en="Compare with the card; correct the wrong one."
    ),
    "licence_number": Text(
        vi="Đối chiếu giấy phép bản chính; nếu đã cấp lại hoặc đổi sang giấy phép mới, cập nhật danh mục.",
        en="Compare with the licence; if it was issued anew, update the list there.",
    ),
    "licence_date": Text(
        vi="Đối chiếu giấy phép bản chính; sửa nơi ghi sai.",
        en="Compare with the licence; correct the wrong one.",
    ),
    "scope": Text(
        vi="Lấy theo giấy phép và quyết định điều chỉnh; danh mục khác thì gửi thay đổi danh mục.",
        en="The licence and its adjustments count; send the change to the list there.",
    ),
    "hours": Text(
        vi="Giờ đã đăng ký hành nghề là căn cứ; giờ thực tế khác thì gửi danh sách thay đổi đến Sở Y tế, "
        "rồi sửa danh mục.",
        en="The registered hours count; if they are others now, send the change to the province first.",
    ),
    "department": Text(
        vi="Sửa khoa ở nơi chưa cập nhật.", en="Correct the department where it is out of date."
    ),
}
ADD_THERE = Text(
    vi="Gửi bổ sung người này vào danh mục tại cơ quan Bảo hiểm xã hội, hoặc báo thôi hành nghề nếu đã nghỉ.",
    en="Add the person to the list there, or report that they left.",
)
ENDED_THERE = Text(
    vi="Danh mục đã ghi ngày kết thúc: báo thôi hành nghề, hoặc gửi lại danh mục nếu người này vẫn làm việc.",
    en="The list there has ended them: report the leaver, or send the list again if they still work here.",
)
END_THERE = Text(
    vi="Đăng ký hành nghề đã kết thúc: gửi ngày kết thúc (DEN_NGAY) để dừng trong danh mục.",
    en="The registration has ended: send the last day to the list there.",
)
REGISTER_HERE = Text(
    vi="Có hồ sơ người hành nghề nhưng chưa đăng ký tại cơ sở: lập đăng ký hành nghề và gửi Sở Y tế.",
    en="Known as a practitioner, not registered here: register them and send it to the province.",
)
DECLARE_HERE = Text(
    vi="Chưa có trong sổ: kê khai người hành nghề rồi đăng ký tại cơ sở; nếu đã nghỉ, dừng trong danh mục.",
    en="Not in the register: declare and register the person; if they left, end them in the list there.",
)
ONCE_THERE = Text(
    vi="Một người đứng hai dòng còn hiệu lực trong danh mục: dừng dòng thừa.",
    en="One person stands in two lines in force there: end the one too many.",
)
NAME_THERE = Text(
    vi="Dòng này thiếu cả số giấy phép, số định danh và họ tên: bổ sung trong danh mục.",
    en="The line has neither licence, number nor name: complete it there.",
)


@dataclass(frozen=True)
class Ours:
    """A registration of the facility with what is confirmed of the person; their records, where visible."""

    registration: Content
    person: Content
    registration_record: str = ""
    person_record: str = ""

    def value(self, name: str) -> str:
        if name in OF_REGISTRATION:
            return str(self.registration.get(name) or "")
        own = str(self.registration.get("scope") or "") if name == "scope" else ""
        return own or str(self.person.get(name) or "")

    def holds_on(self, day: date) -> bool:
        first, last = self.registration.get("valid_from"), self.registration.get("valid_to")
        return (not first or first <= day.isoformat()) and (not last or day.isoformat() <= last)


@dataclass(frozen=True)
class Theirs:
    """One line of the list there: `row` as the sheet counts it; hours in the words of the register."""

    row: int
    values: Content

    def value(self, name: str) -> str:
        return str(self.values.get(name) or "")

    def holds_on(self, day: date) -> bool:
        last = self.value("valid_to")
        return not last or day.isoformat() <= last


@dataclass(frozen=True)
class Difference:
    field: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Line:
    """One outcome. `row` is 0 for who stands only here."""

    kind: str
    name: str
    licence: str
    row: int = 0
    differences: tuple[Difference, ...] = ()
    remedy: Text | None = None
    registration_record: str = ""
    person_record: str = ""

    def record_in(self, register: str) -> str:
        """The record of that register the line is about; "" where it is not the facility's."""
        return self.person_record if register == "practitioners" else self.registration_record

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "kind": self.kind,
            "name": self.name,
            "licence": self.licence,
            "row": self.row,
            "differences": [[one.field, one.ours, one.theirs] for one in self.differences],
            "remedy": [self.remedy.vi, self.remedy.en] if self.remedy else None,
            "registration": self.registration_record,
            "person": self.person_record,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Line":
        return cls(
            kept["kind"],
            kept["name"],
            kept["licence"],
            kept["row"],
            tuple(Difference(*one) for one in kept["differences"]),
            Text(*kept["remedy"]) if kept["remedy"] else None,
            kept["registration"],
            kept["person"],
        )


@dataclass
class _Index:
    """Our registrations by licence, by number, by name and birth year."""

    licence: dict[str, list[Ours]] = field(default_factory=dict)
    number: dict[str, list[Ours]] = field(default_factory=dict)
    name: dict[str, list[Ours]] = field(default_factory=dict)

    @classmethod
    def of(cls, ours: Iterable[Ours]) -> "_Index":
        made = cls()
        for one in ours:
            for licence in ("licence_number", "old_certificate"):
                if one.person.get(licence):
                    made.licence.setdefault(key_text([one.person[licence]]), []).append(one)
            if number := one.registration.get("personal_number"):
                made.number.setdefault(str(number), []).append(one)
            if name := _name_key(one.person):
                made.name.setdefault(name, []).append(one)
        return made

    def find(self, there: Theirs) -> list[Ours]:
        """Whom a line names: by licence, else by personal number, else by name and year of birth."""
        licence = there.value("licence_number")
        found = self.licence.get(key_text([licence])) if licence else None
        found = found or self.number.get(there.value("personal_number"))
        return found or self.name.get(_name_key(there.values) or "", [])


def _name_key(one: Content) -> str | None:
    name, birth = one.get("full_name"), one.get("birth_date")
    return f"{fold(str(name))} {str(birth)[:4]}" if name and birth else None


def compare(
    ours: Sequence[Ours],
    theirs: Sequence[Theirs],
    *,
    day: date,
    compared: Iterable[str],
    known: Iterable[str] = (),
) -> list[Line]:
    """Every registration and every line of the list, each in one class.

    `compared` are the fields the list has a column for; `known` the licences (folded) that the register has
    at all. Lines that have ended there say nothing but that they ended.
    """
    fields = [name for name in FIELDS if name in set(compared)]
    index, elsewhere = _Index.of(ours), set(known)
    lines: list[Line] = []
    met: dict[int, Theirs] = {}
    ended: set[int] = set()
    for there in theirs:
        found = index.find(there)
        valid = [one for one in found if one.holds_on(day)]
        if not there.holds_on(day):
            ended |= {id(one) for one in valid}
            continue
        if not valid:
            lines.append(_only_there(there, found, elsewhere))
            continue
        first = next((one for one in valid if id(one) in met), None)
        if first is not None:
            lines.append(_line(TWICE, first, there, ONCE_THERE))
            continue
        for one in valid:
            met[id(one)] = there
        lines.append(_both(_closest(valid, there, fields), there, fields))
    lines += [
        _line(ONLY_HERE, one, None, ENDED_THERE if id(one) in ended else ADD_THERE)
        for one in ours
        if one.holds_on(day) and id(one) not in met
    ]
    order = list(CLASSES)
    return sorted(lines, key=lambda line: (order.index(line.kind), line.row, fold(line.name)))


def _only_there(there: Theirs, past: Sequence[Ours], elsewhere: set[str]) -> Line:
    if past:
        return _line(ONLY_THERE, past[0], there, END_THERE)
    licence = there.value("licence_number")
    if not (licence or there.value("personal_number") or there.value("full_name")):
        return Line(UNREAD, "", "", there.row, remedy=NAME_THERE)
    known = bool(licence) and key_text([licence]) in elsewhere
    return Line(
        ONLY_THERE,
        there.value("full_name"),
        licence,
        there.row,
        remedy=REGISTER_HERE if known else DECLARE_HERE,
    )


def _closest(found: Sequence[Ours], there: Theirs, fields: Sequence[str]) -> Ours:
    """Of several registrations of a person the one that differs least."""
    return min(found, key=lambda one: len(list(_differing(one, there, fields))))


def _both(one: Ours, there: Theirs, fields: Sequence[str]) -> Line:
    differences = tuple(_differing(one, there, fields))
    return _line(DIFFERS if differences else SAME, one, there, None, differences)


def _line(
    kind: str, one: Ours, there: Theirs | None, remedy: Text | None, differences: tuple[Difference, ...] = ()
) -> Line:
    return Line(
        kind,
        one.value("full_name") or (there.value("full_name") if there else ""),
        one.value("licence_number") or (there.value("licence_number") if there else ""),
        there.row if there else 0,
        differences,
        remedy,
        one.registration_record,
        one.person_record,
    )


def _differing(one: Ours, there: Theirs, fields: Sequence[str]) -> Iterator[Difference]:
    for name in fields:
        ours, theirs = one.value(name), there.value(name)
        if (
            name == "licence_number"
            and theirs
            and key_text([theirs]) == key_text([one.person.get("old_certificate")])
        ):
            continue  # the old certificate beside the licence it became is no difference
        wanted_there = bool(ours) and name in ("licence_number", "licence_date")
        if not _is_same(name, ours, theirs) if theirs else wanted_there:
            yield Difference(name, ours, theirs)


_CODES = re.compile(r"^[\d.;,\s]+$")


def _is_same(name: str, ours: str, theirs: str) -> bool:
    if name == "licence_number":
        return key_text([ours]) == key_text([theirs])
    if name == "licence_date":
        return ours == theirs
    if name == "hours":
        mine, other = spans(ours), spans(theirs)
        return mine is None or other is None or mine == other
    if name == "scope" and _CODES.match(theirs):
        return True  # codes of a list of theirs: not to be compared with words
    return _plain(ours) == _plain(theirs)


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in fold(text)).split())


# Their way of writing hours


_SPAN = re.compile(r"(\d{1,2})[:hHgG.]?(\d{2})\s*[-–]\s*(\d{1,2})[:hHgG.]?(\d{2})")
_DAY = re.compile(r"(?:t|thu)?\s*([2-8])|cn|chu nhat")
_DAY_RANGE = re.compile(r"(?:t|thu)?\s*([2-7])\s*-\s*(?:(?:t|thu)?\s*([2-8])|(cn))")


def hours_of(day_hours: str, week_days: str) -> str:
    """ "0700-1630" and "2,3,4", "T2T3T4" or "T2-T6" in the words of the register; "" when not understood."""
    times = [f"{int(a)}:{b}-{int(c)}:{d}" for a, b, c, d in _SPAN.findall(day_hours)]
    text = fold(week_days)
    days: list[int] = []
    for first, last, sunday in _DAY_RANGE.findall(text):
        days += range(int(first), (8 if sunday else int(last)) + 1)
    rest = _DAY_RANGE.sub(" ", text)
    for found in _DAY.finditer(rest):
        days.append(int(found[1]) if found[1] else 8)
    known = not _DAY.sub("", rest).strip(" ,;.+|")
    if not times or not days or not known:
        return ""
    return "; ".join(f"{name} {', '.join(times)}" for name in _runs(sorted(set(days))))


def _runs(days: Sequence[int]) -> Iterator[str]:
    """Days of the week (2 is Monday, 8 Sunday) as people write them: those in a row as "T2-T6"."""
    for _, run in groupby(enumerate(days), key=lambda at: at[1] - at[0]):
        names = ["CN" if day == 8 else f"T{day}" for _, day in run]
        yield names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"
