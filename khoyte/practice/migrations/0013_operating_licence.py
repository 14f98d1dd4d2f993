"""The ledger of operating licences, approved techniques; contacts of facilities, hours on holidays."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.datetime
from django.db import migrations, models

import khoyte.foundation.time_ordered

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
CREATE POLICY searching ON {table} FOR SELECT TO CURRENT_USER USING (true);
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_app, khoyte_worker;
CREATE TRIGGER tallied_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
CREATE TRIGGER tallied_updated AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION register_tally_records();
"""
TABLES = ("facility_licence_events", "facility_services")
NEVER_OVERLAPPING = """
ALTER TABLE facility_licence_events
ADD CONSTRAINT valid_from__facility_suspensions_overlap EXCLUDE USING gist (
    facility WITH =, licence_key WITH =, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (kind = 'suspend' AND state <> 'withdrawn');
"""


def statements() -> str:
    return "\n".join([*(WALL.format(table=table) for table in TABLES), NEVER_OVERLAPPING])


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0012_diplomas"),
        ("registers", "0010_tallies"),
    ]

    operations = [
        migrations.CreateModel(
            name="FacilityLicenceEvent",
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
                ("licence_key", models.CharField(default="", max_length=120)),
                ("licence_number", models.CharField(blank=True, default="", max_length=60)),
                ("kind", models.CharField(blank=True, default="", max_length=255)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("decision", models.CharField(blank=True, default="", max_length=100)),
                ("decision_date", models.DateField(blank=True, null=True)),
                ("issuer", models.CharField(blank=True, default="", max_length=255)),
                ("signer", models.CharField(blank=True, default="", max_length=120)),
                ("scope", models.CharField(blank=True, default="", max_length=500)),
                ("reason", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "facility_licence_events",
            },
        ),
        migrations.CreateModel(
            name="FacilityService",
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
                ("code", models.CharField(blank=True, default="", max_length=50)),
                ("name", models.CharField(blank=True, default="", max_length=500)),
                ("decision", models.CharField(blank=True, default="", max_length=100)),
                ("decision_date", models.DateField(blank=True, null=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "db_table": "facility_services",
            },
        ),
        migrations.AddField(
            model_name="facility",
            name="data_contact",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="facility",
            name="data_contact_phone",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="facility",
            name="emergency_phone",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="facility",
            name="holiday_hours",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="facility",
            name="website",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddIndex(
            model_name="inforce",
            index=models.Index(
                condition=models.Q(("register__in", ["facilities", "facility_licence_events"])),
                fields=["place"],
                name="in_force_of_facility",
            ),
        ),
        migrations.AddIndex(
            model_name="facilitylicenceevent",
            index=models.Index(fields=["facility", "sort_key", "id"], name="facility_licence_eve_facility"),
        ),
        migrations.AddIndex(
            model_name="facilitylicenceevent",
            index=models.Index(fields=["province", "sort_key", "id"], name="facility_licence_eve_province"),
        ),
        migrations.AddIndex(
            model_name="facilitylicenceevent",
            index=models.Index(fields=["sort_key", "id"], name="facility_licence_eve_sorted"),
        ),
        migrations.AddIndex(
            model_name="facilitylicenceevent",
            index=models.Index(fields=["key_digest"], name="facility_licence_eve_key"),
        ),
        migrations.AddIndex(
            model_name="facilitylicenceevent",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["words"], name="facility_licence_eve_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="facilitylicenceevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="valid_to__after_start_facility_event",
            ),
        ),
        migrations.AddIndex(
            model_name="facilityservice",
            index=models.Index(fields=["facility", "sort_key", "id"], name="facility_services_facility"),
        ),
        migrations.AddIndex(
            model_name="facilityservice",
            index=models.Index(fields=["province", "sort_key", "id"], name="facility_services_province"),
        ),
        migrations.AddIndex(
            model_name="facilityservice",
            index=models.Index(fields=["sort_key", "id"], name="facility_services_sorted"),
        ),
        migrations.AddIndex(
            model_name="facilityservice",
            index=models.Index(fields=["key_digest"], name="facility_services_key"),
        ),
        migrations.AddIndex(
            model_name="facilityservice",
            index=django.contrib.postgres.indexes.GinIndex(fields=["words"], name="facility_services_words"),
        ),
        migrations.RunSQL(statements(), migrations.RunSQL.noop),
    ]
