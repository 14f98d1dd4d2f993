"""Official papers of practice: made of confirmed data, numbered, signed, kept for good."""

import hashlib
import re
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from khoyte.audit.models import AuditEntry
from khoyte.foundation.home import home
from khoyte.nonprod.twins.authority import Authority
from khoyte.registers import actions
from khoyte.registers.issuing import opened
from khoyte.registers.known import register
from khoyte.registers.models import Case, IssuedPaper, PaperSignature
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PERSON,
    PROVINCE,
    STRANGER,
    Machine,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_pages import browser
from khoyte.signing import pdf as pdf_signing
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

FACILITY = {
    "code": OWN,
    "name": "Bệnh viện đa khoa Suối Mơ",
    "form": "hospital",
    "governing_body": "province",
    "licence_number": "00001/BA-GPHĐ",
    "licence_date": "2024-01-05",
    "province": PROVINCE,
    "commune": "xã Suối Mơ",
    "address": "Số 1 đường Lá",
    "hours": "24/7",
}


def words_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    text = " ".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    return re.sub(r"\s+", " ", text)


def papers(machine: Machine, path: str):
    return machine.client.get(f"/api/v1/papers{path}", headers={"Authorization": f"Bearer {machine.bearer}"})


def registration(**more):
    usual = {
        "personal_number": PERSON["personal_number"],
        "facility": OWN,
        "valid_from": "2024-10-01",
        "hours": "T2-T6 7:00-16:30",
        "position": "Bác sỹ điều trị",
        "department": "Khoa Nội",
    }
    return usual | more


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Authority:
    """A twin authority that is trusted, and the facility's key on the server."""
    authority = Authority.make()
    authority.write_trust(tmp_path / "trust")
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "trust"))
    folder = home() / "paper-keys"
    folder.mkdir(exist_ok=True)
    (folder / f"{OWN}.pem").write_bytes(authority.organisation("Bệnh viện đa khoa Suối Mơ").pem())
    yield authority
    (folder / f"{OWN}.pem").unlink()


@pytest.fixture
def hospital(country: None):
    found = made("facilities", FACILITY, confirmed=True)
    made("practitioners", PERSON | {"scope": "Khám bệnh, chữa bệnh nội khoa"}, confirmed=True)
    made("practitioners", person(7, full_name="Lê Văn Ân"), confirmed=True)
    made("practice_registrations", registration(head_of_work="1"), confirmed=True)
    seventh = person(7)["personal_number"]
    made("practice_registrations", registration(personal_number=seventh, hours="24/7"), confirmed=True)
    made("practice_registrations", registration(personal_number=seventh, valid_from="2020-01-01",
                                                valid_to="2020-12-31"), confirmed=True)  # fmt: skip
    made("practice_registrations", registration(valid_from="2026-01-01", hours="T7 7:00-11:00"))  # a draft
    return found


def issued(client: Client, record, kind: str, **asked: str) -> IssuedPaper:
    name = record._meta.db_table
    answer = client.post(f"/so-dang-ky/{name}/{record.pk}/van-ban/{kind}", {"viec": "lap"} | asked)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return IssuedPaper.objects.get(pk=answer["Location"].split("/")[2].partition("?")[0])


def test_a_facility_issues_its_signed_list(hospital, keys: Authority) -> None:
    clerk = browser(OWN, "facility")
    assert (
        "Danh sách đăng ký người hành nghề"
        in clerk.get(f"/so-dang-ky/facilities/{hospital.pk}/van-ban").content.decode()
    )
    paper = issued(clerk, hospital, "mau-01", number="5/DS-BV", day="2026-11-28", authority="giám đốc",
                   signer="Trần Thị Bích", list="lan-dau")  # fmt: skip
    assert (paper.lines, paper.number, paper.year, paper.edition) == (2, "5/DS-BV", 2026, 1)

    answer = clerk.get(f"/van-ban/{paper.pk}/tep.pdf")
    words = words_of(answer.content)
    assert "Số: 05/DS-BV" in words
    assert "ngày 28 tháng 11 năm 2026" in words
    assert "Tính đến" in words
    assert "SỞ Y TẾ BÌNH AN" in words or "SỞ Y TẾ" in words
    assert str(paper.pk) in words.replace(" ", "")
    # By given name: Ánh after Ân; who left and what nobody confirmed stands in no first list.
    assert words.index("Nguyễn Thị Ánh") < words.index("Lê Văn Ân")
    assert "31/12/2020" not in words
    assert "T7 7:00-11:00" not in words
    assert PERSON["personal_number"] not in words

    # It bears the seal of the facility, checked against a trusted authority; what was issued lies under it.
    (signature,) = PaperSignature.objects.all()
    assert (signature.state, signature.way, signature.holder) == (
        "holds",
        "server",
        "Bệnh viện đa khoa Suối Mơ",
    )
    assert hashlib.sha256(answer.content).digest() == bytes(signature.pdf_sha256)
    original = opened(paper.pdf_sealed)
    assert answer.content.startswith(original)
    assert hashlib.sha256(original).digest() == bytes(paper.pdf_sha256)
    docx = clerk.get(f"/van-ban/{paper.pk}/tep.docx").content
    assert hashlib.sha256(docx).digest() == bytes(paper.docx_sha256)
    acts = list(
        AuditEntry.objects.filter(subject_id=str(paper.pk)).order_by("id").values_list("action", flat=True)
    )
    assert acts == ["paper.issue", "paper.sign", "paper.read", "paper.read"]
    assert AuditEntry.objects.filter(action="export", subject_id="paper mau-01").count() == 2


def test_a_number_used_again_is_a_new_edition_with_its_reason(hospital) -> None:
    clerk = browser(OWN, "facility")
    first = issued(clerk, hospital, "mau-01", number="5/DS-BV", day="2026-11-28")
    address = f"/so-dang-ky/facilities/{hospital.pk}/van-ban/mau-01"
    answer = clerk.post(address, {"viec": "lap", "number": "5/DS-BV", "day": "2026-11-28"})
    assert answer.status_code == 422
    assert "Ghi lý do lập lại" in answer.content.decode()
    second = issued(clerk, hospital, "mau-01", number="5/DS-BV", day="2026-11-28", reason="Sai tên người ký")
    assert (second.edition, second.replaces) == (2, first.pk)
    # Without a number it is written by hand, as often as wanted.
    issued(clerk, hospital, "mau-01")
    issued(clerk, hospital, "mau-01")
    page = clerk.get(f"/van-ban/{second.pk}").content.decode()
    assert "Sai tên người ký" in page
    assert bytes(second.pdf_sha256).hex() in page


def test_what_was_issued_cannot_be_changed_by_anybody(hospital) -> None:
    paper = issued(browser(OWN, "facility"), hospital, "mau-01")
    for statement in ("UPDATE issued_paper SET number = 'X'", "DELETE FROM issued_paper",
                      "UPDATE issued_paper SET pdf_sealed = ''"):  # fmt: skip
        clerk = officer(OWN, "facility")
        refused = pytest.raises(DatabaseError, match="permission denied")
        with refused, transaction.atomic(), speaking_as(clerk), connection.cursor() as cursor:
            cursor.execute(statement)
    assert IssuedPaper.objects.get() == paper


def test_lists_of_what_was_added_and_what_changed(hospital) -> None:
    clerk = browser(OWN, "facility")
    added = issued(clerk, hospital, "mau-01", list="bo-sung", since="2024-10-01")
    nobody = issued(clerk, hospital, "mau-01", list="bo-sung", since="2026-11-01")
    changed = issued(clerk, hospital, "mau-01", list="thay-doi", since="2020-06-01")
    assert (added.lines, nobody.lines, changed.lines) == (2, 0, 3)
    words = words_of(clerk.get(f"/van-ban/{changed.pk}/tep.pdf").content)
    assert "01/01/2021" in words
    assert "Đăng ký thay đổi người hành nghề" in words


def test_a_copy_signed_outside_is_taken_only_when_it_is_the_issued_one(hospital, keys: Authority) -> None:
    (home() / "paper-keys" / f"{OWN}.pem").rename(home() / "paper-keys" / "kept")
    try:
        clerk = browser(OWN, "facility")
        paper = issued(clerk, hospital, "mau-01", number="6/DS-BV")
        assert PaperSignature.objects.count() == 0
        data = clerk.get(f"/van-ban/{paper.pk}/tep.pdf").content

        def handed_in(content: bytes) -> int:
            return clerk.post(
                f"/van-ban/{paper.pk}/ky", {"tep": SimpleUploadedFile("a.pdf", content)}
            ).status_code

        signed = pdf_signing.sign(data, keys.organisation("Bệnh viện").signer())
        other = issued(clerk, hospital, "mau-01", number="7/DS-BV")
        other_data = clerk.get(f"/van-ban/{other.pk}/tep.pdf").content
        revoked = keys.organisation("Bệnh viện", fault="expired")
        assert handed_in(data) == 422  # no signature
        assert handed_in(pdf_signing.sign(other_data, keys.organisation("Bệnh viện").signer())) == 422
        assert handed_in(pdf_signing.sign(data, revoked.signer())) == 422
        assert handed_in(data + b"%junk") == 422
        assert PaperSignature.objects.count() == 0
        assert handed_in(signed) == 302
        # A second signature goes over the first.
        twice = pdf_signing.sign(signed, keys.person("Trần Thị Bích", "999185000999").signer())
        assert handed_in(twice) == 302
        assert clerk.get(f"/van-ban/{paper.pk}/tep.pdf").content == twice
        assert [one.state for one in PaperSignature.objects.order_by("id")] == ["holds", "holds"]
    finally:
        (home() / "paper-keys" / "kept").rename(home() / "paper-keys" / f"{OWN}.pem")


def test_a_preview_is_kept_nowhere_and_says_so(hospital) -> None:
    clerk = browser(OWN, "facility")
    answer = clerk.post(f"/so-dang-ky/facilities/{hospital.pk}/van-ban/mau-01", {"viec": "xem"})
    assert answer["Content-Type"] == "application/pdf"
    assert "CHƯA BAN HÀNH" in words_of(answer.content)
    assert not IssuedPaper.objects.exists()


def test_the_province_prints_licence_and_decision_under_the_numbers_of_the_register(country) -> None:
    unit = officer(PROVINCE, "province").unit_name
    content = PERSON | {"licence_issuer": unit, "qualification": "Bác sỹ đa khoa"}
    doctor = made("practitioners", content, confirmed=True)
    act = made("licence_events", {"licence_number": PERSON["licence_number"], "kind": "suspend",
        "valid_from": "2026-02-01", "valid_to": "2026-07-31", "decision": "12/QĐ-SYT",
        "decision_date": "2026-01-20", "issuer": unit, "signer": "Phạm Văn Tám",
        "reason": "Vi phạm quy định."}, confirmed=True)  # fmt: skip
    client = browser(PROVINCE, "province")
    licence = issued(client, doctor, "giay-phep", authority="GIÁM ĐỐC", signer="Phạm Văn Tám")
    assert licence.number == PERSON["licence_number"]
    words = words_of(client.get(f"/van-ban/{licence.pk}/tep.pdf").content)
    for part in ("GIẤY PHÉP HÀNH NGHỀ", "Nguyễn Thị Ánh", "02/04/1985", "Bác sỹ", "ỦY BAN NHÂN DÂN",
                 "ngày 01 tháng 6 năm 2024", "đến hết ngày 31/05/2029"):  # fmt: skip
        assert part in words
    decision = issued(client, act, "quyet-dinh")
    assert (decision.number, decision.signer, decision.year) == ("12/QĐ-SYT", "Phạm Văn Tám", 2026)
    words = words_of(client.get(f"/van-ban/{decision.pk}/tep.pdf").content)
    for part in ("QUYẾT ĐỊNH", "Về việc đình chỉ hành nghề", "Điều 1.", "ông/bà Nguyễn Thị Ánh",
                 "từ ngày 01/02/2026 đến hết ngày 31/07/2026", "Lý do: Vi phạm quy định."):  # fmt: skip
        assert part in words
    # Another body's licence is not printed here.
    other = made("practitioners", person(3, licence_issuer="Bộ Y tế"), confirmed=True)
    answer = client.get(f"/so-dang-ky/practitioners/{other.pk}/van-ban/giay-phep")
    assert answer.status_code == 409
    assert "chỉ nơi cấp in giấy phép" in answer.content.decode()


def test_a_confirmation_of_practice_tells_of_the_own_facility_only(hospital) -> None:
    made("practice_registrations", registration(facility=NEIGHBOUR, hours="CN 7:00-11:00"), confirmed=True)
    doctor = register("practitioners").model.objects.get(licence_number=PERSON["licence_number"])
    clerk = browser(OWN, "facility")
    paper = issued(clerk, doctor, "mau-11", number="3/XN-BV")
    words = words_of(clerk.get(f"/van-ban/{paper.pk}/tep.pdf").content)
    assert "Bác sỹ điều trị" in words
    assert "01/10/2024" in words
    assert "CN 7:00-11:00" not in words


def test_a_return_goes_with_its_letter(hospital) -> None:
    one = made("practitioners", person(9), by=officer(OWN, "facility"))
    with speaking_as(officer(OWN, "facility")):
        actions.submit(register=register("practitioners"), id=one.pk, by=officer(OWN, "facility"))
    with speaking_as(officer(OWN, "facility_reviewer")):
        actions.confirm(register=register("practitioners"), id=one.pk, by=officer(OWN, "facility_reviewer"))
    case = Case.objects.get(closed_at=None, record=one.pk)
    client = browser(PROVINCE, "province")
    answer = client.post(f"/ra-soat/{case.pk}", {"viec": "tra-lai-van-ban", "phien-ban": 1,
        "ly-do-scope": "Chưa ghi phạm vi hành nghề", "ly-do": "Thiếu văn bằng"})  # fmt: skip
    assert answer["Location"] == f"/so-dang-ky/practitioners/{one.pk}/van-ban/tra-lai"
    assert client.get(answer["Location"]).status_code == 200
    one.refresh_from_db()
    letter = issued(client, one, "tra-lai", number="99/SYT-NVY", day="28/11/2026", signer="Phạm Văn Tám")
    words = words_of(client.get(f"/van-ban/{letter.pk}/tep.pdf").content)
    for part in ("V/v bổ sung hồ sơ người hành nghề", "Kính gửi:", "Phạm vi hành nghề",
                 "Chưa ghi phạm vi hành nghề", "Thiếu văn bằng"):  # fmt: skip
        assert part in words
    # The facility reads it, too, and issues none in the province's place.
    clerk = browser(OWN, "facility")
    assert clerk.get(f"/van-ban/{letter.pk}").status_code == 200
    assert clerk.get(f"/so-dang-ky/practitioners/{one.pk}/van-ban/tra-lai").status_code == 409


def test_a_strangers_paper_is_not_there(hospital) -> None:
    paper = issued(browser(OWN, "facility"), hospital, "mau-01")
    stranger = browser(STRANGER, "facility")
    for path in ("", "/tep.pdf", "/tep.docx"):
        assert stranger.get(f"/van-ban/{paper.pk}{path}").status_code == 404
    assert stranger.post(f"/van-ban/{paper.pk}/ky", {}).status_code == 404
    assert stranger.get(f"/so-dang-ky/facilities/{hospital.pk}/van-ban").status_code == 404
    assert AuditEntry.objects.filter(action="register.not_found", subject_kind="paper").count() == 4
    # The province sees it, and may not issue a facility's list.
    client = browser(PROVINCE, "province")
    assert client.get(f"/van-ban/{paper.pk}").status_code == 200
    assert client.get(f"/so-dang-ky/facilities/{hospital.pk}/van-ban/mau-01").status_code == 403


def test_nothing_is_made_of_what_nobody_confirmed(country) -> None:
    draft = made("facilities", FACILITY)
    clerk = browser(OWN, "facility")
    answer = clerk.get(f"/so-dang-ky/facilities/{draft.pk}/van-ban/mau-01")
    assert answer.status_code == 409
    assert "chưa được xác nhận" in answer.content.decode()
    assert clerk.get(f"/so-dang-ky/facilities/{draft.pk}/van-ban/khong-co").status_code == 404


def test_software_issues_and_reads_papers_over_rest(hospital, keys: Authority) -> None:
    machine = Machine(OWN)
    answer = machine.post(f"/facilities/records/{hospital.pk}/papers",
                          {"kind": "mau-01", "number": "8/DS-BV", "day": "2026-11-28"})  # fmt: skip
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert (document["number"], document["edition"], document["signatures"][0]["state"]) == (
        "8/DS-BV",
        1,
        "holds",
    )
    again = machine.post(f"/facilities/records/{hospital.pk}/papers",
                         {"kind": "mau-01", "number": "8/DS-BV", "day": "2026-11-28"})  # fmt: skip
    assert again.status_code == 422
    assert again.json()["errors"][0]["field"] == "reason"
    listed = machine.get(f"/facilities/records/{hospital.pk}/papers").json()
    assert [one["id"] for one in listed["papers"]] == [document["id"]]
    file = papers(machine, f"/{document['id']}/file.pdf")
    assert hashlib.sha256(file.content).hexdigest() == document["signatures"][0]["pdf_sha256"]
    assert papers(Machine(STRANGER), f"/{document['id']}").status_code == 404
    assert Machine(OWN, "registers:read").post(
        f"/facilities/records/{hospital.pk}/papers", {"kind": "mau-01"}
    ).status_code == 403  # fmt: skip
