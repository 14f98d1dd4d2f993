"""By which transaction a visit was stored and last changed: what is new since a moment.

Ids of visits are given before the commit, so the highest id seen says nothing of lower ones still to come.
The number of the transaction does: all below the oldest one still at work are there to be seen.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_beds")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE visit ADD COLUMN stored_tx bigint NOT NULL"
            " DEFAULT pg_current_xact_id()::text::bigint;"
            "ALTER TABLE visit ADD COLUMN changed_tx bigint;"
            "CREATE INDEX visit_by_stored_tx ON visit (stored_tx);"
            "CREATE INDEX visit_by_changed_tx ON visit (changed_tx) WHERE changed_tx IS NOT NULL;",
            "ALTER TABLE visit DROP COLUMN stored_tx, DROP COLUMN changed_tx;",
        )
    ]
