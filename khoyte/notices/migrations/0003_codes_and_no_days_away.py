"""A notice may carry a one-time code, sealed; how somebody wants to hear says nothing more of days away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_walls")]
    operations = [
        migrations.AddField("notice", "code_sealed", models.BinaryField(null=True, blank=True)),
        migrations.RemoveConstraint("noticepreference", "notice_away_in_order"),
        migrations.RemoveField("noticepreference", "away_from"),
        migrations.RemoveField("noticepreference", "away_to"),
        migrations.RemoveField("noticepreference", "delegate"),
    ]
