"""Row-level security of this room; and the training province apart from the country.

A request for support is seen by who asked, by the office above, and by the operators once it stands with
them (`khoyte.support`). What is written about it is seen by whoever sees the request. Sessions are nobody's;
who attended is seen by the unit, its office, and the person.

Records of the training province (codes that begin with TH, `units/training.py`) are shown to its own accounts
alone (`khoyte.training`), also where somebody else sees everything or the record is about that person.
"""

from django.db import migrations

SUPPORT = """
ALTER TABLE support_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_request FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON support_request TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
CREATE POLICY own_account ON support_request TO khoyte_app
    USING (asked_by <> '' AND asked_by = current_setting('khoyte.account', true))
    WITH CHECK (asked_by <> '' AND asked_by = current_setting('khoyte.account', true));
CREATE POLICY operators ON support_request TO khoyte_app
    USING (desk = 'operator' AND coalesce(current_setting('khoyte.support', true), '') = 'on')
    WITH CHECK (coalesce(current_setting('khoyte.support', true), '') = 'on');
ALTER TABLE support_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE support_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY of_request ON support_entry TO khoyte_app
    USING (EXISTS (SELECT 1 FROM support_request r WHERE r.id = request_id))
    WITH CHECK (EXISTS (SELECT 1 FROM support_request r WHERE r.id = request_id));
REVOKE ALL ON support_request, support_entry FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON support_request, support_entry TO khoyte_app, khoyte_worker;
GRANT UPDATE (desk, state, due_at, changed_at, closed_at) ON support_request TO khoyte_app, khoyte_worker;
GRANT UPDATE (subject_sealed) ON support_request TO khoyte_worker;
GRANT UPDATE (words_sealed, picture_sealed) ON support_entry TO khoyte_worker;
"""
TRAINED = """
ALTER TABLE training_attendance ENABLE ROW LEVEL SECURITY;
ALTER TABLE training_attendance FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON training_attendance TO khoyte_app
    USING (khoyte_may_see_register(facility, province))
    WITH CHECK (khoyte_may_see_register(facility, province));
CREATE POLICY own_account ON training_attendance TO khoyte_app
    USING (account <> '' AND account = current_setting('khoyte.account', true))
    WITH CHECK (account <> '' AND account = current_setting('khoyte.account', true));
REVOKE ALL ON training_session, training_attendance FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON training_session, training_attendance TO khoyte_app, khoyte_worker;
GRANT UPDATE ("right", asked) ON training_attendance TO khoyte_app, khoyte_worker;
"""
APART = """
CREATE FUNCTION khoyte_is_apart(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (left(row_facility, 2) = 'TH' OR left(row_province, 2) = 'TH')
     AND coalesce(current_setting('khoyte.training', true), '') <> 'on'
$$;
GRANT EXECUTE ON FUNCTION khoyte_is_apart(text, text) TO khoyte_app, khoyte_worker;
CREATE OR REPLACE FUNCTION khoyte_may_see(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT NOT khoyte_is_apart(row_facility, row_province) AND (
         coalesce(current_setting('khoyte.everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.province', true))
      OR (row_facility <> '' AND row_facility = ANY
            (string_to_array(nullif(current_setting('khoyte.before', true), ''), ' ')))
      OR (row_province <> '' AND row_province = ANY
            (string_to_array(nullif(current_setting('khoyte.before', true), ''), ' '))))
$$;
CREATE OR REPLACE FUNCTION khoyte_may_see_register(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT NOT khoyte_is_apart(row_facility, row_province) AND (
         coalesce(current_setting('khoyte.register_everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.register_facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.register_province', true))
      OR (row_facility <> '' AND row_facility = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ')))
      OR (row_province <> '' AND row_province = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' '))))
$$;
CREATE POLICY training_apart ON visit AS RESTRICTIVE FOR SELECT TO khoyte_app
    USING (NOT khoyte_is_apart(facility, province));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("guidance", "0001_initial"),
        ("registers", "0003_successors"),
        ("units", "0014_training_province"),
        ("protection", "0002_tenants"),
    ]
    operations = [migrations.RunSQL("\n".join([SUPPORT, TRAINED, APART]), migrations.RunSQL.noop)]
