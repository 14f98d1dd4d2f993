"""A journey for every role, told as given, when, then. Persons and clinics are invented."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from khoyte.foundation.calendar import today
from khoyte.submissions.tests import senders
from tests.browser.acts import (
    answer_for,
    code_shown,
    colleague,
    confirm,
    declare,
    field_of,
    fill,
    first_sign_in,
    let_in,
    open_case,
)
from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.story import given, then, when
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.browser

NAME = "Phòng khám Hoa Nắng (minh họa)"
CLINIC = {
    "Tên cơ sở khám bệnh, chữa bệnh": NAME,
    "Hình thức tổ chức": "Phòng khám đa khoa",
    "Địa chỉ": "Số 5 đường Minh Họa, xã Suối Mơ",
    "Thời gian làm việc": "T2-CN 0:00-24:00",
    "Số định danh của chủ cơ sở hoặc người đại diện": "999185000123",
    "Họ và tên người quản trị tài khoản": "Trần Thị Bích",
    "Điện thoại": "0900000001",
    "Thư điện tử": "bich@hoanang.example",
}
FACILITY = {
    "Cấp chuyên môn kỹ thuật": "BAN_DAU",
    "Xã, phường, đặc khu": "xã Suối Mơ",
}
KNOWN = {
    "Tên cơ sở": NAME,
    "Hình thức tổ chức": "clinic",
    "Số nhà, đường, thôn": CLINIC["Địa chỉ"],
    **{label: CLINIC[label] for label in ("Thời gian làm việc", "Điện thoại", "Thư điện tử")},
}
LICENSED = {
    "Ngày sinh": "1985",
    "Chức danh chuyên môn": "BS",
    "Loại giấy tờ hành nghề": "GPHN",
    "Ngày cấp giấy phép hành nghề": "2024-05-06",
    "Nơi cấp giấy phép hành nghề": "Sở Y tế tỉnh Bình An (minh họa)",
    "Giấy phép có giá trị đến": "2029-05-05",
}
# Whoever the accepted dossier names: who orders, who performs, who signs for the facility.
SUSPENDED, RETURNED, ON_PAPER = "Nguyễn Văn Khải", "Lê Thị Mơ", "Trần Văn Phúc"
DOCTORS = {
    SUSPENDED: ("999085000456", "1", "000456/VD-GPHN"),
    RETURNED: ("999185000789", "2", "000789/VD-GPHN"),
    ON_PAPER: ("999085000124", "1", "000124/VD-GPHN"),
}
TABLES = ("XML1", "XML2", "XML3", "XML4", "XML5")


def practitioner(name: str, **other: str) -> dict[str, str]:
    number, sex, licence = DOCTORS[name]
    own = {"Họ và tên": name, "Số định danh cá nhân": number, "Giới tính": sex}
    return {**own, "Số giấy phép hành nghề": licence, **LICENSED, **other}


def place(name: str) -> dict[str, str]:
    return {
        "Số định danh cá nhân": DOCTORS[name][0],
        "Hành nghề từ ngày": "2026-01-05",
        "Thời gian hành nghề trong tuần": "T2-CN 0:00-24:00",
        "Vị trí chuyên môn": "Bác sỹ điều trị",
    }


def dossier_signed_by_the_suspended(folder: Path, facility: str) -> Path:
    """An XML file of one dossier whose drugs and services the suspended doctor has ordered."""
    dossier = senders.dossier("HOANANG-1", facility=facility, tables=TABLES)
    file = folder / "hoa-nang.xml"
    file.write_bytes(senders.file_of(dossier, facility=facility))
    return file


def test_a_new_clinic_from_its_request_to_the_gate(enter: Enter, site: Site, tmp_path: Path) -> None:
    people: dict[str, Any] = {}

    with given("a clinic that nobody knows yet, whose form goes out first without a name"):
        clinic = enter(complaints="422")
        clinic.open("/dang-ky-tai-khoan")
        page = clinic.page
        page.get_by_role("button", name="Gửi đề nghị").click()
        page.get_by_role("link", name=re.compile("Tên cơ sở .* chưa nhập")).click()
        fill(page, CLINIC)
        page.get_by_label("Tỉnh, thành phố nơi đặt cơ sở").select_option(label="Tỉnh Bình An (minh họa)")
        page.get_by_label("Cơ quan quản lý duyệt đề nghị").select_option("97")
        page.get_by_role("button", name="Gửi đề nghị").click()
        reference = page.locator("#reference").inner_text()

    with when("its province finds the request on its first page and approves"):
        officer = enter("officer")
        officer.open("/")
        officer.page.get_by_role("link", name=re.compile(r"\d+ đề nghị cấp tài khoản chờ duyệt")).click()
        officer.page.get_by_role("link", name=NAME).click()
        officer.page.get_by_role("button", name="Duyệt và cấp tài khoản").click()
        given_out = code_shown(officer.page)
        code = given_out["username"][:5]

    with then("the reference tells the applicant the code of the facility and the user name"):
        page.goto("/dang-ky-tai-khoan/tra-cuu")
        page.get_by_label("Mã tra cứu").fill(reference)
        page.get_by_role("button", name="Tra cứu").click()
        expect(page.get_by_text("Đã cấp tài khoản")).to_be_visible()
        expect(page.get_by_text(re.compile(f"Tên đăng nhập: {given_out['username']}"))).to_be_visible()

    with given("the administrator, who comes in with the code alone and is led on by the first page"):
        administrator = enter()
        secret = first_sign_in(administrator, given_out)
        administrator.open("/")
        assert administrator.heading == "2 việc cần ông/bà xử lý"
        people["clerk"] = let_in(enter, colleague(administrator, "Lê Văn Cường", "facility"))
        people["reviewer"] = let_in(enter, colleague(administrator, "Phạm Thị Dung", "facility_reviewer"))

    with when("the facility is declared, answered for with the app and confirmed by the province"):
        administrator.open("/")
        administrator.page.get_by_role("link", name="Kê khai cơ sở").click()
        for label, value in KNOWN.items():  # what it wrote in its request is not asked again
            expect(field_of(administrator.page, label)).to_have_value(value)
        declare(administrator, "facilities", FACILITY)
        answer_for(administrator, secret)
        confirm(officer, NAME, "facilities")

    clerk, reviewer = people["clerk"], people["reviewer"]
    with when("three practitioners are declared, one of them with a wrong day on the licence"):
        records = {
            name: declare(
                clerk,
                "practitioners",
                practitioner(name, **({"Ngày sinh": "1958"} if name == RETURNED else {})),
            )
            for name in DOCTORS
        }
    with then("the reviewer returns that one with a reason at the field, which the clerk corrects"):
        page = open_case(reviewer, RETURNED)
        page.locator("[name=ly-do-birth_date]").fill("Thẻ căn cước ghi 1985")
        page.get_by_role("button", name="Trả lại bổ sung").click()
        page.wait_for_url(re.compile("/ra-soat"))
        clerk.open("/")
        clerk.page.get_by_role("link", name="1 hồ sơ bị trả lại bổ sung: Người hành nghề").click()
        clerk.page.get_by_role("link", name=re.compile(RETURNED)).click()
        expect(clerk.page.get_by_text("Ngày sinh: Thẻ căn cước ghi 1985").first).to_be_visible()
        clerk.page.get_by_role("link", name="Sửa hồ sơ").click()
        field_of(clerk.page, "Ngày sinh").fill("1985")
        clerk.page.get_by_role("button", name="Lưu và gửi rà soát").click()
        expect(clerk.page.get_by_text("Chờ rà soát").first).to_be_visible()
    with when("facility and province confirm all three"):
        for name in DOCTORS:
            for who in (reviewer, officer):
                confirm(who, name, "practitioners")

    with given("two of them are invited from their records, and all three registered to work at the clinic"):
        for name in (SUSPENDED, RETURNED):
            administrator.open(records[name])
            administrator.page.get_by_role("link", name="Mời người hành nghề nhận tài khoản").click()
            administrator.page.get_by_role("checkbox").check()
            administrator.page.get_by_role("button", name="Lập tài khoản và lấy mã").click()
            people[name] = let_in(enter, code_shown(administrator.page), viewport=PHONE)
        places = {name: declare(clerk, "practice_registrations", place(name)) for name in DOCTORS}
    with when("each of the two hears of it and confirms, and the third has signed a paper"):
        for name in (SUSPENDED, RETURNED):
            page = people[name].open("/thong-bao")
            page.get_by_role("link", name="Đăng ký hành nghề chờ ông/bà xác nhận").click()
            page.get_by_role("button", name="Xác nhận hành nghề tại đây").click()
            expect(page.get_by_text("Chờ: Cơ sở rà soát")).to_be_visible()
        clerk.open(places[ON_PAPER])
        clerk.page.get_by_role("link", name=re.compile("xác nhận bằng văn bản")).click()
        clerk.page.get_by_label("Số, ngày của văn bản").fill("Hợp đồng số 12, ngày 05/01/2026")
        clerk.page.get_by_role("button", name="Ghi nhận văn bản").click()
        clerk.page.wait_for_url(places[ON_PAPER])
        for name in DOCTORS:
            for who in (reviewer, officer):
                confirm(who, name, "practice_registrations")
    with then("they may practise there now"):
        people[RETURNED].open("/hanh-nghe")
        assert people[RETURNED].heading == "Hiện được hành nghề tại 1 cơ sở"

    with when("the province suspends one of them"):
        suspension = {
            "Số giấy phép hành nghề": DOCTORS[SUSPENDED][2],
            "Loại quyết định": "suspend",
            "Hiệu lực từ ngày": "2026-08-01",
            "Số quyết định": "7/QĐ-SYT-MH",
        }
        declare(officer, "licence_events", suspension)
        lead = enter("lead")
        confirm(lead, DOCTORS[SUSPENDED][2], "licence_events")
    with then("a dossier that names them is refused at the gate, and the finding leads to the record"):
        clerk.upload(dossier_signed_by_the_suspended(tmp_path, code))
        clerk.wait_for_verdict()
        expect(clerk.page.get_by_role("link", name="Quy tắc V-050c").first).to_be_visible()
        expect(clerk.page.get_by_text("đang bị đình chỉ hành nghề").first).to_be_visible()
        clerk.page.get_by_role("link", name=re.compile("Hồ sơ người hành nghề")).first.click()
        expect(clerk.page.get_by_role("heading", name=re.compile(SUSPENDED))).to_be_visible()
        people[SUSPENDED].open("/hanh-nghe")
        assert people[SUSPENDED].heading.startswith("Bị đình chỉ hành nghề")

    with when("anybody looks the clinic and its people up, without scripts, on a phone"):
        anybody = enter(java_script_enabled=False, viewport=PHONE)
        page = anybody.open("/tra-cuu")
        page.get_by_label("Tên, số giấy phép hoặc mã").fill("hoa nang")
        page.get_by_role("main").get_by_role("button", name="Tra cứu").click()
        expect(page.get_by_role("link", name=re.compile("Hoa Nắng")).first).to_be_visible()
        seen = [page.content()]
    with then("facility and practitioners are found, the suspension is said, and no personal number is"):
        for name, (_, _, licence) in DOCTORS.items():
            anybody.open(records[name].replace("/so-dang-ky/", "/tra-cuu/"))
            expect(page.get_by_text(licence).first).to_be_visible()
            seen.append(page.content())
            page.get_by_role("link", name=re.compile("tình trạng hiện tại")).click()
            status = "đình chỉ" if name == SUSPENDED else "còn hiệu lực"
            expect(page.get_by_role("status")).to_contain_text(status)
            seen.append(page.content())
        for number, _, _ in DOCTORS.values():
            assert not any(number in content for content in seen)
    with then("the code that the practitioner shows leads to the same page"):
        page = people[RETURNED].open("/hanh-nghe")
        page.get_by_text("Mở mã QR để xuất trình").click()
        expect(page.locator(".scan img")).to_have_js_property("complete", True)
        address = page.get_by_role("link", name="Xem trang xác minh").get_attribute("href")
        anybody.open(str(address))
        expect(anybody.page.get_by_role("status")).to_contain_text("còn hiệu lực")


def test_a_practitioner_says_otherwise_and_the_facility_settles_it(enter: Enter) -> None:
    with given("a practitioner who reads on a phone that the list has her qualification wrong"):
        herself = enter("practitioner", viewport=PHONE, java_script_enabled=False)
        page = herself.open("/hanh-nghe")
        page.get_by_role("link", name="Nội dung không đúng? Báo khác với hồ sơ").click()
        page.get_by_label("Trình độ chuyên môn").fill("Bác sỹ chuyên khoa I")
    with when("she sends what differs"):
        page.get_by_role("button", name="Gửi nội dung báo khác").click()
        expect(page.get_by_role("status")).to_contain_text("Cơ sở và Sở Y tế đã nhận thông báo")
    with then("the facility's reviewer hears of it, sees both sides and decides with grounds"):
        reviewer = enter("reviewer")
        page = reviewer.open("/thong-bao")
        page.get_by_role("link", name="Người hành nghề báo khác với danh sách").first.click()
        page.get_by_role("link", name="Xem hai bên").click()
        expect(page.get_by_text("Người hành nghề: Bác sỹ chuyên khoa I")).to_be_visible()
        page.get_by_label("Căn cứ giải quyết").fill("Văn bằng số 15 chưa nộp bản sao")
        page.get_by_role("button", name="Giải quyết khác biệt").click()
        page.wait_for_url(re.compile("/ra-soat"))
    with then("she is told what came of it"):
        page = herself.open("/thong-bao")
        expect(page.get_by_text("0 nội dung lấy theo ông/bà, 1 nội dung giữ theo danh sách")).to_be_visible()


def test_a_province_confirms_many_at_once_after_its_sample(enter: Enter) -> None:
    with given("a reviewer of a province with four pharmacies in the queue"):
        reviewer = enter("far-reviewer")
        page = reviewer.open("/ra-soat?so=pharmacies")
        expect(page.get_by_role("link", name=re.compile("Nhà thuốc Mẫu"))).to_have_count(4)
    with when("all of them are chosen"):
        page.get_by_label(re.compile("Xác nhận cùng lúc")).fill("4")
        page.get_by_role("button", name="Lập đợt xác nhận").click()
        page.wait_for_url(re.compile("/ra-soat/dot/"))
    with then("nothing can be confirmed before the drawn file was opened"):
        expect(page.get_by_text("chưa mở")).to_be_visible()
        expect(page.get_by_role("button", name="Xác nhận 4 hồ sơ")).to_have_count(0)
        page.get_by_role("main").get_by_role("link", name=re.compile("Nhà thuốc Mẫu")).click()
        page.get_by_role("link", name="Đợt xác nhận").click()
        expect(page.get_by_text("đã mở")).to_be_visible()
    with then("all of them are confirmed at once afterwards"):
        page.get_by_role("button", name="Xác nhận 4 hồ sơ").click()
        expect(page.get_by_role("button", name="Xác nhận 4 hồ sơ")).to_have_count(0)
        reviewer.open("/ra-soat?so=pharmacies")
        assert reviewer.heading == "Không có hồ sơ chờ rà soát"


def test_a_department_reviews_where_the_authority_is_shared(enter: Enter) -> None:
    with given("a department that shares the authority over one facility, with nothing to do"):
        department = enter("department")
        department.open("/ra-soat")
        assert department.heading == "Không có hồ sơ chờ rà soát"
    with when("that facility and another send a pharmacy each"):
        pharmacy = {
            "Loại hình": "nha_thuoc",
            "Xã, phường, đặc khu": "xã Suối Mơ",
        }
        for name, number in (("neighbour", "31"), ("clerk", "32")):
            visitor = enter(name)
            own = {"Tên cơ sở": f"Nhà thuốc Chung {number}"}
            licence = {"Số giấy chứng nhận đủ điều kiện kinh doanh dược": f"{number}/ĐKKDD-MH"}
            declare(visitor, "pharmacies", pharmacy | own | licence)
    with then("the department sees the one alone, and confirms it"):
        page = department.open("/ra-soat")
        assert department.heading == "1 hồ sơ chờ rà soát"
        confirm(department, "Nhà thuốc Chung 31")
        confirm(enter("officer"), "Nhà thuốc Chung 32", "pharmacies")
        expect(department.open("/ra-soat").get_by_text("Không còn hồ sơ nào chờ rà soát")).to_be_visible()
        assert page is department.page


def test_a_delegate_acts_until_the_delegation_is_ended(enter: Enter) -> None:
    with given("a lead who hands the role on to an officer until tomorrow"):
        lead = enter("lead")
        page = lead.open("/tai-khoan/uy-quyen")
        page.get_by_label("Tên đăng nhập của người nhận").fill("officer-97")
        page.get_by_label("Đến hết ngày").fill(str(today() + timedelta(days=1)))
        page.get_by_label("Lý do, văn bản ủy quyền").fill("Đi công tác")
        page.get_by_role("button", name="Ủy quyền", exact=True).click()
        expect(page.get_by_text("officer-97").first).to_be_visible()
    with when("the officer acts for the lead"):
        officer = enter("officer")
        page = officer.open("/tai-khoan/uy-quyen")
        page.get_by_role("button", name="Làm việc thay mặt lead-97").click()
    with then("both names stand on every page, in the language of the page"):
        expect(page.get_by_role("link", name="officer-97 (thay mặt lead-97)")).to_be_visible()
        officer.open("/tai-khoan/uy-quyen?lang=en")
        expect(page.get_by_role("link", name="officer-97 (for lead-97)")).to_be_visible()
        officer.open("/tai-khoan/uy-quyen?lang=vi")
    with when("the lead ends it"):
        lead.page.reload()
        lead.page.locator("[name=cham-dut]").first.click()
    with then("with the next page the officer is nobody but the officer"):
        officer.open("/tai-khoan/uy-quyen")
        expect(page.get_by_role("link", name="officer-97", exact=True)).to_be_visible()


def test_an_operator_keeps_accounts_and_reads_no_record(enter: Enter) -> None:
    with given("an operator of the centre, whose first page offers no record of anybody"):
        operator = enter("operator", complaints="403")
        operator.open("/")
        assert operator.heading == "Hiện chưa có việc cần ông/bà xử lý"
    with when("the operator closes an account and opens it again"):
        page = operator.open("/ra-soat-tai-khoan?loc=tat-ca")
        page.locator("[name=disable][value='keeper-99002']").click()
        expect(page.get_by_text("Đã ngừng tài khoản keeper-99002")).to_be_visible()
        operator.open("/ra-soat-tai-khoan?loc=da-ngung")
        page.locator("[name=enable][value='keeper-99002']").click()
    with then("it is open again, and the registers stay closed to the operator"):
        expect(page.get_by_text("Đã mở lại tài khoản keeper-99002")).to_be_visible()
        operator.open("/so-dang-ky/practitioners")
        expect(page.get_by_text("không có quyền").first).to_be_visible()
