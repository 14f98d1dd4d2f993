"""The pages of a register, asked as a browser asks them."""

import io
import re
from ipaddress import ip_network
from typing import Any

import openpyxl
import pytest
from django.test import Client, override_settings

from khoyte.audit.models import AuditEntry
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.models import Case, Draft, Published, Record
from khoyte.registers.pages import lookup
from khoyte.registers.pages.lookup import Turnstile
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, SYSTEM, Machine, csv_of, made, person
from khoyte.units import actions as unit_actions
from khoyte.units.places import networks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
PEOPLE = "/so-dang-ky/practitioners"
TOKEN = "a" * 32


def browser(unit: str, role: str) -> Client:
    account, _ = unit_actions.create_account(username=f"{role}-{unit}", unit=unit, role=role, by=SYSTEM)
    client = Client(raise_request_exception=False, headers={"X-CSRFToken": TOKEN})
    client.force_login(account)
    client.cookies["csrftoken"] = TOKEN
    return client


@pytest.fixture
def clerk(country: None) -> Client:
    return browser(OWN, "facility")


@pytest.fixture
def reviewer(country: None) -> Client:
    return browser(OWN, "facility_reviewer")


@pytest.fixture
def officer(country: None) -> Client:
    return browser(PROVINCE, "province")


def typed(number: int = 1, **more: str) -> dict[str, str]:
    return {name: str(value) for name, value in person(number, **more).items()}


def only_record() -> Record:
    return register("practitioners").model.objects.get()


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_form_handed_in_goes_up_the_ladder_to_the_public(
    clerk: Client, reviewer: Client, officer: Client
) -> None:
    # Given a clerk who declares somebody and sends it,
    answer = clerk.post(f"{PEOPLE}/moi", typed() | {"viec": "gui"})
    record = only_record()
    assert answer["Location"] == f"{PEOPLE}/{record.pk}"
    # when the facility's reviewer returns it with a reason,
    case = Case.objects.get(closed_at=None)
    assert case.title.startswith("Trần Văn B1 – Bác sỹ")
    page = reviewer.get("/ra-soat")
    assert f"/ra-soat/{case.pk}" in text_of(page)
    reviewer.post(
        f"/ra-soat/{case.pk}", {"viec": "tra-lai", "phien-ban": 1, "ly-do-scope": "Chưa ghi phạm vi"}
    )
    # then the clerk reads it, corrects it and sends it again,
    page = text_of(clerk.get(f"{PEOPLE}/{record.pk}"))
    assert "Phạm vi hành nghề: Chưa ghi phạm vi" in page
    clerk.post(f"{PEOPLE}/{record.pk}/sua", typed(scope="Nội khoa") | {"viec": "gui", "phien-ban": "1"})
    # both levels confirm, and anybody may look the person up without the number.
    for client in (reviewer, officer):
        case = Case.objects.get(closed_at=None)
        assert client.get(f"/ra-soat/{case.pk}").status_code == 200
        client.post(f"/ra-soat/{case.pk}", {"viec": "xac-nhan", "phien-ban": 2})
    assert only_record().state == "confirmed"
    found = text_of(Client().get("/tra-cuu?q=tran+van+b1"))
    assert f"/tra-cuu/practitioners/{record.pk}" in found
    shown = text_of(Client().get(f"/tra-cuu/practitioners/{record.pk}"))
    assert "Nội khoa" in shown
    for secret in (person(1)["personal_number"], "1985", "999"):
        assert secret not in shown


def test_a_draft_keeps_what_was_typed_for_its_account_alone(clerk: Client, reviewer: Client) -> None:
    half = {"full_name": "Lê Thị Dở Dang", "personal_number": "12", "viec": "nhap"}
    assert clerk.post(f"{PEOPLE}/moi", half)["Location"] == f"{PEOPLE}/moi?da-luu=1"
    automatic = clerk.post(f"{PEOPLE}/moi", half | {"phone": "09"}, headers={"X-Requested-With": "autosave"})
    assert automatic.status_code == 204
    assert "Lê Thị Dở Dang" in text_of(clerk.get(f"{PEOPLE}/moi"))
    assert "Lê Thị Dở Dang" not in text_of(reviewer.get(f"{PEOPLE}/moi"))
    assert "Dở Dang".encode() not in bytes(Draft.objects.get().typed_sealed)
    clerk.post(f"{PEOPLE}/moi", typed() | {"viec": "luu"})
    assert not Draft.objects.exists()
    assert only_record().state == "draft"


def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(clerk: Client) -> None:
    answer = clerk.post(f"{PEOPLE}/moi", typed(licence_date="31/02/2024", scope="Nội khoa") | {"viec": "gui"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'href="#licence_date"' in page
    assert "không phải ngày có thật" in page
    assert 'value="Nội khoa"' in page
    assert register("practitioners").model.objects.count() == 0


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f"])
def test_a_control_character_is_told_at_its_field_and_not_left_out_in_silence(
    clerk: Client, sign: str
) -> None:
    answer = clerk.post(f"{PEOPLE}/moi", typed(full_name=f"Trần{sign} Văn B", position="K\t1"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Họ và tên có ký tự điều khiển, không nhìn thấy được" in page
    assert "Vị trí chuyên môn có" not in page
    assert 'value="Trần Văn B"' in page, "what is left is there to be looked at and sent again"
    assert not register("practitioners").model.objects.exists()


def test_a_file_with_a_control_character_is_told_the_cell(clerk: Client) -> None:
    report = Machine(OWN).send("practitioners", csv_of([person(1), person(2, position="K\x071")])).json()
    assert (report["bad"], report["stored"]) == (1, 0)
    assert report["errors"][0]["row"] == 3
    assert "ký tự điều khiển" in report["errors"][0]["message"]
    accepted = Machine(OWN).send(
        "practitioners", csv_of([person(2, position="K\x071")]), "?accept=control_character"
    )
    assert accepted.json()["stored"] == 1
    assert only_record().position == "K1"  # type: ignore[attr-defined]


def test_two_browsers_change_one_record_and_the_second_is_told_what_changed(
    clerk: Client, reviewer: Client
) -> None:
    record = made("practitioners", person(1))
    first = clerk.post(
        f"{PEOPLE}/{record.pk}/sua", typed(phone="0911111111") | {"viec": "luu", "phien-ban": "1"}
    )
    assert first.status_code == 302
    second = reviewer.post(
        f"{PEOPLE}/{record.pk}/sua", typed(position="Trưởng khoa") | {"viec": "luu", "phien-ban": "1"}
    )
    assert second.status_code == 412
    assert "Điện thoại" in text_of(second)
    assert 'name="phien-ban" value="2"' in text_of(second)


def test_an_empty_field_of_the_form_empties_the_value(clerk: Client) -> None:
    record = made("practitioners", person(1, phone="0911111111"))
    clerk.post(f"{PEOPLE}/{record.pk}/sua", typed(phone="") | {"viec": "luu", "phien-ban": "1"})
    assert only_record().phone == ""


def test_import_page_checks_first_and_stores_at_the_second_decision(clerk: Client) -> None:
    rows = [typed(number) for number in range(1, 4)]
    bad = [*rows, typed(9, sex="?")]

    def send(lines, act: str):
        file = io.BytesIO(csv_of(lines))
        file.name = "danh sách.csv"
        return clerk.post(f"{PEOPLE}/nhap", {"tep": file, "viec": act})

    page = text_of(send(bad, "thu"))
    assert "1 dòng cần sửa. Chưa lưu dòng nào." in page
    assert "D5" in page
    assert send(bad, "nhap").status_code == 422
    assert "Tệp đạt" in text_of(send(rows, "thu"))
    assert register("practitioners").model.objects.count() == 0
    assert "Đã lưu 3 hồ sơ" in text_of(send(rows, "nhap"))
    assert clerk.post(f"{PEOPLE}/nhap", {"viec": "thu"}).status_code == 422
    # All drafts go up at once.
    clerk.post(f"{PEOPLE}/gui-tat-ca")
    assert Case.objects.filter(closed_at=None).count() == 3


def test_lists_search_and_download(clerk: Client) -> None:
    for number in range(1, 4):
        made("practitioners", person(number))
    number = person(1)["personal_number"]
    made("practice_registrations", {"personal_number": number, "facility": OWN, "valid_from": "2025-01-01"})
    assert "Trần Văn C2" in text_of(clerk.get(f"{PEOPLE}?q=000002"))
    assert "Trần Văn B1" not in text_of(clerk.get(f"{PEOPLE}?q=000002"))
    # A registration is called by its person; the number is masked.
    listed = text_of(clerk.get("/so-dang-ky/practice_registrations"))
    assert "Trần Văn B1" in listed
    assert person(1)["personal_number"] not in listed
    sheet = openpyxl.load_workbook(io.BytesIO(clerk.get(f"{PEOPLE}?tai=xlsx").content)).active
    written = {str(cell.value) for row in sheet for cell in row}
    assert "Trần Văn C2" in written
    assert person(2)["personal_number"] not in written
    assert AuditEntry.objects.filter(action="export", subject_id="practitioners").exists()


def test_strangers_find_nothing_and_are_noted(clerk: Client) -> None:
    record = made("practitioners", person(1, facility=NEIGHBOUR))
    actions.submit(register=register("practitioners"), id=record.pk, by=SYSTEM)
    case = Case.objects.get()
    for path in (f"{PEOPLE}/{record.pk}", f"{PEOPLE}/{record.pk}/sua"):
        assert clerk.get(path).status_code == 404
    assert clerk.get(f"/ra-soat/{case.pk}").status_code == 403
    assert browser("98", "province").get(f"/ra-soat/{case.pk}").status_code == 404
    noted = AuditEntry.objects.filter(action="register.not_found").values_list("subject_id", flat=True)
    assert list(noted) == [str(record.pk), str(record.pk), str(case.pk)]


def test_nobody_confirms_their_own_on_the_page(reviewer: Client) -> None:
    reviewer.post(f"{PEOPLE}/moi", typed() | {"viec": "gui"})
    case = Case.objects.get()
    answer = reviewer.post(f"/ra-soat/{case.pk}", {"viec": "xac-nhan", "phien-ban": 1})
    assert answer.status_code == 403
    assert "không tự xác nhận" in text_of(answer)
    assert only_record().state == "in_review"


# Public look-up


def published(count: int) -> None:
    for number in range(1, count + 1):
        made("practitioners", person(number, full_name="Nguyễn Văn Nhiều"), confirmed=True)


def test_lookup_lists_nothing_without_words_and_never_more_than_a_page() -> None:
    published(25)
    assert "Nguyễn Văn Nhiều" not in text_of(Client().get("/tra-cuu"))
    assert "ít nhất 2" in text_of(Client().get("/tra-cuu?q=%25"))
    assert "ít nhất 2" in text_of(Client().get("/tra-cuu?q=n"))
    page = text_of(Client().get("/tra-cuu?q=nguyen+van+nhieu"))
    assert page.count("/tra-cuu/practitioners/") == 20
    assert "20 kết quả đầu" in page
    assert "/tra-cuu/practitioners/" not in text_of(Client().get("/tra-cuu?q=nguyen&so=pharmacies"))


@pytest.mark.parametrize("words", ["'", "\\", "a'b:*", "& | !", "<script>", "%FF", "số 000001/DEMO-GPHN"])
def test_lookup_takes_any_words(words: str) -> None:
    published(1)
    assert Client().get("/tra-cuu", {"q": words}).status_code == 200


def test_lookup_shows_only_what_is_confirmed_and_never_the_number() -> None:
    draft = made("practitioners", person(1))
    number = person(1)["personal_number"]
    assert Client().get(f"/tra-cuu/practitioners/{draft.pk}").status_code == 404
    confirmed = made("practitioners", person(2), confirmed=True)
    assert "Không tìm thấy" in text_of(Client().get(f"/tra-cuu?q={number}"))
    for row in Published.objects.all():
        assert "99908500000" not in f"{row.content}{row.words}{row.sort_key}"
    assert Client().get(f"/tra-cuu/practitioners/{confirmed.pk}").status_code == 200
    assert Client().get(f"/tra-cuu/practice_registrations/{confirmed.pk}").status_code == 404


def test_an_address_that_asks_too_often_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_LOOKUPS_A_MINUTE", "3")
    gate = Turnstile()
    monkeypatch.setattr("khoyte.registers.pages.lookup.TURNSTILE", gate)
    monkeypatch.setattr("khoyte.registers.pages.lookup.time.monotonic", lambda: 90.0)
    answers = [Client().get("/tra-cuu?q=nguyen") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"
    assert b"127.0.0.1" not in b"".join(gate.counts)


def test_whoever_holds_a_network_of_ipv6_gets_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_LOOKUPS_A_MINUTE", "2")
    monkeypatch.setattr("khoyte.registers.pages.lookup.TURNSTILE", Turnstile())
    monkeypatch.setattr("khoyte.registers.pages.lookup.time.monotonic", lambda: 90.0)
    places = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:9::3", "2001:db8:0:2::1"]
    answers = [Client().get("/tra-cuu?q=nguyen", REMOTE_ADDR=place).status_code for place in places]
    assert answers == [200, 200, 429, 200]


@override_settings(PROXIES=networks("10.0.0.1", "KHOYTE_PROXIES"))
def test_behind_a_proxy_each_visitor_is_counted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_LOOKUPS_A_MINUTE", "1")
    monkeypatch.setattr("khoyte.registers.pages.lookup.TURNSTILE", Turnstile())
    monkeypatch.setattr("khoyte.registers.pages.lookup.time.monotonic", lambda: 90.0)

    def asked(proxy: str, forwarded: str) -> int:
        meta = {"REMOTE_ADDR": proxy, "HTTP_X_FORWARDED_FOR": forwarded}
        return Client().get("/tra-cuu?q=nguyen", **meta).status_code

    assert [asked("10.0.0.1", one) for one in ("203.0.113.7", "203.0.113.8", "203.0.113.7")] == [
        200,
        200,
        429,
    ]
    # Who is no proxy of ours cannot choose what it is counted under.
    assert [asked("198.51.100.1", one) for one in ("203.0.113.1", "203.0.113.2")] == [200, 429]


def test_the_turnstile_counts_by_address_and_minute() -> None:
    gate = Turnstile()
    few = {60.0: 2}
    assert [gate.let_in("1.2.3.4", few, now=60.0 + n) for n in range(3)] == [True, True, False]
    assert gate.let_in("5.6.7.8", few, now=61.0)
    assert gate.let_in("1.2.3.4", few, now=120.0)
    assert all(gate.let_in("1.2.3.4", {60.0: 0}, now=121.0) for _ in range(9))


def test_whoever_copies_patiently_comes_to_the_end_of_the_day() -> None:
    gate = Turnstile()
    limits = {lookup.MINUTE: 10, lookup.DAY: 30}
    let_in = [gate.let_in("1.2.3.4", limits, now=60.0 * n) for n in range(40)]
    assert (let_in.count(True), let_in[:30]) == (30, [True] * 30)
    assert gate.let_in("1.2.3.4", limits, now=lookup.DAY)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_of_ipv6_the_network_is_counted(address: str, network: str) -> None:
    assert lookup.network_of(address) == network


def test_behind_a_named_proxy_each_visitor_is_counted_apart(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROXIES = (ip_network("127.0.0.1/32"),)
    monkeypatch.setenv("KHOYTE_LOOKUPS_A_MINUTE", "1")
    monkeypatch.setattr("khoyte.registers.pages.lookup.TURNSTILE", Turnstile())
    asked = [
        Client()
        .get("/tra-cuu?q=hoa", HTTP_X_FORWARDED_FOR=address, HTTP_X_FORWARDED_PROTO="https")
        .status_code
        for address in ("203.0.113.7", "203.0.113.8", "203.0.113.7")
    ]
    assert asked == [200, 200, 429]


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_pages_that_only_show_take_no_other_method(officer: Client, method: str) -> None:
    record = made("practitioners", person(1))
    shown = ("/so-dang-ky", "/so-dang-ky/practitioners", f"/so-dang-ky/practitioners/{record.pk}", "/ra-soat")
    for address in (*shown, "/so-dang-ky/practitioners/bieu-mau.xlsx", "/tra-cuu?q=an"):
        assert getattr(officer, method)(address).status_code == 405, address
