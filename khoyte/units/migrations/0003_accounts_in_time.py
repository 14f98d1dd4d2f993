"""Failed sign-ins are counted; accounts know when they were enabled and reviewed."""

import django.db.models.functions.datetime
from django.db import migrations, models

WORKER = "REVOKE INSERT, UPDATE ON sign_in_failure FROM khoyte_worker;"


class Migration(migrations.Migration):
    dependencies = [("units", "0002_tenancy")]

    operations = [
        migrations.CreateModel(
            name="SignInFailure",
            fields=[
                ("key", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("failures", models.IntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={"db_table": "sign_in_failure"},
        ),
        migrations.AddField(
            "account",
            "enabled_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField("account", "reviewed_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "account", "reviewed_by", models.CharField(max_length=150, blank=True, default="")
        ),
        migrations.RunSQL(WORKER, migrations.RunSQL.noop),
    ]
