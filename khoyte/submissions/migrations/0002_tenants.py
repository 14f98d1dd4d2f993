"""Row-level security on every table of submissions, from the first day.

The application reads what its tenant may see, receives files for it and nothing else: verdicts, ledger and
the state of a submission are written by the worker alone.
"""

from django.db import migrations

TENANT_TABLES = (
    "submission",
    "raw_receipt",
    "judgement",
    "dossier",
    "finding",
    "ledger_entry",
    "ledger_adjustment",
    "upload",
)
APP_WRITES = {"submission": "INSERT", "raw_receipt": "INSERT", "upload": "INSERT, UPDATE"}

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} TO khoyte_app
    USING (khoyte_may_see(facility, province)) WITH CHECK (khoyte_may_see(facility, province));
REVOKE ALL ON {table} FROM khoyte_app;
GRANT SELECT ON {table} TO khoyte_app;
REVOKE DELETE, TRUNCATE ON {table} FROM khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON {table} TO khoyte_worker;
"""
# Judged facts are written once: nobody changes them afterwards.
WRITTEN_ONCE = ("judgement", "dossier", "finding", "ledger_entry", "ledger_adjustment", "raw_receipt")


def statements() -> str:
    lines = [WALL.format(table=table) for table in TENANT_TABLES]
    lines += [f"GRANT {acts} ON {table} TO khoyte_app;" for table, acts in APP_WRITES.items()]
    lines += [f"REVOKE UPDATE ON {table} FROM khoyte_worker;" for table in WRITTEN_ONCE]
    # The files are compressed already.
    lines.append("ALTER TABLE raw_receipt ALTER COLUMN zstd SET STORAGE EXTERNAL;")
    return "\n".join(lines)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("units", "0002_tenancy")]
    operations = [migrations.RunSQL(statements(), migrations.RunSQL.noop)]
