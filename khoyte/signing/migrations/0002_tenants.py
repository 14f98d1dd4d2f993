"""Row-level security: a facility sees its own certificates and checks, a province those of its facilities.

The application only reads; bindings are made by the operator's command, checks by the worker. A check is
written once, a binding can only be ended.
"""

from django.db import migrations

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app USING (khoyte_may_see(facility, province))
    WITH CHECK (khoyte_may_see(facility, province));
REVOKE ALL ON {table} FROM khoyte_app;
GRANT SELECT ON {table} TO khoyte_app;
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM khoyte_worker;
GRANT SELECT, INSERT ON {table} TO khoyte_worker;
"""
END = "GRANT UPDATE (valid_to, ended_by, reason) ON facility_certificate TO khoyte_worker;"


def statements() -> str:
    walls = [WALL.format(table=table) for table in ("facility_certificate", "signature_check")]
    return "\n".join([*walls, END])


class Migration(migrations.Migration):
    dependencies = [("signing", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
