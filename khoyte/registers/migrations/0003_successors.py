"""Who took a unit over sees its rows in the registers; who acts for somebody else is written down beside.
Cases of two kinds, two pairs of eyes, escalation, confirmation in bulk with its sample, responsibility.

`khoyte.register_before` names the units taken over, parted by blanks.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

from khoyte.foundation.time_ordered import time_ordered_id

FUNCTION = """
CREATE OR REPLACE FUNCTION khoyte_may_see_register(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.register_everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.register_facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.register_province', true))
      OR (row_facility <> '' AND row_facility = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ')))
      OR (row_province <> '' AND row_province = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ')))
$$;
"""


WALL = """
ALTER TABLE register_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE register_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON register_batch TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON register_batch FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON register_batch TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_tenants"), ("units", "0011_walls_of_successors")]
    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        *(
            migrations.AddField(
                name, "on_behalf_of", models.CharField(max_length=150, blank=True, default="", db_default="")
            )
            for name in ("version", "step")
        ),
        migrations.AddField("step", "sentence", models.TextField(blank=True, default="", db_default="")),
        migrations.AddField(
            "step", "proof", models.CharField(max_length=40, blank=True, default="", db_default="")
        ),
        migrations.AddField(
            "case", "kind", models.CharField(max_length=10, default="review", db_default="review")
        ),
        migrations.AddField("case", "told_sealed", models.BinaryField(null=True, blank=True)),
        migrations.AddField(
            "case", "seen_by", models.CharField(max_length=150, blank=True, default="", db_default="")
        ),
        migrations.AddField("case", "escalated_at", models.DateTimeField(null=True, blank=True)),
        migrations.RemoveConstraint("case", "register_case_open_once"),
        migrations.AddConstraint(
            "case",
            models.UniqueConstraint(
                fields=["record", "kind"], condition=models.Q(closed_at=None), name="register_case_open_once"
            ),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(default=time_ordered_id, primary_key=True, serialize=False)),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("level", models.CharField(max_length=20)),
                ("cases", models.JSONField()),
                ("sample", models.JSONField()),
                ("opened", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("made_by", models.CharField(max_length=150)),
                ("state", models.CharField(default="open", max_length=10)),
                ("outcome", models.JSONField(default=dict)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "register_batch"},
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
