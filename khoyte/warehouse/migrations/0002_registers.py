"""Which days of the registers lie in the lake, and of which moment each tells."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="lakestate", name="registers", field=models.JSONField(default=dict, db_default={})
        )
    ]
