"""Identities at other providers that stand for accounts here."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0008_machine_clients")]

    operations = [
        migrations.CreateModel(
            name="LinkedIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40)),
                ("subject_hash", models.BinaryField(max_length=32, unique=True)),
                ("linked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("linked_by", models.CharField(max_length=150)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="units.account",
                    ),
                ),
            ],
            options={
                "db_table": "linked_identity",
                "constraints": [
                    models.UniqueConstraint(name="one_identity_a_provider", fields=["account", "provider"])
                ],
            },
        ),
    ]
