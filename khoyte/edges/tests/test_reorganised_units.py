"""Two provinces become one, with all that waits and lies in them: who may see what, before, after, and back.

Asked of the application and of PostgreSQL itself, whose walls stand behind every query without a filter.
"""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from django.db import connection

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.protection import actions as protection
from khoyte.protection import queries as desk
from khoyte.protection.models import SubjectRequest
from khoyte.protection.tests import people
from khoyte.registers import actions as register_actions
from khoyte.registers import queries
from khoyte.registers.known import register
from khoyte.registers.models import Case
from khoyte.registers.tests import offices
from khoyte.submissions import queries as submissions
from khoyte.submissions.receiving import admit
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER
from khoyte.units import actions, facility_codes, reorganising
from khoyte.units.enums import ReorganisationKind
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import Account, AccountRequest, Move, Reorganisation, Unit
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account, actor_of_token
from khoyte.units.reorganising import NotThisPerson, UnknownReorganisation
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.windows import Window
from khoyte.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
DECISION = "12/QĐ-TTg ngày 01/11/2026"
MERGE = ReorganisationKind.MERGE


@pytest.fixture
def filled(country: None) -> Mapping[str, str]:
    """In both provinces: records received and judged, a practitioner waiting for the province, officers,
    a token. The tokens by province.
    """
    for facility in (OWN, NEIGHBOUR, STRANGER):
        senders.judged(senders.file_of(senders.dossier("A1", facility=facility), facility=facility))
        record = offices.made("practitioners", offices.person(int(facility), facility=facility))
        with speaking_as(offices.SYSTEM):
            found = register("practitioners")
            register_actions.submit(register=found, id=record.pk, by=offices.SYSTEM)
            register_actions.confirm(
                register=found, id=record.pk, by=offices.officer(facility, "facility_reviewer")
            )
    for province in (PROVINCE, OTHER_PROVINCE):
        for role in ("province", "province_lead"):
            made(f"{role}-{province}", province, role)
    for name in ("bo-1", "bo-2"):
        made(name, "BYT", "ministry")
    Unit.objects.filter(pk=PROVINCE).update(licence_suffixes=["BA-GPHN"])
    return {
        province: actions.create_token(unit=province, scopes=["submissions:read"], by=offices.SYSTEM)
        for province in (PROVINCE, OTHER_PROVINCE)
    }


def made(name: str, unit: str, role: str) -> Account:
    return actions.create_account(username=name, unit=unit, role=role, by=offices.SYSTEM)[0]


def officer(name: str) -> Actor:
    return actor_of_account(Account.objects.select_related("unit").get(username=name))


def in_sql(actor: Actor) -> dict[str, set[str]]:
    """Facilities whose rows PostgreSQL shows, without any filter of ours."""
    with speaking_as(actor), connection.cursor() as cursor:
        found = {}
        for table in ("submission", "dossier", "visit", "ledger_entry", "practitioners", "register_version"):
            cursor.execute(f"SELECT DISTINCT facility FROM {table}")
            found[table] = {row[0] for row in cursor.fetchall()}
        return found


def in_the_application(actor: Actor) -> dict[str, set[str]]:
    with speaking_as(actor):
        return {
            "submission": {row.facility for row in submissions.visible(actor)},
            "practitioners": {row.facility for row in queries.visible(register("practitioners"), actor)},
            "queue": {row.facility for row in queries.waiting_cases(actor)},
            "as of": {
                row["facility"]
                for row in queries.page(register("practitioners"), queries.Asked(as_of=today()), actor)[0]
            },
        }


def sees(actor: Actor, *facilities: str) -> None:
    everything = {**in_sql(actor), **in_the_application(actor)}
    assert everything == {key: set(facilities) for key in everything}


def propose(plan: dict, kind: str = MERGE, by: str = "bo-1", day: date | None = None) -> Reorganisation:
    actor = officer(by)
    with speaking_as(actor):
        return reorganising.propose(
            kind=kind, plan=plan, decision=DECISION, effective_on=day or today(), by=actor
        )


def confirm(row: Reorganisation, by: str = "bo-2") -> Reorganisation:
    actor = officer(by)
    with speaking_as(actor):
        return reorganising.confirm(row.pk, by=actor)


def merged() -> Reorganisation:
    return confirm(propose(reorganising.merge_plan([PROVINCE], OTHER_PROVINCE, "Sở Y tế tỉnh Bình Sơn")))


def put_back(row: Reorganisation) -> Reorganisation:
    actor = officer("bo-1")
    with speaking_as(actor):
        back = reorganising.propose_reversal(row.pk, decision="13/QĐ", by=actor)
    return confirm(back)


def state() -> list[list[tuple]]:
    """All that a reorganisation may change."""
    return [
        list(Unit.objects.order_by("pk").values_list("pk", "name", "under", "province", "before", "ended_on",
                                                     "succeeded_by", "licence_suffixes")),
        list(Account.objects.order_by("pk").values_list("username", "unit")),
        list(Case.objects.order_by("pk").values_list("pk", "province", "closed_at")),
        list(AccountRequest.objects.order_by("pk").values_list("pk", "office")),
    ]  # fmt: skip


class TestMerging:
    def test_before_each_province_sees_its_own_and_after_one_sees_both(
        self, filled: Mapping[str, str]
    ) -> None:
        for name, facilities in (
            ("province-97", (OWN, NEIGHBOUR)),
            ("province-98", (STRANGER,)),
        ):
            sees(officer(name), *facilities)
        merged()
        for name in ("province-97", "province-98", "province_lead-97"):
            actor = officer(name)
            assert (actor.unit_code, actor.province, actor.before) == (
                OTHER_PROVINCE,
                OTHER_PROVINCE,
                (PROVINCE,),
            )
            sees(actor, OWN, NEIGHBOUR, STRANGER)
        for facility in (OWN, STRANGER):
            made(f"clerk-{facility}", facility, "facility_reviewer")
            everything = in_sql(officer(f"clerk-{facility}"))
            assert everything == {key: {facility} for key in everything}

    def test_a_token_reads_on_and_the_new_office_reviews_what_waited(self, filled: Mapping[str, str]) -> None:
        merged()
        machine = actor_of_token(filled[PROVINCE])
        assert machine is not None
        assert (machine.unit_code, machine.before) == (OTHER_PROVINCE, (PROVINCE,))
        with speaking_as(machine):
            assert {row.facility for row in submissions.visible(machine)} == {OWN, NEIGHBOUR, STRANGER}
        case = Case.objects.get(facility=OWN, closed_at=None)
        window = Window(Account.objects.get(username="province-98"))
        assert window.get(f"/ra-soat/{case.pk}").status_code == 200
        answer = window.post(f"/ra-soat/{case.pk}", {"viec": "xac-nhan", "phien-ban": "1"})
        assert answer.status_code == 302
        case.refresh_from_db()
        assert case.closed_at is not None

    def test_old_records_keep_old_codes_and_new_ones_take_the_new(self, filled: Mapping[str, str]) -> None:
        merged()
        with connection.cursor() as cursor:
            for table in ("submission", "visit", "register_version", "practitioners"):
                cursor.execute(f"SELECT DISTINCT province FROM {table} WHERE facility = %s", [OWN])
                assert cursor.fetchall() == [(PROVINCE,)], table
        found = senders.judged(senders.file_of(senders.dossier("A2", facility=OWN), facility=OWN))
        assert found.province == OTHER_PROVINCE

    def test_the_dry_run_counts_what_then_moves_and_changes_nothing(self, filled: Mapping[str, str]) -> None:
        before = state()
        row = propose(reorganising.merge_plan([PROVINCE], OTHER_PROVINCE))
        assert state() == before
        moves = {name: n for name, n in row.counts["moves"].items() if n}
        assert moves == {"account": 2, "token": 1, "facility": 2, "case": 2}
        follows = {name: n for name, n in row.counts["follows"].items() if n}
        assert follows == {"submission": 2, "visit": 2, "practitioners": 2}
        confirm(row)
        moved = {move.what: len(move.keys) for move in row.moves.exclude(what__startswith="unit:")}
        assert moved == moves

    def test_units_names_and_suffixes(self, filled: Mapping[str, str]) -> None:
        merged()
        old, new = Unit.objects.get(pk=PROVINCE), Unit.objects.get(pk=OTHER_PROVINCE)
        assert (old.succeeded_by_id, old.ended_on) == (OTHER_PROVINCE, today())
        assert (new.name, new.licence_suffixes) == ("Sở Y tế tỉnh Bình Sơn", ["BA-GPHN"])
        assert set(Unit.objects.filter(under=new).values_list("pk", flat=True)) == {OWN, NEIGHBOUR, STRANGER}

    def test_it_can_be_put_back_whole(self, filled: Mapping[str, str]) -> None:
        before = state()
        row = merged()
        assert state() != before
        put_back(row)
        assert state() == before
        sees(officer("province-97"), OWN, NEIGHBOUR)
        sees(officer("province-98"), STRANGER)
        with pytest.raises(WrongUnit):
            put_back(row)
        assert Move.objects.filter(reorganisation=row).exists()

    def test_a_later_one_is_put_back_first(self, filled: Mapping[str, str]) -> None:
        row = merged()
        later = confirm(
            propose(reorganising.rename_plan(OTHER_PROVINCE, "Sở Y tế"), ReorganisationKind.RENAME)
        )
        with pytest.raises(WrongUnit):
            put_back(row)
        put_back(later)
        put_back(row)
        assert Unit.objects.get(pk=OTHER_PROVINCE).before == []

    def test_what_was_merged_can_be_merged_on(self, filled: Mapping[str, str]) -> None:
        merged()
        actions.create_unit(code="96", kind="province", name="Tỉnh mới", under="BYT", by=offices.SYSTEM)
        confirm(propose(reorganising.merge_plan([OTHER_PROVINCE], "96")))
        actor = officer("province-97")
        assert (actor.unit_code, actor.before) == ("96", (PROVINCE, OTHER_PROVINCE))
        sees(actor, OWN, NEIGHBOUR, STRANGER)


class TestWho:
    def test_nobody_confirms_the_own_proposal_and_a_province_none_across_provinces(
        self, filled: Mapping[str, str]
    ) -> None:
        plan = reorganising.merge_plan([PROVINCE], OTHER_PROVINCE)
        with pytest.raises(UnknownUnit):
            propose(plan, by="province_lead-97")
        row = propose(plan)
        with pytest.raises(NotThisPerson):
            confirm(row, by="bo-1")
        for by in ("province_lead-97", "province-98"):
            with pytest.raises(UnknownReorganisation):
                confirm(row, by=by)
        with pytest.raises(UnknownReorganisation):
            confirm(Reorganisation(pk=uuid.uuid4()))
        confirm(row)
        with pytest.raises(WrongUnit):
            confirm(row)
        entry = AuditEntry.objects.get(action="reorganisation.confirm")
        assert (entry.actor, entry.details["moves"]["account"]) == ("bo-2", 2)

    def test_within_a_province_its_lead_confirms(self, filled: Mapping[str, str]) -> None:
        row = propose(reorganising.merge_plan([NEIGHBOUR], OWN), by="province-97")
        with pytest.raises(UnknownReorganisation):
            confirm(row, by="province-97")
        with pytest.raises(UnknownReorganisation):
            confirm(row, by="province_lead-98")
        assert confirm(row, by="province_lead-97").state == "done"

    @pytest.mark.parametrize(
        "plan",
        [
            reorganising.merge_plan([PROVINCE], PROVINCE),
            reorganising.merge_plan([], PROVINCE),
            reorganising.merge_plan([PROVINCE], OWN),
            reorganising.merge_plan(["CUC"], "BYT"),
            reorganising.merge_plan(["00"], PROVINCE),
        ],
    )
    def test_what_cannot_be_is_refused(self, filled: Mapping[str, str], plan: dict) -> None:
        with pytest.raises((WrongUnit, UnknownUnit)):
            propose(plan)

    def test_it_waits_for_its_day(self, filled: Mapping[str, str]) -> None:
        row = propose(reorganising.merge_plan([PROVINCE], OTHER_PROVINCE), day=today() + timedelta(days=1))
        with pytest.raises(WrongUnit):
            confirm(row)


class TestFacilities:
    def test_the_successor_reads_and_sends_under_the_old_code(self, filled: Mapping[str, str]) -> None:
        clerk = made("clerk", NEIGHBOUR, "facility")
        facility_codes.issue_national(Unit.objects.get(pk=NEIGHBOUR), by=offices.SYSTEM)
        national = Unit.objects.get(pk=NEIGHBOUR).national_code
        confirm(propose(reorganising.merge_plan([NEIGHBOUR], OWN), by="province-97"), by="province_lead-97")
        actor = officer(clerk.username)
        assert (actor.facility, actor.units) == (OWN, (OWN, NEIGHBOUR))
        everything = in_sql(actor)
        assert everything == {key: {OWN, NEIGHBOUR} for key in everything}
        found = facility_codes.in_force(national)
        assert found is not None
        assert found.pk == OWN
        file = senders.file_of(senders.dossier("A7", facility=NEIGHBOUR), facility=NEIGHBOUR)
        window = Window(clerk)
        with speaking_as(actor):
            old = submissions.visible(actor).get(facility=NEIGHBOUR)
        assert str(old.pk) in window.get("/goi-ho-so").content.decode()
        assert window.get(f"/goi-ho-so/{old.pk}").status_code == 200
        assert admit(file, actor) == (NEIGHBOUR, PROVINCE)
        with pytest.raises(WrongUnit):
            facility_codes.check_free(NEIGHBOUR)


class TestSplitting:
    def test_named_facilities_and_people_go_and_what_was_recorded_stays(
        self, filled: Mapping[str, str]
    ) -> None:
        actions.create_unit(code="96", kind="province", name="Tỉnh mới", under="BYT", by=offices.SYSTEM)
        plan = reorganising.split_plan(PROVINCE, "96", [NEIGHBOUR], ["province-97"])
        before = state()
        row = confirm(propose(plan, ReorganisationKind.SPLIT))
        went, stayed = officer("province-97"), officer("province_lead-97")
        assert (went.unit_code, stayed.unit_code) == ("96", PROVINCE)
        assert in_the_application(went)["queue"] == {NEIGHBOUR}
        assert in_the_application(stayed)["queue"] == {OWN}
        assert in_sql(went)["practitioners"] == {NEIGHBOUR}
        assert in_sql(went)["submission"] == set()
        assert in_sql(stayed)["submission"] == {OWN, NEIGHBOUR}
        sent = senders.judged(senders.file_of(senders.dossier("A2", facility=NEIGHBOUR), facility=NEIGHBOUR))
        assert sent.province == "96"
        put_back(row)
        assert state() == before

    @pytest.mark.parametrize(
        ("facilities", "accounts"), [([STRANGER], []), ([], ["province-98"]), ([], []), (["97"], [])]
    )
    def test_what_is_not_of_the_unit_does_not_go(
        self, filled: Mapping[str, str], facilities: list[str], accounts: list[str]
    ) -> None:
        plan = reorganising.split_plan(PROVINCE, OTHER_PROVINCE, facilities, accounts)
        with pytest.raises(WrongUnit):
            propose(plan, ReorganisationKind.SPLIT)


def test_from_the_form_to_the_new_name_and_back(filled: Mapping[str, str]) -> None:
    clerk = Window(Account.objects.get(username="province-97"))
    typed = {"loai": "rename", "dich": OWN, "ten": "Bệnh viện Suối Mơ", "quyet-dinh": DECISION}
    assert clerk.post("/sap-xep", typed).status_code == 422
    assert (
        clerk.post("/sap-xep", {**typed, "dich": STRANGER, "hieu-luc": today().isoformat()}).status_code
        == 422
    )
    address = clerk.post("/sap-xep", {**typed, "hieu-luc": today().isoformat()})["Location"]
    page = clerk.get(address).content.decode()
    assert "Bệnh viện Suối Mơ" in page
    assert "Chờ người có quyền khác xác nhận" in page
    assert clerk.post(address, {"viec": "xac-nhan"}).status_code == 404
    lead = Window(Account.objects.get(username="province_lead-97"))
    assert "Xác nhận và thực hiện" in lead.get(address).content.decode()
    assert lead.post(address, {"viec": "xac-nhan"}).status_code == 302
    assert Unit.objects.get(pk=OWN).name == "Bệnh viện Suối Mơ"
    assert Window(Account.objects.get(username="province-98")).get(address).status_code == 404
    back = clerk.post(address, {"viec": "khoi-phuc", "quyet-dinh": "13/QĐ"})["Location"]
    lead.post(back, {"viec": "xac-nhan"})
    assert Unit.objects.get(pk=OWN).name != "Bệnh viện Suối Mơ"


def limited() -> set[tuple[str, str]]:
    """Visits that a limit covers: (facility, record code); their lines are marked with them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visit v JOIN visit_drug d ON d.visit_id = v.id"
                       " WHERE d.is_limited <> v.is_limited")  # fmt: skip
        assert cursor.fetchone() == (0,)
    return set(Visit.objects.filter(is_limited=True).values_list("facility", "ma_lk"))


def granted(unit: str) -> SubjectRequest:
    by = people.officer(unit)
    with speaking_as(by):
        found = people.asked("limit", by=by)
        for act in ("answer", "complete"):
            protection.act_on_request(request=found, act=act, note="Đã hạn chế.", by=by)
    return found


def test_a_limit_of_the_old_province_binds_its_successor_who_may_lift_it(filled: Mapping[str, str]) -> None:
    found = granted(PROVINCE)
    own = {(OWN, "A1"), (NEIGHBOUR, "A1")}
    assert limited() == own
    row = merged()
    # One unit now: what it holds of the person is limited, wherever it came from.
    assert limited() == own | {(STRANGER, "A1")}
    senders.judged(senders.file_of(senders.dossier("A2", facility=OWN), facility=OWN))
    assert Visit.objects.get(ma_lk="A2").province == OTHER_PROVINCE
    assert limited() == own | {(STRANGER, "A1"), (OWN, "A2")}

    put_back(row)
    assert (STRANGER, "A1") not in limited()
    confirm(propose(reorganising.merge_plan([PROVINCE], OTHER_PROVINCE)))
    assert (STRANGER, "A1") in limited()

    by = people.officer(OTHER_PROVINCE)
    with speaking_as(by):
        assert [one.pk for one in desk.requests(by, closed=True)] == [found.pk]
        again = desk.request(str(found.pk), by)
        assert again is not None
        protection.act_on_request(request=again, act="lift", note="Người đó đề nghị.", by=by)
    assert limited() == set()


def test_a_limit_of_a_facility_binds_the_one_that_took_it_over(filled: Mapping[str, str]) -> None:
    found = granted(NEIGHBOUR)
    assert limited() == {(NEIGHBOUR, "A1")}
    confirm(propose(reorganising.merge_plan([NEIGHBOUR], OWN)))
    assert limited() == {(NEIGHBOUR, "A1"), (OWN, "A1")}
    by = people.officer(OWN)
    with speaking_as(by):
        protection.act_on_request(request=desk.request(str(found.pk), by), act="lift", note="-", by=by)
    assert limited() == set()


def test_what_a_province_had_open_at_its_desk_goes_on_under_its_successor(
    filled: Mapping[str, str],
) -> None:
    old = people.officer(PROVINCE)
    with speaking_as(old):
        request, consent, breach = people.asked(by=old), people.agreed(by=old), people.broken(by=old)

    def seen() -> list[list[object]]:
        by = people.officer(OTHER_PROVINCE)  # whoever signs in now
        with speaking_as(by):
            rows = (desk.requests(by), desk.consents(by), desk.breaches(by))
            return [[one.pk for one in found] for found in rows]

    assert seen() == [[], [], []]
    merged()
    assert seen() == [[request.pk], [consent.pk], [breach.pk]]
    again = people.officer(OTHER_PROVINCE)
    with speaking_as(again):
        protection.act_on_request(request=request, act="answer", by=again)
        protection.write_breach(
            breach=breach, act="measure", at=people.hours_ago(1), note="Đã khóa", by=again
        )
