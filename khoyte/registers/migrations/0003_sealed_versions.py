"""Sealed fields of versions in a column of their own, so that they can be sealed again when keys rotate.

The worker alone does that, and may change nothing else of a version.
"""

from django.db import migrations, models

RESEALED = "GRANT UPDATE (content_sealed) ON register_version TO khoyte_worker;"


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_tenants")]
    operations = [
        migrations.AddField(
            model_name="version",
            name="content_sealed",
            field=models.BinaryField(blank=True, null=True),
        ),
        migrations.RunSQL(RESEALED, migrations.RunSQL.noop),
    ]
