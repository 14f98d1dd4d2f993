"""Passwords: what a new one must be, and changing one's own.

The Ministry's security rules (Decision 326/QĐ-BYT of 2024) ask for 8 characters; TCVN 14423:2026, accounts,
level 3, for 14 where no second step stands beside the password and for a history of 10. Nothing is asked of
kinds of characters: length and not being guessable are what holds (NIST SP 800-63B, 3.1.1.2).
"""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from khoyte.audit import actions as audit
from khoyte.foundation.calendar import in_vietnam, now
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold, nfc
from khoyte.legal.deadlines import ADMINISTRATOR_PASSWORD, deadline_on
from khoyte.units import sessions
from khoyte.units.models import Account, FormerPassword
from khoyte.units.policy import Actor
from khoyte.units.second_step import ROLES_ASKED

LENGTH = 12
LENGTH_ALONE = 14
LONGEST = 200
HISTORY = 10
DIFFERENT_CHARACTERS = 5
# What people here put into passwords: with figures and signs around it, it is still the first guess.
GUESSED_WORDS = (
    *("matkhau", "password", "passwd", "dangnhap", "admin", "quantri", "administrator", "quantrivien"),
    *("yte", "boyte", "soyte", "benhvien", "bacsi", "trungtamyte", "phongkham", "tramyte", "khoyte"),
    *("vietnam", "hanoi", "tphcm", "saigon", "danang", "emyeuanh", "anhyeuem", "iloveyou"),
    *("qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbnm", "abc", "abcd", "abcdef"),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a field of a form; `field` is its name there."""

    field: str
    text: Text


TOO_SHORT = Text(
    vi="Mật khẩu mới phải có từ {n} ký tự trở lên. Dùng một câu ngắn dễ nhớ.",
    en="The new password needs at least {n} characters. A short sentence is easy to remember.",
)
TOO_LONG = Text(
    vi="Mật khẩu mới chỉ được dài tối đa {n} ký tự.", en="The new password has at most {n} characters."
)
NAMES_ITSELF = Text(
    vi="Mật khẩu mới không được chứa tên đăng nhập hoặc mã đơn vị.",
    en="The new password may not contain the user name or the code of the unit.",
)
COMMON = Text(
    vi="Mật khẩu mới quá dễ đoán. Chọn một câu mà chỉ ông/bà nghĩ ra.",
    en="The new password is easily guessed. Choose a sentence only you would think of.",
)
USED_BEFORE = Text(
    vi="Mật khẩu này đã dùng trong {n} lần gần nhất. Chọn mật khẩu khác.",
    en="This password was among the last {n}. Choose another.",
)
WRONG_CURRENT = Text(
    vi="Mật khẩu đang dùng chưa đúng. Nhập lại.", en="The present password is wrong. Enter it again."
)
NOT_THE_SAME = Text(
    vi="Hai lần nhập mật khẩu mới không giống nhau. Nhập lại.",
    en="The new password was not entered the same twice. Enter it again.",
)


def typed(password: str) -> str:
    """The password as it is hashed: keyboards write "ấ" as one sign or as several, both mean the same."""
    return nfc(password)


def shortest(*, has_second_step: bool) -> int:
    return LENGTH if has_second_step else LENGTH_ALONE


def faults_of(account: Account, password: str, *, has_second_step: bool = False) -> list[Text]:
    """Why `password` cannot be the account's new one; nothing when it can. Nothing is stored."""
    least = shortest(has_second_step=has_second_step)
    if len(password) < least:
        return [TOO_SHORT.fill(n=least)]
    if len(password) > LONGEST:
        return [TOO_LONG.fill(n=LONGEST)]
    faults = []
    if _names(account, password):
        faults.append(NAMES_ITSELF)
    if is_common(password):
        faults.append(COMMON)
    if not faults and _was_used(account, password):
        faults.append(USED_BEFORE.fill(n=HISTORY))
    return faults


def is_common(password: str) -> bool:
    """Whether it stands in lists of passwords, or is but a guessed word with figures and signs around it."""
    plain = fold(password).replace(" ", "")
    letters = re.sub(r"[^a-z]", "", plain)
    return (
        len(set(plain)) < DIFFERENT_CHARACTERS
        or plain in _listed()
        or any(plain == word * (len(plain) // len(word)) for word in _parts(plain))
        or _is_made_of_guessed_words(letters)
    )


def _parts(plain: str) -> list[str]:
    """Beginnings that, repeated, could be the whole."""
    return [plain[:size] for size in range(1, len(plain) // 2 + 1) if len(plain) % size == 0]


def _is_made_of_guessed_words(letters: str) -> bool:
    return re.fullmatch(_GUESSED, letters) is not None


# The longest first: a word may begin with another.
_GUESSED = f"(?:{'|'.join(sorted(GUESSED_WORDS, key=len, reverse=True))})*"


@cache
def _listed() -> frozenset[str]:
    """The twenty thousand commonest passwords of published leaks, as Django brings them."""
    return frozenset(CommonPasswordValidator().passwords)


def _names(account: Account, password: str) -> bool:
    folded = fold(password).replace(" ", "")
    named = (fold(account.username).replace(" ", ""), fold(account.unit_id))
    # A code of two figures, such as a province's, stands in too many passwords by chance.
    return any(len(name) > 2 and name in folded for name in named)


def is_too_old(account: Account) -> bool:
    """Whether the account administers and its password has outlived the term of TCVN 14423:2026.

    The demonstration, which listens on the loopback alone, keeps its passwords.
    """
    if settings.DEMO or account.role not in ROLES_ASKED:
        return False
    newest = account.former_passwords.aggregate(newest=Max("replaced_at"))["newest"]
    chosen = newest or account.created_at
    return now() > deadline_on(ADMINISTRATOR_PASSWORD, in_vietnam(chosen).date()).deadline.due(chosen)


def _was_used(account: Account, password: str) -> bool:
    former = account.former_passwords.order_by("-replaced_at", "-pk").values_list("password", flat=True)
    return any(check_password(password, known) for known in (account.password, *former[: HISTORY - 1]))


@transaction.atomic
def replace(account: Account, password: str, *, by: Actor, must_change: bool, action: str) -> None:
    """Give the account a password that was checked or made at random; the one before becomes history.

    Every session of the account ends.
    """
    FormerPassword.objects.create(account=account, password=account.password, replaced_at=timezone.now())
    kept = account.former_passwords.order_by("-replaced_at", "-pk").values_list("pk", flat=True)[:HISTORY]
    account.former_passwords.exclude(pk__in=list(kept)).delete()
    account.set_password(typed(password))
    account.must_change_password = must_change
    account.save(update_fields=["password", "must_change_password"])
    sessions.end_all(account, by=by)
    audit.record(
        by=by,
        action=action,
        subject_kind="account",
        subject_id=account.username,
        facility=account.unit_id if account.unit.kind == "facility" else "",
        province=account.unit.province,
    )
