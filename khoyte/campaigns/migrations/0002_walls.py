"""Row-level security of the ledger of inspections; events are written once."""

from django.db import migrations

WALL = """
ALTER TABLE inspection_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE inspection_event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON inspection_event TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON inspection_event FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON inspection_event TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial"), ("registers", "0002_tenants")]
    operations = [migrations.RunSQL(WALL, migrations.RunSQL.noop)]
