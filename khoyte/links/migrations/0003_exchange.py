"""Messages to national systems; who may see them.

A record's messages are shown to whom the record is shown to; those of visits to nobody but the worker, as a
token for registers must not see that there is a visit. Whoever confirms a record writes its message and may
say that older ones are superseded, nothing else. Runs and reconciliations are counts: nobody's rows.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

WALL = """
-- Room for the two changes every row is to see, beside the row.
ALTER TABLE exchange_message SET (fillfactor = 60);
ALTER TABLE exchange_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE exchange_message FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON exchange_message TO khoyte_app
    USING (kind <> 'visits' AND khoyte_may_see_register(facility, province))
    WITH CHECK (kind <> 'visits' AND khoyte_may_see_register(facility, province));
REVOKE ALL ON exchange_message FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE (state, dead, finished_at) ON exchange_message TO khoyte_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON exchange_message TO khoyte_worker;
GRANT UPDATE ON SEQUENCE exchange_message_number_seq TO khoyte_worker;
REVOKE ALL ON exchange_destination, exchange_run, exchange_reconciliation FROM khoyte_app, khoyte_worker;
GRANT SELECT ON exchange_destination, exchange_run, exchange_reconciliation TO khoyte_app;
GRANT UPDATE (retry_asked_at, retry_asked_by) ON exchange_destination TO khoyte_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON exchange_destination, exchange_run, exchange_reconciliation
    TO khoyte_worker;
REVOKE ALL ON exchange_watermark FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON exchange_watermark TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("links", "0002_tenants"),
        ("registers", "0002_tenants"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeDestination",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("failures", models.IntegerField(default=0)),
                ("paused_until", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_status", models.IntegerField(null=True)),
                ("last_trouble", models.CharField(blank=True, max_length=40)),
                ("answered_at", models.DateTimeField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("waiting", models.JSONField(default=dict)),
                ("dead", models.JSONField(default=list)),
                ("retry_asked_at", models.DateTimeField(null=True)),
                ("retry_asked_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "db_table": "exchange_destination",
            },
        ),
        migrations.CreateModel(
            name="ExchangeWatermark",
            fields=[
                ("kind", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("upper", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "exchange_watermark",
            },
        ),
        migrations.CreateModel(
            name="ExchangeMessage",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "message_id",
                    models.UUIDField(default=khoyte.foundation.time_ordered.time_ordered_id, editable=False),
                ),
                ("destination", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=300)),
                ("version", models.IntegerField()),
                ("removed", models.BooleanField(default=False)),
                ("facility", models.CharField(blank=True, max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Chờ gửi"),
                            ("sent", "Đã gửi, chưa rõ kết quả"),
                            ("acknowledged", "Nơi nhận đã xác nhận, chờ đọc lại"),
                            ("applied", "Đã đọc lại, khớp với nơi nhận"),
                            ("rejected", "Nơi nhận từ chối"),
                            ("superseded", "Đã có bản mới thay thế"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("looked", models.IntegerField(default=0)),
                ("dead", models.BooleanField(default=False)),
                ("alone", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("last_status", models.IntegerField(null=True)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "exchange_message",
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)),
                        fields=["destination", "created_at", "number"],
                        name="exchange_due",
                    ),
                    models.Index(
                        condition=models.Q(("dead", True)),
                        fields=["destination", "subject"],
                        name="exchange_dead",
                    ),
                    models.Index(fields=["subject", "-number"], name="exchange_of_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("destination", models.CharField(max_length=20)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("told_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
                ("batches", models.IntegerField(default=0)),
                ("sent", models.IntegerField(default=0)),
                ("acknowledged", models.IntegerField(default=0)),
                ("applied", models.IntegerField(default=0)),
                ("rejected", models.IntegerField(default=0)),
                ("again", models.IntegerField(default=0)),
                ("last_trouble", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "db_table": "exchange_run",
                "indexes": [models.Index(fields=["destination", "-id"], name="exchange_run_newest")],
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("destination", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=40)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
                ("ours", models.IntegerField(default=0)),
                ("theirs", models.IntegerField(default=0)),
                ("on_the_way", models.IntegerField(default=0)),
                ("ours_missing", models.IntegerField(default=0)),
                ("theirs_missing", models.IntegerField(default=0)),
                ("differing", models.IntegerField(default=0)),
                ("fields", models.JSONField(default=dict)),
                ("sent_again", models.IntegerField(default=0)),
                ("trouble", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "db_table": "exchange_reconciliation",
                "indexes": [models.Index(fields=["destination", "-id"], name="exchange_reconciled_newest")],
            },
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
