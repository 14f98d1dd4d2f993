"""One entry written by a function of the database, for acts that are one statement themselves (receipts)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION khoyte_record(
    by_name text, by_unit text, by_role text, act text, kind text, id text,
    its_facility text, its_province text, its_details jsonb, its_source text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_entry (actor, actor_unit, actor_role, action, subject_kind, purpose,
                             subject_id, facility, province, details, source_address)
    VALUES (by_name, by_unit, by_role, act, kind, '', id, its_facility, its_province, its_details,
    its_source);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_source_address")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION khoyte_record")]
