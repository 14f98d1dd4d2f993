"""Who is named in a file lies behind its facility's wall; what is to be judged again is the worker's list."""

import django.db.models.functions.datetime
from django.db import migrations, models

GRANTS = """
ALTER TABLE named_practitioner ENABLE ROW LEVEL SECURITY;
ALTER TABLE named_practitioner FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON named_practitioner TO khoyte_app
    USING (khoyte_may_see(facility, province)) WITH CHECK (khoyte_may_see(facility, province));
REVOKE ALL ON named_practitioner, register_recheck FROM khoyte_app, khoyte_worker;
GRANT SELECT ON named_practitioner TO khoyte_app;
GRANT SELECT, INSERT ON named_practitioner TO khoyte_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON register_recheck TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0005_catalogues"),
        ("units", "0002_tenancy"),
    ]

    operations = [
        migrations.CreateModel(
            name="NamedPractitioner",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("submission_id", models.UUIDField()),
                ("facility", models.CharField(max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("licence", models.BinaryField(max_length=16)),
                ("first", models.DateField()),
                ("last", models.DateField()),
            ],
            options={
                "db_table": "named_practitioner",
                "indexes": [models.Index(fields=["licence", "last"], name="named_by_licence")],
            },
        ),
        migrations.CreateModel(
            name="RegisterRecheck",
            fields=[
                ("submission_id", models.UUIDField(primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("failures", models.SmallIntegerField(default=0)),
            ],
            options={
                "db_table": "register_recheck",
                "indexes": [models.Index(fields=["failures", "asked_at"], name="recheck_in_order")],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
