"""What an account has taken out today is asked at every export."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seals")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_entry_exports ON audit_entry (actor, at) WHERE action = 'export';",
            "DROP INDEX audit_entry_exports;",
        )
    ]
