"""Documents of records, and files chosen for records still being typed.

A document is written once; a chosen file belongs to the account that chose it, also where that account sees
no rows of its unit (a practitioner). Who may see a person's own record sees its documents: `practice`.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT {acts} ON {table} TO khoyte_app, khoyte_worker;
GRANT UPDATE (content_sealed) ON {table} TO khoyte_worker;
-- What is sealed cannot be pressed together: the attempt would only cost time.
ALTER TABLE {table} ALTER COLUMN content_sealed SET STORAGE EXTERNAL;
"""
ACTS = {"register_document": "SELECT, INSERT", "register_chosen_file": "SELECT, INSERT, DELETE"}
OWN_CHOICE = """
CREATE POLICY own_choice ON register_chosen_file TO khoyte_app
    USING (account <> '' AND account = current_setting('khoyte.account', true))
    WITH CHECK (account <> '' AND account = current_setting('khoyte.account', true));
"""
WALLS = "\n".join([*(WALL.format(table=table, acts=acts) for table, acts in ACTS.items()), OWN_CHOICE])


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0011_doubtful"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChosenFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("account", models.CharField(max_length=150)),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("sha256", models.BinaryField(max_length=32)),
                ("media", models.CharField(max_length=40)),
                ("size", models.IntegerField()),
                ("content_sealed", models.BinaryField()),
                ("chosen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "register_chosen_file",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "register", "sha256"), name="register_chosen_file_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("record", models.UUIDField()),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("sha256", models.BinaryField(max_length=32)),
                ("media", models.CharField(max_length=40)),
                ("size", models.IntegerField()),
                ("content_sealed", models.BinaryField()),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("kept_by", models.CharField(max_length=150)),
            ],
            options={
                "db_table": "register_document",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("record", "sha256", "facility", "province"), name="register_document_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
