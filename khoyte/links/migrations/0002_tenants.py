"""Row-level security: a unit sees its own webhook and its own messages, no other unit's.

Unlike the other tenant tables a province does not look over its facilities here: an address with its secret
belongs to the software of one unit. Messages are written, sent and closed by the worker; a unit may only ask
for its own to be tried again at once.
"""

from django.db import migrations

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} TO khoyte_app USING ({own}) WITH CHECK ({own});
REVOKE ALL ON {table} FROM khoyte_app;
REVOKE DELETE, TRUNCATE ON {table} FROM khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_worker;
"""
OWN = """(facility <> '' AND facility = current_setting('khoyte.facility', true))
    OR (facility = '' AND province <> '' AND province = current_setting('khoyte.province', true))"""
APP_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON webhook_target TO khoyte_app;
GRANT SELECT, INSERT, UPDATE (state, next_attempt_at, finished_at) ON outbox_message TO khoyte_app;
"""


def statements() -> str:
    walls = [WALL.format(table=table, own=OWN) for table in ("webhook_target", "outbox_message")]
    return "\n".join([*walls, APP_GRANTS])


class Migration(migrations.Migration):
    dependencies = [("links", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
