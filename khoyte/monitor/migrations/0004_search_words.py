import django.contrib.postgres.indexes
from django.db import migrations

# Whom `khoyte_search` reads as: the owner of the tables, who is let through to read and nothing else.
SEARCHING = "CREATE POLICY searching ON {table} FOR SELECT TO CURRENT_USER USING (true)"
NO_MORE = "DROP POLICY searching ON {table}"
TABLES = ("databases",)


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0003_escalation_and_survey"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="database",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="databases_words"),
        ),
        *(migrations.RunSQL(SEARCHING.format(table=table), NO_MORE.format(table=table)) for table in TABLES),
    ]
