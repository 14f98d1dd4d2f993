from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from khoyte.foundation.time_ordered import time_ordered_id
from khoyte.units.enums import ReorganisationKind, Role, UnitKind
from khoyte.units.training import BEGINNING


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
    # 13-digit code (Decision 1551/QĐ-BYT), issued here after approval; all codes ever: `FacilityCode`.
    national_code = models.CharField(max_length=13, blank=True, default="", db_default="")
    # A department that shares the authority over the facility (y học cổ truyền).
    shared_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # After a reorganisation: the last day, who answers from then on, and of the successor: for whom.
    ended_on = models.DateField(null=True, blank=True)
    succeeded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    before = ArrayField(models.CharField(max_length=20), default=list, db_default=[])
    # How licence numbers end that this office, or one it took over, issued ("BA-GPHN").
    licence_suffixes = ArrayField(models.CharField(max_length=20), default=list, db_default=[])

    class Meta:
        db_table = "unit"
        constraints = [
            models.CheckConstraint(
                name="facility_code_has_5_characters",
                condition=~models.Q(kind="facility") | models.Q(code__regex=r"^[0-9A-Z]{5}$"),
                violation_error_message="Mã cơ sở khám bệnh, chữa bệnh gồm đúng 5 ký tự.",
            ),
            # By their codes alone everybody knows that they count nowhere.
            models.CheckConstraint(
                name="training_facilities_lie_in_the_training_province",
                condition=~models.Q(kind="facility")
                | models.Q(code__startswith=BEGINNING, province__startswith=BEGINNING)
                | (~models.Q(code__startswith=BEGINNING) & ~models.Q(province__startswith=BEGINNING)),
                violation_error_message="Mã bắt đầu bằng TH dành riêng cho tỉnh tập huấn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def stands(self, day: date) -> bool:
        """Not taken over by that day; from its day on the successor answers."""
        return self.ended_on is None or self.ended_on > day


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
    # Set when somebody else chose the password: the next sign-in begins with a new one.
    must_change_password = models.BooleanField(default=False, db_default=False)
    # How sure it is who the person is: "invitation" (the unit vouches), later the level of a provider.
    assurance = models.CharField(max_length=40, blank=True, default="", db_default="")

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
    # The same number as registers find it by; null for links made before registers asked.
    register_key = models.BinaryField(max_length=16, null=True, blank=True)
    assurance = models.CharField(max_length=40)  # how it was verified: "counter", "vneid-2"
    linked_at = models.DateTimeField(db_default=Now())
    linked_by = models.CharField(max_length=150)

    class Meta:
        db_table = "person_of_account"


class FormerPassword(models.Model):
    """Hash of a password an account had before; a new one may not be like it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    replaced_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "former_password"


class SecondStep(models.Model):
    """An account's second step: a secret its authenticator app shares (RFC 6238), sealed.

    Counts only once confirmed by a code. `last_step` is the period of the newest code: none is used twice.
    """

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="second_step"
    )
    secret_sealed = models.BinaryField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "second_step"


class RecoveryCode(models.Model):
    """A code that stands once for the second step when the app is lost; a keyed hash of it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "recovery_code"
        constraints = [models.UniqueConstraint(name="recovery_code_once", fields=["account", "code_hash"])]


class Invitation(models.Model):
    """A one-time code an administrator hands to the person of an account; a keyed hash of it."""

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="invitation"
    )
    code_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "invitation"


class LinkedIdentity(models.Model):
    """Somebody at a provider (VNeID) who is the person of an account; issuer and subject as a keyed hash.

    A provider's subject may be a personal number: it is not kept.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    provider = models.CharField(max_length=40)
    subject_hash = models.BinaryField(max_length=32, unique=True)
    linked_at = models.DateTimeField(db_default=Now())
    linked_by = models.CharField(max_length=150)

    class Meta:
        db_table = "linked_identity"
        constraints = [
            models.UniqueConstraint(name="one_identity_a_provider", fields=["account", "provider"])
        ]


class Session(models.Model):
    """A browser's session, by the SHA-256 of the key in its cookie; without an account while on the way in.

    `session_data` is signed (Django): who can write the table cannot make a session of somebody else.
    """

    key_sha256 = models.CharField(max_length=64, primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="sessions")
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    proof = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "session"


class SignInFailure(models.Model):
    """Attempts that failed, by a keyed hash of the name or address; `since` is when counting began."""

    key = models.BinaryField(max_length=32, primary_key=True)
    failures = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "sign_in_failure"


class MachineClient(models.Model):
    """A unit's software that proves itself with keys of its own (SMART backend services)."""

    client_id = models.CharField(max_length=60, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="clients")
    name = models.CharField(max_length=255)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)
    revoked_at = models.DateTimeField(null=True, blank=True)
    jwks_uri = models.CharField(max_length=500, blank=True, db_default="")  # instead of keys held here

    class Meta:
        db_table = "machine_client"

    def __str__(self) -> str:
        return self.client_id


class ClientKey(models.Model):
    """A public key (JWK, RFC 7517) of a unit's software."""

    client = models.ForeignKey(MachineClient, on_delete=models.CASCADE, related_name="keys")
    kid = models.CharField(max_length=200)
    jwk = models.JSONField()
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "client_key"
        constraints = [models.UniqueConstraint(name="client_key_kid", fields=["client", "kid"])]


class UsedAssertion(models.Model):
    """A proof that was used, by the SHA-256 of its client and number: it is not taken a second time."""

    proof_sha256 = models.BinaryField(max_length=32, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "used_assertion"


class MachineToken(models.Model):
    """A bearer token of a unit's software. Only its SHA-256 is kept; the token is shown once.

    With `client`: given for a few minutes to software that proved itself.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="tokens")
    client = models.ForeignKey(MachineClient, on_delete=models.CASCADE, null=True, related_name="tokens")
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


class AccountRequest(models.Model):
    """A facility's request for its first account, on its way through the office that answers for it.

    `office` and `place`: code of the office asked and of the province where the facility lies.
    `told_sealed` holds what the applicant wrote of persons and how to reach them. The applicant reads the
    state by a secret reference, of which only a keyed hash is kept.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    office = models.CharField(max_length=20)
    place = models.CharField(max_length=10)
    reference_hash = models.BinaryField(max_length=32, unique=True)
    # Without defaults of the database: Django reads those back, and who asks may not read.
    state = models.CharField(max_length=10, default="open")  # open, approved, refused
    facility_name = models.CharField(max_length=255)
    given_code = models.CharField(max_length=5, blank=True)  # as the applicant says
    told_sealed = models.BinaryField()
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    unit = models.CharField(max_length=20, blank=True, default="")  # the facility that was made

    class Meta:
        db_table = "account_request"
        indexes = [models.Index(fields=["office", "state", "due_on", "id"], name="account_request_waiting")]


class Delegation(models.Model):
    """One officer exercises the role of another of the same unit until a day (ủy quyền)."""

    giver = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="delegations_taken")
    reason = models.CharField(max_length=255)
    begins_on = models.DateField()
    ends_on = models.DateField()  # the last day
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "delegation"
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_it_begins",
                condition=models.Q(ends_on__gte=models.F("begins_on")),
            ),
            models.CheckConstraint(
                name="delegation_to_somebody_else", condition=~models.Q(giver=models.F("taker"))
            ),
        ]


class FacilityCode(models.Model):
    """A code a facility holds or held. One row a code, for ever: none is given a second time."""

    code = models.CharField(max_length=13, primary_key=True)
    kind = models.CharField(max_length=10)  # "short" (5 characters), "national" (13 digits)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="codes")
    issued_at = models.DateTimeField(db_default=Now())
    issued_by = models.CharField(max_length=150)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "facility_code"


class Reorganisation(models.Model):
    """One decision that merges, splits or renames units: proposed with counts, confirmed by another person.

    `plan`: what is to happen (`units.reorganising.Plan`). `counts`: what will move, as of the proposal.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id)
    kind = models.CharField(max_length=10, choices=ReorganisationKind)
    province = models.CharField(max_length=10, blank=True)  # empty: concerns more than one
    decision = models.CharField(max_length=120)  # number and date of the decision on paper
    effective_on = models.DateField()
    plan = models.JSONField()
    counts = models.JSONField()
    state = models.CharField(max_length=10, default="proposed")  # proposed, done, dropped
    proposed_at = models.DateTimeField(db_default=Now())
    proposed_by = models.CharField(max_length=150)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=150, blank=True, default="")
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    class Meta:
        db_table = "reorganisation"


class Move(models.Model):
    """What one reorganisation changed: the keys of the rows, and the value before and after."""

    reorganisation = models.ForeignKey(Reorganisation, on_delete=models.PROTECT, related_name="moves")
    what = models.CharField(max_length=60)
    keys = models.JSONField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        db_table = "reorganisation_move"
