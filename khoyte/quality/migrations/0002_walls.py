"""Whose scores may be seen, and how a change of a row becomes known.

Triggers write down which units changed: whatever writes (a form, a COPY of a million lines, a merger of
units), nobody can forget to tell. They run once a statement and insert a handful of rows in the transaction
of the change; two that change the same unit never wait for each other, as nothing there is unique.
"""

from django.db import migrations

# Scores of registers are for whoever may see the register's rows, those of visits for who may see care.
SEEN = """(CASE WHEN database = 'visits' THEN khoyte_may_see(facility, province)
           ELSE khoyte_may_see_register(facility, province) END)"""
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON {table} FOR SELECT TO khoyte_app USING {seen};
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT SELECT ON {table} TO khoyte_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO khoyte_worker;
"""
NOBODYS = """
REVOKE ALL ON quality_changed, quality_standing FROM khoyte_app, khoyte_worker;
GRANT INSERT ON quality_changed TO khoyte_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON quality_changed TO khoyte_worker;
GRANT SELECT ON quality_standing TO khoyte_app;
GRANT SELECT, INSERT, UPDATE ON quality_standing TO khoyte_worker;
GRANT USAGE ON SEQUENCE quality_changed_id_seq TO khoyte_app, khoyte_worker;
GRANT USAGE ON SEQUENCE quality_score_id_seq, quality_course_id_seq, quality_failing_id_seq TO khoyte_worker;
"""
FUNCTIONS = """
CREATE FUNCTION quality_mark_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one text;
BEGIN
    -- A facility's own record is what managing facilities of practitioners are looked up in.
    FOREACH one IN ARRAY TG_ARGV LOOP
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO quality_changed (database, place, province)
            SELECT one, facility, province FROM before UNION SELECT one, facility, province FROM after;
        ELSE
            INSERT INTO quality_changed (database, place, province)
            SELECT DISTINCT one, facility, province FROM after;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION quality_mark_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO quality_changed (database, place, province)
        SELECT DISTINCT a.register, a.facility, a.province FROM after a JOIN before b USING (id)
        WHERE a.outcome IS DISTINCT FROM b.outcome;
    ELSE
        INSERT INTO quality_changed (database, place, province)
        SELECT DISTINCT register, facility, province FROM after;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION quality_mark_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO quality_changed (database, place, province, day)
        SELECT 'visits', facility, province, ngay_ra::date FROM before WHERE ngay_ra IS NOT NULL
        UNION SELECT 'visits', facility, province, ngay_ra::date FROM after WHERE ngay_ra IS NOT NULL;
    ELSE
        INSERT INTO quality_changed (database, place, province, day)
        SELECT DISTINCT 'visits', facility, province, ngay_ra::date FROM after WHERE ngay_ra IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION quality_mark_rejudged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quality_changed (database, place, province, day)
    SELECT DISTINCT 'visits', v.facility, v.province, v.ngay_ra::date FROM after a
    JOIN dossier d ON d.submission_id = a.submission_id AND d.judgement = a.number
    JOIN visit v ON v.facility = d.facility AND v.ma_lk = d.ma_lk AND v.is_current
    WHERE a.number > 1 AND v.ngay_ra IS NOT NULL;
    RETURN NULL;
END $$;
"""
ON_INSERT = """
CREATE TRIGGER quality_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION {function}({arguments});
"""
ON_UPDATE = """
CREATE TRIGGER quality_updated AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION {function}({arguments});
"""
FOLLOWED = (
    ("facilities", "quality_mark_units", "'facilities', 'practitioners'"),
    ("practitioners", "quality_mark_units", "'practitioners'"),
    ("pharmacies", "quality_mark_units", "'pharmacies'"),
    ("identity_check", "quality_mark_answers", ""),
    ("visit", "quality_mark_days", ""),
)


def forwards() -> str:
    walls = [
        WALL.format(table=table, seen=SEEN)
        for table in ("quality_score", "quality_course", "quality_failing")
    ]
    triggers = [
        statement.format(table=table, function=function, arguments=arguments)
        for table, function, arguments in FOLLOWED
        for statement in (ON_INSERT, ON_UPDATE)
    ]
    judged = ON_INSERT.format(table="judgement", function="quality_mark_rejudged", arguments="")
    return "\n".join([*walls, NOBODYS, FUNCTIONS, *triggers, judged])


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0001_initial"),
        ("practice", "0003_identity_check"),
        ("registers", "0002_tenants"),
        ("submissions", "0001_initial"),
        ("units", "0002_tenancy"),
        ("visits", "0003_transactions"),
    ]
    operations = [migrations.RunSQL(forwards(), migrations.RunSQL.noop)]
