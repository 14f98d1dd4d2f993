"""Who took a unit over sees its rows: `khoyte.before` names the units taken over, parted by blanks.

Requests for accounts: anybody may hand one in; read by the office asked, and by whoever shows its reference.
Codes, reorganisations, moves and delegations are never deleted.
"""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION khoyte_may_see(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.province', true))
      OR (row_facility <> '' AND row_facility = ANY
            (string_to_array(nullif(current_setting('khoyte.before', true), ''), ' ')))
      OR (row_province <> '' AND row_province = ANY
            (string_to_array(nullif(current_setting('khoyte.before', true), ''), ' ')))
$$;
"""
REQUESTS = """
ALTER TABLE account_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_request FORCE ROW LEVEL SECURITY;
CREATE FUNCTION khoyte_may_decide_request(row_office text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('khoyte.register_everything', true), '') = 'on'
      OR row_office = current_setting('khoyte.register_province', true)
      OR row_office = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' '))
$$;
GRANT EXECUTE ON FUNCTION khoyte_may_decide_request(text) TO khoyte_app, khoyte_worker;
CREATE POLICY asks ON account_request FOR INSERT TO khoyte_app WITH CHECK (state = 'open');
CREATE POLICY office ON account_request FOR SELECT TO khoyte_app USING (
    khoyte_may_decide_request(office)
    OR reference_hash = decode(nullif(current_setting('khoyte.reference', true), ''), 'hex'));
CREATE POLICY office_decides ON account_request FOR UPDATE TO khoyte_app
    USING (khoyte_may_decide_request(office)) WITH CHECK (khoyte_may_decide_request(office));
REVOKE ALL ON account_request FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON account_request TO khoyte_app, khoyte_worker;
"""
KEPT = """
REVOKE ALL ON facility_code, reorganisation, reorganisation_move, delegation FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON facility_code, reorganisation_move TO khoyte_app, khoyte_worker;
GRANT UPDATE (ended_on, unit_id) ON facility_code TO khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON reorganisation, delegation TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("units", "0010_requests_and_reorganisations")]
    operations = [migrations.RunSQL("\n".join([FUNCTION, REQUESTS, KEPT]), migrations.RunSQL.noop)]
