from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0008_queue_in_order"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("act", "confirm"), ("state", "confirmed")),
                fields=["register"],
                include=("record", "at", "facility", "province"),
                name="register_step_confirmed",
            ),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("number", 1)),
                fields=["register"],
                include=("facility", "province", "recorded_at"),
                name="register_version_first",
            ),
        ),
    ]
