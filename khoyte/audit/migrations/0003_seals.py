"""Entries carry the transaction that wrote them; seals chain and sign what is committed.

Application and worker may not choose number, moment or transaction of an entry, nor change a seal.
"""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

ENTRIES = """
ALTER TABLE audit_entry ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_entry_sealing ON audit_entry (tx, id);
REVOKE INSERT ON audit_entry FROM khoyte_app, khoyte_worker;
GRANT INSERT (actor, actor_unit, actor_role, action, subject_kind, subject_id,
              facility, province, purpose, details)
    ON audit_entry TO khoyte_app, khoyte_worker;
"""
SEALS = """
REVOKE ALL ON audit_seal FROM khoyte_app, khoyte_worker;
GRANT SELECT, INSERT ON audit_seal TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)),
                ("digests", models.BinaryField()),
                ("last_tx", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=64)),
            ],
            options={"db_table": "audit_seal"},
        ),
        migrations.RunSQL(SEALS, migrations.RunSQL.noop),
    ]
