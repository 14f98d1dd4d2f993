"""Row-level security of what all registers share, and the function by which the tables of registers ask.

Registers have a speaker of their own: a token for registers sees no record of care, nor the other way round.
Versions, steps and evidence are written once. Keys and what is published belong to nobody: hashes that say
nothing, and what anybody may read.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION khoyte_may_see_register(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.register_everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.register_facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.register_province', true))
$$;
GRANT EXECUTE ON FUNCTION khoyte_may_see_register(text, text) TO khoyte_app, khoyte_worker;
"""
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT {acts} ON {table} TO khoyte_app, khoyte_worker;
"""
TENANT_TABLES = {
    "register_version": "SELECT, INSERT",
    "register_step": "SELECT, INSERT",
    "register_evidence": "SELECT, INSERT",
    "register_case": "SELECT, INSERT, UPDATE",
    "register_draft": "SELECT, INSERT, UPDATE, DELETE",
}
# Keys rotate: what is sealed is sealed again by the worker, who may change nothing else of a version.
RESEALED = "GRANT UPDATE (content_sealed) ON register_version TO khoyte_worker;"
NOBODYS = """
REVOKE ALL ON register_key, register_published FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, DELETE ON register_key TO khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON register_published TO khoyte_app, khoyte_worker;
"""


def statements() -> str:
    walls = [WALL.format(table=table, acts=acts) for table, acts in TENANT_TABLES.items()]
    return "\n".join([FUNCTION, *walls, RESEALED, NOBODYS])


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
