"""Training: sessions, who attended, the short check; which facilities have nobody trained."""

import io
from datetime import timedelta

import openpyxl
import pytest

from khoyte.foundation.calendar import today
from khoyte.guidance import queries
from khoyte.guidance.catalogue import topics
from khoyte.guidance.models import Attendance, TrainingSession
from khoyte.units.models import Account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import actor, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
GIVEN = {"chu-de": "security", "dia-diem": "Hội trường Sở Y tế", "giang-vien": "Phòng Nghiệp vụ Y"}


def held(window: Window, **changed: str) -> TrainingSession:
    """A session of today, recorded through the page."""
    answer = window.post("/tap-huan/buoi/moi", {**GIVEN, "ngay": today().isoformat(), **changed})
    assert answer.status_code == 302, answer.content
    return TrainingSession.objects.get(pk=answer["Location"].rsplit("/", 1)[-1])


def trained(province: str = "97") -> dict[str, dict[str, int]]:
    with speaking_as(actor(province, "province")):
        return {row.unit.code: dict(row.people) for row in queries.coverage(province)}


def test_a_province_records_a_session_and_sees_who_has_nobody_trained() -> None:
    office, clerk = Window(make_account("97", "province")), make_account("97001", "facility")
    reviewer, other = make_account("97001", "facility_reviewer"), make_account("98001", "facility")
    found = held(office)
    assert held(office) == found  # pressed twice it is one session
    path = f"/tap-huan/buoi/{found.pk}"
    page = office.get(f"{path}?don-vi=97001").content.decode()
    assert {clerk.username, reviewer.username} <= set(page.replace('"', " ").split())
    assert other.username not in page
    # Somebody of another province is left out, however the form is bent.
    names = [clerk.username, reviewer.username, other.username]
    office.post(f"{path}?don-vi=97001", {"viec": "diem-danh", "nguoi": names})
    office.post(f"{path}?don-vi=97001", {"viec": "diem-danh", "nguoi": names})  # again has no effect
    assert sorted(Attendance.objects.values_list("account", "facility", "province")) == [
        ("facility-97001", "97001", "97"), ("facility_reviewer-97001", "97001", "97"),
    ]  # fmt: skip
    assert trained() == {"97001": {"security": 2}, "97002": {}}
    assert office.post("/tap-huan", {"ma": "A\x00B"}).status_code == 400
    page = office.get("/tap-huan").content.decode()
    assert "1/2 cơ sở chưa có ai được tập huấn" in page
    sheet = openpyxl.load_workbook(io.BytesIO(office.get("/tap-huan?tai=xlsx").content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "Cơ sở" in row)
    place = head.index(topics()["security"].label.vi)
    assert {row[0]: row[place] for row in rows if row[0] in ("Đơn vị 97001", "Đơn vị 97002")} == {
        "Đơn vị 97001": 2, "Đơn vị 97002": "Chưa có ai",
    }  # fmt: skip
    listed = openpyxl.load_workbook(io.BytesIO(office.get(f"{path}?tai=xlsx").content)).active
    assert "facility-97001" in {cell.value for row in listed.iter_rows() for cell in row}


def test_whoever_has_left_does_not_count() -> None:
    office, clerk = Window(make_account("97", "province")), make_account("97001", "facility")
    found = held(office)
    office.post(f"/tap-huan/buoi/{found.pk}", {"viec": "diem-danh", "nguoi": [clerk.username]})
    assert trained()["97001"] == {"security": 1}
    Account.objects.filter(pk=clerk.pk).update(is_active=False)
    assert trained()["97001"] == {}


def test_people_record_themselves_by_the_code_of_the_day_and_answer_the_check() -> None:
    office = Window(make_account("97", "province"))
    practitioner, stranger = (
        Window(make_account("97001", "practitioner")),
        Window(make_account("98001", "facility")),
    )
    found = held(office)
    assert practitioner.post("/tap-huan", {"ma": "SAI123"}).status_code == 422
    assert stranger.post("/tap-huan", {"ma": found.code}).status_code == 422
    answer = practitioner.post("/tap-huan", {"ma": f" {found.code.lower()} "})
    path = f"/tap-huan/buoi/{found.pk}"
    assert answer["Location"] == f"{path}?xong=1"
    page = practitioner.get(path).content.decode()
    assert "Kiểm tra ngắn cuối buổi" in page
    assert found.code not in page, "the code is shown by the trainer, not to those who are to be present"
    right = topics()["security"].check[0].right
    practitioner.post(path, {"viec": "kiem-tra", "cau-0": str(right)})
    practitioner.post(path, {"viec": "kiem-tra", "cau-0": "1"})  # the first answers count
    own = Attendance.objects.get()
    assert (own.account, own.marked_by, own.right, own.asked) == (
        "practitioner-97001", "practitioner-97001", 1, 1,
    )  # fmt: skip
    assert "đúng 1/1 câu" in practitioner.get(path).content.decode()
    # Yesterday's code is worth nothing.
    TrainingSession.objects.update(day=today() - timedelta(days=1))
    assert Window(make_account("97001", "facility")).post("/tap-huan", {"ma": found.code}).status_code == 422


def test_each_sees_its_own() -> None:
    office, other = Window(make_account("97", "province")), Window(make_account("98", "province"))
    clerk, neighbour = make_account("97001", "facility"), Window(make_account("97002", "facility"))
    found = held(office)
    path = f"/tap-huan/buoi/{found.pk}"
    office.post(path, {"viec": "diem-danh", "nguoi": [clerk.username]})
    assert clerk.username in Window(clerk).get(path).content.decode()
    assert clerk.username not in neighbour.get(path).content.decode()
    assert other.get(path).status_code == 404
    assert other.post(path, {"viec": "diem-danh", "nguoi": [clerk.username]}).status_code == 404
    assert other.get("/tap-huan?tinh=97").status_code == 404
    assert "Hội trường" not in other.get("/tap-huan").content.decode()
    assert neighbour.get("/tap-huan/buoi/moi").status_code == 403
    # The second wall alone.
    with speaking_as(actor("98", "province")):
        assert not Attendance.objects.exists()


def test_a_session_of_the_ministry_is_for_all_and_provinces_record_their_people() -> None:
    ministry, office = Window(make_account("BYT", "ministry")), Window(make_account("97", "province"))
    found = held(ministry, **{"chu-de": "procedure", "truc-tuyen": "1", "dia-diem": "Phòng họp 1"})
    assert found.province == ""
    path = f"/tap-huan/buoi/{found.pk}"
    assert "Trực tuyến: Phòng họp 1" in office.get(path).content.decode()
    office.post(path, {"viec": "diem-danh", "nguoi": ["province-97"]})
    clerk = make_account("98001", "facility")
    ministry.post(path, {"viec": "diem-danh", "nguoi": [clerk.username]})
    assert sorted(Attendance.objects.values_list("account", flat=True)) == ["facility-98001", "province-97"]
    page = ministry.get("/tap-huan").content.decode()
    assert "Số cơ sở có người được tập huấn" in page
    assert "0/1" not in page
    with speaking_as(actor("BYT", "ministry")):
        found_by = queries.coverage_by_province(["procedure", "security"])
    assert found_by == {
        "97": (2, {"procedure": 0, "security": 0}),
        "98": (1, {"procedure": 1, "security": 0}),
    }


def test_what_cannot_be_a_session_is_refused_with_the_place() -> None:
    office = Window(make_account("97", "province"))
    late = (today() + timedelta(days=400)).isoformat()
    wrong = (
        ("chu-de", "khac"),
        ("ngay", "31/02/2026"),
        ("ngay", late),
        ("dia-diem", ""),
        ("giang-vien", " "),
    )
    for field, value in wrong:
        answer = office.post("/tap-huan/buoi/moi", {**GIVEN, "ngay": today().isoformat(), field: value})
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.content.decode()
    tomorrow = held(office, ngay=(today() + timedelta(days=1)).isoformat())
    path = f"/tap-huan/buoi/{tomorrow.pk}"
    assert office.post(path, {"viec": "diem-danh", "nguoi": ["province-97"]}).status_code == 422
    assert not Attendance.objects.exists()


def test_a_session_of_the_training_province_stays_in_it(learners: dict[str, Account]) -> None:
    held(Window(learners["province"]))
    ministry = Window(make_account("BYT", "ministry"))
    assert "Hội trường" in Window(learners["facility"]).get("/tap-huan").content.decode()
    page = ministry.get("/tap-huan").content.decode()
    assert "Hội trường" not in page
    assert "TH01" not in page
