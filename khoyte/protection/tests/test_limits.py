"""A limit on processing that was granted: output by output, what leaves and what the law makes go on."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

import khoyte
from khoyte.audit.models import AuditEntry
from khoyte.foundation.crypto import Keyring
from khoyte.legal.limits import limits_on
from khoyte.legal.purposes import purposes_on
from khoyte.links.destinations import Place
from khoyte.links.models import ExchangeMessage
from khoyte.protection import actions, queries
from khoyte.protection.errors import NotPossible
from khoyte.protection.models import SubjectRequest
from khoyte.protection.subjects import Subject, key_of
from khoyte.protection.tests.people import NUMBER, SUBJECT, agreed, asked, browser, officer
from khoyte.protection.tests.test_purposes import DAY
from khoyte.protection.tests.test_tenants import citizen
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import MINISTRY, NEIGHBOUR, OWN, PROVINCE, STRANGER
from khoyte.units.tenancy import speaking_as, working
from khoyte.visits import limits, versions
from khoyte.visits import queries as visits
from khoyte.visits.feeds import VisitSource, tell_new_visits
from khoyte.visits.limits import NotWithoutConsent, visits_for
from khoyte.visits.models import ProcessingLimit, Visit
from khoyte.visits.papers import papers_by_facility, visits_without

pytestmark = pytest.mark.django_db
REVIEW = "facility.review"
OTHER = "999190000999"
EVERY_TABLE = ("XML1", "XML2", "XML3", "XML4", "XML5")


@pytest.fixture
def two_persons(country: None) -> None:
    """Of the person who asks and of another one visit each at the own facility."""
    send("A1")
    send("B1", SO_CCCD=OTHER)


def send(code: str, facility: str = OWN, **fields: str) -> None:
    made = senders.dossier(code, facility=facility, tables=EVERY_TABLE, **fields)
    senders.judged(senders.file_of(made, facility=facility))


def granted(unit: str = OWN) -> SubjectRequest:
    """As the desk does it: entered, answered, granted, each in a transaction of the officer."""
    by = officer(unit)
    with speaking_as(by):
        found = asked("limit", by=by)
        actions.act_on_request(request=found, act="answer", by=by)
        return actions.act_on_request(request=found, act="complete", note="Đã hạn chế.", by=by)


def lifted(found: SubjectRequest) -> SubjectRequest:
    by = officer(found.unit)
    with speaking_as(by):
        return actions.act_on_request(request=found, act="lift", note="Người đó đề nghị.", by=by)


def shown(purpose: str = REVIEW) -> list[str]:
    return sorted(visits_for(purpose).values_list("ma_lk", flat=True))


def page(client: Client, address: str, **asked_for: Any) -> str:
    return client.get(address, asked_for).content.decode()


def press(client: Client, address: str, form_of: str, **form: str) -> Any:
    """Send a form as a browser does that has opened the page `form_of`."""
    client.get(form_of)
    return client.post(address, form, headers={"X-CSRFToken": client.cookies["csrftoken"].value})


LONG = {"tu": "2020-01-01", "den": "2027-12-31"}


@pytest.mark.usefixtures("two_persons")
class TestWhatLeaves:
    def test_the_list_and_its_count(self) -> None:
        clerk = browser(OWN, "facility")
        assert ">A1<" in page(clerk, "/luot-kham", **LONG)
        granted()
        after = page(clerk, "/luot-kham", **LONG)
        assert ">A1<" not in after
        assert ">B1<" in after
        assert AuditEntry.objects.filter(action="visit.list").count() == 2 + 1

    def test_search_by_number_and_by_code(self) -> None:
        clerk = browser(OWN, "facility")
        granted()
        for number, code, is_seen in ((NUMBER, "A1", False), (OTHER, "B1", True)):
            answer = press(clerk, "/luot-kham", "/luot-kham", **{"so-dinh-danh": number})
            assert answer.status_code == 200
            assert (f">{code}<" in answer.content.decode()) == is_seen
        found = page(clerk, "/luot-kham", **LONG, **{"ma-lk": "A1"})
        assert "/luot-kham/" not in found.partition("<main")[2].replace("/luot-kham?", "")

    def test_the_record_itself_answers_as_if_it_were_not_there(self) -> None:
        clerk = browser(OWN, "facility")
        id = Visit.objects.get(ma_lk="A1").pk
        assert clerk.get(f"/luot-kham/{id}").status_code == 200
        granted()
        assert (
            clerk.get(f"/luot-kham/{id}").status_code == clerk.get("/luot-kham/999999999").status_code == 404
        )
        assert AuditEntry.objects.filter(action="visit.read").count() == 1

    def test_lists_and_counts_of_papers_of_a_province_and_their_sheets(self) -> None:
        clerk = browser(PROVINCE, "province")
        lacking = "/tinh/loai-giay-to/97001/XML7"
        Visit.objects.update(ma_loai_kcb="03", tables=["XML1"])

        def first_column(address: str) -> list[Any]:
            answer = clerk.get(address, {**LONG, "tai": "xlsx"})
            book = openpyxl.load_workbook(io.BytesIO(answer.content))
            return [row[0] for sheet in book for row in sheet.iter_rows(values_only=True)]

        assert {"A1", "B1"} <= set(first_column(lacking))
        before = page(clerk, "/tinh/loai-giay-to", **LONG)
        granted()
        assert "A1" not in first_column(lacking)
        assert "B1" in first_column(lacking)
        assert page(clerk, "/tinh/loai-giay-to", **LONG) != before
        span = (DAY.replace(year=2020), DAY.replace(year=2027))
        assert papers_by_facility(PROVINCE, *span)[OWN]["XML7"].expected == 1
        assert [one.ma_lk for one in visits_without("XML7", PROVINCE, OWN, *span, 9)] == ["B1"]

    def test_lines_of_drugs_and_services_by_practitioner(self) -> None:
        licence = Visit.objects.raw("SELECT id, ma_bac_si FROM (SELECT visit_id AS id, ma_bac_si"
                                    " FROM visit_drug LIMIT 1) x")[0].ma_bac_si  # fmt: skip
        span = (timezone.now().replace(year=2020), timezone.now().replace(year=2027, day=1))
        before = {act["visit_id"] for act in visits.acts_by(licence, *span)}
        granted()
        after = {act["visit_id"] for act in visits.acts_by(licence, *span)}
        assert len(before) == 2
        assert after == {Visit.objects.get(ma_lk="B1").pk}

    def test_a_consent_of_before_opens_nothing(self) -> None:
        by = officer()
        consent = agreed()
        with speaking_as(by):
            assert queries.visits_released("exchange.care", consent, by).count() == 1
        granted()
        with speaking_as(by):
            assert queries.visits_released("exchange.care", consent, by).count() == 0

    def test_what_comes_in_later_is_limited_from_the_start(self) -> None:
        granted()
        send("A2")
        assert shown() == ["B1"]
        assert set(Visit.objects.filter(is_limited=True).values_list("ma_lk", flat=True)) == {"A1", "A2"}
        with connection.cursor() as cursor:
            for table in ("visit_drug", "visit_service", "visit_result", "visit_progress"):
                cursor.execute(
                    f"SELECT bool_and(l.is_limited = (ma_lk <> 'B1')), count(*) >= 3 FROM {table} l"
                    " JOIN visit v ON v.id = visit_id"
                )
                assert cursor.fetchone() == (True, True), table

    def test_a_newer_version_and_one_that_is_current_again_stay_limited(self) -> None:
        granted()
        send("A1", HO_TEN="Nguyễn Thị Khác")
        assert Visit.objects.filter(ma_lk="A1", is_limited=True).count() == 2
        with working():
            versions.withdraw([Visit.objects.get(ma_lk="A1", version=2).pk])
        assert shown() == ["B1"]


@pytest.mark.usefixtures("two_persons")
class TestTheSecondWall:
    SEEN = "SELECT count(*) FROM visit WHERE ma_lk = 'A1'"
    LINES = "SELECT count(*) FROM visit_drug d JOIN visit v ON v.id = d.visit_id WHERE v.ma_lk = 'A1'"

    @pytest.mark.parametrize(
        ("unit", "role"), [(OWN, "facility"), (PROVINCE, "province"), (MINISTRY, "ministry")]
    )
    def test_a_query_without_a_filter_shows_no_limited_row(self, unit: str, role: str) -> None:
        granted()
        with speaking_as(senders.account_actor(unit, role)), connection.cursor() as cursor:
            for statement in (self.SEEN, self.LINES, "SELECT count(*) FROM visit_result WHERE is_limited"):
                cursor.execute(statement)
                assert cursor.fetchone() == (0,)

    def test_the_person_sees_the_own_rows_all_the_same(self) -> None:
        granted()
        with speaking_as(citizen()), connection.cursor() as cursor:
            cursor.execute(self.SEEN)
            assert cursor.fetchone() == (1,)

    def test_the_application_can_mark_and_unmark_nothing_itself(self) -> None:
        found = granted()
        key = key_of(NUMBER, Keyring.load())
        for statement in (
            "UPDATE visit SET is_limited = false",
            "DELETE FROM processing_limit",
            "UPDATE processing_limit SET person_key = 'x'",
            "SELECT khoyte_mark_limited(ARRAY[1])",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), speaking_as(officer()):
                connection.cursor().execute(statement)
        with pytest.raises(ProgrammingError), transaction.atomic(), speaking_as(officer(STRANGER)):
            ProcessingLimit.objects.create(
                request=found.unit and "00000000-0000-7000-8000-000000000001",
                unit=OWN, facility=OWN, province=PROVINCE, person_key=key, began_by="x",
            )  # fmt: skip


@pytest.mark.usefixtures("two_persons")
class TestWhatTheLawMakesGoOn:
    def test_judging_answers_the_facility_and_counts_in_the_ledger(self) -> None:
        granted()
        made = senders.judged(senders.small_file("A3"))
        assert senders.outcomes(made) == [("A3", "accepted")]
        assert made.counts()["accepted"] == 1

    def test_the_person_gets_a_copy_of_everything(self) -> None:
        granted()
        by = officer()
        with speaking_as(by):
            assert queries.held_about(key_of(NUMBER, Keyring.load()), by).visits == 1
            found = asked("provide", by=by)
            actions.act_on_request(request=found, act="answer", by=by)
        answer = browser(OWN, "data_protection").get(f"/bao-ve-du-lieu/yeu-cau/{found.pk}/ban-sao.xlsx")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert any(SUBJECT.name in str(cell) for sheet in book for row in sheet.values for cell in row)
        assert AuditEntry.objects.filter(action="visit.provide").count() == 1

    def test_the_person_sees_who_opened_the_records(self) -> None:
        id = Visit.objects.get(ma_lk="A1").pk
        browser(OWN, "facility").get(f"/luot-kham/{id}")
        granted()
        actor = citizen()
        with speaking_as(actor):
            rows = queries.accesses(bytes.fromhex(actor.person), 10, by=actor)
        assert [row["action"] for row in rows] == ["visit.read"]

    def test_only_what_the_law_obliges_to_passes_the_wall(self) -> None:
        granted()
        with speaking_as(officer()):
            assert Visit.objects.count() == 1
            with limits.by_law("subject.access"):
                assert Visit.objects.count() == 2
            assert Visit.objects.count() == 1
            with pytest.raises(PermissionError), limits.by_law(REVIEW):
                pass


class TestWhoseRecords:
    @pytest.mark.parametrize(
        ("unit", "limited"),
        [(OWN, {"A1"}), (PROVINCE, {"A1", "A2"}), (MINISTRY, {"A1", "A2", "A3"})],
    )
    def test_those_the_granting_unit_holds(self, unit: str, limited: set[str], country: None) -> None:
        send("A1")
        send("A2", NEIGHBOUR)
        send("A3", STRANGER)
        granted(unit)
        assert set(Visit.objects.filter(is_limited=True).values_list("ma_lk", flat=True)) == limited

    def test_a_unit_that_holds_no_records_grants_none(self, country: None) -> None:
        by = officer(senders.DEPARTMENT)
        found = asked("limit", by=by)
        actions.act_on_request(request=found, act="answer", by=by)
        with pytest.raises(NotPossible) as told:
            actions.act_on_request(request=found, act="complete", note="Được.", by=by)
        assert told.value.code == "no-visits"

    def test_two_limits_are_lifted_one_by_one(self, country: None) -> None:
        send("A1")
        first, second = granted(), granted(PROVINCE)
        lifted(first)
        assert shown() == []
        assert lifted(second).state == "lifted"
        assert shown() == ["A1"]
        with pytest.raises(NotPossible):
            lifted(second)

    def test_only_a_granted_limit_is_lifted(self, country: None) -> None:
        view = asked("view")
        actions.act_on_request(request=view, act="answer", by=officer())
        actions.act_on_request(request=view, act="complete", note="Đã xem.", by=officer())
        for found in (view, asked("limit")):
            with pytest.raises(NotPossible):
                actions.act_on_request(request=found, act="lift", note="Bỏ.", by=officer())

    def test_the_desk_shows_since_when_and_offers_to_lift(self, country: None) -> None:
        send("A1")
        found = granted()
        desk = browser(OWN, "data_protection")
        address = f"/bao-ve-du-lieu/yeu-cau/{found.pk}"
        before = page(desk, address)
        assert "Hạn chế xử lý từ" in before
        assert "Bỏ hạn chế xử lý" in before
        assert press(desk, address, address, viec="lift", **{"ghi-chu": "Bỏ."}).status_code == 302
        assert "Đã bỏ hạn chế" in page(desk, address)
        assert shown() == ["A1"]


@pytest.fixture
def centre(transactional_db: None, settings: Any) -> Iterator[None]:
    """The watermark goes by transactions that are over."""
    clear_visits()
    senders.make_country()
    settings.EXCHANGE = {"datacentre": Place("datacentre", "https://centre.example")}
    yield
    clear_visits()


def clear_visits() -> None:
    """Tables that are not Django's outlive a test."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE visit, visit_drug, visit_service, visit_result, visit_progress")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("centre")
def test_delivery_ends_takes_back_what_was_sent_and_begins_anew_when_lifted() -> None:
    def told() -> list[tuple[str, bool]]:
        rows = ExchangeMessage.objects.order_by("number").values_list("subject", "removed")
        return [(subject.partition("/")[2], removed) for subject, removed in rows]

    send("A1")
    send("B1", SO_CCCD=OTHER)
    tell_new_visits()
    found = granted()
    assert VisitSource().read([(f"{OWN}/A1", 1)]) == {}, "what waits to be sent is not sent any more"
    send("A2")
    tell_new_visits()
    assert told()[2:] == [("A1", True)], "of what was never told nothing is taken back"
    assert [change.subject for change in VisitSource().current(None)] == [f"{OWN}/B1"]
    lifted(found)
    tell_new_visits()
    assert sorted(told()[3:]) == [("A1", False), ("A2", False)]


class TestConsent:
    def test_its_records_go_out_until_it_is_withdrawn_and_each_is_logged(self, two_persons: None) -> None:
        consent = agreed()
        desk = browser(OWN, "data_protection")
        address = f"/bao-ve-du-lieu/dong-y/{consent.pk}"
        assert f"{address}/ban-sao.xlsx" in page(desk, address)
        given = desk.get(f"{address}/ban-sao.xlsx")
        assert given.status_code == 200
        (entry,) = AuditEntry.objects.filter(action="visit.share")
        assert (entry.purpose, entry.details) == ("exchange.care", {"consent": str(consent.pk)})
        assert entry.subject_id == str(Visit.objects.get(ma_lk="A1").pk)
        assert press(desk, address, address).status_code == 302
        assert desk.get(f"{address}/ban-sao.xlsx").status_code == 404
        assert f"{address}/ban-sao.xlsx" not in page(desk, address)

    def test_a_request_to_withdraw_closes_it_too(self, two_persons: None) -> None:
        consent, by = agreed(), officer()
        request = asked("withdraw")
        actions.act_on_request(request=request, act="answer", by=by)
        actions.act_on_request(request=request, act="complete", note="Đã rút.", by=by)
        assert not queries.visits_released("exchange.care", consent, by)

    def test_it_opens_its_own_purpose_to_its_own_unit_alone(self, two_persons: None) -> None:
        consent = agreed()
        assert not queries.visits_released("research.use", consent, officer())
        assert not queries.visits_released("exchange.care", consent, officer(NEIGHBOUR))
        other = agreed(subject=Subject("Nguyễn Văn Khác", OTHER))
        rows = queries.visits_released("exchange.care", other, officer())
        assert [row.ma_lk for row in rows] == ["B1"]

    def test_who_took_the_unit_over_holds_its_consents(self, two_persons: None) -> None:
        consent = agreed()
        successor = replace(officer(NEIGHBOUR), before=(OWN,))
        assert [row.ma_lk for row in queries.visits_released("exchange.care", consent, successor)] == ["A1"]
        asked_for = asked("withdraw", by=successor)
        actions.act_on_request(request=asked_for, act="answer", by=successor)
        actions.act_on_request(request=asked_for, act="complete", note="Đã rút.", by=successor)
        assert not queries.visits_released("exchange.care", consent, successor)
        assert not queries.visits_released("exchange.care", consent, officer())

    def test_no_other_door_leads_to_a_purpose_that_needs_it(self, db: None) -> None:
        for code, purpose in purposes_on(DAY).items():
            if purpose.needs_consent:
                with pytest.raises(NotWithoutConsent):
                    visits_for(code)


# Where the product reads visits or their lines, and for which purpose. One place more wants a line here.
READERS = {
    "campaigns/queries.py": "facility.activity",
    "monitor/platform.py": "statistics.indicators",
    "protection/queries.py": "subject.access",
    "quality/computing.py": "statistics.indicators",
    "quality/loop.py": "statistics.indicators",
    "submissions/catalogue_impact.py": "intake.judge",
    "visits/feeds.py": "exchange.national",
    "visits/limits.py": "",  # the door itself
    "visits/paper_days.py": "province.oversee",
    "visits/papers.py": "province.oversee",
    "visits/queries.py": "facility.review",
    "visits/versions.py": "intake.judge",
    "warehouse/comparing.py": "statistics.indicators",
    "warehouse/filling.py": "statistics.indicators",
    "warehouse/reading_rows.py": "statistics.indicators",
}
# They only ask which visits are new or changed; what of them counts is said by `reading_rows`.
ONLY_IDS = {"quality/loop.py", "warehouse/comparing.py", "warehouse/filling.py"}
READS = re.compile(r"\bVisit\.objects\b|\b(?:FROM|JOIN) visit(?:_drug|_service|_result|_progress)?\b(?! \()")
ASKS = re.compile(r"visits_for\(|condition_for\(|NOT (?:\w\.)?is_limited|is_limited=False|by_law\(")


def test_whoever_reads_visits_says_for_which_purpose() -> None:
    root = Path(khoyte.__file__).parent
    skipped = {"tests", "nonprod", "migrations"}
    sources = [file for file in root.rglob("*.py") if not skipped & set(file.parts)]
    reading = {
        str(file.relative_to(root)): text for file in sources if READS.search(text := file.read_text())
    }
    assert reading.keys() == READERS.keys()
    for name, purpose in READERS.items():
        if purpose and limits_on(DAY)[purpose].binds and name not in ONLY_IDS:
            assert ASKS.search(reading[name]), f"{name} reads visits for {purpose} and asks for no limit"


def test_every_purpose_says_what_a_limit_does_to_it_and_by_which_law() -> None:
    rules = limits_on(DAY)
    assert rules.keys() == purposes_on(DAY).keys()
    assert all(one.legal and one.reason.vi and one.reason.en for one in rules.values())
    assert {code for code, one in rules.items() if not one.binds} == {
        "intake.judge", "subject.access", "subject.own", "breach.handle", "consent.keep",
        "emergency.care", "register.verify",
    }  # fmt: skip
    assert all(rules[code].binds for code, one in purposes_on(DAY).items() if one.needs_consent)
    with pytest.raises(KeyError):
        visits_for("something.else")


def test_everybody_reads_what_a_limit_stops_and_what_goes_on(country: None) -> None:
    shown_rights = page(browser(OWN, "facility"), "/quyen-du-lieu")
    assert "Khi đã hạn chế xử lý" in shown_rights
    assert "Vẫn thực hiện theo luật" in shown_rights
