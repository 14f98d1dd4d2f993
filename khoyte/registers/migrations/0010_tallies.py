"""Counts of records, cases and steps by office, kept by what changes them.

Pages that count a whole register (progress of a campaign, direction board, the list of registers) read a few
hundred lines here instead of half a million wide rows. Triggers write what a statement changed as lines of
their own, in its transaction: nobody can forget to tell, two that change the same office never wait for each
other, and the sum of all lines is exact in every snapshot. The worker sums lines up now and then
(`registers.tallies`), which changes no sum.

Facts, each by register and province:

- `records`: by state, level and whether a version is in force. Records of no province by their facility.
- `open_cases`: cases not closed, by the day they are due.
- `declared`: first versions by day. `confirmed`: first confirmations of records by day; `confirmed_here`:
  first in that province (a record that moved was confirmed first in each).
- `acts`: steps by stage and day. `last`: records by the day of their last such step in that province.

Stages are how plans count: sent for review; confirmed by a facility; confirmed by a province. What is entered
as reviewed already ("command") counts for both.

The functions run as the owner of the tables (policies `counting`), so that nobody else can write a line.
"""

from django.db import migrations, models

DAY = "({column} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
WALL = """
ALTER TABLE register_tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE register_tally FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON register_tally FOR SELECT TO khoyte_app
    USING (khoyte_may_see_register(facility, province));
CREATE POLICY counting ON register_tally TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY counting ON register_step FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY counting ON register_version FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY counting ON register_case FOR SELECT TO CURRENT_USER USING (true);
REVOKE ALL ON register_tally FROM khoyte_app, khoyte_worker;
GRANT SELECT ON register_tally TO khoyte_app;
GRANT SELECT, INSERT, DELETE ON register_tally TO khoyte_worker;
GRANT USAGE ON SEQUENCE register_tally_id_seq TO khoyte_worker;
"""
NO_WALL = """
DROP POLICY counting ON register_step;
DROP POLICY counting ON register_version;
DROP POLICY counting ON register_case;
"""
RECORDS = """
CREATE FUNCTION register_tally_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO register_tally (register, fact, facility, province, state, level, in_force, number)
        SELECT TG_TABLE_NAME, 'records', facility, province, state, level, in_force, sum(number) FROM (
            SELECT CASE WHEN province = '' THEN facility ELSE '' END AS facility, province, state, level,
                   confirmed_version IS NOT NULL AS in_force, 1 AS number FROM after
            UNION ALL
            SELECT CASE WHEN province = '' THEN facility ELSE '' END, province, state, level,
                   confirmed_version IS NOT NULL, -1 FROM before) changed
        GROUP BY facility, province, state, level, in_force HAVING sum(number) <> 0;
    ELSE
        INSERT INTO register_tally (register, fact, facility, province, state, level, in_force, number)
        SELECT TG_TABLE_NAME, 'records', CASE WHEN province = '' THEN facility ELSE '' END, province, state,
               level, confirmed_version IS NOT NULL, count(*)
        FROM after GROUP BY 3, 4, 5, 6, 7;
    END IF;
    RETURN NULL;
END $$;
"""
CASES = """
CREATE FUNCTION register_tally_cases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO register_tally (register, fact, province, day, number)
        SELECT register, 'open_cases', province, due_on, sum(number) FROM (
            SELECT register, province, due_on, 1 AS number FROM after WHERE closed_at IS NULL
            UNION ALL
            SELECT register, province, due_on, -1 FROM before WHERE closed_at IS NULL) changed
        GROUP BY register, province, due_on HAVING sum(number) <> 0;
    ELSE
        INSERT INTO register_tally (register, fact, province, day, number)
        SELECT register, 'open_cases', province, due_on, count(*)
        FROM after WHERE closed_at IS NULL GROUP BY register, province, due_on;
    END IF;
    RETURN NULL;
END $$;
"""
DECLARED = f"""
SELECT register, 'declared', province, {DAY.format(column="recorded_at")}, count(*)
FROM {{rows}} WHERE number = 1 GROUP BY 1, 3, 4
"""  # noqa: S608 - constants of this file
VERSIONS = f"""
CREATE FUNCTION register_tally_versions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO register_tally (register, fact, province, day, number) {DECLARED.format(rows="after")};
    RETURN NULL;
END $$;
"""
STAGE = """
CREATE FUNCTION register_step_is(stage text, act text, level text, state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE stage WHEN 'submit' THEN act = 'submit'
                      WHEN 'confirmed' THEN act = 'confirm' AND state = 'confirmed'
                      ELSE act = 'confirm' AND level IN (stage, 'command') END
$$;
REVOKE EXECUTE ON FUNCTION register_step_is(text, text, text, text) FROM PUBLIC;
"""
# The last day moves on with each later step, the first day back with an earlier one: what a record was
# counted under before goes out. `id < s.id`: also steps of one statement follow each other.
STEPS = f"""
CREATE FUNCTION register_tally_steps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO register_tally (register, fact, province, level, day, number)
    WITH told AS (
        SELECT s.id, s.register, s.record, s.province, stage, {DAY.format(column="s.at")} AS day
        FROM after s CROSS JOIN unnest(ARRAY['submit', 'facility', 'province', 'confirmed']) stage
        WHERE register_step_is(stage, s.act, s.level, s.state)
    ), known AS (
        SELECT told.*, {DAY.format(column="e.last_here")} AS last_here,
               {DAY.format(column="e.first_here")} AS first_here, {DAY.format(column="e.first")} AS first,
               e.first_province
        FROM told CROSS JOIN LATERAL (
            SELECT max(p.at) FILTER (WHERE p.province = told.province) AS last_here,
                   min(p.at) FILTER (WHERE p.province = told.province) AS first_here, min(p.at) AS first,
                   (array_agg(p.province ORDER BY p.at, p.id))[1] AS first_province
            FROM register_step p
            WHERE p.record = told.record AND p.register = told.register AND p.id < told.id
              AND register_step_is(told.stage, p.act, p.level, p.state)) e
    ), counted AS (
        SELECT register, 'acts' AS fact, province, stage AS level, day, 1 AS number
        FROM known WHERE stage <> 'confirmed'
        UNION ALL
        SELECT register, 'last', province, stage, counts.day, counts.number
        FROM known CROSS JOIN LATERAL (VALUES (day, 1), (last_here, -1)) counts (day, number)
        WHERE stage <> 'confirmed' AND (last_here IS NULL OR known.day > last_here) AND counts.day IS NOT NULL
        UNION ALL
        SELECT register, 'confirmed_here', province, '', counts.day, counts.number
        FROM known CROSS JOIN LATERAL (VALUES (day, 1), (first_here, -1)) counts (day, number)
        WHERE stage = 'confirmed' AND (first_here IS NULL OR known.day < first_here)
          AND counts.day IS NOT NULL
        UNION ALL
        SELECT register, 'confirmed', counts.province, '', counts.day, counts.number
        FROM known
        CROSS JOIN LATERAL (
            VALUES (province, day, 1), (first_province, first, -1)) counts (province, day, number)
        WHERE stage = 'confirmed' AND (first IS NULL OR known.day < first) AND counts.day IS NOT NULL
    )
    SELECT register, fact, province, level, day, sum(number) FROM counted
    GROUP BY register, fact, province, level, day HAVING sum(number) <> 0;
    RETURN NULL;
END $$;
"""  # noqa: S608 - constants of this file
ON_INSERT = """
CREATE TRIGGER tallied_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
ON_UPDATE = """
CREATE TRIGGER tallied_updated AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
NOBODYS = (
    "REVOKE EXECUTE ON FUNCTION register_tally_records(), register_tally_cases(), register_tally_versions(),"
    " register_tally_steps() FROM PUBLIC;"
)
TRIGGERS = "\n".join(
    (
        NOBODYS,
        ON_INSERT.format(table="register_version", function="register_tally_versions"),
        ON_INSERT.format(table="register_step", function="register_tally_steps"),
        ON_INSERT.format(table="register_case", function="register_tally_cases"),
        ON_UPDATE.format(table="register_case", function="register_tally_cases"),
    )
)
NO_TRIGGERS = """
DROP TRIGGER tallied_inserted ON register_version;
DROP TRIGGER tallied_inserted ON register_step;
DROP TRIGGER tallied_inserted ON register_case;
DROP TRIGGER tallied_updated ON register_case;
DROP FUNCTION register_tally_records, register_tally_cases, register_tally_versions, register_tally_steps,
    register_step_is;
"""
# What stood there before the triggers, which keep writers out until the end of this transaction.
_FIRST_AND_LAST = """
SELECT register, '{fact}', province, {level}, {day}, count(*) FROM (
    SELECT register, record, {province} AS province, {stage}, {moment} AS at
    FROM register_step {of_stage} GROUP BY register, record{by}
) each GROUP BY 1, 3, 4, 5
"""
_OF_STAGE = """CROSS JOIN unnest(ARRAY['submit', 'facility', 'province']) stage
    WHERE register_step_is(stage, act, level, state)"""
_FIRST = {
    "level": "''", "day": DAY.format(column="at"), "stage": "''",
    "of_stage": "WHERE act = 'confirm' AND state = 'confirmed'",
}  # fmt: skip
_INTO = "INSERT INTO register_tally (register, fact, province, level, day, number)"
FILL = "\n".join(
    (
        f"INSERT INTO register_tally (register, fact, province, day, number)"
        f" {DECLARED.format(rows='register_version')};",
        "INSERT INTO register_tally (register, fact, province, day, number)"
        " SELECT register, 'open_cases', province, due_on, count(*) FROM register_case"
        " WHERE closed_at IS NULL GROUP BY register, province, due_on;",
        f"{_INTO} SELECT register, 'acts', province, stage, {DAY.format(column='at')}, count(*)"  # noqa: S608
        f" FROM register_step {_OF_STAGE} GROUP BY 1, 3, 4, 5;",
        _INTO
        + _FIRST_AND_LAST.format(
            fact="last", level="stage", day=DAY.format(column="at"), province="province", stage="stage",
            moment="max(at)", of_stage=_OF_STAGE, by=", province, stage",
        )
        + ";",
        _INTO
        + _FIRST_AND_LAST.format(
            fact="confirmed_here", province="province", moment="min(at)", by=", province", **_FIRST
        )
        + ";",
        # In the province it was first confirmed in.
        _INTO
        + _FIRST_AND_LAST.format(
            fact="confirmed", province="(array_agg(province ORDER BY at, id))[1]", moment="min(at)", by="",
            **_FIRST,
        )
        + ";",
    )
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("registers", "0009_courses")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("fact", models.CharField(max_length=20)),
                ("facility", models.CharField(blank=True, db_default="", default="", max_length=20)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("state", models.CharField(blank=True, db_default="", default="", max_length=10)),
                ("level", models.CharField(blank=True, db_default="", default="", max_length=20)),
                ("in_force", models.BooleanField(db_default=False, default=False)),
                ("day", models.DateField(null=True)),
                ("number", models.IntegerField()),
            ],
            options={
                "db_table": "register_tally",
                "indexes": [
                    models.Index(fields=["register", "fact", "province"], name="register_tally_of_province")
                ],
            },
        ),
        migrations.RunSQL(WALL, NO_WALL),
        migrations.RunSQL("\n".join((RECORDS, CASES, VERSIONS, STAGE, STEPS, TRIGGERS)), NO_TRIGGERS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
