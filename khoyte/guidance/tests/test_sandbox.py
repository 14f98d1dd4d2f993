"""The training province: everything can be tried in it, and nothing of it is seen or counted elsewhere."""

import io
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from khoyte.campaigns import queries as campaigns
from khoyte.foundation.calendar import today
from khoyte.guidance import sandbox
from khoyte.links.destinations import Place
from khoyte.links.models import ExchangeMessage
from khoyte.monitor import measures
from khoyte.practice.models import IdentityCheck
from khoyte.registers import actions, importing
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Published, Version
from khoyte.registers.reading import Source
from khoyte.registers.telling import RegisterSource
from khoyte.registers.tests import offices
from khoyte.submissions.models import Submission
from khoyte.submissions.tests import senders
from khoyte.units import actions as units
from khoyte.units import reorganising, training
from khoyte.units.errors import WrongUnit
from khoyte.units.models import Account, Unit
from khoyte.units.policy import ANONYMOUS, Facts, decide
from khoyte.units.queries import actor_of_account, facilities_of, provinces
from khoyte.units.requests import offices as offices_to_ask
from khoyte.units.tenancy import speaking_as, working
from khoyte.units.tests.country import BY, actor, make_account
from khoyte.units.tests.windows import Window
from khoyte.warehouse import reading_rows
from khoyte.warehouse.pseudonyms import Pseudonyms

pytestmark = pytest.mark.django_db

WORDS = ("tập huấn", "Tập A", "Huấn", "Thực Hành", "TAPHUAN")
"""What only the training province holds: in an answer to somebody else each would be a leak."""


@pytest.fixture
def switched_on(settings: Any) -> None:
    places = ("datacentre", "vneid", "population")
    settings.EXCHANGE = {name: Place(name, "https://national.example") for name in places}


def shown(window: Window, path: str) -> str:
    answer = window.get(path)
    assert answer.status_code == 200, (path, answer.content[:300])
    return answer.content.decode()


def account_of(unit: str, role: str) -> Account:
    return Account.objects.filter(username=f"{role}-{unit}").first() or make_account(unit, role)


def tables() -> list[str]:
    """Every table with rows of facilities that the application may read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'facility'"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            " AND NOT c.relispartition AND has_column_privilege('khoyte_app', c.oid, a.attnum, 'SELECT')"
        )
        found = [row[0] for row in cursor.fetchall()]
    assert {"practitioners", "register_version", "submission", "visit", "support_request"} <= set(found)
    return found


def seen_in(account: Account, table: str) -> set[str]:
    """Facilities whose rows PostgreSQL shows this account without any filter."""
    with speaking_as(actor_of_account(account)), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT facility FROM {table}")
        return {row[0] for row in cursor.fetchall()}


class TestWhatCanBeTried:
    def test_everything(self, learners: dict[str, Account]) -> None:
        """One province, tried in turn: making it anew for each trial costs a second."""
        for name, trial in vars(type(self)).items():
            if name.startswith("check_"):
                trial(self, learners)

    def check_it_is_filled_with_people_and_something_to_review(self, learners: dict[str, Account]) -> None:
        found = sandbox.current()
        assert found is not None
        assert (found.office.code, len(found.facilities), found.accounts) == ("TH01", 4, 6)
        queue = shown(Window(learners["facility_reviewer"]), "/ra-soat")
        assert queue.count("Nguyễn Văn Tập A") == 1
        assert "Trần Thị Huấn A" in queue
        assert "Lê Thị Thử A" in shown(Window(learners["province"]), "/ra-soat")

    def check_a_record_goes_through_the_whole_ladder(self, learners: dict[str, Account]) -> None:
        known = register("practitioners")
        waiting = known.model.objects.get(sort_key__contains="", full_name="Nguyễn Văn Tập A")
        for role in ("facility_reviewer", "province"):
            by = actor_of_account(learners[role])
            with speaking_as(by):
                actions.confirm(register=known, id=waiting.pk, by=by)
        again = known.model.objects.get(pk=waiting.pk)
        assert (again.state, again.confirmed_version) == ("confirmed", 2)

    def check_a_practitioner_has_an_own_file_without_a_code_to_show(
        self, learners: dict[str, Account]
    ) -> None:
        page = shown(Window(learners["practitioner"]), "/hanh-nghe")
        assert "Hiện được hành nghề tại 1 cơ sở" in page
        assert "ma-qr" not in page

    def check_every_page_says_that_it_is_training(self, learners: dict[str, Account]) -> None:
        paths = ("/tinh", "/tien-do", "/ke-hoach", "/bao-cao", "/so-dang-ky", "/tap-huan", "/goi-ho-so")
        pages = [("facility", "/"), ("practitioner", "/tai-khoan"), *(("province", path) for path in paths)]
        for role, path in pages:
            assert 'class="training"' in shown(Window(learners[role]), path)
        assert 'class="training"' not in shown(Window(make_account("97", "province")), "/tinh")
        # Also where the page is one of errors, and on paper.
        assert 'class="training"' in Window(learners["facility"]).get("/khong-co").content.decode()

    def check_a_file_is_judged_and_shown(self, learners: dict[str, Account]) -> None:
        facility = learners["facility"].unit_id
        found = senders.judged(senders.small_file("A1", facility=facility))
        assert found.accepted == 1
        assert str(found.pk) in shown(Window(learners["facility"]), "/goi-ho-so")

    def check_numbers_of_real_people_and_licences_are_refused(self, learners: dict[str, Account]) -> None:
        clerk = actor_of_account(learners["facility"])
        content = offices.PERSON | {"facility": clerk.unit_code, "personal_number": "001185000123"}
        with speaking_as(clerk), pytest.raises(WrongRecord) as refused:
            actions.create(register=register("practitioners"), content=content, by=clerk, source="form")
        assert refused.value.problems == {
            "personal_number": [training.REAL_PERSON],
            "licence_number": [training.REAL_NUMBER],
        }
        sheet = Source("a.csv", offices.csv_of([content]))
        with speaking_as(clerk):
            report = importing.run(register("practitioners"), sheet, by=clerk, dry=True)
        assert (report.bad, {cause.partition(":")[0] for cause in report.causes}) == (1, {"too_real"})

    def check_files_to_try_are_judged_as_they_promise(self, learners: dict[str, Account]) -> None:
        clerk = Window(learners["facility"])
        for kind, accepted, rejected in (("dat", 3, 0), ("loi", 2, 1)):
            body = clerk.get(f"/tap-huan/tep-mau/{kind}").content
            found = senders.judged(body, by=actor_of_account(learners["facility"]))
            assert (found.accepted + found.duplicate, found.rejected) == (accepted, rejected), kind
        assert Window(make_account("97001", "facility")).get("/tap-huan/tep-mau/dat").status_code == 404

    def check_the_operator_makes_it_anew_by_a_button(self, learners: dict[str, Account]) -> None:
        operator = Window(make_account("BYT", "operator"))
        assert "TH01: 6 tài khoản" in shown(operator, "/van-hanh/tap-huan")
        assert operator.post("/van-hanh/tap-huan").status_code == 302
        assert "TH02: 6 tài khoản" in shown(operator, "/van-hanh/tap-huan?xong=1")
        for role in ("facility", "province"):
            assert Window(learners[role]).post("/van-hanh/tap-huan").status_code == 403


class TestWhatDoesNotLeak:
    def test_nothing_leaks(self, switched_on: None, learners: dict[str, Account]) -> None:
        """One country, asked in every way: making it anew for each question costs seconds."""
        self.fill(learners)
        for name in dir(self):
            if name.startswith("check_"):
                with transaction.atomic():
                    getattr(self, name)()
        self.its_accounts_see_it_and_nothing_else(learners)

    def fill(self, learners: dict[str, Account]) -> None:
        """Something of every sort in the training province and beside it, made while all is switched on."""
        offices.made("facilities", {"code": "97001", "name": "Thật", "province": "97"}, confirmed=True)
        offices.made("practitioners", offices.PERSON, confirmed=True)
        self.facility = learners["facility"].unit_id
        for facility in (self.facility, "97001"):
            visit = senders.dossier("A1", facility=facility, tables=("XML1", "XML2", "XML3"))
            senders.judged(senders.file_of(visit, facility=facility))
        assert Submission.objects.filter(facility=self.facility).exists()

    def check_nothing_of_it_is_sent_to_national_systems(self) -> None:
        told = set(ExchangeMessage.objects.values_list("facility", flat=True))
        assert told == {"97001"}
        assert set(IdentityCheck.objects.values_list("facility", flat=True)) == {"97001"}
        # Nor does the nightly reconciliation send what they lack.
        from khoyte.links import feeds
        from khoyte.links.reconciling import _ours

        for feed in feeds.feeds_to("datacentre"):
            subjects = {one for bucket in _ours(feed, None).values() for one in bucket}
            assert not any(self.facility in subject for subject in subjects)
            if feed.kind in ("practitioners", "facilities"):
                assert len(subjects) == 1, feed.kind

    def check_nothing_of_it_is_published(self) -> None:
        assert Published.objects.count() == 2
        stranger = Window()
        for words in ("Tập", "Huấn", "Thử", "TAPHUAN", "Thực Hành"):
            for name in ("practitioners", "facilities"):
                page = shown(stranger, f"/tra-cuu?q={words}&so={name}")
                assert not any(word in page.partition("</form>")[2] for word in WORDS[1:])
        record = register("practitioners").model.objects.filter(facility=self.facility).first()
        assert stranger.get(f"/tra-cuu/practitioners/{record.pk}").status_code == 404

    def check_it_uses_up_no_national_code(self) -> None:
        assert Unit.objects.exclude(national_code="").count() == 1
        assert Unit.objects.get(pk=self.facility).national_code == ""

    def check_progress_over_the_country_does_not_count_it(self) -> None:
        for measure in ("facilities_declared", "practitioners_declared", "practitioners_reviewed"):
            with working():  # whoever sees every row
                over_all = campaigns.progress(measure, today())
                own = campaigns.progress(measure, today(), province="TH01")
            assert "TH01" not in over_all
            assert over_all
            assert set(own) == {"TH01"}, "in the training province progress is shown"

    def check_measures_of_plans_do_not_count_it(self) -> None:
        with working():
            counted = {one.name: one.count(measures.Scope()) for one in measures.ALL}
            own = measures.MEASURES["facilities_declared"].count(measures.Scope(province="TH01"))
        assert (counted["facilities_declared"].done, counted["facilities_declared"].total) == (1, 3)
        assert counted["practitioners_declared"].done == 1
        assert counted["facilities_sending"].done == 1
        assert (own.done, own.total) == (3, 4)

    def check_it_does_not_come_into_the_lake(self) -> None:
        with working():
            for table in ("visit", "visit_service", "visit_state"):
                frames = list(reading_rows.frames(table, 0, 10**12, Pseudonyms("trial")))
                assert {place for frame in frames for place in frame["facility"]} == {"97001"}

    def check_the_registers_of_a_day_leave_it_out(self) -> None:
        from django.utils import timezone

        from khoyte.warehouse.columns import REGISTERS
        from khoyte.warehouse.registers_by_day import Day, frames_of

        with working():
            for table, (name, _) in REGISTERS.items():
                frames = list(frames_of(table, Day(today(), timezone.now())))
                found = {place for frame in frames for place in frame["facility"]}
                assert not any(map(training.is_training, found)), table
                if name == "practitioners":
                    assert found == {"97001"}

    def check_those_who_see_everything_see_nothing_of_it(self) -> None:
        """The second wall alone: no filter of the application is asked."""
        for role, unit in (("ministry", "BYT"), ("department", "CUC"), ("province", "97")):
            account = account_of(unit, role)
            for table in tables():
                assert not any(map(training.is_training, seen_in(account, table))), (role, table)

    def its_accounts_see_it_and_nothing_else(self, learners: dict[str, Account]) -> None:
        for role in ("facility", "province"):
            for table in ("practitioners", "submission", "register_version"):
                found = seen_in(learners[role], table)
                assert found, (role, table)
                assert all(map(training.is_training, found)), (role, table)

    def check_the_first_wall_alone_keeps_it_from_those_who_see_everything(self) -> None:
        ministry = actor("BYT", "ministry")
        for action in ("submission.read", "register.read", "campaign.read", "indicator.read", "plan.read"):
            assert decide(ministry, action, Facts(facility="97001", province="97"))
            assert not decide(ministry, action, Facts(facility=self.facility, province="TH01")), action

    def check_pages_of_the_ministry_do_not_name_it(self) -> None:
        window = Window(account_of("BYT", "ministry"))
        paths = ("/tinh", "/goi-ho-so", "/so-dang-ky/practitioners", "/tien-do", "/ke-hoach", "/chi-so")
        for path in paths:
            page = shown(window, path)
            assert "TH01" not in page, path
            assert not any(word in page for word in WORDS), path
        sheet = openpyxl.load_workbook(io.BytesIO(window.get("/tien-do?tai=xlsx").content))
        cells = {str(cell.value) for row in sheet.active.iter_rows() for cell in row}
        assert not any("TH01" in cell for cell in cells)
        assert window.get("/tien-do?tinh=TH01").status_code == 404
        assert window.get(f"/hoat-dong/{self.facility}").status_code == 404
        found = Submission.objects.get(facility=self.facility)
        assert window.get(f"/goi-ho-so/{found.pk}").status_code == 404

    def check_a_citizen_does_not_see_a_file_tried_with_their_number(self) -> None:
        """The number in both files is the same: only one visit is theirs."""
        from khoyte.visits.models import Visit

        key = bytes(Visit.objects.get(facility=self.facility).person_key)
        assert key == bytes(Visit.objects.get(facility="97001").person_key)
        with speaking_as(ANONYMOUS), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('khoyte.person', %s, true)", [key.hex()])
            cursor.execute("SELECT facility FROM visit")
            assert cursor.fetchall() == [("97001",)]

    def check_lists_of_the_country_leave_it_out(self) -> None:
        assert [unit.code for unit in provinces()] == ["97", "98"]
        assert [unit.code for unit in offices_to_ask()] == ["97", "98"]
        assert "TH01A" not in {unit.code for unit in facilities_of("")}
        assert len(facilities_of("TH01")) == 4


class TestCodes:
    def test_the_beginning_belongs_to_the_training_province_alone(self, learners: dict[str, Account]) -> None:
        for code, kind, under in (("TH001", "facility", "97"), ("97009", "facility", "TH01"),
                                  ("THADS", "province", "BYT")):  # fmt: skip
            with pytest.raises(WrongUnit):
                units.create_unit(code=code, kind=kind, name="Cơ sở", under=under, by=BY)
        with pytest.raises(IntegrityError), transaction.atomic():
            Unit.objects.create(code="TH001", kind="facility", name="x", province="97")
        with pytest.raises(WrongUnit):
            reorganising.propose(
                kind="merge", plan=reorganising.merge_plan(["TH01A"], "97001"), decision="1", by=BY,
                effective_on=today(),
            )  # fmt: skip

    def test_database_and_program_agree_on_what_is_training(self, country: None) -> None:
        codes = ("TH01", "TH01A", "97", "97001", "", "BYT", "T", "97THA", "TH0ZZ")
        for code in codes:
            with connection.cursor() as cursor:
                cursor.execute("SELECT khoyte_is_apart(%s, ''), khoyte_is_apart('', %s)", [code, code])
                assert cursor.fetchone() == (training.is_training(code),) * 2, code


@given(st.integers(min_value=0, max_value=1295))
def test_every_round_has_a_code_of_its_own(number: int) -> None:
    code = sandbox.office_code(number)
    assert training.is_office(code)
    assert sandbox._number(code) == number


class TestMakingAnew:
    def test_accounts_move_to_a_fresh_province_and_the_old_one_is_shut(
        self, learners: dict[str, Account]
    ) -> None:
        facility = Window(learners["facility"])
        senders.judged(senders.small_file("A1", facility="TH01A"))
        token = units.create_token(unit="TH01A", scopes=["submissions:read"], by=BY)
        assert "A1" in shown(facility, "/luot-kham") or "goi-ho-so/" in shown(facility, "/goi-ho-so")
        after = sandbox.make_anew(by=sandbox.BY)
        assert (after.office.code, after.accounts) == ("TH02", 6)
        # The same window goes on in the new round, without the file.
        assert "goi.xml" not in shown(facility, "/goi-ho-so")
        assert seen_in(Account.objects.get(pk=learners["facility"].pk), "submission") == set()
        page = shown(facility, "/so-dang-ky/practitioners?q=tap")
        assert "Nguyễn Văn Tập A" in page
        assert "Hiện được hành nghề tại 1 cơ sở" in shown(Window(learners["practitioner"]), "/hanh-nghe")
        answer = Window().get("/api/v1/submissions", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert Unit.objects.get(pk="TH01").ended_on == today()
        # What was there is neither changed nor removed.
        assert Version.objects.filter(facility="TH01A").exists()

    def test_filling_again_adds_learners_only(self, learners: dict[str, Account]) -> None:
        assert sandbox.fill(seats=1, by=sandbox.BY) == []
        made = sandbox.fill(seats=2, by=sandbox.BY)
        assert len(made) == 6
        assert all(line["username"].endswith("-02") for line in made)
        assert Unit.objects.filter(code__startswith="TH", kind="province").count() == 1

    def test_without_one_there_is_nothing_to_make_anew(self, country: None) -> None:
        with pytest.raises(sandbox.NoSandbox):
            sandbox.make_anew(by=sandbox.BY)


def test_only_its_own_accounts_find_its_records_by_search(learners: dict[str, Account]) -> None:
    """The database searches with the eyes of the owner of the tables, so the wall is asked row by row."""

    def found(account: Account, name: str) -> int:
        with speaking_as(actor_of_account(account)), connection.cursor() as cursor:
            statement = (
                "SELECT count(*) FROM khoyte_search(%s, $$'tap':* | 'huan':*$$::tsquery, '', FALSE, 0, NULL)"
            )
            cursor.execute(statement, [name])
            return int(cursor.fetchone()[0])

    for name in ("facilities", "practitioners"):
        rows = register(name).model.objects.filter(province="TH01")
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {name} SET words = words || 'tap:1'::tsvector WHERE province = 'TH01'")
        assert rows.count() == found(learners["province"], name) > 0
        for unit, role in (("BYT", "ministry"), ("97", "province"), ("97001", "facility")):
            assert found(account_of(unit, role), name) == 0


def test_the_sources_of_registers_know_it(learners: dict[str, Account]) -> None:
    """The filter of the outbox would be idle if the source itself had lost these rows."""
    with working():
        assert any(change.is_training for change in RegisterSource("practitioners").current(None))
