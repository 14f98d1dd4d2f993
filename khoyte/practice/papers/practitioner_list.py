"""Mẫu 01, Phụ lục II, Nghị định 96/2023/NĐ-CP: the practitioners registered at a facility.

One form for three lists: sent first with the application for the operating licence, when somebody is added
(10 days), when something changes (3 working days after somebody leaves): Law 15/2023/QH15, Art. 37, 38; the
decree, Art. 27(12), 29(1)c. Known of the form: its three uses and, by Art. 37, what it tells of a person. Its
columns here are those of lists in use; the days from and to stand beside the hours, so that a list can be
read back into the register.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper, PaperColumn, PaperTable, Paragraph
from khoyte.foundation.text import person_sort_key
from khoyte.practice import queries
from khoyte.practice.papers.words import address_of, coded, day, signed_by
from khoyte.practice.registers.practitioners import PRACTITIONERS
from khoyte.registers.papers import Occasion, Option, PaperKind

FORM = "Mẫu 01 Phụ lục II, Nghị định số 96/2023/NĐ-CP"
FIRST, ADDED, CHANGED = "lan-dau", "bo-sung", "thay-doi"
LISTS = {
    FIRST: Text(vi="Danh sách lần đầu (toàn bộ)", en="First list (everybody)"),
    ADDED: Text(vi="Danh sách bổ sung", en="Supplemented list"),
    CHANGED: Text(vi="Danh sách thay đổi", en="Changed list"),
}
TITLES = {
    FIRST: "Đăng ký người hành nghề tại cơ sở khám bệnh, chữa bệnh",
    ADDED: "Đăng ký bổ sung người hành nghề tại cơ sở khám bệnh, chữa bệnh",
    CHANGED: "Đăng ký thay đổi người hành nghề tại cơ sở khám bệnh, chữa bệnh",
}
COLUMNS = (
    PaperColumn("STT", 13, "center"),
    PaperColumn("Họ và tên", 34),
    PaperColumn("Số giấy phép hành nghề", 30),
    PaperColumn("Chức danh", 18),
    PaperColumn("Phạm vi hành nghề", 34),
    PaperColumn("Giờ trong tuần", 33),
    PaperColumn("Từ ngày", 25, "center"),
    PaperColumn("Đến ngày", 25, "center"),
    PaperColumn("Vị trí chuyên môn", 24),
    PaperColumn("Khoa, bộ phận", 18),
    PaperColumn("Ghi chú", 26),
)
GROUPS = (("", 5), ("Thời gian đăng ký hành nghề", 3), ("", 3))
NO_NAME = "(hồ sơ người hành nghề do cơ sở khác quản lý)"


def compose(what: Occasion) -> tuple[Paper, int]:
    facility = what.content
    kind = what.asked.get("list", FIRST)
    since = what.asked.get("since") or ""
    today = what.at.date().isoformat()
    found = queries.registered_at(str(facility["code"]))
    chosen = [
        (one, person, note) for one, person in found if (note := note_of(one, kind, since, today)) is not None
    ]
    chosen.sort(key=lambda line: (person_sort_key(line[1].get("full_name") or "￿"), line[0]["valid_from"]))
    rows = [_row(n, *line) for n, line in enumerate(chosen, start=1)]
    body = (
        Paragraph(f"1. Tên cơ sở khám bệnh, chữa bệnh: {facility['name']} (mã cơ sở {facility['code']})"),
        Paragraph(f"2. Địa chỉ: {address_of(facility)}"),
        Paragraph(f"3. Số giấy phép hoạt động: {facility.get('licence_number') or '..........'}"),
        Paragraph(f"4. Thời gian làm việc hằng ngày của cơ sở: {facility.get('hours') or '..........'}"),
        Paragraph(_heading(kind, since), keep_with_next=True),
        PaperTable(columns=COLUMNS, groups=GROUPS, rows=rows, numbers=True, size=11),
        Paragraph(f"Danh sách gồm {len(rows)} đăng ký hành nghề."),
    )
    run_by_province = facility.get("governing_body") == "province"
    paper = Paper(
        form=FORM,
        above=_above(what) if run_by_province else "",
        issuer=what.issuer.name.upper(),
        number=what.number,
        place=what.place or what.issuer.place,
        day=what.day,
        kind="DANH SÁCH",
        about=TITLES[kind],
        as_of=what.at,
        body=body,
        signatories=(signed_by(what, "NGƯỜI ĐỨNG ĐẦU CƠ SỞ KHÁM BỆNH, CHỮA BỆNH"),),
        recipients=("Sở Y tế", "Lưu: VT"),
        mark=what.mark,
        landscape=True,
    )
    return paper, len(rows)


def _above(what: Occasion) -> str:
    return f"SỞ Y TẾ {what.issuer.place}".upper().strip() if what.issuer.place else "SỞ Y TẾ"


def _heading(kind: str, since: str) -> str:
    words = {
        FIRST: "Danh sách người hành nghề",
        ADDED: "Người hành nghề bổ sung",
        CHANGED: "Nội dung thay đổi",
    }
    told = f" từ ngày {day(since)}" if since and kind in (ADDED, CHANGED) else ""
    return f"5. {words[kind]}{told}:"


def note_of(one: Mapping[str, Any], kind: str, since: str, today: str) -> str | None:
    """The remark of a line in a list of this kind; None: it does not stand in it.

    `since` is the day of the list before; without one, everything counts as new. Days are yyyy-mm-dd.
    """
    begins, ends = str(one["valid_from"]), str(one.get("valid_to") or "")
    over = bool(ends) and ends < today
    if kind == FIRST:
        return None if over else ""
    new = begins >= since
    if kind == ADDED:
        return "Bổ sung" if new and not over else None
    if ends and ends >= since:
        return (
            f"Thôi hành nghề từ ngày {day(_next(ends))}" if over or ends == today else f"Đến ngày {day(ends)}"
        )
    if new and not over:
        return "Bổ sung"
    return "Thay đổi" if one.get("changed_on", "") >= since and not over else None


def _next(written: str) -> str:
    return date.fromordinal(date.fromisoformat(written).toordinal() + 1).isoformat()


def _row(number: int, one: Mapping[str, Any], person: Mapping[str, Any], note: str) -> tuple[str, ...]:
    head = "Người chịu trách nhiệm chuyên môn kỹ thuật" if one.get("head_of_work") else ""
    return (
        str(number),
        str(person.get("full_name") or NO_NAME),
        str(person.get("licence_number") or ""),
        coded(PRACTITIONERS, "title", person.get("title")),
        str(one.get("scope") or person.get("scope") or ""),
        str(one.get("hours") or ""),
        day(one["valid_from"]),
        day(one.get("valid_to")),
        str(one.get("position") or ""),
        str(one.get("department") or ""),
        "; ".join(part for part in (head, note) if part),
    )


PRACTITIONER_LIST = PaperKind(
    name="mau-01",
    label=Text(
        vi="Danh sách đăng ký người hành nghề (Mẫu 01 Phụ lục II)",
        en="List of registered practitioners (form 01)",
    ),
    register="facilities",
    unit_kinds=frozenset({"facility"}),
    legal="Nghị định 96/2023/NĐ-CP, Phụ lục II, Mẫu 01; Luật 15/2023/QH15, Điều 37, 38",
    symbol="DS",
    compose=compose,
    options=(
        Option("list", Text(vi="Loại danh sách", en="Kind of list"), LISTS),
        Option(
            "since",
            Text(vi="Thay đổi kể từ ngày", en="Changes since"),
            help=Text(
                vi="Ngày của danh sách đã gửi gần nhất; không cần với danh sách lần đầu.",
                en="The day of the list sent last; not needed for a first list.",
            ),
        ),
    ),
)
