"""One record of every register of a facility of the matrix, one of them under review, and a form begun."""

from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.models import Draft
from khoyte.units.policy import Actor


def declare_all(code: str, province: str, serial: int, by: Actor) -> None:
    """Invented contents; nothing of them is a word that the matrix looks for."""
    number, licence = f"999085{serial:06d}", f"{serial:06d}/MATRIX-GPHN"
    day = {"valid_from": "2026-01-01"}
    contents = {
        "facilities": {"code": code, "name": "Cơ sở giả lập", "province": province},
        "practitioners": {
            "full_name": "Người Giả Lập",
            "personal_number": number,
            "birth_date": "1985",
            "sex": "1",
            "title": "BS",
            "licence_number": licence,
            "licence_date": "2024-06-01",
            "licence_issuer": "Sở Y tế giả lập",
            "facility": code,
        },
        "practice_registrations": {**day, "personal_number": number, "facility": code},
        "licence_events": {**day, "licence_number": licence, "kind": "issue", "decision": "1/QĐ"},
        "pharmacies": {
            "name": "Nhà thuốc giả lập",
            "kind": "nha_thuoc",
            "certificate_number": f"{serial}/MATRIX",
            "province": province,
        },
    }
    where = {"facility": code, "province": province}
    for name, content in contents.items():
        known = register(name)
        record = actions.create(
            register=known, content=content, by=by, source="form", confirmed=name == "facilities"
        )
        if name == "practitioners":
            actions.submit(register=known, id=record.pk, by=by)
        known.model.objects.filter(pk=record.pk).update(**where)
    Draft.objects.create(register="pharmacies", account=code, typed_sealed=b"x", **where)
