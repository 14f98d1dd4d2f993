"""The check against the population database: asked once, for as long as it takes; evidence, never an act."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.links.connectors.line import Reply
from khoyte.links.connectors.population import OUTCOMES, Question, _finding
from khoyte.links.destinations import Place
from khoyte.links.models import ExchangeDestination
from khoyte.nonprod.twins.population import FAULTS, Person, PopulationTwin
from khoyte.nonprod.twins.receiver import serving
from khoyte.practice import identity_asking
from khoyte.practice.identity import FIELDS, IdentityState, known_of, particulars_of, section, state_of
from khoyte.practice.identity_asking import ask_due, catch_up
from khoyte.practice.models import IdentityCheck
from khoyte.registers import actions, queries
from khoyte.registers import content as contents
from khoyte.registers.known import register
from khoyte.registers.models import Evidence, Record
from khoyte.registers.tests import offices
from khoyte.units.tenancy import speaking_as, working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
NUMBER = offices.PERSON["personal_number"]
KNOWN = Person(NUMBER, offices.PERSON["full_name"], offices.PERSON["birth_date"], offices.PERSON["sex"])


@pytest.fixture
def twin(settings: Any) -> Iterator[PopulationTwin]:
    running = PopulationTwin([KNOWN], slow_seconds=0.4)
    with serving(running) as address:
        settings.EXCHANGE = {"population": Place("population", address)}
        settings.EXCHANGE_SECONDS = 5.0
        yield running


def confirmed(**more: Any) -> Record:
    return offices.made("practitioners", offices.PERSON | more, confirmed=True)


def pass_time() -> None:
    past = timezone.now() - timedelta(seconds=1)
    IdentityCheck.objects.filter(answered_at=None).update(next_attempt_at=past)
    ExchangeDestination.objects.update(paused_until=past)


def state(record: Record) -> IdentityState:
    record.refresh_from_db()
    return known_of(record, contents.content_of(register("practitioners").declaration, record)).state


def outcome() -> str:
    return IdentityCheck.objects.order_by("-id").values_list("outcome", flat=True)[0]


def test_what_matches_is_evidence_on_its_fields(twin: PopulationTwin) -> None:
    record = confirmed()
    assert state(record) == IdentityState.FORMAT_CHECKED
    assert ask_due() == 1
    assert ask_due() == 0
    assert state(record) == IdentityState.MATCHED
    proofs = queries.proofs(record)
    assert {name: proofs[name].source for name in FIELDS} == dict.fromkeys(FIELDS, "population")
    assert proofs["title"].source == "command"
    assert twin.asked == [
        {
            "transaction": str(IdentityCheck.objects.get().transaction),
            "purpose": "register.verify",
            "personal_number": NUMBER,
            "full_name": KNOWN.full_name,
            "birth_date": KNOWN.birth_date,
            "sex": KNOWN.sex,
        }
    ]


@pytest.mark.parametrize(
    ("person", "found", "fields"),
    [
        (Person(NUMBER, "Nguyễn Thị Anh", "1985-04-02", "2"), "mismatch", ["full_name"]),
        (Person(NUMBER, KNOWN.full_name, "1985-04-03", "1"), "mismatch", ["birth_date", "sex"]),
        (Person(NUMBER, "", "", "", "cancelled"), "cancelled", ["personal_number"]),
        (Person(NUMBER, "", "", "", "deceased"), "deceased", ["personal_number"]),
        (None, "not_found", ["personal_number"]),
    ],
)
def test_what_does_not_is_evidence_too_and_moves_nothing(
    twin: PopulationTwin, person: Person | None, found: str, fields: list[str]
) -> None:
    twin.persons = {NUMBER: person} if person else {}
    record = confirmed()
    before = (record.state, record.level, record.version, record.confirmed_version)
    ask_due()
    assert outcome() == found
    evidence = Evidence.objects.get(record=record.pk, source__startswith="population")
    assert (evidence.source, evidence.fields) == (f"population_{found}", fields)
    record.refresh_from_db()
    assert (record.state, record.level, record.version, record.confirmed_version) == before
    expected = IdentityState.DECEASED if found == "deceased" else IdentityState.FORMAT_CHECKED
    assert state(record) == expected


def test_it_is_asked_on_hand_in_by_the_person_who_hands_in_behind_the_wall(twin: PopulationTwin) -> None:
    clerk, known = offices.officer("97001", "facility"), register("practitioners")
    with speaking_as(clerk):
        record = actions.create(register=known, content=offices.PERSON, by=clerk, source="form")
        assert not IdentityCheck.objects.exists()  # a draft is nobody's business
        actions.submit(register=known, id=record.pk, by=clerk)
    assert IdentityCheck.objects.get().version == 1
    ask_due()
    with speaking_as(offices.officer("97002", "facility")):
        assert not IdentityCheck.objects.exists()


def test_the_same_particulars_are_not_asked_twice_and_changed_ones_are(twin: PopulationTwin) -> None:
    record, known = confirmed(), register("practitioners")
    ask_due()
    with working():
        changed = actions.change(
            register=known, id=record.pk, patch={"phone": "0901234567"}, by=offices.SYSTEM, source="form"
        )
        actions.confirm_at_once(register=known, record=changed, by=offices.SYSTEM)
    assert ask_due() == 0
    with working():
        changed = actions.change(
            register=known,
            id=record.pk,
            patch={"full_name": "Nguyễn Thị Anh"},
            by=offices.SYSTEM,
            source="form",
        )
        actions.confirm_at_once(register=known, record=changed, by=offices.SYSTEM)
    assert state(record) == IdentityState.FORMAT_CHECKED  # the old answer speaks of the old name
    assert ask_due() == 1
    assert outcome() == "mismatch"


def test_days_without_the_service_end_with_every_question_answered(
    twin: PopulationTwin, settings: Any
) -> None:
    settings.EXCHANGE_SECONDS = 0.3
    people = [offices.person(number) for number in range(12)]
    for person in people:
        offices.made("practitioners", person, confirmed=True)
        twin.persons[person["personal_number"]] = Person(
            person["personal_number"], person["full_name"], person["birth_date"], person["sex"]
        )
    twin.faults = {"down"}
    for _ in range(15):
        pass_time()
        ask_due()
    assert IdentityCheck.objects.filter(answered_at=None).count() == 12
    found = ExchangeDestination.objects.get()
    assert found.waiting["practitioners"]["waiting"] == 12
    assert found.paused_until - timezone.now() < timedelta(minutes=11)
    twin.faults, twin.rate = set(FAULTS), 0.2
    for _ in range(400):
        pass_time()
        ask_due()
        if not IdentityCheck.objects.filter(answered_at=None).exists():
            break
    assert list(IdentityCheck.objects.values_list("outcome", flat=True)) == ["match"] * 12
    assert Evidence.objects.filter(source="population").count() == 12
    assert ExchangeDestination.objects.get().waiting == {}


def test_every_query_is_in_the_log_with_its_purpose_before_it_leaves(twin: PopulationTwin) -> None:
    record = confirmed()
    twin.faults = {"down"}
    ask_due()
    twin.faults = set()
    pass_time()
    ask_due()
    entries = AuditEntry.objects.filter(action="population.ask").order_by("id")
    assert [(one.subject_id, one.purpose, one.details["attempt"]) for one in entries] == [
        (str(record.pk), "register.verify", 1),
        (str(record.pk), "register.verify", 2),
    ]
    answer = AuditEntry.objects.get(action="population.answer")
    assert (answer.details["outcome"], answer.purpose) == ("match", "register.verify")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(e)::text, '') FROM audit_entry e")
        written = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row_to_json(c)::text, '') FROM identity_check c")
        written += cursor.fetchone()[0]
    assert NUMBER not in written
    assert KNOWN.full_name not in written


def test_the_purpose_is_declared() -> None:
    from khoyte.foundation.calendar import today
    from khoyte.legal.purposes import purpose_of

    assert purpose_of(identity_asking.PURPOSE, today()).basis == "state"


def test_what_once_matched_and_does_no_longer_has_changed_at_the_source(twin: PopulationTwin) -> None:
    record = confirmed()
    ask_due()
    IdentityCheck.objects.update(answered_at=timezone.now() - timedelta(days=181))
    twin.persons[NUMBER] = Person(NUMBER, "Nguyễn Thị Ánh Mới", KNOWN.birth_date, KNOWN.sex)
    assert catch_up(now=True) == 1
    assert ask_due() == 1
    assert state(record) == IdentityState.CHANGED_AT_SOURCE
    assert catch_up(now=True) == 0


def test_records_from_before_the_check_was_switched_on_are_caught_up(
    twin: PopulationTwin, settings: Any
) -> None:
    on, settings.EXCHANGE = settings.EXCHANGE, {}
    confirmed()
    assert not IdentityCheck.objects.exists()
    assert catch_up(now=True) == 0
    settings.EXCHANGE = on
    assert catch_up(now=True) == 1
    assert ask_due() == 1
    assert catch_up(now=True) == 0


def test_the_page_of_a_record_says_how_sure_we_are(twin: PopulationTwin) -> None:
    twin.persons[NUMBER] = Person(NUMBER, KNOWN.full_name, "1985-04-03", "2")
    record = confirmed()
    content = contents.content_of(register("practitioners").declaration, record)
    waiting = [fact.label.en for fact in section(record, content).facts]
    assert waiting == ["How sure we are", "Waiting for an answer since"]
    ask_due()
    facts = section(record, content).facts
    assert facts[1].value.vi == "Không khớp: Ngày sinh"
    assert "1985" not in str(facts)


def check(outcome: str, particulars: bytes = b"p") -> Any:
    return SimpleNamespace(outcome=outcome, particulars=particulars)


@pytest.mark.parametrize(
    ("answered", "verified", "expected"),
    [
        ([], False, "format_checked"),
        ([], True, "verified"),
        (["match"], False, "matched"),
        (["match"], True, "verified"),
        (["mismatch"], False, "format_checked"),
        (["mismatch"], True, "format_checked"),
        (["mismatch", "match"], True, "changed_at_source"),
        (["cancelled", "match"], False, "changed_at_source"),
        (["match", "mismatch"], False, "matched"),
        (["deceased", "match"], True, "deceased"),
    ],
)
def test_the_state_follows_from_the_answers(answered: list[str], verified: bool, expected: str) -> None:
    content = {"personal_number": NUMBER}
    rows = [check(one) for one in answered]
    assert state_of(content, b"p", rows, verified=verified) == expected
    assert state_of(content, b"other", rows, verified=False) == "format_checked"
    assert state_of({"personal_number": "12"}, b"p", rows, verified=verified) == "declared"


def test_particulars_differ_by_every_mark() -> None:
    names = ("Nguyễn Thị Ánh", "Nguyễn Thị Anh", "Nguyen Thi Anh")
    found = {particulars_of(offices.PERSON | {"full_name": name}) for name in names}
    assert len(found) == 3


def test_verified_by_vneid_is_who_signed_in_by_it(settings: Any, twin: PopulationTwin) -> None:
    from khoyte.units import identities
    from khoyte.units.openid_providers import Provider
    from khoyte.units.tests.country import make_account

    provider = Provider("vneid", "VNeID", "https://vneid.example", "khoyte")
    settings.OIDC = {"vneid": provider}
    record = confirmed()
    ask_due()
    assert state(record) == IdentityState.MATCHED
    account = make_account("97001", "facility")
    identities.link(account.username, provider, identities.hashed(provider, NUMBER), by=offices.SYSTEM)
    assert state(record) == IdentityState.VERIFIED


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"result": "match"},
        {"result": "match", "transaction": "018f3c3e-0000-7000-8000-000000000000"},
        {"result": "perhaps", "transaction": "T"},
        {"result": "mismatch", "transaction": "T"},
        {"result": "mismatch", "transaction": "T", "agree": {"full_name": True}},
        {"result": "mismatch", "transaction": "T", "agree": {"father": False}},
    ],
)
def test_what_is_no_answer_to_the_question_is_none(document: Any) -> None:
    from uuid import UUID

    id = UUID("018f3c3e-0000-7000-8000-000000000001")
    if isinstance(document, dict) and document.get("transaction") == "T":
        document = {**document, "transaction": str(id)}
    question = Question(id, "register.verify", NUMBER, "x", "1985", "2")
    assert _finding(Reply(200, document=document), question) is None
    for one in OUTCOMES:
        agree = {"sex": False} if one == "mismatch" else {}
        good = {"result": one, "transaction": str(id), "agree": agree}
        assert _finding(Reply(200, document=good), question) is not None


def test_the_twin_compares_as_much_of_the_day_as_was_declared() -> None:
    twin = PopulationTwin([KNOWN])
    asked = {"personal_number": NUMBER, "full_name": "NGUYỄN  THỊ ÁNH", "sex": "2"}
    assert twin.compared({**asked, "birth_date": "1985"}) == {
        "result": "match",
        "agree": {"full_name": True, "birth_date": True, "sex": True},
    }
    assert twin.compared({**asked, "birth_date": "1985-05"})["result"] == "mismatch"
