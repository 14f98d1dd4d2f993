"""Quyết định about a practising licence (issued, renewed, suspended …), from the act as confirmed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.papers import Paper
from khoyte.practice import queries
from khoyte.practice.papers.forms import decision_paper
from khoyte.practice.papers.words import coded, day
from khoyte.practice.registers.practitioners import PRACTITIONERS
from khoyte.registers.papers import Known, Occasion, PaperKind

ACTS = {
    "issue": "cấp mới giấy phép hành nghề",
    "reissue": "cấp lại giấy phép hành nghề",
    "renew": "gia hạn giấy phép hành nghề",
    "adjust": "điều chỉnh giấy phép hành nghề",
    "suspend": "đình chỉ hành nghề",
    "lift": "chấm dứt đình chỉ hành nghề",
    "revoke": "thu hồi giấy phép hành nghề",
    "supersede": "thay thế giấy phép hành nghề",
    "discipline": "xử lý vi phạm trong hành nghề",
}


def compose(what: Occasion) -> tuple[Paper, int]:
    act = what.content
    person = queries.holder_of(str(act["licence_number"])) or {}
    words = ACTS[act["kind"]]
    until = f" đến hết ngày {day(act['valid_to'])}" if act.get("valid_to") else ""
    scope = f" Phạm vi áp dụng: {act['scope']}." if act.get("scope") else ""
    reason = f" Lý do: {str(act['reason']).rstrip('.')}." if act.get("reason") else ""
    born = f", sinh ngày {day(person['birth_date'])}" if person.get("birth_date") else ""
    title = coded(PRACTITIONERS, "title", person.get("title"))
    whom = f"ông/bà {person.get('full_name') or '..............................'}{born}"
    paper = decision_paper(
        what,
        about=words,
        decided=f"{whom}{f', {title.lower()}' if title else ''}, giấy phép hành nghề số "
        f"{act['licence_number']}, kể từ ngày {day(act['valid_from'])}{until}.{scope}{reason}",
        carried_out="Các phòng chức năng của cơ quan ban hành, cơ sở khám bệnh, chữa bệnh nơi người có tên "
        "tại Điều 1 đăng ký hành nghề và người có tên tại Điều 1",
    )
    return paper, 1


def known(content: Mapping[str, Any]) -> Known:
    written = content.get("decision_date")
    return Known(
        str(content.get("decision") or ""),
        date.fromisoformat(written) if written else None,
        str(content.get("signer") or ""),
    )


DECISION = PaperKind(
    name="quyet-dinh",
    label=Text(vi="Quyết định về giấy phép hành nghề", en="Decision on a practising licence"),
    register="licence_events",
    unit_kinds=frozenset({"province"}),
    legal="Luật 15/2023/QH15, Điều 26-35",
    compose=compose,
    known=known,
)
