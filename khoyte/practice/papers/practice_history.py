"""Mẫu 11, Phụ lục I, Nghị định 96/2023/NĐ-CP: a facility confirms how long somebody has practised there.

Known of the form: that it confirms the practice of heads of professional work when a facility applies for its
licence. Its wording was not at hand; what stands here is what the register can prove.
"""

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Block, Paper, PaperColumn, PaperTable, Paragraph
from khoyte.practice import queries
from khoyte.practice.papers.words import coded, day, numbered, signed_by
from khoyte.practice.registers.practitioners import PRACTITIONERS
from khoyte.registers.papers import Occasion, PaperKind

COLUMNS = (
    PaperColumn("STT", 10, "center"),
    PaperColumn("Từ ngày", 20, "center"),
    PaperColumn("Đến ngày", 20, "center"),
    PaperColumn("Vị trí chuyên môn", 30),
    PaperColumn("Khoa, bộ phận", 20),
    PaperColumn("Thời gian trong tuần", 40),
)


def compose(what: Occasion) -> tuple[Paper, int]:
    person = what.content
    held = [
        one
        for one in queries.registrations_of(str(person["personal_number"]))
        if one["facility"] == what.issuer.code
    ]
    rows = [
        (
            str(n),
            day(one["valid_from"]),
            day(one.get("valid_to")) or "nay",
            str(one.get("position") or ""),
            str(one.get("department") or ""),
            str(one.get("hours") or ""),
        )
        for n, one in enumerate(sorted(held, key=lambda one: one["valid_from"]), start=1)
    ]
    body: tuple[Block, ...] = (
        Paragraph(f"{what.issuer.name} (mã cơ sở {what.issuer.code}) xác nhận:"),
        *numbered(
            (
                ("Họ và tên", str(person["full_name"])),
                ("Ngày, tháng, năm sinh", day(person["birth_date"])),
                ("Số định danh cá nhân", str(person["personal_number"])),
                ("Chức danh chuyên môn", coded(PRACTITIONERS, "title", person["title"])),
                (
                    "Giấy phép hành nghề",
                    f"số {person['licence_number']}, cấp ngày {day(person['licence_date'])}, "
                    f"nơi cấp: {person['licence_issuer']}",
                ),
                ("Phạm vi hành nghề", str(person.get("scope") or "")),
            )
        ),
        Paragraph("Đã đăng ký và hành nghề tại cơ sở như sau:", keep_with_next=True),
        PaperTable(columns=COLUMNS, rows=rows),
        Paragraph("Xác nhận theo dữ liệu đăng ký hành nghề đã được cơ quan quản lý xác nhận."),
    )
    paper = Paper(
        form="Mẫu 11 Phụ lục I, Nghị định số 96/2023/NĐ-CP",
        issuer=what.issuer.name.upper(),
        number=what.number,
        place=what.place or what.issuer.place,
        day=what.day,
        kind="GIẤY XÁC NHẬN",
        about="Quá trình hành nghề",
        as_of=what.at,
        body=body,
        signatories=(signed_by(what, "NGƯỜI CHỊU TRÁCH NHIỆM CHUYÊN MÔN KỸ THUẬT"),),
        recipients=("Người hành nghề", "Lưu: VT"),
        mark=what.mark,
    )
    return paper, 1


PRACTICE_HISTORY = PaperKind(
    name="mau-11",
    label=Text(
        vi="Giấy xác nhận quá trình hành nghề (Mẫu 11 Phụ lục I)", en="Confirmation of practice (form 11)"
    ),
    register="practitioners",
    unit_kinds=frozenset({"facility"}),
    legal="Nghị định 96/2023/NĐ-CP, Phụ lục I, Mẫu 11",
    symbol="XN",
    compose=compose,
)
