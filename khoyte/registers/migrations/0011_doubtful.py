"""Of cases confirmed together those with a warning are kept apart."""

from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("registers", "0010_tallies")]
    operations = [
        migrations.AddField(
            "batch", "doubtful", models.JSONField(db_default=Value([], models.JSONField()), default=list)
        )
    ]
