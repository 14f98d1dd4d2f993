"""The lake's state, and the catalogue of its tables as pyiceberg's SqlCatalog (schema v1) wants it.

Nothing here belongs to one tenant: which files exist and how far they go.
"""

from django.db import migrations, models

CATALOGUE = """
CREATE TABLE iceberg_tables (
    catalog_name varchar(255) NOT NULL, table_namespace varchar(255) NOT NULL,
    table_name varchar(255) NOT NULL, metadata_location varchar(1000),
    previous_metadata_location varchar(1000), iceberg_type varchar(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE iceberg_namespace_properties (
    catalog_name varchar(255) NOT NULL, namespace varchar(255) NOT NULL,
    property_key varchar(255) NOT NULL, property_value varchar(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);
"""
RIGHTS = """
REVOKE ALL ON lake_state, iceberg_tables, iceberg_namespace_properties FROM khoyte_app, khoyte_worker;
GRANT SELECT ON lake_state, iceberg_tables, iceberg_namespace_properties TO khoyte_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON lake_state, iceberg_tables, iceberg_namespace_properties TO khoyte_worker;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("visits", "0003_transactions")]
    operations = [
        migrations.CreateModel(
            name="LakeState",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("upper", models.BigIntegerField(default=0)),
                ("pending_upper", models.BigIntegerField(null=True)),
                ("fills", models.IntegerField(default=0)),
                ("visits", models.BigIntegerField(default=0)),
                ("generation", models.CharField(max_length=40)),
                ("columns", models.CharField(max_length=64)),
                ("snapshots", models.JSONField(default=dict)),
                ("as_of", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("equal", models.BooleanField(null=True)),
            ],
            options={
                "db_table": "lake_state",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="lake_state_is_one")
                ],
            },
        ),
        migrations.RunSQL(CATALOGUE, "DROP TABLE iceberg_tables, iceberg_namespace_properties;"),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
