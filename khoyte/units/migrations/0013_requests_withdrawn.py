"""The applicant, who holds the reference, may take an open request back."""

from django.db import migrations

WITHDRAWS = """
CREATE POLICY applicant_withdraws ON account_request FOR UPDATE TO khoyte_app
    USING (state = 'open'
           AND reference_hash = decode(nullif(current_setting('khoyte.reference', true), ''), 'hex'))
    WITH CHECK (state = 'withdrawn'
           AND reference_hash = decode(nullif(current_setting('khoyte.reference', true), ''), 'hex'));
"""


class Migration(migrations.Migration):
    dependencies = [("units", "0012_register_person")]
    operations = [
        migrations.RunSQL(WITHDRAWS, "DROP POLICY applicant_withdraws ON account_request"),
    ]
