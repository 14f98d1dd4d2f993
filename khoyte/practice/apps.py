import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.practice.public_codes import code_of
from khoyte.registers.known import PublicLinks, RecordLinks, no_doubts, no_links, no_tables
from khoyte.units.policy import Actor


class PracticeConfig(AppConfig):
    name = "khoyte.practice"

    def ready(self) -> None:
        from khoyte.notices.kinds import announce_labels
        from khoyte.practice import (  # models exist only once Django is ready
            education,
            in_force,
            licence_telling,
            models,
            operating_state,
            operating_telling,
            own_records,
            scope,
            trainees,
        )
        from khoyte.practice.feeds import announce_feeds  # as above
        from khoyte.practice.identity_asking import announce_asking  # as above
        from khoyte.practice.papers import PAPERS
        from khoyte.practice.public_staff import tables as staff_tables  # as above
        from khoyte.practice.registers import REGISTERS
        from khoyte.registers.carrying import announce_carriers
        from khoyte.registers.known import announce
        from khoyte.registers.layouts import announce_layouts
        from khoyte.registers.papers import announce_paper
        from khoyte.registers.presenters import announce_beside
        from khoyte.registers.telling import follow

        for declaration in REGISTERS:
            announce(
                declaration,
                models.MODELS[declaration.name],
                record_links=_RECORD_LINKS.get(declaration.name, no_links),
                public_links=_PUBLIC_LINKS.get(declaration.name, no_links),
                public_notices=(
                    operating_state.public_notices if declaration.name == "facilities" else no_links
                ),
                public_tables=staff_tables if declaration.name == "facilities" else no_tables,
                doubts=trainees.doubts if declaration.name == trainees.NAME else no_doubts,
            )
        for name in in_force.REGISTERS:
            follow(name, in_force.write)
        announce_labels("licence_act", licence_telling.STOPPED)
        follow("licence_events", licence_telling.tell_stopped)
        announce_labels("operating_act", operating_telling.STOPPED)
        follow("facility_licence_events", operating_telling.tell_stopped)
        announce_beside("facilities", operating_state.section)
        announce_layouts(Path(__file__).parent / "data" / "layouts.toml")
        announce_feeds()
        announce_asking()
        for room in (scope, education, own_records, trainees):
            room.announce_section()
        announce_carriers()
        for paper in PAPERS:
            announce_paper(paper)


def _of_person(record: Any, actor: Actor) -> list[Link]:
    from khoyte.practice import inviting  # models exist only once Django is ready

    links = []
    if record.confirmed_version is not None:
        links.append(Link(f"/so-dang-ky/practitioners/{record.pk}/ma-qr", QR))
    if inviting.may_invite(record, actor):
        links.append(Link(f"/so-dang-ky/practitioners/{record.pk}/moi", INVITE))
    return links


def _to_registration(record: Any, _actor: Actor) -> list[Link]:
    return [Link(f"/dang-ky-hanh-nghe/{record.pk}", REGISTRATION)]


def _of_facility(record: Any, _actor: Actor) -> list[Link]:
    return [
        Link(f"/so-dang-ky/facility_services?q={record.code}", SERVICES),
        Link(f"/so-dang-ky/facility_licence_events?q={record.code}", OPERATING_ACTS),
    ]


def _to_state(record: uuid.UUID, _content: Mapping[str, Any]) -> list[Link]:
    return [Link(f"/xac-minh/{code_of(record)}", STATE)]


def _to_services(_record: uuid.UUID, content: Mapping[str, Any]) -> list[Link]:
    return [Link(f"/tra-cuu?so=facility_services&q={content.get('code', '')}", SERVICES)]


QR = Text(vi="Mã QR của giấy phép hành nghề", en="QR code of the licence")
INVITE = Text(vi="Mời người hành nghề nhận tài khoản", en="Invite the practitioner to an account")
REGISTRATION = Text(
    vi="Báo thôi hành nghề, xác nhận bằng văn bản", en="Report a leaver, confirm by a signed paper"
)
STATE = Text(
    vi="Xem tình trạng hiện tại của giấy phép và nơi đăng ký hành nghề",
    en="The licence as of now, and where its holder practises",
)
SERVICES = Text(vi="Xem danh mục kỹ thuật được phê duyệt", en="Approved techniques")
OPERATING_ACTS = Text(vi="Xem các quyết định về giấy phép hoạt động", en="Acts on the operating licence")
_PUBLIC_LINKS: dict[str, PublicLinks] = {"facilities": _to_services, "practitioners": _to_state}
_RECORD_LINKS: dict[str, RecordLinks] = {
    "facilities": _of_facility,
    "practitioners": _of_person,
    "practice_registrations": _to_registration,
}
