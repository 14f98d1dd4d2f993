"""Diplomas and certificates of practitioners: walls, counts and search as of every register.

A practitioner sees the own ones, and of what all registers share the rows of these.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

WALL = """
ALTER TABLE diplomas ENABLE ROW LEVEL SECURITY;
ALTER TABLE diplomas FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON diplomas TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
CREATE POLICY own_person ON diplomas TO khoyte_app
    USING (personal_number_key = khoyte_register_person())
    WITH CHECK (personal_number_key = khoyte_register_person());
-- Whom `khoyte_search` reads as.
CREATE POLICY searching ON diplomas FOR SELECT TO CURRENT_USER USING (true);
REVOKE ALL ON diplomas FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON diplomas TO khoyte_app, khoyte_worker;
CREATE TRIGGER tallied_inserted AFTER INSERT ON diplomas REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
CREATE TRIGGER tallied_updated AFTER UPDATE ON diplomas REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
"""
OWN = """
CREATE POLICY own_diploma ON {table} TO khoyte_app
    USING (khoyte_register_person() IS NOT NULL AND EXISTS (
        SELECT 1 FROM diplomas d
        WHERE d.id = record AND d.personal_number_key = khoyte_register_person()));
"""
SHARED = ("register_version", "register_step", "register_evidence", "register_case", "register_document")
# Of a day partly known the part that is known is compared. A day more for clocks of other zones.
DAYS = """
ALTER TABLE diplomas ADD CONSTRAINT issued_on__in_past
    CHECK (issued_on = '' OR issued_on <= to_char(current_date + 1, 'YYYY-MM-DD'));
ALTER TABLE diplomas ADD CONSTRAINT recognised_on__after_issued
    CHECK (left(to_char(recognised_on, 'YYYY-MM-DD'), length(issued_on)) >= issued_on);
"""
STATEMENTS = "\n".join([WALL, *(OWN.format(table=table) for table in SHARED), DAYS])


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0011_keys_once"),
        ("registers", "0012_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Diploma",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=khoyte.foundation.time_ordered.time_ordered_id,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("facility", models.CharField(blank=True, db_column="facility", max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("version", models.IntegerField(default=1)),
                ("confirmed_version", models.IntegerField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("in_review", "in_review"),
                            ("returned", "returned"),
                            ("confirmed", "confirmed"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("level", models.CharField(blank=True, default="", max_length=20)),
                ("key_digest", models.BinaryField(max_length=16)),
                ("content_digest", models.BinaryField(max_length=16)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("sort_key", models.TextField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("recorded_by", models.CharField(max_length=150)),
                ("personal_number_sealed", models.BinaryField(blank=True, null=True)),
                ("personal_number_key", models.BinaryField(blank=True, max_length=16, null=True)),
                ("kind", models.CharField(blank=True, default="", max_length=255)),
                ("specialty", models.CharField(blank=True, default="", max_length=255)),
                ("number", models.CharField(blank=True, default="", max_length=60)),
                ("issuer", models.CharField(blank=True, default="", max_length=255)),
                ("issued_on", models.CharField(blank=True, default="", max_length=10)),
                ("country", models.CharField(blank=True, default="", max_length=60)),
                ("recognition", models.CharField(blank=True, default="", max_length=100)),
                ("recognised_on", models.DateField(blank=True, null=True)),
                ("document", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "diplomas",
                "indexes": [
                    models.Index(fields=["facility", "sort_key", "id"], name="diplomas_facility"),
                    models.Index(fields=["province", "sort_key", "id"], name="diplomas_province"),
                    models.Index(fields=["sort_key", "id"], name="diplomas_sorted"),
                    models.Index(fields=["key_digest"], name="diplomas_key"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="diplomas_words"),
                    models.Index(fields=["personal_number_key"], name="diplomas_who"),
                ],
            },
        ),
        migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop),
    ]
