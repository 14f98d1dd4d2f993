from django.db import models


class LakeState(models.Model):
    """How far the lake has come; one row.

    Readers use the snapshots named here, so that all tables tell of the same moment. `pending_upper` is set
    before anything is appended and taken away with the new watermark: whoever finds it goes on with the same
    rows, and the snapshots say which tables have them already.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    # Visits stored by transactions below this number are in the lake.
    upper = models.BigIntegerField(default=0)
    pending_upper = models.BigIntegerField(null=True)
    fills = models.IntegerField(default=0)
    visits = models.BigIntegerField(default=0)
    generation = models.CharField(max_length=40)
    # Digest of the declared columns the tables were made with; others ask for a rebuild.
    columns = models.CharField(max_length=64)
    snapshots = models.JSONField(default=dict)
    # Day (yyyy-mm-dd) -> the moment of which the registers' snapshot of that day tells.
    registers = models.JSONField(default=dict, db_default={})
    # The lake held all that was committed at this moment.
    as_of = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    equal = models.BooleanField(null=True)

    class Meta:
        db_table = "lake_state"
        constraints = [models.CheckConstraint(name="lake_state_is_one", condition=models.Q(id=1))]
