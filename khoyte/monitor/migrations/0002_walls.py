"""Whose rows may be seen, and that no task waits for itself.

A circle of dependencies is refused here, whoever writes: writers of dependencies take turns, so that two
halves of a circle cannot be written at once. The detail of the error is the path, as JSON.
"""

from django.db import migrations

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING ({may_see}(facility, province)) WITH CHECK ({may_see}(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT {acts} ON {table} TO khoyte_app, khoyte_worker;
"""
TENANT_TABLES = (
    ("databases", "khoyte_may_see_register", "SELECT, INSERT, UPDATE"),
    ("plan_assignment", "khoyte_may_see", "SELECT, INSERT, UPDATE"),
    ("plan_entry", "khoyte_may_see", "SELECT, INSERT"),
    ("plan_report", "khoyte_may_see", "SELECT, INSERT"),
)
NOBODYS = """
REVOKE ALL ON plan_document, plan_task, plan_dependency FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON plan_document, plan_task TO khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, DELETE ON plan_dependency TO khoyte_app, khoyte_worker;
"""
NO_CIRCLE = """
CREATE FUNCTION plan_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE circle bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('plan_dependency'));
    WITH RECURSIVE way(task, path) AS (
        SELECT NEW.needs_id, ARRAY[NEW.task_id, NEW.needs_id]
        UNION ALL
        SELECT d.needs_id, way.path || d.needs_id
        FROM plan_dependency d JOIN way ON d.task_id = way.task
        WHERE way.task <> NEW.task_id AND NOT d.needs_id = ANY (way.path[2:])
    )
    SELECT path INTO circle FROM way WHERE task = NEW.task_id ORDER BY cardinality(path) LIMIT 1;
    IF circle IS NOT NULL THEN
        RAISE EXCEPTION 'tasks wait for each other' USING ERRCODE = 'integrity_constraint_violation',
            DETAIL = array_to_json(circle)::text;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_no_circle BEFORE INSERT OR UPDATE ON plan_dependency
    FOR EACH ROW EXECUTE FUNCTION plan_no_circle();
"""


def statements() -> str:
    walls = [WALL.format(table=table, may_see=may_see, acts=acts) for table, may_see, acts in TENANT_TABLES]
    return "\n".join([*walls, NOBODYS, NO_CIRCLE])


class Migration(migrations.Migration):
    dependencies = [("monitor", "0001_initial"), ("registers", "0002_tenants"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
