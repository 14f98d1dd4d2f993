import django.contrib.postgres.indexes
from django.db import migrations

# Whom `khoyte_search` reads as: the owner of the tables, who is let through to read and nothing else.
SEARCHING = "CREATE POLICY searching ON {table} FOR SELECT TO CURRENT_USER USING (true)"
NO_MORE = "DROP POLICY searching ON {table}"
TABLES = ("facilities", "practitioners", "pharmacies", "practice_registrations", "licence_events")


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0008_staff_comparison"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="facility",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="facilities_words"),
        ),
        migrations.AddIndex(
            model_name="licenceevent",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="licence_events_words"),
        ),
        migrations.AddIndex(
            model_name="pharmacy",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="pharmacies_words"),
        ),
        migrations.AddIndex(
            model_name="practiceregistration",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["words"], name="practice_registratio_words"
            ),
        ),
        migrations.AddIndex(
            model_name="practitioner",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="practitioners_words"),
        ),
        *(migrations.RunSQL(SEARCHING.format(table=table), NO_MORE.format(table=table)) for table in TABLES),
    ]
