"""The rights in the database's catalogue are those of `data/walls.csv`, for every table and both roles."""

import pytest
from django.db import ProgrammingError, connection, transaction

from khoyte.edges import grants
from khoyte.edges.grants import APP, WORKER, Rights, apply, declared

pytestmark = pytest.mark.django_db
ROLES = (APP, WORKER)
# Written once: an entry, an event, a version, a receipt, a verdict. Only what is sealed is sealed anew there.
APPEND_ONLY = {
    "audit_entry", "audit_seal", "breach", "breach_event", "dossier", "event_log", "finding",
    "inspection_event", "issued_paper", "judgement", "ledger_adjustment", "ledger_entry",
    "named_practitioner", "paper_signature", "plan_entry", "plan_report", "raw_receipt",
    "register_document", "register_evidence", "register_step", "register_version", "reorganisation_move",
    "signature_check", "subject_request_event",
}  # fmt: skip
SEALED_ANEW = {
    ("issued_paper", WORKER), ("paper_signature", WORKER), ("register_document", WORKER),
    ("register_version", WORKER), ("subject_request_event", WORKER),
}  # fmt: skip


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def tables() -> set[str]:
    return {row[0] for row in rows(grants._TABLES)}


def held(of: str) -> dict[tuple[str, str], set[str]]:
    with connection.cursor() as cursor:
        return grants._held(cursor, of)


def test_every_table_has_its_line() -> None:
    without = tables() - declared().keys()
    assert not without, (
        f"{', '.join(sorted(without))}: no line in khoyte/edges/data/walls.csv. Add one that says whose the"
        " rows are and the least that khoyte_app and khoyte_worker need; it is applied after migrating."
    )
    assert declared().keys() <= tables(), "walls.csv speaks of tables that are there no more"


def test_the_catalogue_says_what_the_table_says() -> None:
    whole, columns = held(grants._WHOLE), held(grants._COLUMNS)
    found = {
        table: {
            role: Rights(
                frozenset(whole.get((table, role), ())),
                frozenset(columns.get((table, role), set()) - whole.get((table, role), set())),
            )
            for role in ROLES
        }
        for table in declared()
    }
    assert found == declared()


def test_nobody_else_has_any_right() -> None:
    owners = {row[0] for row in rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")}
    everybody = rows(
        "SELECT c.relname FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0"
    )
    assert everybody == []
    assert {role for _, role in held(grants._WHOLE)} <= {*ROLES, *owners}


def test_what_is_written_once_is_neither_changed_nor_removed() -> None:
    assert declared().keys() >= APPEND_ONLY
    for table in APPEND_ONLY:
        for role in ROLES:
            rights = declared()[table][role]
            assert not rights.whole & {"UPDATE", "DELETE"}, (table, role)
            assert rights.columns <= {"INSERT", "UPDATE"} if (table, role) in SEALED_ANEW else {"INSERT"}


def test_the_pages_remove_only_what_is_somebodys_own_and_passing() -> None:
    removable = {table for table, of in declared().items() if "DELETE" in of[APP].whole}
    assert removable == {
        "former_password", "invitation", "plan_dependency", "recovery_code", "register_chosen_file",
        "register_draft", "register_key", "second_step", "session", "sign_in_failure", "staff_comparison",
        "upload",
    }  # fmt: skip


def test_numbers_of_a_table_are_drawn_by_those_alone_who_write_there() -> None:
    whole = held(grants._WHOLE)
    sequences = rows(grants._SEQUENCES)
    assert len(sequences) > 20
    for sequence, table in sequences:
        for role in ROLES:
            rights = declared()[table][role]
            expected = {"USAGE"} if "INSERT" in rights.whole | rights.columns else set()
            expected |= grants.MOVED.get((sequence, role), set())
            assert whole.get((sequence, role), set()) == expected, sequence


def test_functions_that_act_as_the_owner_are_called_by_triggers_alone_or_ask_the_wall() -> None:
    callable_by_all = rows(
        "SELECT p.proname, p.prosrc LIKE '%khoyte_may_see_register(facility, province)%' FROM pg_proc p"
        " WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"
        " AND (p.proacl IS NULL OR has_function_privilege('khoyte_app', p.oid, 'EXECUTE'))"
    )
    # Search goes by an index that row-level security keeps from others; it asks the wall of each row.
    assert callable_by_all == [("khoyte_search", True)]


def test_too_much_is_taken_and_too_little_given_and_then_nothing_is_to_do() -> None:
    with connection.cursor() as cursor:
        assert apply(cursor) == []
        cursor.execute("GRANT DELETE, TRUNCATE ON audit_entry TO khoyte_worker")
        cursor.execute("GRANT UPDATE (actor) ON audit_entry TO khoyte_app")
        cursor.execute("REVOKE INSERT ON unit FROM khoyte_app")
        assert apply(cursor) == [
            'REVOKE UPDATE ON "audit_entry" FROM khoyte_app',
            'REVOKE DELETE, TRUNCATE ON "audit_entry" FROM khoyte_worker',
            'GRANT INSERT ON "unit" TO khoyte_app',
        ]
        assert apply(cursor) == []


def test_a_right_on_all_columns_where_some_are_declared_is_no_silent_loss() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE ON consent TO khoyte_app")
        with pytest.raises(LookupError, match="consent"):
            apply(cursor)


def test_a_new_table_works_until_the_suite_asks_for_its_line() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE birth (id int)")
        assert apply(cursor) == []
        cursor.execute("SET LOCAL ROLE khoyte_app")
        cursor.execute("INSERT INTO birth VALUES (1)")
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("DELETE FROM unit")
        cursor.execute("RESET ROLE")
    with pytest.raises(AssertionError, match=r"birth: no line in khoyte/edges/data/walls\.csv"):
        test_every_table_has_its_line()
