"""An upload is a means, not a record: its unit may end it, and the worker clears away what was left."""

from django.db import migrations

GRANTS = "GRANT DELETE ON upload TO khoyte_app, khoyte_worker;"
BACK = "REVOKE DELETE ON upload FROM khoyte_app, khoyte_worker;"


class Migration(migrations.Migration):
    dependencies = [("submissions", "0002_tenants")]
    operations = [migrations.RunSQL(GRANTS, BACK)]
