"""Giấy phép hoạt động of a facility: name, form, address, head, scope, hours (Law 15/2023/QH15, chapter IV).

The decree's form was not at hand. Printed by the body that issued it, under the number of the register.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper
from khoyte.practice import operating_state
from khoyte.practice.models import FacilityService
from khoyte.practice.papers.forms import anothers, licence_paper
from khoyte.practice.papers.words import address_of, coded
from khoyte.practice.registers.facilities import FACILITIES
from khoyte.registers.ladder import State
from khoyte.registers.models import Record
from khoyte.registers.papers import Known, Occasion, PaperKind
from khoyte.units.policy import Actor


def compose(what: Occasion) -> tuple[Paper, int]:
    facility = what.content
    code = str(facility["code"])
    techniques = FacilityService.objects.filter(facility=code, state=State.CONFIRMED.value).count()
    beds = facility.get("beds_registered")
    size = "" if beds is None else f"{beds} giường" if beds else "không có giường bệnh nội trú"
    lines = (
        ("Tên cơ sở khám bệnh, chữa bệnh", str(facility["name"])),
        ("Mã cơ sở", code),
        ("Hình thức tổ chức", coded(FACILITIES, "form", facility.get("form"))),
        (
            "Cấp chuyên môn kỹ thuật",
            coded(FACILITIES, "professional_level", facility.get("professional_level")),
        ),
        ("Địa điểm hoạt động", address_of(facility)),
        ("Người chịu trách nhiệm chuyên môn kỹ thuật", _head(facility)),
        (
            "Phạm vi hoạt động chuyên môn",
            f"theo danh mục {techniques} kỹ thuật được phê duyệt kèm theo" if techniques else "",
        ),
        ("Quy mô giường bệnh", size),
        ("Thời gian làm việc hằng ngày", str(facility.get("hours") or "")),
    )
    paper = licence_paper(
        what,
        kind="GIẤY PHÉP HOẠT ĐỘNG",
        about="Khám bệnh, chữa bệnh",
        enacting="CẤP GIẤY PHÉP HOẠT ĐỘNG CHO:",
        lines=lines,
    )
    return paper, 0


def _head(facility: Mapping[str, Any]) -> str:
    name, licence = facility.get("head_name"), facility.get("head_licence")
    return f"{name}, giấy phép hành nghề số {licence}" if name and licence else str(name or "")


def refusal(_record: Record, content: Mapping[str, Any], actor: Actor) -> Text | None:
    if not content.get("licence_number"):
        return NO_NUMBER
    acts = operating_state.ledger_of(str(content["code"]))
    if operating_state.state_of(content, acts, today()).code == "operating-revoked":
        return REVOKED
    return anothers(str(content.get("licence_issuer") or ""), actor)


def known(content: Mapping[str, Any]) -> Known:
    day_of = content.get("licence_date")
    return Known(str(content.get("licence_number") or ""), date.fromisoformat(day_of) if day_of else None)


NO_NUMBER = Text(
    vi="Hồ sơ cơ sở chưa có số giấy phép hoạt động. Ghi số, ngày cấp, nơi cấp vào hồ sơ trước.",
    en="The record has no number of an operating licence. Enter number, day and issuer first.",
)
REVOKED = Text(
    vi="Giấy phép hoạt động đã bị thu hồi nên không in được. In quyết định thu hồi từ hồ sơ quyết định.",
    en="The operating licence was revoked. Print the decision that revoked it instead.",
)
OPERATING_LICENCE = PaperKind(
    name="giay-phep-hoat-dong",
    label=Text(vi="Giấy phép hoạt động", en="Operating licence"),
    register="facilities",
    unit_kinds=frozenset({"province"}),
    legal="Luật 15/2023/QH15, Chương IV; Nghị định 96/2023/NĐ-CP",
    compose=compose,
    known=known,
    refusal=refusal,
)
