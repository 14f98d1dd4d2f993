"""Questions to the population database. Seen by whom the practitioner's record is seen by.

Whoever hands a record in writes its question and may say that an older one is superseded; answers are the
worker's.
"""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

WALL = """
ALTER TABLE identity_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_check FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON identity_check TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON identity_check FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE (answered_at, outcome) ON identity_check TO khoyte_app;
GRANT SELECT, INSERT, UPDATE ON identity_check TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "transaction",
                    models.UUIDField(default=khoyte.foundation.time_ordered.time_ordered_id, editable=False),
                ),
                ("register", models.CharField(max_length=40)),
                ("record", models.UUIDField()),
                ("version", models.IntegerField()),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("particulars", models.BinaryField(max_length=16)),
                ("queued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("answered_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=12)),
                (
                    "differing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("trouble", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "db_table": "identity_check",
                "indexes": [
                    models.Index(
                        condition=models.Q(("answered_at", None)),
                        fields=["next_attempt_at"],
                        name="identity_check_due",
                    ),
                    models.Index(fields=["record", "-id"], name="identity_check_of_record"),
                ],
            },
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
