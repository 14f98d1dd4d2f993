"""Scope by items, continuing education, trainees: walls, counts and search as of every register.

A practitioner reads the own ones. Whoever guides has at most five trainees at once, wherever in the country.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

TABLES = ("scope_items", "cme_records", "trainees")
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
-- Whom `khoyte_search` reads as.
CREATE POLICY searching ON {table} FOR SELECT TO CURRENT_USER USING (true);
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_app, khoyte_worker;
CREATE TRIGGER tallied_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
CREATE TRIGGER tallied_updated AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
"""
OWN = """
CREATE POLICY own_person ON {table} FOR SELECT TO khoyte_app
    USING (personal_number_key = khoyte_register_person());
"""
NEVER_OVERLAPPING = """
ALTER TABLE scope_items
ADD CONSTRAINT valid_from__scope_items_overlap EXCLUDE USING gist (
    personal_number_key WITH =, item_key WITH =, place WITH =, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (state <> 'withdrawn');
"""
# A day more for clocks of other zones.
DAYS = """
ALTER TABLE cme_records ADD CONSTRAINT ended_on__in_past CHECK (ended_on <= current_date + 1);
"""
# As the owner, who sees trainees of every facility; the lock makes two who come at once come in turn.
FIVE_AT_ONCE = """
CREATE FUNCTION trainees_five_at_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
    most bigint;
BEGIN
    IF NEW.state = 'withdrawn' OR NEW.supervisor_key = '' THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('trainees ' || NEW.supervisor_key, 0));
    WITH others AS (
        SELECT valid_from, valid_to FROM trainees
        WHERE supervisor_key = NEW.supervisor_key AND id <> NEW.id AND state <> 'withdrawn'
          AND valid_from <= NEW.valid_to AND valid_to >= NEW.valid_from),
    begins AS (SELECT greatest(valid_from, NEW.valid_from) AS day FROM others)
    SELECT max(together) INTO most FROM (
        SELECT count(*) AS together FROM (SELECT DISTINCT day FROM begins) b
        JOIN others o ON o.valid_from <= b.day AND o.valid_to >= b.day GROUP BY b.day) counted;
    IF most >= 5 THEN
        RAISE EXCEPTION 'five at once' USING ERRCODE = '23514',
            CONSTRAINT = 'supervisor_licence__five_at_once', TABLE = 'trainees';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION trainees_five_at_once() FROM PUBLIC;
CREATE TRIGGER five_at_once
    BEFORE INSERT OR UPDATE OF supervisor_key, valid_from, valid_to, state ON trainees
    FOR EACH ROW EXECUTE FUNCTION trainees_five_at_once();
"""
STATEMENTS = "\n".join(
    [
        *(WALL.format(table=table) for table in TABLES),
        *(OWN.format(table=table) for table in ("scope_items", "cme_records")),
        NEVER_OVERLAPPING,
        DAYS,
        FIVE_AT_ONCE,
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0013_operating_licence"),
        ("registers", "0012_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="CmeRecord",
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
                ("activity", models.CharField(blank=True, default="", max_length=255)),
                ("title", models.CharField(blank=True, default="", max_length=255)),
                ("organiser", models.CharField(blank=True, default="", max_length=255)),
                ("certificate", models.CharField(blank=True, default="", max_length=60)),
                ("begun_on", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("hours", models.IntegerField(blank=True, null=True)),
                ("specialty", models.CharField(blank=True, default="", max_length=255)),
                ("document", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "cme_records",
                "indexes": [
                    models.Index(fields=["facility", "sort_key", "id"], name="cme_records_facility"),
                    models.Index(fields=["province", "sort_key", "id"], name="cme_records_province"),
                    models.Index(fields=["sort_key", "id"], name="cme_records_sorted"),
                    models.Index(fields=["key_digest"], name="cme_records_key"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="cme_records_words"),
                    models.Index(fields=["personal_number_key", "ended_on"], name="cme_records_who"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("begun_on", None), ("ended_on__gte", models.F("begun_on")), _connector="OR"
                        ),
                        name="ended_on__after_begun",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hours__gte", 1), ("hours__lte", 1000)), name="hours__possible"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScopeItem",
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
                ("item_key", models.CharField(default="", max_length=600)),
                ("personal_number_sealed", models.BinaryField(blank=True, null=True)),
                ("personal_number_key", models.BinaryField(blank=True, max_length=16, null=True)),
                ("source", models.CharField(blank=True, default="", max_length=255)),
                ("name", models.CharField(blank=True, default="", max_length=500)),
                ("code", models.CharField(blank=True, default="", max_length=50)),
                ("place", models.CharField(blank=True, default="", max_length=5)),
                ("decision", models.CharField(blank=True, default="", max_length=100)),
                ("decision_date", models.DateField(blank=True, null=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("document", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "scope_items",
                "indexes": [
                    models.Index(fields=["facility", "sort_key", "id"], name="scope_items_facility"),
                    models.Index(fields=["province", "sort_key", "id"], name="scope_items_province"),
                    models.Index(fields=["sort_key", "id"], name="scope_items_sorted"),
                    models.Index(fields=["key_digest"], name="scope_items_key"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="scope_items_words"),
                    models.Index(fields=["personal_number_key"], name="scope_items_who"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="valid_to__after_start_scope_item",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", "delegated"), _negated=True),
                            models.Q(("place", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="place__of_delegated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trainee",
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
                ("supervisor_key", models.CharField(default="", max_length=120)),
                ("full_name", models.CharField(blank=True, default="", max_length=255)),
                ("personal_number_sealed", models.BinaryField(blank=True, null=True)),
                ("personal_number_key", models.BinaryField(blank=True, max_length=16, null=True)),
                ("department", models.CharField(blank=True, default="", max_length=120)),
                ("diploma", models.CharField(blank=True, default="", max_length=255)),
                ("supervisor", models.CharField(blank=True, default="", max_length=255)),
                ("supervisor_licence", models.CharField(blank=True, default="", max_length=60)),
                ("contract", models.CharField(blank=True, default="", max_length=60)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("result", models.CharField(blank=True, default="", max_length=255)),
                ("comment", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "trainees",
                "indexes": [
                    models.Index(fields=["facility", "sort_key", "id"], name="trainees_facility"),
                    models.Index(fields=["province", "sort_key", "id"], name="trainees_province"),
                    models.Index(fields=["sort_key", "id"], name="trainees_sorted"),
                    models.Index(fields=["key_digest"], name="trainees_key"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="trainees_words"),
                    models.Index(fields=["supervisor_key", "valid_from"], name="trainees_of_supervisor"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_to__gte", models.F("valid_from"))),
                        name="valid_to__after_start_trainee",
                    )
                ],
            },
        ),
        migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop),
    ]
