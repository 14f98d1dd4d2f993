"""What is official as the licence gate reads it: nobody's rows, like what is published of a register.

Written by whoever confirms a record, for whatever unit it is; read for judging by the worker.
"""

from django.db import migrations, models

GRANTS = """
REVOKE ALL ON practice_in_force FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON practice_in_force TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0005_two_sides"),
        ("links", "0004_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="InForce",
            fields=[
                ("record", models.UUIDField(primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("person", models.BinaryField(max_length=16, null=True)),
                ("licence", models.BinaryField(max_length=16, null=True)),
                ("other_licence", models.BinaryField(max_length=16, null=True)),
                ("place", models.CharField(blank=True, max_length=5)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("first", models.DateField(null=True)),
                ("last", models.DateField(null=True)),
                ("hours", models.CharField(blank=True, max_length=500)),
                ("scope", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "db_table": "practice_in_force",
                "indexes": [
                    models.Index(fields=["licence", "register"], name="in_force_of_licence"),
                    models.Index(fields=["person", "register"], name="in_force_of_person"),
                    models.Index(
                        condition=models.Q(("other_licence__isnull", False)),
                        fields=["other_licence"],
                        name="in_force_of_other_licence",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
