"""Where a request came from, beside who made it (TCVN 14423:2026: source of what is logged)."""

from django.db import migrations, models

RIGHTS = "GRANT INSERT (source_address) ON audit_entry TO khoyte_app, khoyte_worker;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_security_events")]
    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="source_address",
            field=models.CharField(blank=True, db_default="", max_length=45),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
