"""Who held a bed is asked for every bed line that comes in (V-089)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("visits", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX visit_service_by_bed ON visit_service (facility, ma_giuong)"
            " WHERE ma_nhom IN (14, 15, 16);",
            "DROP INDEX visit_service_by_bed;",
        )
    ]
