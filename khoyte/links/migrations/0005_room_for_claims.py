"""Room on each page for the claimed version of a message: a claim then touches no index.

At 60 every third claim found its page full, and wrote the message to another page and into three indexes.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("links", "0004_events")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE exchange_message SET (fillfactor = 50)",
            "ALTER TABLE exchange_message SET (fillfactor = 60)",
        )
    ]
