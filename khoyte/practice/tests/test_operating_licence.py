"""The ledger of operating licences: who writes it, what the public, the facility and its record are told."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from khoyte.foundation.calendar import format_date, today
from khoyte.notices.models import Notice
from khoyte.practice import in_force, operating_state
from khoyte.practice.models import FacilityLicenceEvent
from khoyte.practice.successors import heirs, predecessors
from khoyte.practice.tests.test_papers import issued, words_of
from khoyte.practice.tests.test_successors import merge
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
    with working(), django_assert_num_queries(2):
        found = in_force.stopped([OWN, NEIGHBOUR])
    assert {code: [(str(a), str(b), what) for a, b, what in spans] for code, spans in found.items()} == {
        OWN: [("2026-01-01", "2026-01-31", "suspended")]
    }


def test_the_reason_is_not_published(facility: Record):
    decided("revoke")
    assert all(REASON not in str(one) for one in operating_state.ledger_of(OWN))
    assert operating_state.ledger_of(OWN)[0].content["decision"] == "9/QĐ-SYT"


class TestTakenOver:
    """OWN is merged into NEIGHBOUR: the ledger is read along the line, by whoever asks."""

    def test_a_licence_that_went_over_stays_suspended(self, facility: Record):
        last = today() + timedelta(days=30)
        decided("suspend", valid_from="2026-01-05", valid_to=last.isoformat())
        heir = made("facilities", PLACE | {"code": NEIGHBOUR}, confirmed=True)
        with working():
            assert set(in_force.stopped([OWN, NEIGHBOUR])) == {OWN}
        assert "còn hiệu lực" in looked_up(heir)
        merge()
        told = f"Bị đình chỉ hoạt động từ 05/01/2026 đến {format_date(last)} (quyết định 9/QĐ-SYT)."
        assert told in looked_up(heir)
        assert told in text_of(browser(NEIGHBOUR, "facility_admin").get("/"))
        with working():
            found = in_force.stopped([NEIGHBOUR])
        assert found == {NEIGHBOUR: ((today(), last, "suspended"),)}, "not before it was taken over"

    def test_a_licence_of_its_own_is_not_touched_and_the_history_says_whose_it_was(self, facility: Record):
        decided("revoke", valid_from="2026-01-05")
        other = PLACE | {"code": NEIGHBOUR, "licence_number": "77/GPHĐ"}
        heir = made("facilities", other, confirmed=True)
        merge()
        assert "còn hiệu lực" in looked_up(heir)
        with working():
            assert in_force.stopped([NEIGHBOUR]) == {}
        page = text_of(browser(PROVINCE, "province").get(f"/so-dang-ky/facilities/{heir.pk}"))
        assert "Thu hồi, quyết định 9/QĐ-SYT" in page
        day = format_date(today())
        assert f"giấy phép {NUMBER} của Đơn vị {OWN} ({OWN}), sáp nhập từ ngày {day}" in page
        assert REASON not in page

    def test_the_line_goes_through_those_between(self):
        taken = {"1": ("2", date(2026, 3, 1)), "2": ("3", date(2026, 2, 1)), "4": ("3", date(2026, 5, 1))}
        assert predecessors("3", taken) == {"2": date(2026, 2, 1), "4": date(2026, 5, 1),
                                            "1": date(2026, 3, 1)}  # fmt: skip
        assert heirs("1", taken) == {"2": date(2026, 3, 1), "3": date(2026, 3, 1)}
        circle = {"1": ("2", date(2026, 3, 1)), "2": ("1", date(2026, 4, 1))}
        assert set(predecessors("1", circle)) == set(heirs("1", circle)) == {"2"}


class TestPapers:
    def test_the_province_prints_the_decision_as_it_stands_in_the_register(self, facility: Record):
        unit = officer(PROVINCE, "province").unit_name
        act = made(ACTS.name, content("suspend", valid_from="2026-02-01", valid_to="2026-07-31",
                   scope="Khoa Ngoại", decision="12/QĐ-SYT", decision_date="2026-01-20", issuer=unit,
                   signer="Phạm Văn Tám"), confirmed=True)  # fmt: skip
        client = browser(PROVINCE, "province")
        assert "Quyết định về giấy phép hoạt động" in text_of(
            client.get(f"/so-dang-ky/facility_licence_events/{act.pk}/van-ban")
        )
        paper = issued(client, act, "quyet-dinh-hoat-dong")
        assert (paper.number, paper.signer, paper.year, paper.lines) == ("12/QĐ-SYT", "Phạm Văn Tám", 2026, 0)
        words = words_of(client.get(f"/van-ban/{paper.pk}/tep.pdf").content)
        for part in ("ỦY BAN NHÂN DÂN", "QUYẾT ĐỊNH", "ngày 20 tháng 01 năm 2026",
                     "Về việc đình chỉ một phần hoạt động", "Bệnh viện Suối Mơ", f"mã cơ sở {OWN}",
                     f"giấy phép hoạt động số {NUMBER}", "từ ngày 01/02/2026 đến hết ngày 31/07/2026",
                     "Phạm vi áp dụng: Khoa Ngoại", f"Lý do: {REASON}"):  # fmt: skip
            assert part in words, part
        docx = client.get(f"/van-ban/{paper.pk}/tep.docx")
        assert docx.content[:2] == b"PK"

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("issue", "Cấp giấy phép hoạt động"),
            ("reissue", "Cấp lại giấy phép hoạt động"),
            ("adjust", "Điều chỉnh giấy phép hoạt động"),
            ("lift", "Chấm dứt đình chỉ hoạt động"),
            ("revoke", "Thu hồi giấy phép hoạt động"),
        ],
    )
    def test_each_act_says_its_own_words(self, facility: Record, kind: str, words: str):
        client = browser(PROVINCE, "province")
        paper = issued(client, made(ACTS.name, content(kind), confirmed=True), "quyet-dinh-hoat-dong")
        assert words in words_of(client.get(f"/van-ban/{paper.pk}/tep.pdf").content)

    def test_the_licence_is_printed_by_its_issuer_alone_and_not_when_revoked(self, country: None):
        unit = officer(PROVINCE, "province").unit_name
        more = {"licence_issuer": unit, "form": "hospital", "beds_registered": "120",
                "commune": "xã Suối Mơ", "head_name": "Trần Văn Bảy", "head_licence": "7/GPHN"}  # fmt: skip
        ours = made("facilities", PLACE | more, confirmed=True)
        client = browser(PROVINCE, "province")
        paper = issued(client, ours, "giay-phep-hoat-dong", signer="Phạm Văn Tám")
        assert (paper.number, paper.year) == (NUMBER, 2024)
        words = words_of(client.get(f"/van-ban/{paper.pk}/tep.pdf").content)
        for part in ("GIẤY PHÉP HOẠT ĐỘNG", "Bệnh viện Suối Mơ", "ngày 01 tháng 3 năm 2024", "120 giường",
                     "Trần Văn Bảy, giấy phép hành nghề số 7/GPHN", "24/7", "Phạm Văn Tám"):  # fmt: skip
            assert part in words, part
        at = f"/so-dang-ky/facilities/{ours.pk}/van-ban/giay-phep-hoat-dong"
        assert browser(OWN, "facility").get(at).status_code == 403
        theirs = made("facilities", PLACE | {"code": NEIGHBOUR, "licence_issuer": "Bộ Y tế"}, confirmed=True)
        answer = client.get(f"/so-dang-ky/facilities/{theirs.pk}/van-ban/giay-phep-hoat-dong")
        assert (answer.status_code, "chỉ nơi cấp in giấy phép" in text_of(answer)) == (409, True)
        decided("revoke")
        answer = client.get(at)
        assert (answer.status_code, "đã bị thu hồi" in text_of(answer)) == (409, True)
