"""The application may append entries and read those its tenant may see; it may not change or remove any.

Row-level security: a facility reads entries about its own records, a province those of its facilities.
"""

from django.db import migrations

GRANTS = """
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON audit_entry TO khoyte_app, khoyte_worker;
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY app_reads_its_tenant ON audit_entry FOR SELECT TO khoyte_app
    USING (khoyte_may_see(facility, province));
CREATE POLICY app_appends ON audit_entry FOR INSERT TO khoyte_app WITH CHECK (true);
CREATE POLICY worker_reads ON audit_entry FOR SELECT TO khoyte_worker USING (true);
CREATE POLICY worker_appends ON audit_entry FOR INSERT TO khoyte_worker WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
