"""Quyết định about an operating licence (issued, adjusted, suspended …), from the act as confirmed."""

from collections.abc import Mapping
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper
from khoyte.practice import operating_state
from khoyte.practice.papers.decision import known
from khoyte.practice.papers.forms import decision_paper
from khoyte.practice.papers.words import address_of, day
from khoyte.registers.models import Record
from khoyte.registers.papers import Occasion, PaperKind
from khoyte.units.policy import Actor
from khoyte.units.queries import names_of

ACTS = {
    "issue": "cấp giấy phép hoạt động khám bệnh, chữa bệnh",
    "reissue": "cấp lại giấy phép hoạt động khám bệnh, chữa bệnh",
    "adjust": "điều chỉnh giấy phép hoạt động khám bệnh, chữa bệnh",
    "suspend": "đình chỉ hoạt động khám bệnh, chữa bệnh",
    "lift": "chấm dứt đình chỉ hoạt động khám bệnh, chữa bệnh",
    "revoke": "thu hồi giấy phép hoạt động khám bệnh, chữa bệnh",
}
IN_PART = "đình chỉ một phần hoạt động khám bệnh, chữa bệnh"


def compose(what: Occasion) -> tuple[Paper, int]:
    act = what.content
    code = str(act["facility"])
    facility = operating_state.published_facility(code)
    name = str(facility.get("name") or names_of([code]).get(code) or "." * 30)
    address = f", địa chỉ: {address_of(facility)}" if address_of(facility) else ""
    until = f" đến hết ngày {day(act['valid_to'])}" if act.get("valid_to") else ""
    scope = f" Phạm vi áp dụng: {str(act['scope']).rstrip('.')}." if act.get("scope") else ""
    reason = f" Lý do: {str(act['reason']).rstrip('.')}." if act.get("reason") else ""
    paper = decision_paper(
        what,
        about=IN_PART if act["kind"] == "suspend" and scope else ACTS[act["kind"]],
        decided=f"{name} (mã cơ sở {code}){address}, giấy phép hoạt động số {act['licence_number']}, "
        f"kể từ ngày {day(act['valid_from'])}{until}.{scope}{reason}",
        carried_out="Các phòng chức năng của cơ quan ban hành, người đứng đầu và người chịu trách nhiệm "
        "chuyên môn kỹ thuật của cơ sở có tên tại Điều 1",
    )
    return paper, 0


def refusal(_record: Record, content: Mapping[str, Any], actor: Actor) -> Text | None:
    """Whoever decided prints the decision; where the act does not say who, the office that recorded it."""
    issuer = str(content.get("issuer") or "")
    if not issuer or issuer.casefold() == actor.unit_name.casefold():
        return None
    return Text(
        vi="Quyết định này do {issuer} ban hành; chỉ nơi ban hành in quyết định.",
        en="This decision is by {issuer}; only they print it.",
    ).fill(issuer=issuer)


OPERATING_DECISION = PaperKind(
    name="quyet-dinh-hoat-dong",
    label=Text(vi="Quyết định về giấy phép hoạt động", en="Decision on an operating licence"),
    register="facility_licence_events",
    unit_kinds=frozenset({"province"}),
    legal="Luật 15/2023/QH15, Chương IV; Nghị định 96/2023/NĐ-CP",
    compose=compose,
    known=known,
    refusal=refusal,
)
