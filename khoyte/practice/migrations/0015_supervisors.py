"""Trainees belong to a supervisor as a person: the record of practitioner that the licence number leads to.

One person with an old certificate and a new licence, written in whatever way, is one supervisor. A number
that leads to nobody is refused, as nobody could be counted by it. How many are allowed at once stands with
its day in `legal/data/ceilings.csv`; `trainees_most_at_once` says the same to the database. No person
practises as a trainee twice at once. A supervisor reads the rows of those guided, a trainee the own ones.
"""

from typing import Any

from django.db import migrations, models

from khoyte.practice.licence_numbers import same_number

KEYS = (
    ("practitioners", "licence_key", "licence_number"),
    ("practitioners", "certificate_key", "old_certificate"),
    ("trainees", "supervisor_key", "supervisor_licence"),
)
AT_ONCE = 5_000
FILL = """
UPDATE {table} t SET {key} = new.key
FROM unnest(%s::text[], %s::text[]) AS new (written, key) WHERE t.{written} = new.written
"""


def fill_keys(_apps: Any, editor: Any) -> None:
    """Keys of what stands in the tables; the walls are off meanwhile (their owner is behind them as well)."""
    with editor.connection.cursor() as cursor:
        for table, key, written in KEYS:
            cursor.execute(f"SELECT DISTINCT {written} FROM {table} WHERE {written} <> ''")  # noqa: S608
            written_so = [row[0] for row in cursor.fetchall()]
            for start in range(0, len(written_so), AT_ONCE):
                some = written_so[start : start + AT_ONCE]
                cursor.execute(
                    FILL.format(table=table, key=key, written=written),
                    [some, [same_number(one) for one in some]],
                )


def walls(act: str) -> str:
    return "".join(
        f"ALTER TABLE {table} {act} ROW LEVEL SECURITY;" for table in ("practitioners", "trainees")
    )


LEADING = """
WITH found AS (
    SELECT {one} AS row, p.id, p.confirmed_version IS NOT NULL AS official,
           {licence} IN (p.licence_number, p.old_certificate) AS exact
    FROM {rows} practitioners p
    WHERE p.state <> 'withdrawn' AND {key} <> '' AND {key} IN (p.licence_key, p.certificate_key)),
ranked AS (
    SELECT row, id, rank() OVER (PARTITION BY row ORDER BY official DESC, exact DESC) AS place FROM found)
"""
OF_ROWS = LEADING.format(
    one="t.id", licence="t.supervisor_licence", key="t.supervisor_key", rows="trainees t CROSS JOIN"
)
OF_NEW = LEADING.format(one="1", licence="NEW.supervisor_licence", key="NEW.supervisor_key", rows="")
KNOWN = """
UPDATE trainees t SET supervisor_record = led.id
FROM (SELECT row, min(id::text)::uuid AS id FROM ranked WHERE place = 1 GROUP BY row HAVING count(*) = 1) led
WHERE led.row = t.id;
"""
# As the owner, who sees trainees and practitioners of everybody; the lock makes two who come at once come in
# turn. What is left as it was is not asked again, so that an old record may still be returned or confirmed.
SUPERVISED = """
DROP TRIGGER five_at_once ON trainees;
DROP FUNCTION trainees_five_at_once();

CREATE FUNCTION trainees_most_at_once() RETURNS TABLE (valid_from date, most integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ VALUES (date '2024-01-01', 5) $$;

CREATE FUNCTION trainees_supervised() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
    led uuid[];
    too_many boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.supervisor_record := OLD.supervisor_record;
        IF NEW.state = 'withdrawn' OR (
            OLD.state <> 'withdrawn'
            AND (NEW.supervisor_key, NEW.valid_from, NEW.valid_to, NEW.personal_number_key)
                IS NOT DISTINCT FROM
                (OLD.supervisor_key, OLD.valid_from, OLD.valid_to, OLD.personal_number_key))
        THEN
            RETURN NEW;
        END IF;
        IF NEW.supervisor_key <> OLD.supervisor_key THEN
            NEW.supervisor_record := NULL;
        END IF;
    ELSE
        NEW.supervisor_record := NULL;
    END IF;
    IF NEW.supervisor_record IS NULL THEN
"""
LIMITED = """
        SELECT array_agg(id) INTO led FROM ranked WHERE place = 1;
        IF led IS NULL THEN
            RAISE EXCEPTION 'nobody has this licence' USING ERRCODE = '23514',
                CONSTRAINT = 'supervisor_licence__unknown', TABLE = 'trainees';
        ELSIF cardinality(led) > 1 THEN
            RAISE EXCEPTION 'several have this licence' USING ERRCODE = '23514',
                CONSTRAINT = 'supervisor_licence__of_several', TABLE = 'trainees';
        END IF;
        NEW.supervisor_record := led[1];
    END IF;
    IF EXISTS (SELECT FROM practitioners p WHERE p.id = NEW.supervisor_record
               AND p.personal_number_key = NEW.personal_number_key) THEN
        RAISE EXCEPTION 'nobody guides oneself' USING ERRCODE = '23514',
            CONSTRAINT = 'supervisor_licence__own', TABLE = 'trainees';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('trainees ' || NEW.supervisor_record, 0));
    WITH rules AS (
        SELECT r.valid_from, r.most,
            lead(r.valid_from, 1, date 'infinity') OVER (ORDER BY r.valid_from) AS until
        FROM trainees_most_at_once() r),
    others AS (
        SELECT t.valid_from, t.valid_to FROM trainees t
        WHERE t.supervisor_record = NEW.supervisor_record AND t.id <> NEW.id AND t.state <> 'withdrawn'
          AND t.valid_from <= NEW.valid_to AND t.valid_to >= NEW.valid_from),
    -- Most are together on the first day of one of them; a rule may also begin in between.
    days AS (
        SELECT NEW.valid_from AS day
        UNION SELECT greatest(o.valid_from, NEW.valid_from) FROM others o
        UNION SELECT r.valid_from FROM rules r WHERE r.valid_from BETWEEN NEW.valid_from AND NEW.valid_to)
    SELECT bool_or(r.most <= (SELECT count(*) FROM others o WHERE d.day BETWEEN o.valid_from AND o.valid_to))
    INTO too_many FROM days d JOIN rules r ON r.valid_from <= d.day AND d.day < r.until;
    IF too_many THEN
        RAISE EXCEPTION 'too many at once' USING ERRCODE = '23514',
            CONSTRAINT = 'supervisor_licence__most_at_once', TABLE = 'trainees';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION trainees_supervised() FROM PUBLIC;
CREATE TRIGGER supervised BEFORE INSERT OR UPDATE ON trainees
    FOR EACH ROW EXECUTE FUNCTION trainees_supervised();
"""
NEVER_TWICE = """
ALTER TABLE trainees
ADD CONSTRAINT valid_from__trainees_overlap EXCLUDE USING gist (
    personal_number_key WITH =, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (state <> 'withdrawn');
"""
OWN = """
CREATE POLICY own_person ON trainees FOR SELECT TO khoyte_app USING (
    khoyte_register_person() IS NOT NULL AND (
        personal_number_key = khoyte_register_person()
        OR supervisor_record IN (
            SELECT p.id FROM practitioners p WHERE p.personal_number_key = khoyte_register_person())));
"""


def key_column() -> models.CharField:  # type: ignore[type-arg]  # has no parameters when the program runs
    return models.CharField(default="", max_length=120)


class Migration(migrations.Migration):
    dependencies = [("practice", "0014_practitioner_records")]
    operations = [
        migrations.AddField("practitioner", "licence_key", key_column()),
        migrations.AddField("practitioner", "certificate_key", key_column()),
        migrations.AddField("trainee", "supervisor_record", models.UUIDField(blank=True, null=True)),
        migrations.AddField("trainee", "title", models.CharField(blank=True, default="", max_length=255)),
        migrations.RunSQL(walls("NO FORCE"), migrations.RunSQL.noop),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            "practitioner", models.Index(fields=["licence_key"], name="practitioners_licence_key")
        ),
        migrations.AddIndex(
            "practitioner", models.Index(fields=["certificate_key"], name="practitioners_cert_key")
        ),
        migrations.RunSQL(OF_ROWS + KNOWN + walls("FORCE"), migrations.RunSQL.noop),
        migrations.RunSQL(SUPERVISED + OF_NEW + LIMITED + NEVER_TWICE + OWN, migrations.RunSQL.noop),
        migrations.RemoveIndex("trainee", "trainees_of_supervisor"),
        migrations.AddIndex(
            "trainee",
            models.Index(fields=["supervisor_record", "valid_from"], name="trainees_of_supervisor"),
        ),
        migrations.AddIndex("trainee", models.Index(fields=["personal_number_key"], name="trainees_who")),
    ]
