"""Papers counted by facility and day of discharge (`visits.paper_days`), and which days have changed since.

A trigger writes down, once a statement, the days whose visits were stored, replaced, withdrawn or limited:
whatever writes, nobody can forget to tell. It runs as the owner of the tables, so nobody else writes a mark.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON {table} FOR SELECT TO khoyte_app USING (khoyte_may_see(facility, province));
REVOKE ALL ON {table} FROM khoyte_app, khoyte_worker;
GRANT SELECT ON {table} TO khoyte_app;
"""
WALLS = "\n".join(WALL.format(table=table) for table in ("paper_day", "paper_day_changed"))
RIGHTS = """
CREATE POLICY marking ON paper_day_changed FOR INSERT TO CURRENT_USER WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON paper_day TO khoyte_worker;
GRANT SELECT, DELETE ON paper_day_changed TO khoyte_worker;
GRANT USAGE ON SEQUENCE paper_day_id_seq TO khoyte_worker;
"""
MARK = """
CREATE FUNCTION paper_day_mark() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO paper_day_changed (facility, province, day)
        SELECT facility, province, ngay_ra::date FROM before WHERE ngay_ra IS NOT NULL
        UNION SELECT facility, province, ngay_ra::date FROM after WHERE ngay_ra IS NOT NULL;
    ELSE
        INSERT INTO paper_day_changed (facility, province, day)
        SELECT DISTINCT facility, province, ngay_ra::date FROM after WHERE ngay_ra IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION paper_day_mark() FROM PUBLIC;
CREATE TRIGGER paper_day_inserted AFTER INSERT ON visit REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION paper_day_mark();
CREATE TRIGGER paper_day_updated AFTER UPDATE ON visit REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION paper_day_mark();
"""
# All days there are wait to be counted; until then they are counted anew for each page, as before.
ALL = """
INSERT INTO paper_day_changed (facility, province, day)
SELECT DISTINCT facility, province, ngay_ra::date FROM visit WHERE ngay_ra IS NOT NULL;
"""
NO_MORE = """
DROP TRIGGER paper_day_inserted ON visit;
DROP TRIGGER paper_day_updated ON visit;
DROP FUNCTION paper_day_mark();
"""


class Migration(migrations.Migration):
    dependencies = [("visits", "0006_paths"), ("units", "0011_walls_of_successors")]
    operations = [
        migrations.CreateModel(
            name="PaperDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("facility", models.CharField(max_length=5)),
                ("province", models.CharField(max_length=10)),
                ("day", models.DateField()),
                ("formula", models.CharField(max_length=16)),
                ("expected", ArrayField(base_field=models.IntegerField(), size=None)),
                ("received", ArrayField(base_field=models.IntegerField(), size=None)),
            ],
            options={
                "db_table": "paper_day",
                "constraints": [
                    models.UniqueConstraint(fields=("province", "day", "facility"), name="paper_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaperDayChanged",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("facility", models.CharField(max_length=5)),
                ("province", models.CharField(max_length=10)),
                ("day", models.DateField()),
            ],
            options={
                "db_table": "paper_day_changed",
                "indexes": [
                    models.Index(fields=["province", "day", "facility"], name="paper_day_changed_of")
                ],
            },
        ),
        migrations.RunSQL("\n".join((WALLS, RIGHTS, MARK, ALL)), NO_MORE),
    ]
