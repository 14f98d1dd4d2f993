"""A facility reads the request its account was opened by: what it wrote then is not asked of it again."""

from django.db import migrations

OWN = """
CREATE POLICY own ON account_request FOR SELECT TO khoyte_app USING (
    state = 'approved' AND unit <> '' AND unit = current_setting('khoyte.register_facility', true));
"""


class Migration(migrations.Migration):
    dependencies = [("units", "0015_client_keys_at_an_address")]
    operations = [migrations.RunSQL(OWN, "DROP POLICY own ON account_request")]
