"""Records of these registers are counted by what changes them (`registers/migrations/0010_tallies.py`)."""

from django.db import migrations

TALLIED = """
CREATE TRIGGER tallied_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
CREATE TRIGGER tallied_updated AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
"""
FILL = """
INSERT INTO register_tally (register, fact, facility, province, state, level, in_force, number)
SELECT '{table}', 'records', CASE WHEN province = '' THEN facility ELSE '' END, province, state, level,
       confirmed_version IS NOT NULL, count(*)
FROM {table} GROUP BY 3, 4, 5, 6, 7;
"""
NO_MORE = """
DROP TRIGGER tallied_inserted ON {table};
DROP TRIGGER tallied_updated ON {table};
"""
TABLES = ("databases",)


class Migration(migrations.Migration):
    dependencies = [("monitor", "0004_search_words"), ("registers", "0010_tallies")]
    operations = [
        migrations.RunSQL((TALLIED + FILL).format(table=table), NO_MORE.format(table=table))
        for table in TABLES
    ]
