from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.units.enums import Role, UnitKind


class Unit(models.Model):
    """An organisation: facility (5-character code, Decision 384/QĐ-BYT), province, department, ministry."""

    code = models.CharField(max_length=20, primary_key=True)
    kind = models.CharField(max_length=12, choices=UnitKind)
    name = models.CharField(max_length=255)
    level = models.CharField(max_length=20, blank=True)
    under = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="units")
    # Province whose health department answers for the unit; empty for national units.
    province = models.CharField(max_length=10, blank=True, db_index=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "unit"
        constraints = [
            models.CheckConstraint(
                name="facility_code_has_5_characters",
                condition=~models.Q(kind="facility") | models.Q(code__regex=r"^[0-9A-Z]{5}$"),
                violation_error_message="Mã cơ sở khám bệnh, chữa bệnh gồm đúng 5 ký tự.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.select_related("unit").get(username=username)


class Account(AbstractBaseUser):
    """A named person of a unit. Accounts are never shared between persons."""

    username = models.CharField(max_length=100, unique=True)
    full_name = models.CharField(max_length=255, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="accounts")
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    enabled_at = models.DateTimeField(db_default=Now())  # idle days count from here or the last sign-in
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True, default="")

    USERNAME_FIELD = "username"
    objects = AccountManager()

    class Meta:
        db_table = "account"

    def __str__(self) -> str:
        return self.username


class PersonOfAccount(models.Model):
    """Which person a citizen's account is: the keyed hash under which that person's visits are found."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="person")
    person_key = models.BinaryField(max_length=32)
    assurance = models.CharField(max_length=40)  # how it was verified: "counter", "vneid-2"
    linked_at = models.DateTimeField(db_default=Now())
    linked_by = models.CharField(max_length=150)

    class Meta:
        db_table = "person_of_account"


class SignInFailure(models.Model):
    """Attempts that failed, by a keyed hash of the name or address; `since` is when counting began."""

    key = models.BinaryField(max_length=32, primary_key=True)
    failures = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "sign_in_failure"


class MachineToken(models.Model):
    """A bearer token of a unit's software. Only its SHA-256 is kept; the token is shown once."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="tokens")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "machine_token"

    def __str__(self) -> str:
        return f"{self.unit_id} {' '.join(self.scopes)}"
