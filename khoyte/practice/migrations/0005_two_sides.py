import django.db.models.functions.datetime
from django.db import migrations, models

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT {acts} ON {table} TO khoyte_app, khoyte_worker;
"""
TABLES = {
    "hours_overlap": "SELECT, UPDATE (reason, reason_by, reason_at)",
    "departure": "SELECT, INSERT, UPDATE (reported_at, reported_by)",
}
# A practitioner's transaction names the person as registers know them. That opens the rows about the person,
# and of what all registers share the rows of the person's records; nothing else.
OWN_PERSON = """
CREATE FUNCTION khoyte_register_person() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT decode(nullif(current_setting('khoyte.register_person', true), ''), 'hex')
$$;
GRANT EXECUTE ON FUNCTION khoyte_register_person() TO khoyte_app, khoyte_worker;
"""
OWN = """
CREATE POLICY own_person ON {table} TO khoyte_app
    USING (personal_number_key = khoyte_register_person())
    WITH CHECK (personal_number_key = khoyte_register_person());
"""
OWN_TABLES = ("practitioners", "practice_registrations", "hours_overlap", "departure")
SHARED = """
CREATE POLICY own_person ON {table} TO khoyte_app
    USING (khoyte_register_person() IS NOT NULL AND (
        EXISTS (SELECT 1 FROM practitioners p
                WHERE p.id = record AND p.personal_number_key = khoyte_register_person())
        OR EXISTS (SELECT 1 FROM practice_registrations r
                   WHERE r.id = record AND r.personal_number_key = khoyte_register_person())));
"""
SHARED_TABLES = ("register_version", "register_step", "register_evidence", "register_case")
# A facility sees no other facility's rows, so the database itself looks for hours that meet: as the owner of
# the tables, who is let through to read registrations and to write what is found, and nothing else.
OVERLAPS = """
CREATE POLICY finding_overlaps ON practice_registrations FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY finding_overlaps ON hours_overlap TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE FUNCTION khoyte_counts(state text, confirmed_version integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT state IN ('in_review', 'confirmed') OR (state <> 'withdrawn' AND confirmed_version IS NOT NULL)
$$;
CREATE FUNCTION khoyte_find_overlaps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE hours_overlap o SET cleared_at = clock_timestamp()
    WHERE (o.record = NEW.id OR o.other_record = NEW.id) AND o.cleared_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM practice_registrations r
        WHERE r.id = CASE WHEN o.record = NEW.id THEN o.other_record ELSE o.record END
          AND khoyte_counts(r.state, r.confirmed_version) AND khoyte_counts(NEW.state, NEW.confirmed_version)
          AND r.personal_number_key = NEW.personal_number_key AND r.facility <> NEW.facility
          AND daterange(r.valid_from, r.valid_to, '[]') && daterange(NEW.valid_from, NEW.valid_to, '[]')
          AND r.week && NEW.week);
    IF NEW.week IS NULL OR NEW.valid_from > coalesce(NEW.valid_to, NEW.valid_from)
       OR NOT khoyte_counts(NEW.state, NEW.confirmed_version) THEN
        RETURN NULL;
    END IF;
    WITH met AS (
        SELECT r.id, r.facility, r.province FROM practice_registrations r
        WHERE r.personal_number_key = NEW.personal_number_key AND r.facility <> NEW.facility
          AND khoyte_counts(r.state, r.confirmed_version)
          AND daterange(r.valid_from, r.valid_to, '[]') && daterange(NEW.valid_from, NEW.valid_to, '[]')
          AND r.week && NEW.week
    )
    INSERT INTO hours_overlap
        (personal_number_key, record, facility, province, other_record, other_facility)
    SELECT NEW.personal_number_key, NEW.id, NEW.facility, NEW.province, id, facility FROM met
    UNION ALL
    SELECT NEW.personal_number_key, id, facility, province, NEW.id, NEW.facility FROM met
    ON CONFLICT (record, other_record) DO UPDATE
        SET cleared_at = NULL, found_at = clock_timestamp(), reason = '', reason_by = '', reason_at = NULL
        WHERE hours_overlap.cleared_at IS NOT NULL;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION khoyte_find_overlaps() FROM PUBLIC;
CREATE TRIGGER find_overlaps AFTER INSERT OR UPDATE ON practice_registrations
    FOR EACH ROW EXECUTE FUNCTION khoyte_find_overlaps();
"""
# One head of professional work a facility, one facility a head, on any day.
HEADS = """
ALTER TABLE practice_registrations ADD CONSTRAINT head_of_work__one_facility EXCLUDE USING gist (
    personal_number_key WITH =, facility WITH <>, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (head_of_work AND state <> 'withdrawn');
ALTER TABLE practice_registrations ADD CONSTRAINT head_of_work__one_head EXCLUDE USING gist (
    facility WITH =, personal_number_key WITH <>, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (head_of_work AND state <> 'withdrawn');
"""


def statements() -> str:
    walls = [WALL.format(table=table, acts=acts) for table, acts in TABLES.items()]
    own = [OWN.format(table=table) for table in OWN_TABLES]
    shared = [SHARED.format(table=table) for table in SHARED_TABLES]
    return "\n".join([*walls, OWN_PERSON, *own, *shared, OVERLAPS, HEADS])


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0004_qr_key"),
        ("registers", "0004_published_about"),
        ("units", "0012_register_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("record", models.UUIDField()),
                ("personal_number_key", models.BinaryField(max_length=16)),
                ("facility", models.CharField(max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("last_day", models.DateField()),
                ("said_by_side", models.CharField(max_length=12)),
                ("said_by", models.CharField(max_length=150)),
                ("said_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("due_on", models.DateField()),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                ("reported_by", models.CharField(blank=True, default="", max_length=150)),
            ],
            options={
                "db_table": "departure",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reported_at", None)),
                        fields=["facility", "due_on"],
                        name="departure_of_facility",
                    ),
                    models.Index(
                        condition=models.Q(("reported_at", None)),
                        fields=["province", "due_on"],
                        name="departure_of_province",
                    ),
                    models.Index(fields=["personal_number_key"], name="departure_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reported_at", None)),
                        fields=("record",),
                        name="departure_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HoursOverlap",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("personal_number_key", models.BinaryField(max_length=16)),
                ("record", models.UUIDField()),
                ("facility", models.CharField(max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("other_record", models.UUIDField()),
                ("other_facility", models.CharField(max_length=20)),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("cleared_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=500)),
                ("reason_by", models.CharField(blank=True, db_default="", max_length=150)),
                ("reason_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "hours_overlap",
                "indexes": [
                    models.Index(
                        condition=models.Q(("cleared_at", None)),
                        fields=["facility"],
                        name="hours_overlap_open",
                    ),
                    models.Index(
                        condition=models.Q(("cleared_at", None)),
                        fields=["province"],
                        name="hours_overlap_province",
                    ),
                    models.Index(fields=["other_record"], name="hours_overlap_other"),
                    models.Index(fields=["personal_number_key"], name="hours_overlap_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("record", "other_record"), name="hours_overlap_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("reason_at", None)),
                            models.Q(models.Q(("reason", ""), _negated=True), ("reason_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="hours_overlap_reason_has_time",
                    ),
                ],
            },
        ),
        migrations.RunSQL(statements(), migrations.RunSQL.noop),
    ]
