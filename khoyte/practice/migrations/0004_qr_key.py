import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0003_identity_check"),
    ]

    operations = [
        migrations.CreateModel(
            name="QrKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_key", models.BinaryField(max_length=32)),
                ("private_sealed", models.BinaryField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "qr_key",
            },
        ),
        # The site makes the first key and signs; only commands rotate, revoke and seal again.
        migrations.RunSQL(
            """
REVOKE ALL ON qr_key FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON qr_key TO khoyte_app, khoyte_worker;
GRANT UPDATE ON qr_key TO khoyte_worker;
""",
            migrations.RunSQL.noop,
        ),
    ]
