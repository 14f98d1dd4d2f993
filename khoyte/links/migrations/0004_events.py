"""The event log and the cursors of its followers.

Events hold no rows of a tenant: hashes, a facility's code, days. Whoever changes something may append, only
the worker reads; nobody changes or removes.
"""

from django.db import migrations

TABLES = """
CREATE TABLE event_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT now(),
    kind varchar(40) NOT NULL, register varchar(40) NOT NULL, record uuid NOT NULL,
    subjects bytea[] NOT NULL, place varchar(5) NOT NULL, first date, last date
);
CREATE INDEX event_log_in_order ON event_log (tx, id);
CREATE TABLE event_cursor (
    follower varchar(40) PRIMARY KEY, tx xid8 NOT NULL, id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
REVOKE ALL ON event_log, event_cursor FROM khoyte_app, khoyte_worker;
GRANT INSERT ON event_log TO khoyte_app;
GRANT SELECT, INSERT ON event_log TO khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON event_cursor TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("links", "0003_exchange")]
    operations = [migrations.RunSQL(TABLES, "DROP TABLE event_log, event_cursor;")]
