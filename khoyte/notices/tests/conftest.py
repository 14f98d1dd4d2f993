"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def country(db: None) -> None:
    from khoyte.units.tests.country import make_units

    make_units()


@pytest.fixture
def ways(settings: Any) -> Iterator[dict[str, Any]]:
    """Twins of all three ways out, by channel; the installation is connected to them."""
    from khoyte.nonprod.twins.messages import gateway, relay
    from khoyte.notices import ways as of_settings

    with relay() as (mail, letters), gateway() as (sms, texts), gateway() as (zalo, chats):
        environment = {"KHOYTE_MAIL": mail, "KHOYTE_SMS": sms, "KHOYTE_ZALO": zalo}
        settings.NOTICE_WAYS = of_settings.ways(environment)
        yield {"email": letters, "sms": texts, "zalo": chats}
