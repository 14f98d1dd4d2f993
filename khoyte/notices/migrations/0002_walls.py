"""Row-level security: an account sees its own notices, deliveries and preferences, nobody else's.

The speaker's account is set beside its facility and province (`units.tenancy`). Any act may tell anybody, so
notices are written for anyone; only reading them is kept apart. What leaves is the worker's alone.
"""

from django.db import migrations

OWN = "account <> '' AND account = current_setting('khoyte.account', true)"
WALLS = """
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON notice FOR SELECT TO khoyte_app USING (__OWN__);
CREATE POLICY own_reading ON notice FOR UPDATE TO khoyte_app USING (__OWN__) WITH CHECK (__OWN__);
CREATE POLICY told_to_anybody ON notice FOR INSERT TO khoyte_app WITH CHECK (true);
ALTER TABLE notice_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON notice_delivery FOR SELECT TO khoyte_app USING (__OWN__);
ALTER TABLE notice_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON notice_preference TO khoyte_app USING (__OWN__) WITH CHECK (__OWN__);
REVOKE ALL ON notice, notice_delivery, notice_preference, daily_duty FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT, UPDATE (read_at) ON notice TO khoyte_app;
GRANT SELECT ON notice_delivery TO khoyte_app;
GRANT SELECT, INSERT, UPDATE ON notice_preference TO khoyte_app;
GRANT SELECT, INSERT, UPDATE ON notice, notice_delivery TO khoyte_worker;
GRANT SELECT, UPDATE (email_sealed, phone_sealed) ON notice_preference TO khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON daily_duty TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(WALLS.replace("__OWN__", OWN), migrations.RunSQL.noop)]
