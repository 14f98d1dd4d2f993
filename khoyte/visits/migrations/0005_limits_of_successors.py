"""A limit holds after its unit was merged into another: the successor is bound by it, and may lift it.

What a unit took over (`unit.before`) counts as its own, as in row-level security. A merger (or its reversal)
marks visits anew in its own transaction, as granting and lifting do.
"""

from importlib import import_module

from django.db import migrations

COVERS = """
CREATE FUNCTION khoyte_limit_covers(
    limit_facility text, limit_province text, of_facility text, of_province text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN limit_facility <> '' THEN limit_facility = of_facility
      OR EXISTS (SELECT FROM unit u WHERE u.code = of_facility AND limit_facility = ANY (u.before))
    ELSE limit_province IN ('', of_province)
      OR EXISTS (SELECT FROM unit u WHERE u.code = of_province AND limit_province = ANY (u.before))
    END
$$;
CREATE OR REPLACE FUNCTION khoyte_is_limited(person bytea, of_facility text, of_province text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM processing_limit l WHERE l.person_key = person AND l.ended_at IS NULL
      AND khoyte_limit_covers(l.facility, l.province, of_facility, of_province))
$$;
CREATE OR REPLACE FUNCTION khoyte_mark_limited(visits bigint[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE marked bigint[];
BEGIN
    WITH changed AS (
        UPDATE visit v SET is_limited = true FROM processing_limit l
        WHERE v.id = ANY (visits) AND NOT v.is_limited AND l.ended_at IS NULL AND l.person_key = v.person_key
          AND khoyte_limit_covers(l.facility, l.province, v.facility, v.province)
        RETURNING v.id)
    SELECT array_agg(id) INTO marked FROM changed;
    IF marked IS NULL THEN RETURN 0; END IF;
    UPDATE visit_drug SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_service SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_result SET is_limited = true WHERE visit_id = ANY (marked);
    UPDATE visit_progress SET is_limited = true WHERE visit_id = ANY (marked);
    RETURN cardinality(marked);
END $$;
"""
MARKING = """
CREATE FUNCTION khoyte_apply_limits(persons bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE changed bigint[];
BEGIN
    -- visits.limits.LOCK: alone, so that nothing is being stored meanwhile.
    PERFORM pg_advisory_xact_lock(7739558527070699537);
    WITH touched AS (
        UPDATE visit v SET is_limited = NOT v.is_limited,
            -- Lake and outbox follow what counted until now by the transaction that changed it.
            changed_tx = CASE WHEN v.is_current THEN pg_current_xact_id()::text::bigint
                              ELSE v.changed_tx END
        WHERE v.person_key = ANY (persons)
          AND v.is_limited <> khoyte_is_limited(v.person_key, v.facility, v.province)
        RETURNING v.id)
    SELECT array_agg(id) INTO changed FROM touched;
    UPDATE visit_drug SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_service SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_result SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
    UPDATE visit_progress SET is_limited = NOT is_limited WHERE visit_id = ANY (changed);
END $$;
REVOKE EXECUTE ON FUNCTION khoyte_apply_limits(bytea[]) FROM PUBLIC;
CREATE OR REPLACE FUNCTION khoyte_apply_limit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM khoyte_apply_limits(ARRAY[NEW.person_key]);
    RETURN NULL;
END $$;
CREATE FUNCTION khoyte_apply_limits_taken_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE persons bytea[];
BEGIN
    SELECT array_agg(DISTINCT l.person_key) INTO persons FROM processing_limit l
    WHERE l.ended_at IS NULL
      AND coalesce(nullif(l.facility, ''), l.province) = ANY (OLD.before || NEW.before);
    IF persons IS NOT NULL THEN
        PERFORM khoyte_apply_limits(persons);
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION khoyte_apply_limits_taken_over() FROM PUBLIC;
CREATE TRIGGER apply_limits_taken_over AFTER UPDATE OF before ON unit
    FOR EACH ROW WHEN (OLD.before IS DISTINCT FROM NEW.before)
    EXECUTE FUNCTION khoyte_apply_limits_taken_over();
"""
# Units merged before this migration: once for everybody with a limit in force.
ONCE = """
DO $$
DECLARE persons bytea[];
BEGIN
    SELECT array_agg(DISTINCT person_key) INTO persons FROM processing_limit WHERE ended_at IS NULL;
    IF persons IS NOT NULL THEN
        PERFORM khoyte_apply_limits(persons);
    END IF;
END $$;
"""


def _undo(apps: object, editor: object) -> None:
    """The functions as they were before."""
    first = import_module("khoyte.visits.migrations.0004_limits")
    was = first.MARKING[first.MARKING.index("CREATE FUNCTION khoyte_is_limited") :]
    was = was[: was.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    editor.execute("DROP TRIGGER apply_limits_taken_over ON unit")  # type: ignore[attr-defined]
    editor.execute(was)  # type: ignore[attr-defined]
    editor.execute(  # type: ignore[attr-defined]
        "DROP FUNCTION khoyte_apply_limits_taken_over(), khoyte_apply_limits(bytea[]),"
        " khoyte_limit_covers(text, text, text, text)"
    )


def _nothing(apps: object, editor: object) -> None:
    """All is done above."""


class Migration(migrations.Migration):
    dependencies = [("visits", "0004_limits"), ("units", "0010_requests_and_reorganisations")]
    operations = [
        migrations.RunPython(_nothing, _undo),
        migrations.RunSQL(COVERS, migrations.RunSQL.noop),
        migrations.RunSQL(MARKING, migrations.RunSQL.noop),
        migrations.RunSQL(ONCE, migrations.RunSQL.noop),
    ]
