"""Invented persons, officers and files the tests of the desk begin with."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from khoyte.protection import actions
from khoyte.protection.models import Breach, Consent, SubjectRequest
from khoyte.protection.subjects import Subject
from khoyte.submissions.tests.senders import OWN, account_actor
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor

NUMBER = "999185000123"
"""The patient of the valid dossier of the examples: born 1985."""
CHILD, INFANT = "999217000456", "999322000789"  # born 2017 and 2022
SUBJECT = Subject("Nguyễn Thị Ví Dụ", NUMBER, "Thôn Mẫu, xã Ví Dụ", "", "Cho tôi xem hồ sơ của tôi")


def officer(unit: str = OWN) -> Actor:
    return account_actor(unit, "data_protection")


def browser(unit: str, role: str) -> Client:
    account = Account.objects.create(username=f"{role}-{unit}", unit=Unit.objects.get(pk=unit), role=role)
    client = Client(raise_request_exception=True)
    client.force_login(account)
    return client


def hours_ago(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def asked(kind: str = "view", *, by: Actor | None = None, **changed: Any) -> SubjectRequest:
    facts: dict[str, Any] = {
        "kind": kind,
        "received_at": hours_ago(1),
        "channel": "counter",
        "relation": "self",
        "subject": SUBJECT,
    }
    return actions.register_request(**{**facts, **changed}, by=by or officer())


def agreed(*, by: Actor | None = None, **changed: Any) -> Consent:
    facts: dict[str, Any] = {
        "purpose": "exchange.care",
        "subject": SUBJECT,
        "relation": "self",
        "channel": "paper",
        "given_at": hours_ago(1),
        "text": "Tôi đồng ý chia sẻ hồ sơ.",
    }
    return actions.record_consent(**{**facts, **changed}, by=by or officer())


def broken(*, by: Actor | None = None, **changed: Any) -> Breach:
    facts: dict[str, Any] = {
        "discovered_at": hours_ago(2),
        "summary": "Máy tính xách tay bị mất.",
        "data_kinds": ["health"],
        "persons": 120,
    }
    return actions.open_breach(**{**facts, **changed}, by=by or officer())
