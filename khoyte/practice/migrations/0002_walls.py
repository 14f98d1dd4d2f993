"""Row-level security of the registers of this room, and what may never overlap.

Withdrawn records hold no time. `week` holds minutes of the week; a registration whose hours are not
understood is compared with none.
"""

from django.db import migrations

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_app, khoyte_worker;
"""
TABLES = ("facilities", "practitioners", "pharmacies", "practice_registrations", "licence_events")
NEVER_OVERLAPPING = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE practice_registrations ADD CONSTRAINT hours__overlap_at_facility EXCLUDE USING gist (
    personal_number_key WITH =, facility WITH =, daterange(valid_from, valid_to, '[]') WITH &&, week WITH &&
) WHERE (state <> 'withdrawn');
ALTER TABLE licence_events ADD CONSTRAINT valid_from__suspensions_overlap EXCLUDE USING gist (
    licence_key WITH =, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (kind = 'suspend' AND state <> 'withdrawn');
"""


def statements() -> str:
    return "\n".join([*(WALL.format(table=table) for table in TABLES), NEVER_OVERLAPPING])


class Migration(migrations.Migration):
    dependencies = [("practice", "0001_initial"), ("registers", "0002_tenants")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
