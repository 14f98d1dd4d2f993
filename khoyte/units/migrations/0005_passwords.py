"""Passwords an account had before, and whether it must choose a new one."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("units", "0004_person_of_account")]

    operations = [
        # The database knows the default, so that a server of the release before can still make accounts.
        migrations.AddField(
            "account", "must_change_password", models.BooleanField(default=False, db_default=False)
        ),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128)),
                ("replaced_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_passwords",
                        to="units.account",
                    ),
                ),
            ],
            options={"db_table": "former_password"},
        ),
    ]
