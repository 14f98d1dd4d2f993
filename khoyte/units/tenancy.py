"""Telling PostgreSQL who is speaking, for the length of one transaction (second wall of access)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from khoyte.units.policy import Actor

_SPEAK = (
    "SELECT set_config('khoyte.facility', %s, true), set_config('khoyte.province', %s, true),"
    " set_config('khoyte.everything', %s, true)"
)
# Kinds of unit whose roles read across provinces; `policy.PERMISSIONS` still narrows what they may do there.
_NATIONAL = ("ministry", "department")


@contextmanager
def speaking_as(actor: Actor) -> Iterator[None]:
    """Open a transaction in which row-level security shows only what `actor`'s unit owns or oversees.

    The settings are local to the transaction, so a reused connection carries nothing over.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            if settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
                cursor.execute("SET LOCAL ROLE khoyte_app")
            cursor.execute(_SPEAK, _speaker(actor))
        yield
        if settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")


def _speaker(actor: Actor) -> tuple[str, str, str]:
    everything = actor.kind != "anonymous" and actor.unit_kind in _NATIONAL
    province = actor.province if actor.unit_kind == "province" else ""
    return actor.facility, province, "on" if everything else ""


@contextmanager
def working() -> Iterator[None]:
    """Open a transaction as the worker, who judges for every facility."""
    with transaction.atomic():
        if settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL ROLE khoyte_worker")
        yield
        if settings.TAKE_ROLE_INSIDE_TRANSACTIONS:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
