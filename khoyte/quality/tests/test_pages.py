"""`/chat-luong` and its REST for every role: scores in one's own scope, what fails, who has to act."""

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.quality import loop, queries
from khoyte.quality.criteria import DATABASES
from khoyte.quality.models import Course, Score
from khoyte.quality.queries import Scope
from khoyte.quality.words import FORMULAS, WORDS
from khoyte.registers.tests import offices
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER
from khoyte.units import actions as unit_actions
from khoyte.units.policy import system_actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def browser(unit: str, role: str) -> Client:
    account, _ = unit_actions.create_account(
        username=f"{role}-{unit}", unit=unit, role=role, full_name=f"Cán bộ {unit}", by=system_actor("test")
    )
    client = Client(raise_request_exception=False)
    client.force_login(account)
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def sheet_of(client: Client, address: str) -> list[tuple[Any, ...]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))


@pytest.fixture
def three_people(country: None) -> list[Any]:
    """One of each facility; the second is complete but for the review."""
    complete = {"scope": "Khám bệnh", "qualification": "Bác sỹ", "position": "Bác sỹ điều trị"}
    made = [
        offices.made("practitioners", offices.person(number, facility=facility, **more))
        for number, facility, more in ((1, OWN, {}), (2, NEIGHBOUR, complete), (3, STRANGER, {}))
    ]
    loop.work_all()
    return made


@pytest.mark.usefixtures("three_people")
def test_everybody_is_told_of_their_own() -> None:
    for unit, role, counted in (
        (OWN, "facility", 1), (PROVINCE, "province", 2), ("BYT", "ministry", 3), ("CUC", "department", 3),
        (OWN, "facility_admin", 1),
    ):  # fmt: skip
        client = browser(unit, role)
        assert "Dữ liệu đạt sáu yêu cầu đến đâu" in page(client, "/chat-luong")
        assert f"{counted} bản ghi được xét" in page(client, "/chat-luong/practitioners"), role


@pytest.mark.usefixtures("three_people")
def test_a_share_is_a_bar_that_opens_to_what_fails() -> None:
    found = page(browser(PROVINCE, "province"), "/chat-luong")
    assert "/chat-luong/practitioners/complete" in found
    assert "50%" in found
    assert 'class="bar"' in found


@pytest.mark.usefixtures("three_people")
def test_a_national_reader_goes_down_to_a_facility() -> None:
    client = browser("BYT", "ministry")
    nation = page(client, "/chat-luong/practitioners")
    assert "?tinh=97" in nation
    province = page(client, "/chat-luong/practitioners?tinh=97")
    assert "2 bản ghi được xét" in province
    assert f"co-so={NEIGHBOUR}" in province
    assert "1 bản ghi được xét" in page(client, f"/chat-luong/practitioners?tinh=97&co-so={NEIGHBOUR}")


@pytest.mark.usefixtures("three_people")
def test_another_province_is_not_opened_by_its_address() -> None:
    client = browser(PROVINCE, "province")
    assert "2 bản ghi được xét" in page(client, f"/chat-luong/practitioners?tinh={OTHER_PROVINCE}")
    assert "0 bản ghi được xét" in page(client, f"/chat-luong/practitioners?co-so={STRANGER}")
    facility = browser(OWN, "facility")
    assert "1 bản ghi được xét" in page(facility, f"/chat-luong/practitioners?co-so={NEIGHBOUR}")


def test_failing_records_say_what_is_wrong_and_who_has_to_act(three_people: list[Any]) -> None:
    client = browser(OWN, "facility")
    found = page(client, "/chat-luong/practitioners/complete")
    assert f"/so-dang-ky/practitioners/{three_people[0].pk}" in found
    assert "000001/DEMO-GPHN" in found
    assert "Chưa có: Phạm vi hành nghề." in found
    assert f"Cán bộ {OWN}" in found
    for person in three_people:
        assert person.full_name not in found
    for person in three_people[1:]:
        assert str(person.pk) not in found


def test_the_reviewer_has_to_act_where_a_review_waits_too_long(three_people: list[Any]) -> None:
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.registers.models import Case

    actions.submit(register=register("practitioners"), id=three_people[0].pk, by=offices.SYSTEM)
    Case.objects.update(due_on=today() - timedelta(days=1))
    loop.count_all()
    loop.work_all()
    client = browser(PROVINCE, "province")
    found = page(client, "/chat-luong/practitioners/live?tieu-chi=review_overdue")
    assert "Chờ rà soát quá hạn." in found
    assert f"Cán bộ {PROVINCE}" in found


@pytest.mark.usefixtures("three_people")
def test_a_list_of_what_fails_leaves_an_entry() -> None:
    page(browser(OWN, "facility"), "/chat-luong/practitioners/complete")
    entry = AuditEntry.objects.get(action="quality.failing")
    assert (entry.facility, entry.details) == (OWN, {"word": "complete", "records": 1})


def test_single_visits_open_to_their_facility_alone() -> None:
    day = today() - timedelta(days=20)
    moments = {
        "NGAY_VAO": f"{day:%Y%m%d}0700",
        "NGAY_RA": f"{day:%Y%m%d}1000",
        "NGAY_TTOAN": f"{day:%Y%m%d}1030",
    }
    senders.judged(senders.file_of(senders.dossier("LK-42", **moments)))
    loop.work_all()
    assert "LK-42" in page(browser(OWN, "facility"), "/chat-luong/visits/live")
    for unit, role in ((PROVINCE, "province"), ("BYT", "ministry"), (OWN, "facility_admin")):
        office = browser(unit, role)
        found = page(office, "/chat-luong/visits/live")
        assert "LK-42" not in found
        assert "chỉ mở cho cán bộ xử lý hồ sơ" in found
        for criterion in ("", "&tieu-chi=sent_late"):
            sheet = sheet_of(office, f"/chat-luong/visits/live?tai=xlsx{criterion}")
            assert [row[1:] for row in sheet if isinstance(row[1], int)] == [(1, 1, 1)], (role, criterion)
    nobody = page(browser(OTHER_PROVINCE, "province"), "/chat-luong/visits/live")
    assert "Không có bản ghi nào chưa đạt." in nobody
    assert "1 bản ghi được xét" in page(browser("CUC", "department"), "/chat-luong/visits")


@pytest.mark.parametrize(
    "address", ["/chat-luong", "/chat-luong/practitioners", "/chat-luong/practitioners/complete"]
)
@pytest.mark.usefixtures("three_people")
def test_sheets_hold_plain_figures(address: str) -> None:
    sheet = sheet_of(browser(PROVINCE, "province"), f"{address}?tai=xlsx")
    cells = [cell for row in sheet for cell in row if cell is not None]
    assert 0.5 in cells or "000001/DEMO-GPHN" in " ".join(map(str, cells))
    assert not any("<svg" in str(cell) for cell in cells)
    assert "Trần Văn" not in " ".join(map(str, cells))


def test_formulas_say_their_version_words_and_source() -> None:
    client = browser(OWN, "facility")
    page(client, "/chat-luong/cong-thuc")
    for word in WORDS:
        found = page(client, f"/chat-luong/cong-thuc/{word}")
        assert FORMULAS[word].passes.vi in found
        assert "không phải của Bộ Y tế" in found
    assert client.get("/chat-luong/cong-thuc/fast").status_code == 404


@pytest.mark.parametrize(
    "address", ["/chat-luong/births", "/chat-luong/visits/fast", "/chat-luong/births/live"]
)
def test_what_is_not_measured_is_not_found(address: str) -> None:
    assert browser(OWN, "facility").get(address).status_code == 404


def test_the_course_adds_up_units_that_changed_on_different_days() -> None:
    def at(days_ago: int, facility: str, counted: int, complete: int) -> None:
        Course.objects.create(
            database="facilities", facility=facility, province=PROVINCE,
            day=today() - timedelta(days=days_ago), counted=counted, failing=[0, complete, 0, 0, 0, 0],
            formulas="1.1.1.1.1.1",
        )  # fmt: skip

    at(40, OWN, 10, 10)
    at(2, OWN, 10, 5)
    at(3, NEIGHBOUR, 10, 0)
    at(0, NEIGHBOUR, 0, 0)
    found = queries.course("facilities", Scope(), days=6)
    assert [total and (total.counted, total.fails("complete")) for _, total in found] == [
        (10, 10), (10, 10), (20, 10), (20, 5), (20, 5), (10, 5)
    ]  # fmt: skip


def test_the_weakest_unit_of_each_database_is_named_within_what_is_asked() -> None:
    def scored(database: str, facility: str, province: str, counted: int, *failing: int) -> None:
        Score.objects.create(
            database=database, facility=facility, province=province, counted=counted,
            failing=[*failing, *[0] * (6 - len(failing))],
        )  # fmt: skip

    scored("facilities", OWN, PROVINCE, 10, 1, 3)
    scored("facilities", NEIGHBOUR, PROVINCE, 2, 0, 0, 1)
    scored("facilities", STRANGER, OTHER_PROVINCE, 10, 4)
    scored("pharmacies", "", PROVINCE, 5, 0, 5)
    scored("practitioners", OWN, PROVINCE, 0)
    of_province = queries.weakest(Scope((PROVINCE,)), provinces=False)
    assert {name: (one.unit, one.weakest_word, one.counted) for name, one in of_province.items()} == {
        "facilities": (NEIGHBOUR, "clean", 2),
        "pharmacies": (PROVINCE, "complete", 5),
    }
    of_nation = queries.weakest(Scope(), provinces=True)["facilities"]
    # 4 of 10 in the other province, 3 of 12 here.
    assert (of_nation.unit, of_nation.share("correct")) == (OTHER_PROVINCE, 0.6)


@pytest.mark.usefixtures("three_people")
def test_the_direction_board_names_owner_and_weakest_unit() -> None:
    board = page(browser("BYT", "ministry"), "/ke-hoach/dieu-hanh")
    assert "Chất lượng theo đơn vị chủ quản" in board
    assert re.search(r'href="/chat-luong/practitioners/\w+\?tinh=9\d"', board)
    own = page(browser(PROVINCE, "province"), "/ke-hoach/dieu-hanh")
    assert re.search(rf'href="/chat-luong/practitioners/\w+\?co-so={OWN}"', own)
    assert STRANGER not in own
    # A facility has nobody below it.
    assert "Đơn vị thấp nhất" not in page(browser(OWN, "facility"), "/ke-hoach/dieu-hanh")


# REST


def machine_answer(unit: str, path: str, *scopes: str) -> Any:
    return senders.Machine(unit, *(scopes or ("registers:read",))).get(path)


@pytest.mark.usefixtures("three_people")
def test_rest_tells_the_same_scores() -> None:
    found = machine_answer(PROVINCE, "/quality").json()
    assert [one["database"] for one in found["databases"]] == list(DATABASES)
    practitioners = next(one for one in found["databases"] if one["database"] == "practitioners")
    assert practitioners["counted"] == 2
    assert practitioners["words"]["complete"] == {"share": 0.5, "failing": 1, "formula": "1"}
    one = machine_answer(PROVINCE, "/quality/practitioners").json()
    assert [unit["unit"] for unit in one["units"]] == [OWN, NEIGHBOUR]
    assert one["causes"][0]["failing"] == 2
    assert one["days"][-1]["counted"] == 2


def test_rest_pages_what_fails_without_particulars(three_people: list[Any]) -> None:
    machine = senders.Machine(PROVINCE, "registers:read")
    first = machine.get("/quality/practitioners/unified/failing?limit=1").json()
    second = machine.get(f"/quality/practitioners/unified/failing?limit=1&cursor={first['next']}").json()
    assert second["next"] is None
    told = [one["record"] for one in first["records"] + second["records"]]
    assert told == [str(person.pk) for person in three_people[:2]]
    assert "Trần" not in str(first)


@pytest.mark.usefixtures("three_people")
def test_rest_refuses_what_is_not_the_askers() -> None:
    assert machine_answer(OWN, f"/quality/practitioners?facility={STRANGER}").json()["counted"] == 1
    assert machine_answer(OWN, "/quality/visits/live/failing").status_code == 404
    assert machine_answer(OWN, "/quality/births").status_code == 404
    assert machine_answer(OWN, "/quality", "ledger:read").status_code == 403
    assert machine_answer(OWN, "/quality/practitioners/live/failing?limit=x").status_code == 422


def test_rest_publishes_formulas() -> None:
    found = machine_answer(OWN, "/quality/formulas").json()["formulas"]
    assert [one["word"] for one in found] == list(WORDS)
    assert all(set(one["criteria"]) == set(DATABASES) for one in found)
