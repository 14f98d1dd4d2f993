from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_uploads")]
    operations = [
        migrations.AddField("workerheartbeat", "waiting", models.IntegerField(default=0)),
    ]
