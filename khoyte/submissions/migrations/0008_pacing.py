"""What a worker says of its speed and of who has to wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0007_receipt")]
    operations = [
        migrations.AddField("workerheartbeat", "judged_per_second", models.FloatField(default=0)),
        migrations.AddField("workerheartbeat", "waits", models.JSONField(default=dict)),
        migrations.AddField("workerheartbeat", "told_at", models.DateTimeField(null=True)),
    ]
