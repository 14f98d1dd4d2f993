"""Ways to visits that a nation's many would otherwise be read through for, one by one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("visits", "0005_limits_of_successors")]
    operations = [
        # Which facilities send referrals (XML13): most send none, and all their visits were looked through.
        migrations.RunSQL(
            "CREATE INDEX visit_with_referral ON visit (facility, received_at)"
            " WHERE is_current AND 'XML13' = ANY (tables);",
            "DROP INDEX visit_with_referral;",
        ),
        # The visits of a file, when it is judged again.
        migrations.RunSQL(
            "CREATE INDEX visit_of_submission ON visit (submission_id);",
            "DROP INDEX visit_of_submission;",
        ),
    ]
