"""How far security events were sent outside; only the worker sends."""

from django.db import migrations, models

RIGHTS = """
REVOKE ALL ON audit_export FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON audit_export TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_exports")]
    operations = [
        migrations.CreateModel(
            name="AuditExport",
            fields=[
                ("address", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("seal", models.BigIntegerField()),
            ],
            options={"db_table": "audit_export"},
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
