import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FacilityCertificate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("facility", models.CharField(max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                (
                    "kind",
                    models.CharField(
                        choices=[("certificate", "Chứng thư"), ("tax_code", "Mã số thuế")], max_length=12
                    ),
                ),
                ("value", models.CharField(max_length=64)),
                ("holder", models.CharField(blank=True, max_length=420)),
                ("valid_from", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("valid_to", models.DateTimeField(null=True)),
                ("entered_by", models.CharField(max_length=150)),
                ("ended_by", models.CharField(blank=True, default="", max_length=150)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "db_table": "facility_certificate",
                "indexes": [
                    models.Index(fields=["facility"], name="certificate_of_facility"),
                    models.Index(fields=["value"], name="facility_of_certificate"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="binding_ends_after_it_begins",
                        violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("facility", "kind", "value"),
                        name="one_open_binding",
                        violation_error_message="Chứng thư này đã được đăng ký cho cơ sở.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignatureCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("submission", models.UUIDField()),
                ("judgement", models.IntegerField()),
                ("facility", models.CharField(max_length=5)),
                ("province", models.CharField(blank=True, max_length=10)),
                ("checked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("state", models.CharField(max_length=10)),
                ("problems", models.JSONField(default=list)),
                ("lacking", models.JSONField(default=list)),
                ("signer", models.JSONField(null=True)),
                ("trust", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "db_table": "signature_check",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("submission", "judgement"), name="one_check_per_judgement"
                    )
                ],
            },
        ),
    ]
