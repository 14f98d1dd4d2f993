"""Software that proves itself with keys: clients, their keys, proofs that were used."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

NUMBER = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("units", "0007_second_step")]

    operations = [
        migrations.CreateModel(
            name="MachineClient",
            fields=[
                ("client_id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_by", models.CharField(max_length=150)),
                ("revoked_at", models.DateTimeField(null=True, blank=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clients", to="units.unit"
                    ),
                ),
            ],
            options={"db_table": "machine_client"},
        ),
        migrations.CreateModel(
            name="ClientKey",
            fields=[
                ("id", NUMBER),
                ("kid", models.CharField(max_length=200)),
                ("jwk", models.JSONField()),
                ("added_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="units.machineclient",
                    ),
                ),
            ],
            options={
                "db_table": "client_key",
                "constraints": [models.UniqueConstraint(name="client_key_kid", fields=["client", "kid"])],
            },
        ),
        migrations.CreateModel(
            name="UsedAssertion",
            fields=[
                ("proof_sha256", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "used_assertion"},
        ),
        migrations.AddField(
            "machinetoken",
            "client",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tokens",
                to="units.machineclient",
            ),
        ),
    ]
