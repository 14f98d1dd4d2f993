"""Row-level security of the desk's tables, and what a citizen may see of visits and of the audit log.

Events and breach entries are written once; nobody removes anything. A citizen's transaction names the person
(`khoyte.person`, the keyed hash); that opens the person's own visits and the entries about them, to read.
"""

from django.db import migrations

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see(facility, province))
    WITH CHECK (khoyte_may_see(facility, province));
CREATE POLICY worker ON {table} TO khoyte_worker USING (true) WITH CHECK (true);
REVOKE ALL ON {table} FROM khoyte_app;
GRANT SELECT, INSERT ON {table} TO khoyte_app, khoyte_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM khoyte_worker;
"""
TABLES = ("subject_request", "subject_request_event", "consent", "breach", "breach_event")
# A request changes its state, a consent ends; sealed columns are sealed anew when keys rotate.
CHANGED = """
GRANT UPDATE (state, refusal, due) ON subject_request TO khoyte_app;
GRANT UPDATE (withdrawn_at, withdrawn_by) ON consent TO khoyte_app;
GRANT UPDATE (subject_sealed) ON subject_request, consent TO khoyte_worker;
GRANT UPDATE (note_sealed) ON subject_request_event TO khoyte_worker;
"""
OWN_PERSON = """
CREATE FUNCTION khoyte_person() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT decode(nullif(current_setting('khoyte.person', true), ''), 'hex')
$$;
GRANT EXECUTE ON FUNCTION khoyte_person() TO khoyte_app, khoyte_worker;
CREATE POLICY own_person ON visit FOR SELECT TO khoyte_app USING (person_key = khoyte_person());
CREATE POLICY own_person ON audit_entry FOR SELECT TO khoyte_app USING (
    khoyte_person() IS NOT NULL AND subject_kind = 'visit' AND EXISTS (
        SELECT 1 FROM visit v WHERE v.person_key = khoyte_person()
            AND v.id = CASE WHEN subject_kind = 'visit' THEN subject_id::bigint END));
"""
UNDO = """
DROP POLICY own_person ON visit; DROP POLICY own_person ON audit_entry; DROP FUNCTION khoyte_person();
"""


def statements() -> str:
    return "\n".join([*(WALL.format(table=table) for table in TABLES), CHANGED, OWN_PERSON])


class Migration(migrations.Migration):
    dependencies = [
        ("protection", "0001_initial"),
        ("units", "0002_tenancy"),
        ("audit", "0002_append_only"),
        ("visits", "0001_initial"),
    ]
    operations = [migrations.RunSQL(statements(), UNDO)]
