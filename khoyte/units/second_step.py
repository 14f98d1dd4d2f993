"""The second step: a code from an authenticator app (TOTP, RFC 6238) beside the password.

TCVN 14423:2026, accounts, level 3, asks for it of administrators and of access from outside. Which roles
administer is `ROLES_ASKED`; what is outside says `units.places`. The demonstration, which listens on the
loopback alone, asks nobody.

A code is used once. Whoever has lost the app has ten recovery codes; without them an administrator resets the
step (`khoyte account reset-second-step`).
"""

import base64
import hmac
import secrets
import time
from datetime import timedelta

import pyotp
import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString

from khoyte.audit import actions as audit
from khoyte.foundation.crypto import Keyring
from khoyte.units import spoken_codes
from khoyte.units.enums import Role
from khoyte.units.models import Account, RecoveryCode, SecondStep
from khoyte.units.places import is_inside
from khoyte.units.policy import Actor

ROLES_ASKED = (Role.OPERATOR, Role.MINISTRY, Role.PROVINCE, Role.PROVINCE_LEAD, Role.FACILITY_ADMIN)
"""Who administers accounts or sees more than one unit: asked for the second step wherever they are."""

RECOVERY_CODES = 10
DIGITS = 6
PERIOD_SECONDS = 30
# One period early or late: clocks of phones differ, and typing takes time (RFC 6238, 5.2).
_WINDOW = (-1, 0, 1)
_SECRET_BYTES = 20
_UNFINISHED = timedelta(hours=1)
_PURPOSE = "second-step.secret"
_RECOVERY = "second-step.recovery"


def is_asked(account: Account, address: str) -> bool:
    """Whether the account needs a second step when it signs in from `address`."""
    return not settings.DEMO and (account.role in ROLES_ASKED or not is_inside(address))


def stands(account: Account) -> bool:
    """Whether the account has a confirmed second step; then it is always asked."""
    return SecondStep.objects.filter(account=account, confirmed_at__isnull=False).exists()


def recovery_codes_left(account: Account) -> int:
    return account.recovery_codes.filter(used_at__isnull=True).count()


def unfinished_secret(account: Account) -> str:
    """The secret (base32) of a second step being set up: the same for an hour, so that a reload keeps it.

    Only for an account whose step does not stand yet.
    """
    row = SecondStep.objects.filter(account=account).first()
    if row is not None and (row.confirmed_at or row.made_at > timezone.now() - _UNFINISHED):
        if row.confirmed_at:
            raise ValueError("the second step stands: its secret is not shown again")
        return _secret(row)
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    sealed = Keyring.held().seal(secret.encode(), _PURPOSE)
    SecondStep.objects.update_or_create(
        account=account, defaults={"secret_sealed": sealed, "made_at": timezone.now(), "last_step": 0}
    )
    return secret


def address_for_app(account: Account, secret: str) -> str:
    """The otpauth:// address an app reads the secret from."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name="Khoyte")


def drawing(address: str) -> SafeString:
    """The address as a QR code, an SVG to stand in the page: black on white whatever the page's colours.

    It holds nothing but numbers of its lines. Pages take no pictures from data addresses (their policy).
    """
    code = segno.make(address, error="m")
    return SafeString(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))


@transaction.atomic
def confirm(account: Account, code: str, *, by: Actor) -> list[str] | None:
    """The first code of the app makes the step stand; its recovery codes, shown this once, or None."""
    row = SecondStep.objects.select_for_update().filter(account=account, confirmed_at=None).first()
    if row is None or not _use(row, code):
        return None
    SecondStep.objects.filter(pk=row.pk).update(confirmed_at=timezone.now())
    _record(account, "account.second_step", by)
    return _renew_recovery_codes(account)


def check(account: Account, code: str) -> str:
    """How a code proves the second step: "code", "recovery-code", or "" when it does not. It is used up."""
    row = SecondStep.objects.filter(account=account, confirmed_at__isnull=False).first()
    if row is None:
        return ""
    if _use(row, code):
        return "code"
    return "recovery-code" if _use_recovery_code(account, code) else ""


@transaction.atomic
def renew_recovery_codes(account: Account, *, by: Actor) -> list[str]:
    """Ten new recovery codes, shown this once; those before are worth nothing."""
    _record(account, "account.recovery_codes", by)
    return _renew_recovery_codes(account)


@transaction.atomic
def remove(account: Account, *, by: Actor, action: str = "account.second_step_removed") -> None:
    """The account is without a second step, and sets up another where one is asked."""
    SecondStep.objects.filter(account=account).delete()
    account.recovery_codes.all().delete()
    _record(account, action, by)


def _use(row: SecondStep, code: str) -> bool:
    """Take a code of the app. Of two who use the same one at once, one gets it."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return False
    totp, now = pyotp.TOTP(_secret(row), digits=DIGITS, interval=PERIOD_SECONDS), int(time.time())
    for offset in _WINDOW:
        step = now // PERIOD_SECONDS + offset
        if hmac.compare_digest(totp.generate_otp(step), typed):
            # Nor an older one than the newest used: whoever looks over a shoulder is too late.
            used = SecondStep.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step)
            return bool(used)
    return False


def _use_recovery_code(account: Account, code: str) -> bool:
    unused = account.recovery_codes.filter(
        code_hash=spoken_codes.hashed(code, _RECOVERY), used_at__isnull=True
    )
    return bool(unused.update(used_at=timezone.now()))


def _renew_recovery_codes(account: Account) -> list[str]:
    account.recovery_codes.all().delete()
    codes = [spoken_codes.make() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, code_hash=spoken_codes.hashed(code, _RECOVERY)) for code in codes
    )
    return codes


def _secret(row: SecondStep) -> str:
    return Keyring.held().open(bytes(row.secret_sealed), _PURPOSE).decode()


def _record(account: Account, action: str, by: Actor) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=account.username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
    )
