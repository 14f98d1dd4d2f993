"""The second wall: what PostgreSQL itself shows and takes, whatever the application asks.

Rows of two facilities of one province and of one of another lie in every tenant table; each is then asked for
without any filter as `khoyte_app`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from khoyte.submissions.models import Upload
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, REFUSED, STRANGER
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

TENANT_COLUMN = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'facility' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
# A province does not look into what its facilities told the platform about their own software.
NOT_FOR_THE_PROVINCE = {"webhook_target", "outbox_message"}
# Anybody's act may be written down; reading is what is kept apart.
WRITTEN_FOR_ANYBODY = {"audit_entry"}


def rows(statement: str, parameters: list[object] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def tenant_tables() -> list[str]:
    return [row[0] for row in rows(TENANT_COLUMN)]


def test_every_tenant_table_has_its_wall() -> None:
    found = rows(TENANT_COLUMN)
    assert len(found) >= 15
    assert [name for name, secured, forced in found if not (secured and forced)] == []


def test_tables_without_a_tenant_are_known() -> None:
    """A new table holds either tenants' rows behind a wall, or nothing of theirs and stands here."""
    every = {row[0] for row in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert every - set(tenant_tables()) == {
        "account",
        "account_request",  # behind a wall of its own: units/tests/test_requests.py
        "delegation",
        "facility_code",
        "reorganisation",
        "reorganisation_move",
        "audit_export",
        "audit_seal",
        "backup_run",
        "catalogue_publication",
        "catalogue_recheck",
        "event_cursor",
        "event_log",
        "practice_in_force",
        "register_recheck",
        "daily_duty",
        "notice",
        "notice_delivery",
        "notice_preference",
        "django_content_type",
        "exchange_destination",
        "exchange_reconciliation",
        "exchange_run",
        "exchange_watermark",
        "django_migrations",
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "iceberg_namespace_properties",
        "iceberg_tables",
        "lake_state",
        "former_password",
        "invitation",
        "client_key",
        "linked_identity",
        "machine_client",
        "machine_token",
        "person_of_account",
        "plan_dependency",
        "plan_document",
        "plan_snapshot",
        "plan_task",
        "qr_key",
        "quality_changed",
        "quality_standing",
        "register_key",
        "register_published",
        "recovery_code",
        "second_step",
        "session",
        "survey_round",
        "training_session",
        "sign_in_failure",
        "unit",
        "used_assertion",
        "worker_heartbeat",
    }


def test_the_app_may_not_pass_by_the_wall() -> None:
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'khoyte_app'") == [
        (False, False)
    ]
    owners = rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert not {"khoyte_app", "khoyte_worker"} & {row[0] for row in owners}


@pytest.fixture
def filled(country: None) -> None:
    """At least one row of every facility in every tenant table."""
    from khoyte.foundation.calendar import today
    from khoyte.links.models import WebhookTarget
    from khoyte.registers.models import Tally
    from khoyte.signing.models import FacilityCertificate, SignatureCheck
    from khoyte.submissions.models import LedgerAdjustment
    from khoyte.visits.models import PaperDay

    tables = ("XML1", "XML2", "XML3", "XML4", "XML5")
    for facility, province in ((OWN, PROVINCE), (NEIGHBOUR, PROVINCE), (STRANGER, OTHER_PROVINCE)):
        Tally.objects.create(
            register="practitioners", fact="records", facility=facility, province=province, number=1
        )
        PaperDay.objects.create(
            facility=facility, province=province, day=today(), formula="x", expected=[1], received=[1]
        )
        WebhookTarget.objects.create(
            unit=facility,
            facility=facility,
            province=province,
            url="https://his.example/",
            secret_sealed=b"x",
        )
        Upload.objects.create(
            facility=facility,
            province=province,
            sender_unit=facility,
            sender="x",
            file_name="a.xml",
            length=9,
        )
        body = senders.file_of(
            senders.dossier("A1", facility=facility, tables=tables),
            senders.dossier("A2", facility=facility, **REFUSED),
            facility=facility,
        )
        found = senders.judged(body)
        owner = {"facility": facility, "province": province}
        FacilityCertificate.objects.create(**owner, kind="tax_code", value="9990000001", entered_by="x")
        SignatureCheck.objects.create(**owner, submission=found.pk, judgement=1, state="holds")
        LedgerAdjustment.objects.create(
            submission=found, facility=facility, province=province, day=found.day, judgement=1, changes={}
        )
        fill_registers(facility, province)
        fill_exchange(facility, province)
        fill_desk(facility)
        fill_plan(facility)
        fill_guidance(facility, province)
    fill_quality()


def fill_quality() -> None:
    """Scores of what was written above, and what fails of it."""
    from khoyte.quality import loop

    loop.work_all()


def fill_guidance(facility: str, province: str) -> None:
    """A request for support, and somebody who was trained."""
    from khoyte.foundation.calendar import today
    from khoyte.guidance import actions
    from khoyte.guidance.models import Attendance, TrainingSession
    from khoyte.registers.tests.offices import officer

    actions.ask(
        kind="question", subject="x", words="x", context=actions.Context(), by=officer(facility, "facility")
    )
    session = TrainingSession.objects.create(
        province=province, unit=province, topic="security", day=today(), place="x", trainer="x", code="x"
    )
    Attendance.objects.create(
        session=session, account=facility, unit=facility, facility=facility, province=province
    )


def fill_exchange(facility: str, province: str) -> None:
    """A message on its way to a national system, a question to one, a list there compared."""
    from khoyte.links.models import ExchangeMessage
    from khoyte.practice.models import IdentityCheck, StaffComparison

    owner = {"facility": facility, "province": province}
    StaffComparison.objects.create(rows=1, counts={"same": 1}, lines_sealed=b"x", made_by="x", **owner)
    IdentityCheck.objects.create(
        register="practitioners", record=uuid4(), version=1, particulars=b"x" * 16, **owner
    )
    ExchangeMessage.objects.create(
        destination="datacentre",
        kind="facilities",
        subject=facility,
        version=1,
        **owner,
    )


def fill_desk(facility: str) -> None:
    """A request, a consent and a breach with an event each."""
    from khoyte.protection import actions
    from khoyte.protection.tests import people

    officer = people.officer(facility)
    people.asked(by=officer)
    people.agreed(by=officer)
    breach = people.broken(by=officer)
    actions.write_breach(breach=breach, act="authority_told", at=people.hours_ago(1), by=officer)
    limited = people.asked("limit", subject=people.Subject("Nguyễn Văn Khác", "999190000999"), by=officer)
    for act in ("answer", "complete"):
        actions.act_on_request(request=limited, act=act, note="Được.", by=officer)


def fill_plan(facility: str) -> None:
    """What the facility says of the one task that every facility has, and a report it sent."""
    from khoyte.foundation.calendar import today
    from khoyte.monitor import actions
    from khoyte.monitor.models import Escalation, Task
    from khoyte.registers.tests.offices import officer

    by = officer(facility, "facility")
    document = actions.enter_document(code="KH", title="Kế hoạch", agency="Bộ Y tế", by=by)
    row = {"number": "1", "section": "I", "name": "Việc chung", "open_to": "facility"}
    actions.enter_tasks(document=document, rows=[row], by=by)
    actions.report_progress(task=Task.objects.get().pk, state="working", percent=5, by=by)
    report = actions.send_report(period="month", role="lead", since=today(), until=today(), figures={},
                                 recipients=["Bộ Y tế"], pdf=b"%PDF", way="unsigned", by=by)  # fmt: skip
    Escalation.objects.create(task=Task.objects.get(), unit=facility, unit_name=facility, facility=facility,
                              province=report.province, level="own", due_on=today(), days=1,
                              told_on=today())  # fmt: skip


def fill_registers(facility: str, province: str) -> None:
    """One record of every register, one of them under review and one confirmed, and a form begun."""
    from khoyte.campaigns.models import InspectionEvent
    from khoyte.practice.models import Departure, HoursOverlap
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.registers.models import Batch, Draft
    from khoyte.registers.tests import offices

    number = int(facility)
    person = offices.person(number, facility=facility)
    where = {"facility": facility, "province": province}
    day = {"valid_from": "2026-01-01"}
    offices.made("facilities", {"code": facility, "name": "Cơ sở", "province": province}, confirmed=True)
    record = offices.made("practitioners", person)
    actions.submit(register=register("practitioners"), id=record.pk, by=offices.SYSTEM)
    placed = offices.made(
        "practice_registrations", day | {k: person[k] for k in ("personal_number", "facility")}
    )
    beside = {"record": placed.pk, "personal_number_key": placed.personal_number_key, **where}
    Departure.objects.create(
        **beside, last_day="2026-01-01", due_on="2026-01-06", said_by_side="facility", said_by="x"
    )
    HoursOverlap.objects.create(**beside, other_record=record.pk, other_facility="99999")
    act = {"licence_number": person["licence_number"], "kind": "issue", "decision": "1/QĐ"}
    offices.made("licence_events", day | act)
    decided = {"facility": facility, "licence_number": "1/GPHĐ", "kind": "issue", "decision": "1/QĐ"}
    offices.made("facility_licence_events", day | decided)
    technique = {"facility": facility, "code": "03.1", "name": "Kỹ thuật", "decision": "2/QĐ"}
    offices.made("facility_services", day | technique)
    of_person = {"personal_number": person["personal_number"]}
    offices.made("scope_items", day | of_person | {"source": "licence", "name": "Nội", "decision": "1/QĐ"})
    attended = {"activity": "course", "title": "x", "organiser": "x", "ended_on": "2026-01-02", "hours": "8"}
    offices.made("cme_records", of_person | attended)
    guided = {"full_name": "Lê Thị Thực", "supervisor": "x", "supervisor_licence": person["licence_number"]}
    trainee = {"personal_number": f"9993{person['personal_number'][4:]}"}
    offices.made("trainees", day | trainee | guided | {"facility": facility, "valid_to": "2027-01-01"})
    fill_documents(facility, person["personal_number"])
    inventory = {"name": "CSDL", "kind": "specialised", "owner_name": "Cơ sở", "survey_group": "1"}
    offices.made("databases", {**inventory, "code": facility, "owner_unit": facility})
    pharmacy = offices.made("pharmacies", offices.PHARMACY | {"certificate_number": facility})
    type(pharmacy).objects.filter(pk=pharmacy.pk).update(**where)
    Batch.objects.create(level="facility", cases=[], sample=[], made_by="x", **where)
    InspectionEvent.objects.create(
        inspection=uuid4(), kind="request", day="2026-01-01", paper="1", recorded_by="x", **where
    )
    fill_papers(record.pk, where)
    fill_files(record.pk, where)
    Draft.objects.create(register="pharmacies", account=facility, typed_sealed=b"x", **where)


def fill_documents(facility: str, number: str) -> None:
    """A diploma with a photo, and a photo chosen for another."""
    from khoyte.registers import actions, attaching
    from khoyte.registers.known import register
    from khoyte.registers.tests import files, offices

    by, found = offices.officer(facility, "facility"), register("diplomas")
    shades = (int(facility) % 100, 100 + int(facility) % 100)
    with speaking_as(by):
        kept, _ = (attaching.choose(register=found, data=files.photo(shade=one), by=by) for one in shades)
        content = {"personal_number": number, "kind": "DH", "specialty": "Y khoa", "number": facility,
                   "issuer": "Trường", "issued_on": "2010", "document": bytes(kept.sha256).hex()}  # fmt: skip
        actions.create(register=found, content=content, by=by, source="form")


def fill_files(record, where: dict[str, str]) -> None:
    """A file made for another system, its line, what was sent back, and columns explained once."""
    from khoyte.registers.models import ColumnMapping, Export, ExportLine, Rejection

    named = {"register": "practitioners", **where}
    made = Export.objects.create(
        layout="x",
        layout_from="2026-01-01",
        unit=where["facility"],
        chosen="all",
        rows=1,
        made_by="x",
        **named,
    )
    ExportLine.objects.create(export=made.pk, row=2, record=record, version=1, **where)
    Rejection.objects.create(
        export=made.pk, record=record, version=1, field="", reason="x", told_by="x", **named
    )
    ColumnMapping.objects.create(
        unit=where["facility"], fingerprint=b"x" * 16, number=1, headings=[], columns={}, made_by="x", **named
    )


def fill_papers(record, where: dict[str, str]) -> None:
    """An issued paper and a signature on it."""
    from khoyte.registers.models import IssuedPaper, PaperSignature

    made = IssuedPaper.objects.create(
        id=record, kind="mau-11", register="practitioners", record=record, record_version=1,
        unit=where["facility"], unit_name="-", year=2026, edition=1, title="-", lines=1, as_of=timezone.now(),
        issued_by="x", docx_sha256=b"x", pdf_sha256=b"x", docx_sealed=b"x", pdf_sealed=b"x", **where,
    )  # fmt: skip
    PaperSignature.objects.create(
        paper=made.pk, way="server", by="x", state="holds", pdf_sha256=b"x", pdf_sealed=b"x", **where
    )


@contextmanager
def as_app_of(unit: str, role: str) -> Iterator[None]:
    actor = senders.account_actor(unit, role) if unit else ANONYMOUS
    with speaking_as(actor):
        yield


def facilities_seen(table: str) -> set[str]:
    return {row[0] for row in rows(f"SELECT DISTINCT facility FROM {table}")}


@pytest.mark.usefixtures("filled")
def test_a_query_without_a_filter_shows_the_tenant_alone() -> None:
    everybody = {OWN, NEIGHBOUR, STRANGER}
    for table in tenant_tables():
        assert facilities_seen(table) >= everybody, f"the test put nothing into {table}"
    for table in tenant_tables():
        with as_app_of(OWN, "facility"):
            assert facilities_seen(table) == {OWN}, table
        with as_app_of(PROVINCE, "province"):
            expected = set() if table in NOT_FOR_THE_PROVINCE else {OWN, NEIGHBOUR}
            assert facilities_seen(table) & everybody == expected, table
        with as_app_of("", ""):
            assert facilities_seen(table) == set(), table


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "table", ["submission", "dossier", "visit", "ledger_entry", "finding", "raw_receipt"]
)
def test_national_roles_see_records_only_where_the_access_table_says_so(table: str) -> None:
    for unit, role, sees in (
        ("BYT", "ministry", True),
        ("CUC", "department", True),
        ("BYT", "operator", False),
        ("BYT", "citizen", False),
        (OWN, "practitioner", False),
    ):
        with as_app_of(unit, role):
            assert bool(facilities_seen(table)) == sees, role


@pytest.mark.usefixtures("filled")
def test_a_token_sees_no_more_than_its_scopes() -> None:
    with speaking_as(senders.machine(OWN, "registers:read")):
        assert facilities_seen("submission") == set()
    with speaking_as(senders.machine(OWN, "ledger:read")):
        assert facilities_seen("ledger_entry") == {OWN}


@pytest.mark.usefixtures("filled")
def test_rows_of_another_tenant_can_be_neither_written_nor_changed() -> None:
    for table in tenant_tables():
        if table in WRITTEN_FOR_ANYBODY:
            continue
        names = [
            row[0]
            for row in rows(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
        ]
        copied = ", ".join(f'"{name}"' for name in names)
        (row,) = rows(f"SELECT row_to_json(t)::text FROM {table} t WHERE facility = '{STRANGER}' LIMIT 1")
        source = f"json_populate_record(NULL::{table}, %s::json)"
        insert = f"INSERT INTO {table} ({copied}) SELECT {copied} FROM {source}"
        with as_app_of(OWN, "facility"):
            for statement, parameters in (
                (insert, [row[0]]),
                (f"UPDATE {table} SET facility = '{OWN}' WHERE facility = '{STRANGER}'", []),
                (f"DELETE FROM {table} WHERE facility = '{STRANGER}'", []),
            ):
                changed = attempt(statement, parameters)
                assert changed in ("refused", 0), f"{statement} changed {changed}"


def attempt(statement: str, parameters: list[object]) -> object:
    """Rows changed, or "refused" by permission or wall; any other error is one of the test."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.rowcount
    except DatabaseError as error:
        words = ("permission denied", "row-level security")
        return "refused" if any(word in str(error) for word in words) else str(error)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "table", ["judgement", "dossier", "finding", "ledger_entry", "ledger_adjustment", "raw_receipt"]
)
def test_what_was_judged_is_never_rewritten(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE khoyte_worker")
        assert attempt(f"UPDATE {table} SET province = '00'", []) == "refused"
        assert attempt(f"DELETE FROM {table}", []) == "refused"
        cursor.execute("RESET ROLE")


def test_the_speaker_is_forgotten_with_the_transaction() -> None:
    with as_app_of(OWN, "facility"):
        inside = rows("SELECT current_user, current_setting('khoyte.facility', true)")
    assert inside == [("khoyte_app", OWN)]
    with as_app_of("", ""):
        assert rows("SELECT current_setting('khoyte.facility', true)") == [("",)]
