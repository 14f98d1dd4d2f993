"""The register of practice changes: files it touches are judged again, and nobody is told what they know."""

import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.db import connection

from khoyte.links import events
from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.practice import in_force
from khoyte.practice.models import InForce
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.tests import offices
from khoyte.submissions import queries, register_changes
from khoyte.submissions.models import (
    Finding,
    LedgerAdjustment,
    NamedPractitioner,
    RegisterRecheck,
    Submission,
)
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE, file_of, judged, verdict_of
from khoyte.units.models import Unit
from khoyte.units.tenancy import speaking_as, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("committed_country")]

DOCTOR, OTHER = "000456/VD-GPHN", "000789/VD-GPHN"
"""Who orders and who performs in the accepted dossier; its lines are of 2026-08-15."""
HEAD = "000123/VD-GPHN"


def confirmed(name: str, content: Mapping[str, Any]) -> Any:
    return offices.made(name, content, confirmed=True)


def practitioner(number: int, licence: str, *, facility: str = OWN, **more: Any) -> dict[str, Any]:
    person = offices.person(number, licence_number=licence, facility=facility, **more)
    confirmed("practitioners", person)
    return person


def registered(person: Mapping[str, Any], facility: str = OWN, **more: Any) -> Any:
    content = {"personal_number": person["personal_number"], "facility": facility, "valid_from": "2026-01-01"}
    return confirmed("practice_registrations", content | more)


@pytest.fixture(autouse=True)
def _no_visits_of_others(committed_country: None) -> None:
    """Tables that Django does not manage are not emptied after a test that really commits."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE visit, visit_drug, visit_service, visit_result, visit_progress")


@pytest.fixture
def staff() -> dict[str, Any]:
    """Everybody the accepted dossier names, registered at both facilities of the province."""
    everybody = {
        licence: practitioner(number, licence) for number, licence in enumerate((DOCTOR, OTHER, HEAD), 1)
    }
    for person in everybody.values():
        registered(person)
        registered(person, NEIGHBOUR)
    return everybody


def dossier(code: str, facility: str = OWN) -> bytes:
    return senders.dossier(code, facility=facility, tables=("XML1", "XML2", "XML3", "XML4", "XML5"))


def sent(*codes: str, facility: str = OWN) -> Submission:
    return judged(file_of(*(dossier(code, facility) for code in codes), facility=facility))


def suspended(licence: str, first: str, last: str = "", kind: str = "suspend") -> Any:
    content = {"licence_number": licence, "kind": kind, "valid_from": first, "valid_to": last}
    return confirmed("licence_events", content | {"decision": "7/QĐ-SYT"})


def follow() -> int:
    """Steps until nothing is left."""
    steps = 0
    while register_changes.work_once(senders.judge()):
        steps += 1
    return steps


def gate_findings(found: Submission) -> set[tuple[str, str]]:
    found.refresh_from_db()
    rows = Finding.objects.filter(submission=found, judgement=found.judgement, rule__startswith="V-050")
    return set(rows.values_list("rule", "part"))


def not_judged(found: Submission) -> dict[str, int]:
    found.refresh_from_db()
    lines = verdict_of(found)["not_judged"]
    return {line["rule"]: line["dossiers"] for line in lines if line["rule"].startswith("V-050")}


def listening(unit: str = OWN) -> None:
    WebhookTarget.objects.create(
        unit=unit, facility=unit, province=PROVINCE, url="https://his.example/", secret_sealed=b"x"
    )


def test_from_registration_to_suspension(staff: dict[str, Any]) -> None:
    """A visit is accepted; its doctor is suspended; its file alone is judged again, and told of once."""
    follow()
    listening()
    touched, elsewhen = sent("A1", "A2"), sent("B1", facility=NEIGHBOUR)
    assert gate_findings(touched) == gate_findings(elsewhen) == set()
    assert not_judged(touched) == {}
    assert touched.accepted == 2
    OutboxMessage.objects.all().delete()
    suspended(OTHER, "2026-09-01")
    follow()
    touched.refresh_from_db()
    assert touched.judgement == 1
    suspended(DOCTOR, "2026-08-15", "2026-08-16")
    follow()
    assert gate_findings(touched) == {("V-050c", "suspended")}
    assert (touched.judgement, touched.accepted) == (2, 2)
    assert OutboxMessage.objects.count() == 1
    cause = OutboxMessage.objects.get().payload["data"]["causes"][0]
    assert cause["rule"] == "V-050c"
    assert LedgerAdjustment.objects.count() == 0
    assert queries.prove_ledger() == []
    assert RegisterRecheck.objects.count() == 0
    assert follow() == 0


def test_what_is_registered_late_is_judged_then(staff: dict[str, Any]) -> None:
    new = "000999/VD-GPHN"
    row = dict(senders.valid_rows("XML2")[0], MA_LK="A1", MA_BAC_SI=new)
    from khoyte.submissions.tests.reader import files

    head = dict(senders.valid_rows("XML1")[0], MA_LK="A1", MA_CSKCB=OWN)
    found = judged(file_of(files.dossier({"XML1": [head], "XML2": [row]})))
    assert (gate_findings(found), not_judged(found)) == (set(), {"V-050a": 1})
    person = practitioner(9, new)
    follow()
    assert (gate_findings(found), not_judged(found)) == ({("V-050b", "nowhere")}, {})
    registered(person, hours="CN 7:00-11:00")
    follow()
    assert gate_findings(found) == {("V-050b", "hours")}
    assert found.judgement == 3


def test_without_a_register_nothing_is_judged_and_then_everything_is() -> None:
    found = sent("A1")
    assert not_judged(found) == {"V-050a": 1, "V-050b": 1, "V-050c": 1, "V-050d": 1}
    practitioner(1, DOCTOR)
    follow()
    assert ("V-050b", "nowhere") in gate_findings(found)
    assert not_judged(found) == {"V-050a": 1}


def test_only_what_is_confirmed_counts(staff: dict[str, Any]) -> None:
    """A change under way neither counts nor hides what is official."""
    follow()
    known = register("practitioners")
    record = known.model.objects.get(licence_number=DOCTOR)
    with speaking_as(offices.SYSTEM):
        actions.change(
            register=known, id=record.pk, patch={"licence_number": "1/X"}, by=offices.SYSTEM, source="form"
        )
    offices.made(
        "licence_events",
        {"licence_number": OTHER, "kind": "revoke", "valid_from": "2026-01-01", "decision": "1"},
    )
    found = sent("A1")
    assert (gate_findings(found), not_judged(found)) == (set(), {})
    assert follow() == 0
    with speaking_as(offices.SYSTEM):
        actions.confirm_at_once(register=known, record=offices.again(known, record), by=offices.SYSTEM)
    follow()
    assert not_judged(found) == {"V-050a": 1}


def test_a_change_that_says_nothing_to_the_gate_is_no_event(staff: dict[str, Any]) -> None:
    known = register("practitioners")
    follow()
    record = known.model.objects.get(licence_number=DOCTOR)
    with working():
        before = events.place_of(register_changes.FOLLOWER)
        changed = actions.change(
            register=known, id=record.pk, patch={"phone": "0911111111"}, by=offices.SYSTEM, source="form"
        )
        actions.confirm_at_once(register=known, record=changed, by=offices.SYSTEM)
    with working():
        assert events.after(before, 10) == []


def test_a_registration_touches_its_place_and_days_alone(staff: dict[str, Any]) -> None:
    follow()
    here, there = sent("A1"), sent("B1", facility=NEIGHBOUR)
    late = registered(staff[DOCTOR], hours="T2 7:00-8:00", valid_from="2025-01-01", valid_to="2025-02-01")
    follow()
    here.refresh_from_db()
    assert here.judgement == 1
    with working():
        patch = {"valid_to": "2025-03-01"}
        known = register("practice_registrations")
        changed = actions.change(register=known, id=late.pk, patch=patch, by=offices.SYSTEM, source="form")
        actions.confirm_at_once(register=known, record=changed, by=offices.SYSTEM)
        ended = known.model.objects.get(facility=NEIGHBOUR, personal_number_key=changed.personal_number_key)
        changed = actions.change(
            register=known, id=ended.pk, patch={"valid_to": "2026-08-01"}, by=offices.SYSTEM, source="form"
        )
        actions.confirm_at_once(register=known, record=changed, by=offices.SYSTEM)
    follow()
    assert gate_findings(there) == {("V-050b", "then")}
    assert (gate_findings(here), here.judgement) == (set(), 1)


def test_many_files_are_judged_in_batches_and_each_against_what_came_before(staff: dict[str, Any]) -> None:
    """Resends of one visit never share a batch; versions stay as they were."""
    follow()
    first = [sent(f"A{number}") for number in range(5)]
    again = judged(file_of(senders.dossier("A1", tables=("XML1", "XML2"), HO_TEN="Tên Đã Sửa")))
    suspended(DOCTOR, "2026-08-01")
    follow()
    assert [gate_findings(one) for one in (*first, again)] == [{("V-050c", "suspended")}] * 6
    assert [one.judgement for one in (*first, again)] == [2] * 6
    from khoyte.submissions.tests.test_judging import current

    assert current()["A1"] == (2, str(again.pk))
    assert queries.prove_ledger() == []


def test_what_dies_in_the_middle_is_done_again_and_once(
    staff: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    follow()
    found = sent("A1")
    suspended(DOCTOR, "2026-08-01")

    def dies(*_args: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    for place in ("advance", "delete"):
        with monkeypatch.context() as patch:
            if place == "advance":
                patch.setattr(register_changes.events, "advance", dies)
            else:
                patch.setattr(register_changes.audit, "record_all", dies)
            with pytest.raises(KeyboardInterrupt):
                follow()
        found.refresh_from_db()
        assert found.judgement == 1
    follow()
    assert gate_findings(found) == {("V-050c", "suspended")}
    assert found.judgement == 2


def test_an_event_of_a_slow_transaction_is_not_passed_over(staff: dict[str, Any]) -> None:
    """Numbers are given before commit: what commits late must still be followed."""
    follow()
    with working():
        place = events.place_of(register_changes.FOLLOWER)
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with working():
            suspended(OTHER, "2026-01-01")
            begun.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slowly)
    thread.start()
    assert begun.wait(20)
    suspended(DOCTOR, "2026-01-01")
    with working():
        assert events.after(place, 10) == []
    go_on.set()
    thread.join(20)
    with working():
        assert len(events.after(place, 10)) == 2


def test_names_are_written_once_with_their_days(staff: dict[str, Any]) -> None:
    found = sent("A1", "A2")
    rows = NamedPractitioner.objects.filter(submission_id=found.pk)
    assert {bytes(row.licence) for row in rows} >= {in_force.licence_digest(one) for one in (DOCTOR, OTHER)}
    assert {str(row.first) for row in rows} == {"2026-08-15"}
    count = rows.count()
    suspended(DOCTOR, "2026-08-01")
    follow()
    assert rows.count() == count


@pytest.fixture
def forgotten(staff: dict[str, Any]) -> None:
    """What was confirmed before there was a gate."""
    InForce.objects.all().delete()


@pytest.mark.usefixtures("forgotten")
def test_what_was_official_before_is_taken_over() -> None:
    found = sent("A1")
    assert not_judged(found) == {"V-050a": 1, "V-050b": 1, "V-050c": 1, "V-050d": 1}
    register_changes.catch_up()
    assert InForce.objects.count() == 9
    follow()
    assert (gate_findings(found), not_judged(found)) == (set(), {})


def test_a_finding_leads_to_the_record_whoever_may_see_it(staff: dict[str, Any]) -> None:
    """The facility that keeps the record, its province, the ministry; a neighbour is shown no link."""
    from khoyte.submissions.tests.test_pages import browser

    follow()
    suspended(DOCTOR, "2026-08-15", "2026-08-16")
    suspended(OTHER, "2026-08-15", "2026-08-16")
    found = sent("A1")
    elsewhere = sent("B1", facility=NEIGHBOUR)
    record = register("practitioners").model.objects.get(licence_number=DOCTOR)
    link = f'href="/so-dang-ky/practitioners/{record.pk}"'
    pages = [f"/goi-ho-so/{found.pk}/ho-so/1", f"/goi-ho-so/{found.pk}"]
    for unit, role in ((OWN, "facility"), (PROVINCE, "province"), ("BYT", "ministry")):
        client = browser(unit, role)
        for page in pages:
            assert link in client.get(page).content.decode(), (role, page)
        assert client.get(f"/so-dang-ky/practitioners/{record.pk}").status_code == 200
    neighbour = browser(NEIGHBOUR, "facility")
    for page in (f"/goi-ho-so/{elsewhere.pk}/ho-so/1", f"/goi-ho-so/{elsewhere.pk}"):
        shown = neighbour.get(page).content.decode()
        assert "đang bị đình chỉ hành nghề" in shown
        assert "/so-dang-ky/practitioners/" not in shown


def stopped(kind: str, first: str, last: str = "", **more: str) -> Any:
    content = {"facility": OWN, "licence_number": "1/GPHĐ", "kind": kind, "valid_from": first}
    return confirmed("facility_licence_events", content | {"valid_to": last, "decision": "8/QĐ-SYT"} | more)


def test_a_facility_whose_licence_is_suspended_has_its_files_judged_again(staff: dict[str, Any]) -> None:
    """Those admitted in these days get a warning, the neighbour's do not; a lift takes it back."""
    confirmed("facilities", {"code": OWN, "name": "BV", "province": PROVINCE, "licence_number": "1/GPHĐ"})
    follow()
    touched, elsewhere = sent("A1", "A2"), sent("B1", facility=NEIGHBOUR)
    assert gate_findings(touched) == set()
    stopped("suspend", "2020-01-01", "2024-12-31", scope="Khoa Ngoại")
    follow()
    assert gate_findings(touched) == set()
    stopped("suspend", "2025-01-01")
    follow()
    assert gate_findings(touched) == {("V-050d", "suspended")}
    assert (touched.accepted, gate_findings(elsewhere), elsewhere.judgement) == (2, set(), 1)
    assert gate_findings(sent("A3")) == {("V-050d", "suspended")}
    stopped("lift", "2025-02-01")
    follow()
    assert gate_findings(touched) == set()
    assert queries.prove_ledger() == []


def test_whoever_took_the_facility_over_with_its_licence_has_its_files_judged_again(
    staff: dict[str, Any],
) -> None:
    held = {"name": "BV", "province": PROVINCE, "licence_number": "1/GPHĐ"}
    for code in (OWN, NEIGHBOUR):
        confirmed("facilities", {"code": code, **held})
    Unit.objects.filter(code=OWN).update(succeeded_by=NEIGHBOUR, ended_on=date(2020, 1, 1))
    follow()
    heirs = sent("B1", facility=NEIGHBOUR)
    assert gate_findings(heirs) == set()
    stopped("suspend", "2025-01-01")
    follow()
    assert gate_findings(heirs) == {("V-050d", "suspended")}
    stopped("lift", "2025-02-01", facility=NEIGHBOUR)
    follow()
    assert gate_findings(heirs) == set()
