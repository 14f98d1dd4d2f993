"""The work queue of an office is read in its order from an index, whatever levels of review it acts on.

With the level before the day, an office of two levels had all its open cases sorted for every page.
"""

from django.db import migrations, models

OPEN = models.Q(closed_at=None)


class Migration(migrations.Migration):
    dependencies = [("registers", "0007_search")]
    operations = [
        operation
        for name, unit in (
            ("register_case_of_province", "province"),
            ("register_case_of_facility", "facility"),
        )
        for operation in (
            migrations.RemoveIndex("case", name),
            migrations.AddIndex(
                "case", models.Index(fields=[unit, "due_on", "id", "level"], condition=OPEN, name=name)
            ),
        )
    ]
