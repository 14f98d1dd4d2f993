"""Sessions know whose they are, from where and since when; whoever is signed in signs in once more."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0005_passwords")]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("key_sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("session_data", models.TextField()),
                ("expire_date", models.DateTimeField(db_index=True)),
                ("begun_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("address", models.CharField(max_length=45, blank=True)),
                ("browser", models.CharField(max_length=200, blank=True)),
                ("proof", models.CharField(max_length=80, blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="units.account",
                    ),
                ),
            ],
            options={"db_table": "session"},
        ),
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),
    ]
