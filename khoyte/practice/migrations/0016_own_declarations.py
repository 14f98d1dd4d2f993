"""A practitioner declares hours of continuing education and scope, as diplomas: own rows may be written, too.

Of what all registers share a person sees the rows of these.
"""

from django.db import migrations

TABLES = ("cme_records", "scope_items")
OWN = """
DROP POLICY own_person ON {table};
CREATE POLICY own_person ON {table} TO khoyte_app
    USING (personal_number_key = khoyte_register_person())
    WITH CHECK (personal_number_key = khoyte_register_person());
"""
# One policy for all of them: of others' rows whoever is no practitioner asks once who they are.
SHARED = """
DROP POLICY own_diploma ON {shared};
CREATE POLICY own_declaration ON {shared} TO khoyte_app
    USING (khoyte_register_person() IS NOT NULL AND ({own}));
"""
OWN_ROW = """EXISTS (
    SELECT 1 FROM {table} o WHERE o.id = record AND o.personal_number_key = khoyte_register_person())"""
TABLES_SHARED = (
    "register_version",
    "register_step",
    "register_evidence",
    "register_case",
    "register_document",
)
ANY_OWN = " OR ".join(OWN_ROW.format(table=table) for table in ("diplomas", *TABLES))
STATEMENTS = "\n".join(
    [
        *(OWN.format(table=table) for table in TABLES),
        *(SHARED.format(shared=shared, own=ANY_OWN) for shared in TABLES_SHARED),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0015_supervisors"),
    ]

    operations = [
        migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop),
    ]
