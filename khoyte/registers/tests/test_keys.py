"""One record per key in the whole country, however it comes in; one content per key in a file."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from khoyte.registers import actions
from khoyte.registers.errors import WrongRecord
from khoyte.registers.importing import Report, _Import, run
from khoyte.registers.known import register
from khoyte.registers.models import Key
from khoyte.registers.reading import Source
from khoyte.registers.tests.offices import (
    OWN,
    PHARMACY,
    PROVINCE,
    STRANGER,
    SYSTEM,
    Machine,
    again,
    csv_of,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_pages import browser, typed
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.test_races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
PEOPLE = register("practitioners")
TAKEN = PEOPLE.declaration.once[-1].sentence


@pytest.fixture
def clerk(country: None) -> Client:
    return browser(OWN, "facility")


@pytest.mark.parametrize("where", [OWN, STRANGER])
def test_a_person_is_declared_once_on_the_page_and_over_rest(clerk: Client, where: str) -> None:
    first = made("practitioners", person(1, facility=where))
    for written in ("999085000001", "999 085 000 001"):
        answer = clerk.post(
            "/so-dang-ky/practitioners/moi", typed(1, personal_number=written, licence_number="2/DEMO-GPHN")
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert TAKEN.vi in page
        assert str(first.pk) not in page
        assert (STRANGER in page) is False
    answer = Machine(OWN).post("/practitioners/records", person(1, licence_number="2/DEMO-GPHN"))
    assert answer.status_code == 422
    assert [(one["field"], one["message"]) for one in answer.json()["errors"]] == [
        ("personal_number", TAKEN.vi)
    ]
    assert PEOPLE.model.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("facilities", {"code": OWN, "name": "Phòng khám Hoa Nắng", "province": "97"}, "code"),
        ("pharmacies", PHARMACY, "certificate_number"),
    ],
)
def test_so_is_a_facility_and_a_pharmacy(name: str, content: dict[str, Any], field: str) -> None:
    machine = Machine(PROVINCE)
    assert machine.post(f"/{name}/records", content).status_code == 201
    answer = machine.post(f"/{name}/records", content | {"name": "Khác"})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert "sửa hồ sơ đã có" in answer.json()["errors"][0]["message"].lower()


def test_a_change_to_the_key_of_another_is_refused_and_a_withdrawn_record_frees_it() -> None:
    first, second = made("practitioners", person(1)), made("practitioners", person(2))
    machine = Machine(OWN)
    path = f"/practitioners/records/{second.pk}"
    wanted = {"personal_number": "999085000001"}
    assert machine.patch(path, wanted, If_Match='"1"').status_code == 422
    assert again(PEOPLE, second).version == 1
    with speaking_as(officer(OWN, "facility")):
        actions.withdraw(register=PEOPLE, id=first.pk, by=officer(OWN, "facility"))
    assert machine.patch(path, wanted, If_Match='"1"').status_code == 200
    assert machine.post("/practitioners/records", person(2, licence_number="9/DEMO-GPHN")).status_code == 201


def test_two_records_of_old_with_one_key_may_still_be_corrected_but_make_no_third() -> None:
    first = made("practitioners", person(1))
    Key.objects.filter(record=first.pk, rule="key").delete()
    second = made("practitioners", person(1, licence_number="2/DEMO-GPHN"))
    machine = Machine(OWN)
    for record in (first, second):
        answer = machine.patch(f"/practitioners/records/{record.pk}", {"phone": "0912345678"}, If_Match='"1"')
        assert answer.status_code == 200
    assert machine.post("/practitioners/records", person(1, licence_number="3/DEMO-GPHN")).status_code == 422


def test_an_import_does_not_declare_anew_whom_another_facility_declared() -> None:
    made("practitioners", person(1, facility=STRANGER))
    rows = [person(1, licence_number="2/DEMO-GPHN"), person(2)]
    document = Machine(OWN).send("practitioners", csv_of(rows)).json()
    assert (document["good"], document["bad"], document["stored"]) == (1, 1, 0)
    assert document["causes"][0]["cause"] == "taken:personal_number"
    assert document["causes"][0]["message"] == TAKEN.vi
    assert STRANGER not in str(document)
    assert document["errors"][0]["row"] == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told(country: None) -> None:
    told: list[str] = []
    together = threading.Barrier(2)

    def declare(number: int) -> None:
        try:
            together.wait(20)
            made("practitioners", person(1, licence_number=f"{number}/DEMO-GPHN"), SYSTEM)
            told.append("made")
        except WrongRecord as wrong:
            told.append(next(iter(wrong.problems)))
        finally:
            connection.close()

    threads = [threading.Thread(target=declare, args=(number,)) for number in (1, 2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(told) == ["made", "personal_number"]


def import_of(rows: list[dict[str, str]], file: str) -> Report:
    with transaction.atomic():
        return run(PEOPLE, Source(file, csv_of(rows)), by=SYSTEM, dry=False)


@pytest.mark.django_db(transaction=True)
def test_of_two_files_at_once_with_one_person_the_second_is_told_of_the_row(
    country: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are checked before either is stored: the database says who was first."""
    together = threading.Barrier(2)
    stored = _Import._store_fresh

    def store_together(*given: Any) -> int:
        together.wait(20)
        return stored(*given)

    monkeypatch.setattr(_Import, "_store_fresh", store_together)
    reports: list[Report] = []
    acts = [
        lambda n=n: reports.append(
            import_of([person(10 + n), person(1, licence_number=f"{n}/DEMO-GPHN")], f"{n}.csv")
        )
        for n in (1, 2)
    ]
    assert at_once(*acts) == ["done", "done"]
    first, second = sorted(reports, key=lambda report: report.bad)
    assert (first.stored, first.bad, second.stored, second.bad) == (2, 0, 0, 1)
    (error,) = second.document("vi")["errors"]
    assert (error["row"], error["field"]) == (3, "personal_number")
    assert error["message"].startswith(TAKEN.vi)
    assert PEOPLE.model.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_files_that_wait_for_each_other_one_is_told_to_come_again(
    country: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("khoyte.registers.importing.ROWS_AT_ONCE", 1)
    together = threading.Barrier(2)
    block = _Import._store_block

    def store_together(work: Any, rows: Any) -> bool:
        done = block(work, rows)
        if work.report.stored == 1:
            together.wait(20)
        return done

    monkeypatch.setattr(_Import, "_store_block", store_together)
    people = [person(1), person(2)]
    acts = [
        lambda rows=rows: import_of(rows, "a.csv") for rows in (people, people[::-1])
    ]  # each begins with what the other ends with
    assert sorted(at_once(*acts)) == ["Together", "done"]
    assert PEOPLE.model.objects.count() == 2


@pytest.mark.parametrize("piece", [100_000, 1])
def test_rows_of_one_key_that_differ_are_an_error_that_names_the_earlier_row(
    monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr("khoyte.registers.reading.PIECE", piece)
    rows = [person(1), person(2), person(1), person(1, phone="0912345678")]
    document = Machine(OWN).send(
        "practitioners", csv_of([row | {"phone": row.get("phone", "")} for row in rows])
    )
    told = document.json()
    assert document.status_code == 422
    assert (told["rows"], told["good"], told["duplicate"], told["bad"], told["stored"]) == (4, 2, 1, 1, 0)
    assert [(cause["cause"], cause["rows"]) for cause in told["causes"]] == [("conflict:personal_number", 1)]
    (error,) = told["errors"]
    assert (error["row"], error["field"]) == (5, "personal_number")
    assert "dòng 2 " in error["message"]
    assert "999085000001" not in str(told)
    assert PEOPLE.model.objects.count() == 0


def test_what_is_counted_as_not_confirmed_is_what_the_link_lists(clerk: Client) -> None:
    made("practitioners", person(1))
    returned = made("practitioners", person(2))
    PEOPLE.model.objects.filter(pk=returned.pk).update(state="returned")
    sent = made("practitioners", person(3))
    PEOPLE.model.objects.filter(pk=sent.pk).update(state="in_review")
    made("practitioners", person(4), confirmed=True)
    for client in (clerk, browser(PROVINCE, "province")):
        assert (
            "/so-dang-ky/practitioners?trang-thai=unconfirmed" in client.get("/so-dang-ky").content.decode()
        )
        page = client.get("/so-dang-ky/practitioners?trang-thai=unconfirmed").content.decode()
        assert [f"{number:06d}/DEMO-GPHN" in page for number in (1, 2, 3, 4)] == [True, True, True, False]
        found = client.get("/so-dang-ky/practitioners?trang-thai=unconfirmed&q=tran").content.decode()
        assert [f"{number:06d}/DEMO-GPHN" in found for number in (1, 2, 3, 4)] == [True, True, True, False]
