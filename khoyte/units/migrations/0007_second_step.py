"""The second step of an account, its recovery codes, and invitations."""

import django.db.models.deletion
from django.db import migrations, models

ACCOUNT = {"on_delete": django.db.models.deletion.CASCADE, "to": "units.account"}


class Migration(migrations.Migration):
    dependencies = [("units", "0006_sessions")]

    operations = [
        migrations.CreateModel(
            name="SecondStep",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        primary_key=True, related_name="second_step", serialize=False, **ACCOUNT
                    ),
                ),
                ("secret_sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True, blank=True)),
                ("last_step", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "second_step"},
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        primary_key=True, related_name="invitation", serialize=False, **ACCOUNT
                    ),
                ),
                ("code_hash", models.BinaryField(max_length=32)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "invitation"},
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code_hash", models.BinaryField(max_length=32)),
                ("used_at", models.DateTimeField(null=True, blank=True)),
                ("account", models.ForeignKey(related_name="recovery_codes", **ACCOUNT)),
            ],
            options={
                "db_table": "recovery_code",
                "constraints": [
                    models.UniqueConstraint(name="recovery_code_once", fields=["account", "code_hash"])
                ],
            },
        ),
    ]
