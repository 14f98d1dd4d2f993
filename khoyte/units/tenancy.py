"""Telling PostgreSQL who is speaking, for the length of one transaction (second wall of access)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from khoyte.units.policy import Actor, permissions_of

_SPEAK = (
    "SELECT set_config('khoyte.facility', %s, true), set_config('khoyte.province', %s, true),"
    " set_config('khoyte.everything', %s, true), set_config('khoyte.person', %s, true),"
    " set_config('khoyte.register_facility', %s, true), set_config('khoyte.register_province', %s, true),"
    " set_config('khoyte.register_everything', %s, true), set_config('khoyte.register_person', %s, true),"
    " set_config('khoyte.before', %s, true), set_config('khoyte.register_before', %s, true),"
    " set_config('khoyte.account', %s, true), set_config('khoyte.training', %s, true),"
    " set_config('khoyte.support', %s, true)"
)


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
            of_care, of_registers = _speaker(actor, False), _speaker(actor, True)
            # The units taken over, where the unit's own rows may be seen.
            taken = [" ".join(actor.before) if any(one[:2]) else "" for one in (of_care, of_registers)]
            own_name = actor.name if actor.kind == "account" else ""
            training = "on" if actor.is_training else ""
            cursor.execute(_SPEAK, [*of_care, *of_registers, *taken, own_name, training, _desk(actor)])
        yield


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
