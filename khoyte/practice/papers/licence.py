"""Giấy phép hành nghề: contents by Law 15/2023/QH15, Art. 27 (identity, title, scope, term).

The decree's form was not at hand. Printed by the body that issued it, under the number of the register.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper
from khoyte.practice.papers.forms import anothers, licence_paper
from khoyte.practice.papers.words import coded, day
from khoyte.practice.registers.practitioners import NO_EXPIRY, PRACTITIONERS
from khoyte.registers.models import Record
from khoyte.registers.papers import Known, Occasion, PaperKind
from khoyte.units.policy import Actor


def compose(what: Occasion) -> tuple[Paper, int]:
    person = what.content
    term = day(person.get("licence_valid_to"))
    if not term and person["title"] in NO_EXPIRY:
        term = "không xác định thời hạn"
    elif term:
        term = f"đến hết ngày {term}"
    lines = (
        ("Họ và tên", str(person["full_name"])),
        ("Ngày, tháng, năm sinh", day(person["birth_date"])),
        ("Số định danh cá nhân", str(person["personal_number"])),
        ("Trình độ chuyên môn", str(person.get("qualification") or "")),
        ("Chức danh chuyên môn", coded(PRACTITIONERS, "title", person["title"])),
        ("Phạm vi hành nghề", str(person.get("scope") or "")),
        ("Thời hạn của giấy phép", term),
    )
    paper = licence_paper(
        what,
        kind="GIẤY PHÉP HÀNH NGHỀ",
        about="Khám bệnh, chữa bệnh",
        enacting="CẤP GIẤY PHÉP HÀNH NGHỀ CHO:",
        lines=lines,
    )
    return paper, 1


def refusal(record: Record, content: Mapping[str, Any], actor: Actor) -> Text | None:
    if content.get("licence_kind") == "CCHN":
        return Text(
            vi="Hồ sơ ghi chứng chỉ hành nghề cũ, không phải giấy phép hành nghề.",
            en="The record holds an old certificate, no practising licence.",
        )
    return anothers(str(content.get("licence_issuer") or ""), actor)


def known(content: Mapping[str, Any]) -> Known:
    day_of = content.get("licence_date")
    return Known(str(content.get("licence_number") or ""), date.fromisoformat(day_of) if day_of else None)


LICENCE = PaperKind(
    name="giay-phep",
    label=Text(vi="Giấy phép hành nghề", en="Practising licence"),
    register="practitioners",
    unit_kinds=frozenset({"province"}),
    legal="Luật 15/2023/QH15, Điều 27",
    compose=compose,
    known=known,
    refusal=refusal,
)
