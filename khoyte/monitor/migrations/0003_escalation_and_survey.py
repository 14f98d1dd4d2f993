import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see(facility, province)) WITH CHECK (khoyte_may_see(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
"""
# What was sent and what was told stands; the worker alone tells.
GRANTS = """
GRANT SELECT, INSERT ON plan_report_file TO khoyte_app, khoyte_worker;
GRANT SELECT ON plan_escalation TO khoyte_app;
GRANT SELECT, INSERT ON plan_escalation TO khoyte_worker;
REVOKE ALL ON plan_snapshot, survey_round FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON plan_snapshot TO khoyte_worker;
GRANT SELECT, INSERT ON survey_round TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="SurveyRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, unique=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("by", models.CharField(max_length=150)),
            ],
            options={
                "db_table": "survey_round",
            },
        ),
        migrations.AddField(
            model_name="sentreport",
            name="asked_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.CreateModel(
            name="ReportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("way", models.CharField(max_length=8)),
                ("state", models.CharField(blank=True, max_length=20)),
                ("holder", models.CharField(blank=True, max_length=300)),
                ("sha256", models.CharField(max_length=64)),
                ("pdf", models.BinaryField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file",
                        to="monitor.sentreport",
                    ),
                ),
            ],
            options={
                "db_table": "plan_report_file",
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("unit_name", models.CharField(max_length=300)),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("level", models.CharField(max_length=12)),
                ("due_on", models.DateField()),
                ("days", models.IntegerField()),
                ("told_on", models.DateField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="monitor.task",
                    ),
                ),
            ],
            options={
                "db_table": "plan_escalation",
                "indexes": [models.Index(fields=["told_on"], name="plan_escalation_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "unit", "unit_name", "level", "due_on"), name="plan_escalation_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("content", models.JSONField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="monitor.task",
                    ),
                ),
            ],
            options={
                "db_table": "plan_snapshot",
                "constraints": [
                    models.UniqueConstraint(fields=("task", "number"), name="plan_snapshot_once")
                ],
            },
        ),
        *(
            migrations.RunSQL(WALL.format(table=table), migrations.RunSQL.noop)
            for table in ("plan_report_file", "plan_escalation")
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
