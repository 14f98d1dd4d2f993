import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

Now = django.db.models.functions.datetime.Now
UNFINISHED = models.Q(state__in=("pending", "sent"))
STATES = [
    ("pending", "Chờ gửi"),
    ("sent", "Đã gửi, chưa rõ kết quả"),
    ("acknowledged", "Nơi nhận đã xác nhận"),
    ("rejected", "Nơi nhận từ chối"),
    ("superseded", "Đã có thông báo mới thay thế"),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="WebhookTarget",
            fields=[
                ("unit", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("facility", models.CharField(blank=True, max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("url", models.CharField(max_length=2000)),
                ("secret_sealed", models.BinaryField()),
                ("previous_secret_sealed", models.BinaryField(null=True)),
                ("previous_until", models.DateTimeField(null=True)),
                ("registered_at", models.DateTimeField(db_default=Now())),
                ("registered_by", models.CharField(max_length=150)),
                ("failures", models.IntegerField(default=0)),
                ("paused_until", models.DateTimeField(db_default=Now())),
                ("served_at", models.DateTimeField(db_default=Now())),
                ("acknowledged_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "webhook_target"},
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "message_id",
                    models.UUIDField(
                        default=khoyte.foundation.time_ordered.time_ordered_id, editable=False, unique=True
                    ),
                ),
                ("unit", models.CharField(max_length=20)),
                ("facility", models.CharField(blank=True, max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=100)),
                ("payload", models.JSONField()),
                ("state", models.CharField(choices=STATES, default="pending", max_length=12)),
                ("attempts", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("next_attempt_at", models.DateTimeField(db_default=Now())),
                ("last_attempt_at", models.DateTimeField(null=True)),
                ("last_status", models.IntegerField(null=True)),
                ("last_trouble", models.CharField(blank=True, max_length=40)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "outbox_message",
                "indexes": [
                    models.Index(fields=["unit", "next_attempt_at"], condition=UNFINISHED, name="outbox_due"),
                    models.Index(
                        fields=["unit", "subject", "number"], condition=UNFINISHED, name="outbox_of_subject"
                    ),
                    models.Index(fields=["unit", "-number"], name="outbox_of_unit"),
                ],
            },
        ),
    ]
