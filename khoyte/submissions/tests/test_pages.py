"""The pages as people of each unit see them, over real files, judged by the real rules."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from khoyte.foundation.calendar import today
from khoyte.submissions.models import Submission
from khoyte.submissions.rulebook.examples import lay
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.reader import files
from khoyte.submissions.tests.senders import MINISTRY, NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE
from khoyte.units.models import Account, Unit

pytestmark = pytest.mark.django_db


def browser(unit: str, role: str) -> Client:
    """Somebody of a unit, signed in."""
    account = Account.objects.create(username=f"{role}-{unit}", unit=Unit.objects.get(pk=unit), role=role)
    client = Client(raise_request_exception=True)
    client.force_login(account)
    return client


@pytest.fixture
def clerk(country) -> Client:
    return browser(OWN, "facility")


@pytest.fixture
def officer(country) -> Client:
    return browser(PROVINCE, "province")


@pytest.fixture
def judged(country) -> Submission:
    """Four dossiers: two with the same impossible date, one accepted, one accepted with a warning."""
    bad = [senders.dossier(f"LK-{number}", **senders.REFUSED) for number in range(2)]
    warned = senders.dossier("LK-2", GIOI_TINH="7")
    return senders.judged(senders.file_of(*bad, warned, senders.dossier("LK-3")))


def send(client: Client, form: dict):
    """Post the form of /goi-ho-so/gui as its page gives it."""
    page = client.get("/goi-ho-so/gui").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    return client.post("/goi-ho-so/gui", {"csrfmiddlewaretoken": token, **form})


def text(response) -> str:
    """What a reader sees of a page: no tags, single spaces."""
    assert response.status_code == 200, response.status_code
    return seen(response)


def seen(response) -> str:
    main = re.search(r"<main.*</main>", response.content.decode(), re.S).group(0)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def heading(response) -> str:
    return re.sub(
        r"\s+", " ", re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.S).group(1)
    ).strip()


def sheet(response) -> list[list]:
    book = load_workbook(io.BytesIO(response.content))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


class TestEveryPage:
    PAGES = (
        "/",
        "/goi-ho-so",
        "/goi-ho-so/gui",
        "/goi-ho-so/{id}",
        "/goi-ho-so/{id}/ho-so/1",
        "/goi-ho-so/{id}/nha-cung-cap",
        "/quy-tac",
        "/quy-tac/V-012",
        "/quy-dinh",
        "/quy-dinh/XML1",
        "/huong-dan",
        "/tai-khoan",
    )

    @pytest.mark.parametrize("page", PAGES)
    def test_stands_in_both_languages_without_inline_style_or_script(self, clerk, judged, page):
        address = page.format(id=judged.pk)
        vi, en = clerk.get(address), clerk.get(address, {"lang": "en"})
        assert heading(vi) != heading(en) or page.endswith("/1")
        for html in (vi.content.decode(), en.content.decode()):
            assert "style=" not in html
            assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=", html)
            assert html.count("<h1") == 1
            ids = re.findall(r'\sid="([^"]+)"', html)
            assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("page", PAGES)
    def test_asks_strangers_to_sign_in(self, judged, page):
        response = Client().get(page.format(id=judged.pk))
        assert response.status_code == 302
        assert response["Location"].startswith("/dang-nhap?next=")

    def test_is_not_there_when_it_is_not_there(self, clerk):
        response = clerk.get("/khong-co")
        assert response.status_code == 404
        assert "Không có trang hoặc dữ liệu này" in seen(response)


class TestList:
    def test_shows_counts_and_what_became_of_each_file(self, clerk, judged):
        page = text(clerk.get("/goi-ho-so"))
        assert "goi.xml" in page
        assert "Có hồ sơ phải sửa" in page

    def test_filters_stand_in_the_address(self, clerk, judged):
        senders.judged(senders.small_file("LK-9"))
        assert text(clerk.get("/goi-ho-so")).count("goi.xml") == 2
        assert text(clerk.get("/goi-ho-so", {"phai-sua": "1"})).count("goi.xml") == 1
        yesterday = (today() - timedelta(days=1)).isoformat()
        assert "goi.xml" not in text(clerk.get("/goi-ho-so", {"den": yesterday}))

    @pytest.mark.parametrize(
        "wrong", [{"tu": "hôm qua"}, {"trang": "-1"}, {"trang": "x"}, {"trang-thai": "?"}, {"co-so": "'"}]
    )
    def test_a_value_that_cannot_be_is_read_kindly(self, clerk, wrong):
        assert clerk.get("/goi-ho-so", wrong).status_code == 200

    def test_nothing_yet_says_how_to_begin(self, clerk):
        response = clerk.get("/goi-ho-so")
        assert "Chưa có gói hồ sơ nào" in text(response)
        assert 'href="/goi-ho-so/gui"' in response.content.decode()

    def test_leaves_as_a_spreadsheet(self, clerk, judged):
        rows = sheet(clerk.get("/goi-ho-so", {"tai": "xlsx"}))
        assert rows[1][0] == "Đơn vị 97001"
        assert rows[-1][0] == "goi.xml"
        assert rows[-1][2:7] == [4, 2, 2, 0, 0]

    def test_a_facility_sees_its_own_alone_and_a_province_its_facilities(self, judged, officer):
        neighbour = browser(NEIGHBOUR, "facility")
        assert "goi.xml" not in text(neighbour.get("/goi-ho-so"))
        assert "goi.xml" in text(officer.get("/goi-ho-so"))
        assert "goi.xml" not in text(browser(OTHER_PROVINCE, "province").get("/goi-ho-so"))


class TestVerdict:
    def test_says_first_what_happened(self, clerk, judged):
        response = clerk.get(f"/goi-ho-so/{judged.pk}")
        assert heading(response) == "2 hồ sơ chưa đạt, 1 nguyên nhân chiếm 100%"
        assert "Khắc phục nguyên nhân này thì 2 hồ sơ sẽ đạt." in text(response)

    def test_a_cause_shows_its_first_finding_as_example(self, clerk, judged):
        html = clerk.get(f"/goi-ho-so/{judged.pk}").content.decode()
        assert f'<a href="/goi-ho-so/{judged.pk}/ho-so/1">Ví dụ' in html
        assert "202613321030" in html

    def test_what_must_be_corrected_stands_first(self, clerk, judged):
        rows = sheet(clerk.get(f"/goi-ho-so/{judged.pk}", {"tai": "xlsx"}))
        assert [row[1] for row in rows[-4:]] == ["LK-0", "LK-1", "LK-2", "LK-3"]

    def test_figures_open_their_dossiers(self, clerk, judged):
        page = text(clerk.get(f"/goi-ho-so/{judged.pk}", {"ket-qua": "rejected"}))
        assert "LK-0" in page
        assert "LK-3" not in page

    def test_a_cause_opens_its_dossiers(self, clerk, judged):
        html = clerk.get(f"/goi-ho-so/{judged.pk}").content.decode()
        cause = re.search(r'href="(\?nguyen-nhan=\w+)#dossiers"', html).group(1)
        page = text(clerk.get(f"/goi-ho-so/{judged.pk}{cause}"))
        assert "LK-1" in page
        assert "LK-3" not in page

    def test_another_unit_s_file_is_not_there(self, judged):
        stranger = browser(NEIGHBOUR, "facility")
        other = stranger.get(f"/goi-ho-so/{judged.pk}")
        nothing = stranger.get("/goi-ho-so/01900000-0000-7000-8000-000000000000")
        assert other.status_code == nothing.status_code == 404
        assert heading(other) == heading(nothing)

    def test_a_corrected_resend_shows_what_improved(self, clerk, judged):
        again = senders.judged(
            senders.file_of(senders.dossier("LK-0"), senders.dossier("LK-1", **senders.REFUSED))
        )
        page = text(clerk.get(f"/goi-ho-so/{again.pk}"))
        assert "1 hồ sơ trước chưa đạt, nay đạt" in page
        assert "1 hồ sơ vẫn chưa đạt" in page

    def test_waits_until_there_is_one(self, clerk):
        found = senders.receive(senders.small_file("LK-0"))
        response = clerk.get(f"/goi-ho-so/{found.pk}")
        assert "data-wait" in response.content.decode()
        assert heading(response) == "Đã tiếp nhận, đang kiểm tra"
        senders.judge_all()
        assert "data-wait" not in clerk.get(f"/goi-ho-so/{found.pk}").content.decode()

    def test_an_unreadable_file_says_why_and_what_to_do(self, clerk):
        found = senders.judged(senders.small_file("LK-0")[:-40])
        response = clerk.get(f"/goi-ho-so/{found.pk}")
        assert "Không đọc được tệp" in heading(response)
        assert "Tệp bị cắt giữa chừng" in text(response)

    def test_leaves_as_a_spreadsheet_with_the_same_filter(self, clerk, judged):
        rows = sheet(clerk.get(f"/goi-ho-so/{judged.pk}", {"tai": "xlsx", "ket-qua": "rejected"}))
        assert [row[1] for row in rows[-2:]] == ["LK-0", "LK-1"]


class TestDossier:
    def test_lists_what_to_correct_with_rule_and_law(self, clerk, judged):
        response = clerk.get(f"/goi-ho-so/{judged.pk}/ho-so/1")
        page = text(response)
        assert heading(response).startswith("Hồ sơ LK-0")
        assert "Phải sửa" in page
        assert 'href="/quy-tac/V-012"' in response.content.decode()

    def test_says_when_there_is_nothing_to_correct(self, clerk):
        whole = senders.dossier("LK-9", tables=("XML1", "XML2", "XML3", "XML4", "XML5"))
        found = senders.judged(senders.file_of(whole))
        assert senders.rules_of(found) == []
        assert "không có nội dung cần sửa" in heading(clerk.get(f"/goi-ho-so/{found.pk}/ho-so/1"))

    @pytest.mark.parametrize("position", ["0", "5", "99999999"])
    def test_beyond_the_file_there_is_nothing(self, clerk, judged, position):
        assert clerk.get(f"/goi-ho-so/{judged.pk}/ho-so/{position}").status_code == 404

    def test_no_page_shows_the_patient(self, clerk, judged):
        patient = senders.valid_rows("XML1")[0]
        secrets = [patient[name] for name in ("HO_TEN", "SO_CCCD", "MA_THE_BHYT", "DIA_CHI")]
        for path in ("", "/ho-so/1", "/nha-cung-cap"):
            html = clerk.get(f"/goi-ho-so/{judged.pk}{path}").content.decode()
            assert not [value for value in secrets if value in html]

    def test_text_for_the_vendor_names_causes_and_places(self, clerk, judged):
        page = text(clerk.get(f"/goi-ho-so/{judged.pk}/nha-cung-cap"))
        assert "[V-012, Phải sửa]" in page
        assert "hồ sơ thứ 1, MA_LK LK-0, XML1 dòng 1 NGAY_RA" in page


class TestSending:
    @staticmethod
    def file(body: bytes, name: str = "goi.xml"):
        return SimpleUploadedFile(name, body, content_type="text/xml")

    def test_one_file_leads_to_its_verdict(self, clerk):
        response = send(clerk, {"tep": self.file(senders.small_file("LK-0"))})
        found = Submission.objects.get()
        assert response["Location"] == f"/goi-ho-so/{found.pk}"

    def test_several_files_stand_each_for_itself(self, clerk):
        files = [self.file(senders.small_file("LK-0"), "tot.xml"), self.file(b"PDF", "sai.xml")]
        response = send(clerk, {"tep": files})
        page = text(response)
        assert Submission.objects.count() == 1
        assert "Đã tiếp nhận, xem kết quả" in page
        assert "Tệp không thuộc định dạng XML hoặc ZIP." in page

    def test_an_archive_becomes_its_files(self, clerk):
        zipped = senders.zipped({"1.xml": senders.small_file("LK-0"), "2.xml": senders.small_file("LK-1")})
        send(clerk, {"tep": self.file(zipped, "goi.zip")})
        assert Submission.objects.count() == 2

    def test_nothing_chosen_is_said(self, clerk):
        response = send(clerk, {})
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()

    def test_another_facility_s_file_is_refused(self, clerk):
        response = send(clerk, {"tep": self.file(senders.small_file("LK-0", facility=NEIGHBOUR))})
        assert response.status_code == 422
        assert Submission.objects.count() == 0

    def test_a_form_of_another_site_is_refused(self, clerk):
        response = clerk.post("/goi-ho-so/gui", {"tep": self.file(senders.small_file("LK-0"))})
        assert response.status_code == 403
        assert Submission.objects.count() == 0

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    @pytest.mark.parametrize("page", ["/luot-kham", "/goi-ho-so", "/quy-tac", "/quy-dinh"])
    def test_the_ends_of_the_calendar_are_no_day(self, clerk, page, day):
        for form in ({"ngay": day}, {"den": day}, {"tu": day, "den": day}):
            assert clerk.get(page, form).status_code == 200


class TestProvince:
    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    @pytest.mark.parametrize("page", ["/tinh", "/tinh/loai-giay-to", f"/tinh/loai-giay-to/{OWN}/XML7"])
    def test_the_ends_of_the_calendar_are_no_day(self, officer, page, day):
        for form in ({"ngay": day}, {"den": day}, {"tu": day, "den": day}):
            assert officer.get(page, form).status_code == 200

    def test_the_day_by_facility(self, officer, judged):
        response = officer.get("/tinh")
        page = text(response)
        assert heading(response) == "1/2 cơ sở đã gửi, 2 hồ sơ chưa đạt"
        assert "Chưa gửi" in page
        assert "1 cơ sở; khắc phục xong, 2 hồ sơ sẽ đạt" in page

    def test_the_first_page_of_a_province_is_its_day(self, officer):
        assert officer.get("/")["Location"] == "/tinh"

    def test_late_dossiers_are_counted_by_the_term_of_the_law(self, officer):
        discharged = {"NGAY_VAO": "202601050800", "NGAY_RA": "202601051030"}
        senders.judged(senders.file_of(senders.dossier("LK-0", **discharged)))
        assert "1 quá hạn" in text(officer.get("/tinh"))

    def test_a_day_without_files(self, officer, judged):
        response = officer.get("/tinh", {"ngay": "2025-03-04"})
        assert heading(response) == "Chưa có cơ sở nào gửi hồ sơ"

    def test_a_facility_has_no_such_page(self, clerk):
        assert clerk.get("/tinh").status_code == 403

    def test_a_province_sees_no_other_even_when_it_asks(self, judged, country):
        other = browser(OTHER_PROVINCE, "province")
        assert heading(other.get("/tinh")) == "Chưa có cơ sở nào gửi hồ sơ"
        answers = [other.get("/tinh", {"tinh": asked}) for asked in (PROVINCE, "96")]
        assert [answer.status_code for answer in answers] == [404, 404], "another's and none alike"

    def test_the_ministry_chooses(self, judged):
        minister = browser(MINISTRY, "ministry")
        assert heading(minister.get("/tinh", {"tinh": PROVINCE})).startswith("1/2 cơ sở đã gửi")
        assert heading(minister.get("/tinh", {"tinh": OTHER_PROVINCE})) == "Chưa có cơ sở nào gửi hồ sơ"

    def test_leaves_as_a_spreadsheet(self, officer, judged):
        rows = sheet(officer.get("/tinh", {"tai": "xlsx"}))
        assert ["97001", "Đơn vị 97001", 1, 4] in [row[:4] for row in rows]


class TestPapers:
    PERIOD = {"tu": "2026-08-01", "den": "2026-08-31"}

    @pytest.fixture(autouse=True)
    def sent(self, country):
        """Two visits with an appointment, one of them with its slip; a third asks for none."""
        rows = lay({"XML1": [{"NGAY_TAI_KHAM": "20260901"}], "XML14": [{}]}, files.STANDARD)
        rows = {
            table: [{**row, "MA_LK": "LK-1", "MA_CSKCB": OWN} for row in rows[table]]
            for table in ("XML1", "XML14")
        }
        with_slip = files.dossier(rows)
        without = senders.dossier("LK-2", NGAY_TAI_KHAM="20260901")
        senders.judged(senders.file_of(with_slip, without, senders.dossier("LK-3")))

    def test_counts_what_should_have_come_and_what_did(self, officer):
        response = officer.get("/tinh/loai-giay-to", self.PERIOD)
        assert "Phiếu hẹn khám lại (1)" in heading(response)
        assert "1/2" in text(response)

    def test_opens_the_visits_that_lack_it(self, officer):
        page = text(officer.get(f"/tinh/loai-giay-to/{OWN}/XML14", self.PERIOD))
        assert "LK-2" in page
        assert "LK-1" not in page

    def test_spreadsheet_has_a_column_per_number(self, officer):
        rows = sheet(officer.get("/tinh/loai-giay-to", {**self.PERIOD, "tai": "xlsx"}))
        heads, line = rows[-2], rows[-1]
        facts = dict(zip(heads, line, strict=True))
        assert facts["Phiếu hẹn khám lại, cần có"] == 2
        assert facts["Phiếu hẹn khám lại, đã nhận"] == 1

    @pytest.mark.parametrize("address", [f"/tinh/loai-giay-to/{OWN}/XML99", "/tinh/loai-giay-to/00000/XML14"])
    def test_unknown_paper_or_facility(self, officer, address):
        assert officer.get(address).status_code == 404

    def test_a_facility_of_another_province_is_refused(self, country):
        other = browser(OTHER_PROVINCE, "province")
        assert other.get(f"/tinh/loai-giay-to/{OWN}/XML14").status_code in (403, 404)


class TestRulesAndStandard:
    def test_every_rule_has_its_page(self, clerk):
        html = clerk.get("/quy-tac").content.decode()
        numbers = sorted(set(re.findall(r'href="/quy-tac/(V-\w+)"', html)))
        assert len(numbers) > 60
        for number in numbers:
            assert clerk.get(f"/quy-tac/{number}").status_code == 200

    def test_search_needs_no_marks(self, clerk):
        page = text(clerk.get("/quy-tac", {"q": "ngay vao khong duoc sau ngay ra"}))
        assert "V-025" in page
        assert "V-038" not in page

    def test_a_rule_shows_what_fails_and_what_passes(self, clerk):
        page = text(clerk.get("/quy-tac/V-025"))
        assert "Ví dụ chưa đạt" in page
        assert "Ví dụ đạt" in page
        assert "202608150930" in page

    def test_no_such_rule(self, clerk):
        assert clerk.get("/quy-tac/V-999").status_code == 404

    def test_the_standard_of_another_day(self, clerk):
        page = text(clerk.get("/quy-dinh", {"ngay": "2025-06-30"}))
        assert "bhyt-xml@2025-01-01" in page
        assert "01/01/2025 đến 30/06/2025" in page

    def test_what_changed_is_told_with_its_instrument(self, clerk):
        page = text(clerk.get("/quy-dinh"))
        assert "Thay đổi áp dụng từ ngày 01/01/2025" in page
        assert "Quyết định 3176/QĐ-BYT" in page

    def test_fields_of_a_table_in_order(self, clerk):
        rows = sheet(clerk.get("/quy-dinh/XML1", {"tai": "xlsx"}))
        assert [row[1] for row in rows[6:9]] == ["MA_LK", "STT", "MA_BN"]

    def test_no_such_table(self, clerk):
        assert clerk.get("/quy-dinh/XML99").status_code == 404


class TestHome:
    def test_a_facility_sees_its_day_first(self, clerk, judged):
        assert heading(clerk.get("/")) == "Hôm nay đã gửi 1 gói hồ sơ: 2 hồ sơ phải sửa"

    @pytest.mark.parametrize(("unit", "role"), [(MINISTRY, "operator")])
    def test_roles_without_work_yet_are_told_so(self, country, unit, role):
        assert heading(browser(unit, role).get("/")) == "Hiện chưa có việc cần ông/bà xử lý"
