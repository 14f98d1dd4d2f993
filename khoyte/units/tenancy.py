"""Telling PostgreSQL who is speaking, for the length of one transaction (second wall of access)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction

from khoyte.units.policy import Actor, permissions_of

_SETTINGS = tuple(
    f"khoyte.{name}"
    for name in (
        *("facility", "province", "everything", "person"),
        *("register_facility", "register_province", "register_everything", "register_person"),
        *("before", "register_before", "account", "training", "support"),
    )
)
_SPEAK = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)


@contextmanager
def speaking_as(actor: Actor) -> Iterator[None]:
    """Open a transaction in which row-level security shows only what `actor`'s unit owns or oversees.

    The settings are local to the transaction, so a reused connection carries nothing over. The system itself
    speaks as the worker, who acts for every tenant.
    """
    if actor.kind == "system":
        with working():
            yield
        return
    with transaction.atomic(), _role("khoyte_app"):
        with connection.cursor() as cursor:
            cursor.execute(_SPEAK, _said_of(actor))
        yield


def spoken_in_one_statement(actor: Actor) -> str | None:
    """What `speaking_as` would say, as an array of name, value, name, value, for a statement that says it
    itself.

    None where that cannot be: a transaction is open already, or the process must take another role first.
    """
    if actor.kind == "system" or connection.in_atomic_block or settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
        return None
    return _as_array(actor)


@lru_cache(maxsize=2048)
def _as_array(actor: Actor) -> str:
    """The text of an array of PostgreSQL: dumped once, not for every file."""
    parts = [part for pair in zip(_SETTINGS, _said_of(actor), strict=True) for part in pair]
    return "{" + ",".join('"' + part.replace("\\", r"\\").replace('"', r"\"") + '"' for part in parts) + "}"


def _said_of(actor: Actor) -> tuple[str, ...]:
    """The values of _SETTINGS for this actor."""
    of_care, of_registers = _speaker(actor, False), _speaker(actor, True)
    # The units taken over, where the unit's own rows may be seen.
    taken = [" ".join(actor.before) if any(one[:2]) else "" for one in (of_care, of_registers)]
    own_name = actor.name if actor.kind == "account" else ""
    training = "on" if actor.is_training else ""
    return (*of_care, *of_registers, *taken, own_name, training, _desk(actor))


def _desk(actor: Actor) -> str:
    """Whether the actor answers requests for support that no office above the asker answers."""
    lines = permissions_of(actor)
    return "on" if any((one.action, one.relation) == ("support.answer", "none") for one in lines) else ""


@contextmanager
def working() -> Iterator[None]:
    """Open a transaction as the worker, who judges for every facility."""
    with transaction.atomic(), _role("khoyte_worker"):
        yield


@contextmanager
def _role(name: str) -> Iterator[None]:
    """Take the role this process would have in production, where tests are connected as superuser.

    An error inside leaves the role to the rollback of the transaction or savepoint around it.
    """
    if not settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('role', %s, true)", [name])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [before])


def _speaker(actor: Actor, of_registers: bool) -> tuple[str, str, str, str]:
    """Facility, province, whether everything may be seen, the person: no more than the access table gives.

    Registers and records of care are told apart: a token for registers sees no visit, nor the reverse.
    A role without any line about records (an operator) is shown none at all.
    """
    relations = {
        permission.relation
        for permission in permissions_of(actor)
        if permission.action.startswith("register.") == of_registers
    }
    owns = bool(relations & {"own", "province"})
    province = actor.province if actor.unit_kind == "province" and owns else ""
    everything = "on" if "everything" in relations else ""
    return actor.facility if owns else "", province, everything, actor.person if "self" in relations else ""
