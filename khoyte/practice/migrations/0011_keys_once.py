"""Two records of these registers never share the key, wherever in the country they stand.

Of records that share one already the first to be confirmed, else the first made, keeps it; the others may be
corrected or withdrawn. Facilities and pharmacies have a rule of their own that says the same.
"""

from django.db import migrations

CLAIM = """
INSERT INTO register_key (register, rule, digest, record)
SELECT DISTINCT ON (key_digest) '{table}', 'key', key_digest, id FROM {table} WHERE state <> 'withdrawn'
ORDER BY key_digest, confirmed_version IS NULL, id
ON CONFLICT DO NOTHING
"""
FREE = "DELETE FROM register_key WHERE register = '{table}' AND rule = 'key'"
TABLES = ("practitioners", "practice_registrations", "licence_events")


class Migration(migrations.Migration):
    dependencies = [("practice", "0010_tallied"), ("registers", "0010_tallies")]
    operations = [migrations.RunSQL(CLAIM.format(table=table), FREE.format(table=table)) for table in TABLES]
