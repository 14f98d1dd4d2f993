"""Publications of catalogues are the nation's; the list of files to judge again is the worker's alone."""

import django.db.models.deletion
from django.db import migrations, models

import khoyte.foundation.time_ordered

GRANTS = """
REVOKE ALL ON catalogue_publication, catalogue_recheck FROM khoyte_app;
GRANT SELECT, INSERT, UPDATE ON catalogue_publication TO khoyte_app;
REVOKE DELETE, TRUNCATE ON catalogue_publication, catalogue_recheck FROM khoyte_worker;
GRANT SELECT, INSERT, UPDATE ON catalogue_publication, catalogue_recheck TO khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0004_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="CataloguePublication",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=khoyte.foundation.time_ordered.time_ordered_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.BinaryField(max_length=32)),
                ("size", models.BigIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("complete", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("refused", "Tệp có nội dung phải sửa"),
                            ("draft", "Xem trước, chưa công bố"),
                            ("published", "Đã công bố, đang chọn hồ sơ để kiểm tra lại"),
                            ("rejudging", "Đã công bố, đang kiểm tra lại hồ sơ"),
                            ("done", "Đã công bố"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("problems", models.JSONField(default=list)),
                ("alters", models.BooleanField(default=False)),
                ("rules", models.JSONField(default=list)),
                ("touched", models.JSONField(null=True)),
                ("based_on", models.CharField(max_length=80)),
                ("pack", models.CharField(blank=True, max_length=80)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=150)),
                ("made_unit", models.CharField(max_length=20)),
                ("published_at", models.DateTimeField(null=True)),
                ("published_by", models.CharField(blank=True, max_length=150)),
                ("to_judge", models.IntegerField(default=0)),
                ("judged", models.IntegerField(default=0)),
                ("changed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "catalogue_publication",
                "indexes": [models.Index(fields=["name", "-made_at"], name="publication_of_catalogue")],
            },
        ),
        migrations.CreateModel(
            name="CatalogueRecheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("submission_id", models.UUIDField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="submissions.cataloguepublication"
                    ),
                ),
            ],
            options={
                "db_table": "catalogue_recheck",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("publication", "submission_id"), name="one_recheck_per_file"
                    )
                ],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
