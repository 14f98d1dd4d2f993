"""The ledger of operating licences: who writes it, what the public, the facility and its record are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from khoyte.foundation.calendar import format_date, today
from khoyte.notices.models import Notice
from khoyte.practice import in_force, operating_state
from khoyte.practice.models import FacilityLicenceEvent
from khoyte.registers import actions as registers
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OTHER_PROVINCE,
    OWN,
    PROVINCE,
    SYSTEM,
    Machine,
    made,
    officer,
)
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.tenancy import speaking_as, working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ACTS = register("facility_licence_events")
NUMBER = "00012/BA-GPHĐ"
PLACE = {"code": OWN, "name": "Bệnh viện Suối Mơ", "province": PROVINCE, "licence_number": NUMBER,
         "licence_date": "2024-03-01", "hours": "24/7"}  # fmt: skip
REASON = "Không bảo đảm điều kiện nhân lực"


@pytest.fixture
def facility(country: None) -> Record:
    return made("facilities", PLACE, confirmed=True)


def content(kind: str, **more: Any) -> dict[str, Any]:
    return {"facility": OWN, "licence_number": NUMBER, "kind": kind, "decision": "9/QĐ-SYT",
            "reason": REASON, "valid_from": today().isoformat(), **more}  # fmt: skip


def decided(kind: str, **more: Any) -> Record:
    """As the province does it: entered by one officer, confirmed by another."""
    clerk, lead = officer(PROVINCE, "province"), officer(PROVINCE, "province_lead")
    with speaking_as(clerk):
        record = registers.create(register=ACTS, content=content(kind, **more), by=clerk, source="form")
        registers.submit(register=ACTS, id=record.pk, by=clerk)
    with speaking_as(lead):
        return registers.confirm(register=ACTS, id=record.pk, by=lead, version=1)


def looked_up(facility: Record) -> str:
    return text_of(Client().get(f"/tra-cuu/facilities/{facility.pk}"))


def test_public_record_and_first_page_tell_of_a_suspension(facility: Record):
    assert "Giấy phép hoạt động còn hiệu lực." in looked_up(facility)
    admin = browser(OWN, "facility_admin")
    assert "Bị đình chỉ" not in text_of(admin.get("/"))
    last = today() + timedelta(days=30)
    decided("suspend", valid_to=last.isoformat())
    told = f"Bị đình chỉ hoạt động từ {format_date(today())} đến {format_date(last)} (quyết định 9/QĐ-SYT)."
    record = text_of(admin.get(f"/so-dang-ky/facilities/{facility.pk}"))
    for page in (looked_up(facility), text_of(admin.get("/")), record):
        assert told in page
        assert REASON not in page
    assert f"Đình chỉ hoạt động đến ngày {format_date(last)}, quyết định 9/QĐ-SYT" in record
    assert "Đang mở cửa" not in looked_up(facility)


@pytest.mark.parametrize(
    ("more", "words"), [({}, "bị đình chỉ từ"), ({"scope": "Khoa Ngoại"}, "bị đình chỉ một phần từ")]
)
def test_the_facility_hears_of_it_and_nobody_else(facility: Record, more: dict[str, str], words: str):
    admin, neighbour = browser(OWN, "facility_admin"), browser(NEIGHBOUR, "facility_admin")
    decided("suspend", **more)
    page = text_of(admin.get("/thong-bao"))
    assert words in page
    assert REASON not in page
    assert {one.unit for one in Notice.objects.filter(kind="operating_stopped")} <= {"", OWN}
    assert words not in text_of(neighbour.get("/thong-bao"))


def test_of_what_is_over_nobody_is_told(facility: Record):
    decided("suspend", valid_from="2025-01-01", valid_to="2025-02-01")
    decided("adjust")
    assert not Notice.objects.filter(kind="operating_stopped").exists()
    assert "còn hiệu lực" in looked_up(facility)


def test_two_suspensions_of_one_licence_never_overlap(facility: Record):
    first = made(
        ACTS.name, content("suspend", valid_from="2026-01-01", valid_to="2026-02-01"), confirmed=True
    )
    with pytest.raises(WrongRecord) as refused, speaking_as(SYSTEM):
        registers.create(
            register=ACTS, content=content("suspend", valid_from="2026-02-01"), by=SYSTEM, source="form"
        )
    assert "already for overlapping days" in str(refused.value)
    assert list(FacilityLicenceEvent.objects.values_list("pk", flat=True)) == [first.pk]
    # Another facility's licence may bear the same number: numbers are those of who issues them.
    made(ACTS.name, content("suspend", facility=NEIGHBOUR, valid_from="2026-01-15"), confirmed=True)


def test_a_facility_files_no_decision_and_another_province_none_here(facility: Record):
    answer = Machine(OWN).post("/facility_licence_events/records", content("lift"))
    assert answer.status_code == 422
    assert "Cơ quan cấp giấy phép hoạt động" in answer.content.decode()
    stranger = officer(OTHER_PROVINCE, "province")
    with pytest.raises(WrongRecord, match="another unit"), speaking_as(stranger):
        registers.create(register=ACTS, content=content("revoke"), by=stranger, source="form")
    assert not FacilityLicenceEvent.objects.exists()


def test_the_gate_reads_the_days_of_many_facilities_at_once(facility: Record, django_assert_num_queries: Any):
    made("facilities", PLACE | {"code": NEIGHBOUR, "licence_number": "7/GPHĐ"}, confirmed=True)
    made(ACTS.name, content("suspend", valid_from="2026-01-01", valid_to="2026-01-31"), confirmed=True)
    made(ACTS.name, content("suspend", valid_from="2026-03-01", scope="Khoa Ngoại"), confirmed=True)
    with working(), django_assert_num_queries(1):
        found = in_force.stopped([OWN, NEIGHBOUR])
    assert {code: [(str(a), str(b), what) for a, b, what in spans] for code, spans in found.items()} == {
        OWN: [("2026-01-01", "2026-01-31", "suspended")]
    }


def test_the_reason_is_not_published(facility: Record):
    decided("revoke")
    assert all(REASON not in str(one) for one in operating_state.acts_of(OWN))
    assert operating_state.acts_of(OWN)[0]["decision"] == "9/QĐ-SYT"
