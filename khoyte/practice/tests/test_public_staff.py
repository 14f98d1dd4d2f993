"""Who practises at a facility, on the page anybody looks it up by: published, as of today, by pages."""

from datetime import timedelta

import pytest
from django.test import Client

from khoyte.foundation.calendar import today
from khoyte.practice import public_staff
from khoyte.practice.tests.people import registration
from khoyte.practice.tests.test_operating_licence import PLACE
from khoyte.registers.models import Record
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PERSON, made, person
from khoyte.registers.tests.test_pages import text_of
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


@pytest.fixture
def facility() -> Record:
    return made("facilities", PLACE, confirmed=True)


def shown(facility: Record, query: str = "") -> str:
    return text_of(Client().get(f"/tra-cuu/facilities/{facility.pk}{query}"))


def at(facility: str, page: int = 1) -> tuple[int, list[str]]:
    with speaking_as(ANONYMOUS):
        pages, people = public_staff.practising_at(facility, today(), page)
    return pages.total, [one.content["full_name"] for one in people]


def test_anybody_reads_who_practises_there_without_numbers_of_persons(facility: Record) -> None:
    holder = made("practitioners", PERSON, confirmed=True)
    registration(confirmed=True, reference="so-tiep-nhan-7", scope="chuyen-rieng")
    page = shown(facility)
    assert "Người đăng ký hành nghề tại cơ sở" in page
    assert f'href="/tra-cuu/practitioners/{holder.pk}"' in page
    for words in (
        "Nguyễn Thị Ánh",
        "000123/DEMO-GPHN",
        "Bác sỹ điều trị",
        "T2-CN 0:00-24:00",
        "Còn hiệu lực",
    ):
        assert words in page
    assert "Còn hiệu lực" in page
    for kept in (PERSON["personal_number"], "1985", "so-tiep-nhan-7", "chuyen-rieng", "K02"):
        assert kept not in page


def test_only_what_is_published_holds_today_and_is_of_this_facility(facility: Record) -> None:
    yesterday, tomorrow = (str(today() + timedelta(days=n)) for n in (-1, 1))
    people = [person(number) for number in range(1, 7)]
    for one in people:
        made("practitioners", one, confirmed=one is not people[5])
    of = [one["personal_number"] for one in people]
    registration(personal_number=of[0], confirmed=True)
    registration(personal_number=of[1], confirmed=True, valid_to=yesterday)
    registration(personal_number=of[2], confirmed=True, valid_from=tomorrow)
    registration(personal_number=of[3], confirmed=True, facility=NEIGHBOUR)
    registration(personal_number=of[4])
    registration(personal_number=of[5], confirmed=True)
    assert at(OWN) == (1, [people[0]["full_name"]])
    assert at(NEIGHBOUR) == (1, [people[3]["full_name"]])
    assert at("") == at("' | 'a") == (0, [])
    assert at(OWN[:3])[0] == 0  # the beginning of a code is no code


def test_a_suspended_licence_is_said_beside_the_name(facility: Record) -> None:
    made("practitioners", PERSON, confirmed=True)
    registration(confirmed=True)
    act = {"licence_number": PERSON["licence_number"], "kind": "suspend", "decision": "9/QĐ-SYT"}
    made("licence_events", act | {"valid_from": today().isoformat()}, confirmed=True)
    page = shown(facility)
    assert "Không được hành nghề" in page
    assert "Còn hiệu lực" not in page.partition("Người đăng ký hành nghề")[2]


def test_many_come_by_pages_in_the_order_of_names(
    facility: Record, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    monkeypatch.setattr(public_staff, "ROWS", 2)
    names = ["Lê Thị Hoa", "Trần Văn Anh", "Đỗ Thị Bình", "Lý Văn Anh", "Vũ Thị Yến"]
    for number, name in enumerate(names, 1):
        one = person(number, full_name=name)
        made("practitioners", one, confirmed=True)
        registration(personal_number=one["personal_number"], confirmed=True)
    in_order = ["Lý Văn Anh", "Trần Văn Anh", "Đỗ Thị Bình", "Lê Thị Hoa", "Vũ Thị Yến"]
    assert [at(OWN, page)[1] for page in (1, 2, 3)] == [in_order[:2], in_order[2:4], in_order[4:]]
    assert at(OWN, 99) == (5, in_order[4:])
    assert "Vũ Thị Yến" in shown(facility, "?trang=3")
    with speaking_as(ANONYMOUS), django_assert_num_queries(3):  # however many people stand on the page
        public_staff.practising_at(OWN, today(), 1)


def test_a_facility_without_published_registrations_says_so(facility: Record) -> None:
    assert "Chưa có đăng ký hành nghề nào được công bố" in shown(facility)
