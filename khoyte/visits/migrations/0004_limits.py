"""Limits on processing: who granted one about whom, and which visits it marks.

The database marks visits and their lines itself, in the transaction that grants or lifts a limit; the
application may not write visits. Row-level security shows limited rows to nobody of the application but the
person they are about, unless the transaction says that the law obliges to it (`khoyte.by_law`).
"""

import django.db.models.functions.datetime
from django.db import migrations, models

LINES = ("visit_drug", "visit_service", "visit_result", "visit_progress")
MARKED = "ALTER TABLE {table} ADD COLUMN is_limited boolean NOT NULL DEFAULT false;"
INDEXED = "CREATE INDEX visit_limited ON visit (person_key) WHERE is_limited;"
BY_LAW = """
CREATE FUNCTION khoyte_by_law() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.by_law', true), '') = 'on'
$$;
GRANT EXECUTE ON FUNCTION khoyte_by_law() TO khoyte_app, khoyte_worker;
"""
WALL = """
ALTER POLICY tenant_reads ON {table}
    USING (khoyte_may_see(facility, province) AND (NOT is_limited OR khoyte_by_law()));
"""
OPENED = "ALTER POLICY tenant_reads ON {table} USING (khoyte_may_see(facility, province));"
TENANT = """
ALTER TABLE processing_limit ENABLE ROW LEVEL SECURITY;
ALTER TABLE processing_limit FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON processing_limit TO khoyte_app
    USING (khoyte_may_see(facility, province)) WITH CHECK (khoyte_may_see(facility, province));
REVOKE ALL ON processing_limit FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON processing_limit TO khoyte_app;
GRANT SELECT ON processing_limit TO khoyte_worker;
"""
# A facility limits its own records, a province those of its facilities, the ministry all. The owner of the
# tables marks what is covered, and is let through row-level security for that alone.
MARKING = """
CREATE POLICY marking ON processing_limit FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY marking ON visit TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY marking ON visit_drug TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY marking ON visit_service TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY marking ON visit_result TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY marking ON visit_progress TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE FUNCTION khoyte_is_limited(person bytea, of_facility text, of_province text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM processing_limit l WHERE l.person_key = person AND l.ended_at IS NULL
      AND (l.facility = of_facility OR (l.facility = '' AND l.province IN ('', of_province))))
$$;
CREATE FUNCTION khoyte_mark_limited(visits bigint[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE marked bigint[];
BEGIN
    WITH changed AS (
        UPDATE visit v SET is_limited = true FROM processing_limit l
        WHERE v.id = ANY (visits) AND NOT v.is_limited AND l.ended_at IS NULL AND l.person_key = v.person_key
          AND (l.facility = v.facility OR (l.facility = '' AND l.province IN ('', v.province)))
        RETURNING v.id)
    SELECT array_agg(id) INTO marked FROM changed;
    IF marked IS NULL THEN RETURN 0; END IF;
    UPDATE visit_drug SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_service SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_result SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_progress SET is_limited = true WHERE visit_id = ANY (marked);
    RETURN cardinality(marked);
END $$;
CREATE FUNCTION khoyte_apply_limit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE changed bigint[];
BEGIN
    -- visits.limits.LOCK: alone, so that nothing is being stored meanwhile.
    PERFORM pg_advisory_xact_lock(7739558527070699537);
    WITH touched AS (
        UPDATE visit v SET is_limited = NOT v.is_limited,
            -- Lake and outbox follow what counted until now by the transaction that changed it.
            changed_tx = CASE WHEN v.is_current THEN pg_current_xact_id()::text::bigint
                              ELSE v.changed_tx END
        WHERE v.person_key = NEW.person_key
          AND v.is_limited <> khoyte_is_limited(v.person_key, v.facility, v.province)
        RETURNING v.id)
    SELECT array_agg(id) INTO changed FROM touched;
    UPDATE visit_drug SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_service SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_result SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_progress SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION khoyte_apply_limit() FROM PUBLIC;
CREATE TRIGGER apply_limit AFTER INSERT OR UPDATE OF ended_at ON processing_limit
    FOR EACH ROW EXECUTE FUNCTION khoyte_apply_limit();
"""
UNDO = """
DROP TRIGGER apply_limit ON processing_limit;
DROP FUNCTION khoyte_apply_limit(), khoyte_mark_limited(bigint[]), khoyte_is_limited(bytea, text, text);
DROP POLICY marking ON processing_limit;
"""


def statements() -> str:
    tables = ("visit", *LINES)
    return "\n".join(
        [
            *(MARKED.format(table=table) for table in tables),
            INDEXED,
            BY_LAW,
            *(WALL.format(table=table) for table in tables),
            TENANT,
            MARKING,
        ]
    )


def undoing() -> str:
    tables = ("visit", *LINES)
    return "\n".join(
        [
            UNDO,
            *(OPENED.format(table=table) for table in tables),
            *(f"DROP POLICY marking ON {table};" for table in tables),
            "DROP FUNCTION khoyte_by_law();",
            *(f"ALTER TABLE {table} DROP COLUMN is_limited;" for table in tables),
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("visits", "0003_transactions"), ("protection", "0002_tenants")]
    operations = [
        migrations.CreateModel(
            name="ProcessingLimit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("request", models.UUIDField(unique=True)),
                ("unit", models.CharField(max_length=20)),
                ("facility", models.CharField(blank=True, max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("person_key", models.BinaryField(max_length=32)),
                ("began_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("began_by", models.CharField(max_length=150)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "db_table": "processing_limit",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["person_key"], name="limit_in_force"
                    )
                ],
            },
        ),
        migrations.RunSQL(statements(), undoing()),
    ]
