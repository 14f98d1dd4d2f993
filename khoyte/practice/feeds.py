"""What of the registers of this room goes to which national system, under which names, by what law.

The names are ours until the receiving systems publish theirs. What is not listed here is not sent: telephone
and e-mail of practitioners, reasons of disciplinary acts, notes.
"""

from khoyte.foundation.language import Text
from khoyte.links.destinations import DATA_CENTRE, VNEID
from khoyte.links.feeds import Feed, announce
from khoyte.registers.telling import RegisterSource

_PLAN = "Kế hoạch 1642/KH-BYT, I.1(a), bước 7"
_DATA_CENTRE_LAW = f"Nghị định 102/2025/NĐ-CP, Điều 14 đến 16; Nghị định 278/2025/NĐ-CP; {_PLAN}"

FACILITIES = Feed(
    destination=DATA_CENTRE,
    kind="facilities",
    label=Text(vi="Cơ sở khám bệnh, chữa bệnh", en="Facilities"),
    legal=_DATA_CENTRE_LAW,
    carries={
        "facility_code": "code",
        "national_code": "national_code",
        "name": "name",
        "form": "form",
        "level": "professional_level",
        "class": "hospital_class",
        "tier": "tier",
        "governing_body": "governing_body",
        "licence_number": "licence_number",
        "licence_date": "licence_date",
        "licence_issuer": "licence_issuer",
        "head_licence": "head_licence",
        "province": "province",
        "commune": "commune",
        "address": "address",
        "working_hours": "hours",
        "emergency_24h": "emergency_24h",
        "beds_planned": "beds_planned",
        "beds_registered": "beds_registered",
        "beds_actual": "beds_actual",
        "takes_insured": "insurance",
        "predecessors": "predecessors",
    },
)
PRACTITIONERS = Feed(
    destination=DATA_CENTRE,
    kind="practitioners",
    label=Text(vi="Người hành nghề", en="Practitioners"),
    legal=_DATA_CENTRE_LAW,
    carries={
        "personal_number": "personal_number",
        "full_name": "full_name",
        "birth_date": "birth_date",
        "sex": "sex",
        "title": "title",
        "licence_kind": "licence_kind",
        "licence_number": "licence_number",
        "licence_date": "licence_date",
        "licence_issuer": "licence_issuer",
        "licence_valid_to": "licence_valid_to",
        "old_certificate": "old_certificate",
        "scope": "scope",
        "qualification": "qualification",
        "cme_hours": "cme_hours",
        "managing_facility": "facility",
    },
)
LICENCE_EVENTS = Feed(
    destination=DATA_CENTRE,
    kind="licence_events",
    label=Text(vi="Quyết định về giấy phép hành nghề", en="Acts on licences"),
    legal=_DATA_CENTRE_LAW,
    carries={
        "licence_number": "licence_number",
        "act": "kind",
        "valid_from": "valid_from",
        "valid_to": "valid_to",
        "decision": "decision",
        "decision_date": "decision_date",
        "issuer": "issuer",
        "scope": "scope",
    },
)
REGISTRATIONS = Feed(
    destination=DATA_CENTRE,
    kind="practice_registrations",
    label=Text(vi="Đăng ký hành nghề", en="Registrations of practice"),
    legal=_DATA_CENTRE_LAW,
    carries={
        "personal_number": "personal_number",
        "facility_code": "facility",
        "valid_from": "valid_from",
        "valid_to": "valid_to",
        "hours": "hours",
        "position": "position",
        "department": "department",
        "scope": "scope",
        "head_of_work": "head_of_work",
    },
)
WALLET_LICENCES = Feed(
    destination=VNEID,
    kind="practitioners",
    label=Text(vi="Giấy phép hành nghề hiển thị trên VNeID", en="Licences shown in VNeID"),
    legal=f"Nghị định 69/2024/NĐ-CP; {_PLAN}",
    carries={
        "holder": "personal_number",
        "full_name": "full_name",
        "title": "title",
        "licence_number": "licence_number",
        "licence_date": "licence_date",
        "licence_issuer": "licence_issuer",
        "licence_valid_to": "licence_valid_to",
        "scope": "scope",
    },
)
WALLET_ACTS = Feed(
    destination=VNEID,
    kind="licence_events",
    label=Text(vi="Đình chỉ, thu hồi, cấp lại hiển thị trên VNeID", en="Acts shown in VNeID"),
    legal=f"Nghị định 69/2024/NĐ-CP; {_PLAN}",
    carries={
        "licence_number": "licence_number",
        "act": "kind",
        "valid_from": "valid_from",
        "valid_to": "valid_to",
        "decision": "decision",
    },
)


def announce_feeds() -> None:
    announce(RegisterSource("facilities"), FACILITIES)
    announce(RegisterSource("practitioners"), PRACTITIONERS, WALLET_LICENCES)
    announce(RegisterSource("licence_events"), LICENCE_EVENTS, WALLET_ACTS)
    announce(RegisterSource("practice_registrations"), REGISTRATIONS)
