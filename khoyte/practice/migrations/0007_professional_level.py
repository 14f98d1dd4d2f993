"""The professional level of a facility gets a column of its own.

It shared one with the level of review, so that the row held now the one and now the other. What was declared
stands in the versions and is taken from there; what was published as a level of review is published no more.
"""

from django.db import migrations, models

TABLES = ("facilities", "register_version", "register_evidence", "register_step", "register_published")
MOVED = """
UPDATE register_version SET
    content = (content - 'level') || CASE WHEN content->>'level' IN ('BAN_DAU', 'CO_BAN', 'CHUYEN_SAU')
        THEN jsonb_build_object('professional_level', content->'level') ELSE '{}'::jsonb END,
    changed = array_replace(changed, 'level', 'professional_level')
WHERE register = 'facilities';
UPDATE register_evidence SET fields = array_replace(fields, 'level', 'professional_level')
WHERE register = 'facilities';
UPDATE facilities f SET professional_level = v.content->>'professional_level', level = CASE
        WHEN f.state = 'in_review' THEN f.level ELSE '' END
FROM (SELECT DISTINCT ON (record) record, content FROM register_version
      WHERE register = 'facilities' AND content ? 'professional_level' ORDER BY record, number DESC) v
WHERE v.record = f.id;
UPDATE register_version v
SET content = v.content || jsonb_build_object('professional_level', f.professional_level)
FROM facilities f
WHERE v.register = 'facilities' AND v.record = f.id AND f.professional_level <> ''
    AND v.number IN (f.version, f.confirmed_version) AND NOT v.content ? 'professional_level';
UPDATE register_published p SET content = (p.content - 'level')
    || jsonb_build_object('professional_level', nullif(f.professional_level, ''))
FROM facilities f WHERE p.register = 'facilities' AND f.id = p.record;
"""


def walls(act: str) -> str:
    """The owner of the tables is behind the walls as well; for this statement alone they are off."""
    return "".join(f"ALTER TABLE {table} {act} ROW LEVEL SECURITY;" for table in TABLES[:-1])


class Migration(migrations.Migration):
    dependencies = [("practice", "0006_in_force"), ("registers", "0005_issued_papers")]
    operations = [
        migrations.AddField(
            "facility", "professional_level", models.CharField(blank=True, default="", max_length=255)
        ),
        migrations.RunSQL(walls("NO FORCE") + MOVED + walls("FORCE"), migrations.RunSQL.noop, elidable=True),
        migrations.AlterField("facility", "level", models.CharField(blank=True, default="", max_length=20)),
    ]
