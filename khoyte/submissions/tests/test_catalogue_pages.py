"""Catalogues as people see them: everybody reads and searches; an operator uploads, previews, publishes."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from khoyte.foundation.calendar import today
from khoyte.submissions import catalogue_work
from khoyte.submissions.models import CataloguePublication
from khoyte.submissions.tests import catalogues, senders
from khoyte.submissions.tests.catalogues import write_csv
from khoyte.submissions.tests.senders import DEPARTMENT, MINISTRY, OWN, dossier, file_of
from khoyte.submissions.tests.test_pages import browser, heading, seen, sheet, text
from khoyte.submissions.working import Judge
from khoyte.terminology import load_pack
from khoyte.terminology.importing import import_file, import_folder

pytestmark = pytest.mark.django_db
MAIN = catalogues.disease_in_use()


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    import_file("icd10", write_csv(tmp_path / "icd10.csv"), catalogues.STARTS)
    return tmp_path


@pytest.fixture
def reader(country, own_home) -> Client:
    return browser(OWN, "facility")


@pytest.fixture
def operator(country, own_home) -> Client:
    return browser(MINISTRY, "operator")


def upload(client: Client, body: bytes, name="icd10", file="icd10.csv", **form: str):
    page = client.get(f"/danh-muc/{name}/cap-nhat").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    sent = {"tep": SimpleUploadedFile(file, body)} if body else {}
    days = {"tu-ngay": catalogues.STARTS.isoformat()}
    return client.post(f"/danh-muc/{name}/cap-nhat", {"csrfmiddlewaretoken": token, **days, **form, **sent})


def press(client: Client, address: str, **form: str):
    page = client.get(address).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    return client.post(address, {"csrfmiddlewaretoken": token, **form})


def work(judge):
    while catalogue_work.work_once(judge):
        pass


class TestReading:
    PAGES = (
        "/danh-muc",
        "/danh-muc/icd10",
        "/danh-muc/drugs",
        "/danh-muc/icd10/ma?ma=I10",
        "/danh-muc/icd10/khac-nhau?tu=2019-01-01&den=2026-01-01",
    )

    @pytest.mark.parametrize("page", PAGES)
    def test_stands_in_both_languages_for_everybody(self, reader, page):
        vi, en = reader.get(page), reader.get(page, headers={"Accept-Language": "en"})
        assert vi.status_code == en.status_code == 200
        html = vi.content.decode()
        assert "style=" not in html
        assert html.count("<h1") == 1
        assert "Cập nhật danh mục" not in html
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))

    def test_the_list_tells_what_is_in_force(self, reader):
        page = text(reader.get("/danh-muc"))
        assert "Bệnh theo ICD-10" in page
        assert "Từ 01/01/2020" in page
        assert "Chưa có" in page  # drugs
        rows = sheet(reader.get("/danh-muc?tai=xlsx"))
        assert any("Bệnh theo ICD-10" in str(row[0]) for row in rows)

    def test_search_needs_no_marks_and_knows_synonyms(self, reader, own_home):
        extra = "E10.9,Bệnh đái tháo đường,"
        import_file("icd10", write_csv(own_home / "more.csv", extra=extra), catalogues.STARTS)
        for words in ("dai thao duong", "tiểu đường", "e109"):
            assert "E10.9" in text(reader.get("/danh-muc/icd10", {"q": words}))
        page = text(reader.get("/danh-muc/icd10", {"q": "khong co benh nay"}))
        assert "Không tìm thấy mã nào" in page

    def test_a_day_before_the_first_release_has_none(self, reader):
        assert "Chưa có bản danh mục nào" in text(reader.get("/danh-muc/drugs"))

    @pytest.mark.parametrize("page", ["/khong-co", "/icd10/ma?ma=Z99.99", "/drugs/ma"])
    def test_what_is_not_there(self, reader, page):
        assert reader.get(f"/danh-muc{page}").status_code == 404

    def test_differences_between_two_days(self, reader, own_home):
        starts = today().replace(month=1, day=1)
        marked = write_csv(own_home / "more.csv", MAIN, "A90", extra=f"{MAIN},Bệnh,1")
        import_file("icd10", marked, starts)
        asked = {"tu": "2020-05-01", "den": today().isoformat()}
        page = text(reader.get("/danh-muc/icd10/khac-nhau", asked))
        assert "không dùng làm bệnh chính: – → 1" in page
        assert "Làm thay đổi kết quả kiểm tra" in page
        rows = sheet(reader.get("/danh-muc/icd10/khac-nhau", {**asked, "tai": "xlsx"}))
        assert any(row[0] == "A90" and row[1] == "Bỏ" for row in rows)

    def test_a_unit_shows_what_it_became(self, reader, own_home):
        place = own_home / "units"
        place.mkdir()
        (place / "a.csv").write_text(
            "old_code,new_code,kind,effective_on\n90002,91001,part,2025-07-01\n90002,91002,part,2025-07-01\n"
        )
        (place / "b.csv").write_text(
            "province_code,province,commune_code,commune\n97,Tỉnh Bảy,91001,Xã Một\n97,T,91002,Xã Hai\n"
        )
        (place / "c.csv").write_text(
            "province_code,province,district_code,district,commune_code,commune\n97,T,970,H,90002,Xã Cũ\n"
        )
        import_folder(place)
        page = text(reader.get("/danh-muc/communes/ma", {"ma": "90002", "ngay": "2025-01-01"}))
        assert "Xã Một" in page
        assert "Xã Hai" in page
        assert "Có nhiều đơn vị" in page
        page = text(reader.get("/danh-muc/communes/ma", {"ma": "91001"}))
        assert "Xã Cũ" in page
        assert "một phần" in page


class TestPublishing:
    @pytest.mark.parametrize(("unit", "role"), [(OWN, "facility"), (MINISTRY, "ministry")])
    def test_is_not_for_everybody(self, country, own_home, unit, role):
        client = browser(unit, role)
        assert client.get("/danh-muc/icd10/cap-nhat").status_code == 403
        assert client.post("/danh-muc/icd10/cap-nhat").status_code == 403

    def test_from_the_file_to_judging_again(self, operator, own_home):
        judge, found = Judge(), senders.receive(file_of(dossier("A1")))
        judge.judge([found])
        body = write_csv(own_home / "next.csv", MAIN).read_bytes()
        answer = upload(operator, body)
        assert answer.status_code == 302
        address = answer["Location"]
        page = text(operator.get(address))
        assert "Đang đếm dữ liệu" in page
        assert "V-038" in page
        work(judge)
        page = text(operator.get(address))
        assert re.search(r"Lượt khám, điều trị đã lưu 1 ", page)
        assert MAIN in page
        assert any(row[0] == MAIN for row in sheet(operator.get(address, {"tai": "xlsx"})))
        assert operator.get(address, {"tai": "tep"}).content == body

        unsure = press(operator, address)
        assert (unsure.status_code, "Chưa xác nhận" in seen(unsure)) == (422, True)
        assert press(operator, address, **{"xac-nhan": "1"}).status_code == 302
        assert "Đang thực hiện" in text(operator.get(address))
        assert load_pack().digest == CataloguePublication.objects.get().pack
        work(judge)
        page = text(operator.get(address))
        assert re.search(r"Đã kiểm tra lại 1 .*Kết quả thay đổi, đã báo cơ sở 1 ", page)
        assert "Đang thực hiện" not in page
        history = text(browser(OWN, "facility").get("/danh-muc/icd10"))
        assert "operator-BYT" in history
        assert "1/1" in history

    def test_an_officer_of_a_department_may_publish_too(self, country, own_home):
        client = browser(DEPARTMENT, "department")
        address = upload(client, write_csv(own_home / "next.csv", "A90").read_bytes())["Location"]
        assert press(client, address, **{"xac-nhan": "1"}).status_code == 302

    def test_the_second_of_two_is_told_and_may_look_again(self, operator, own_home):
        first, second = (
            upload(operator, write_csv(own_home / "next.csv", code).read_bytes())["Location"]
            for code in ("A90", "I10")
        )
        confirmed = {"xac-nhan": "1"}
        late = operator.get(second).content.decode()
        press(operator, first, **confirmed)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', late).group(1)
        answer = operator.post(second, {"csrfmiddlewaretoken": token, **confirmed})
        assert answer.status_code == 409
        assert "đã được công bố sau khi xem trước" in seen(answer)
        again = press(operator, second, lam="xem-lai")["Location"]
        assert again != second
        assert press(operator, again, **confirmed).status_code == 302
        assert not load_pack().on(today()).catalogue("icd10").holds("I10")

    def test_a_bad_file_is_a_list_by_cell_to_take_along(self, operator):
        address = upload(operator, b"ma,ten\nI10,a\nI10,b\n")["Location"]
        answer = operator.get(address)
        assert heading(answer).startswith("Chưa nhập được danh mục")
        assert "A3" in text(answer)
        rows = sheet(operator.get(address, {"tai": "xlsx"}))
        assert any(row[0] == "A3" and "mã I10 đã có ở ô A2" in str(row[1]) for row in rows)

    def test_a_form_without_file_or_day_says_so_and_keeps_the_day(self, operator):
        answer = upload(operator, b"")
        assert (answer.status_code, "Chưa chọn tệp" in seen(answer)) == (422, True)
        assert f'value="{catalogues.STARTS.isoformat()}"' in answer.content.decode()
        for form in ({"tu-ngay": "01/01/2020"}, {"den-ngay": "x"}):
            answer = upload(operator, b"ma\n1\n", **form)
            assert (answer.status_code, "Ngày hiệu lực chưa đúng" in seen(answer)) == (422, True)

    def test_the_same_file_as_in_use_changes_nothing(self, operator, own_home):
        address = upload(operator, (own_home / "icd10.csv").read_bytes())["Location"]
        assert "giống danh mục đang dùng" in text(operator.get(address))
