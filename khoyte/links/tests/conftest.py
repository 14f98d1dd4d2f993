"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def province(db: None) -> Any:
    from khoyte.links.tests.units import make_province

    return make_province()


@pytest.fixture
def facility(province: Any) -> Any:
    from khoyte.links.tests.units import make_facility

    return make_facility("97001")


@pytest.fixture
def neighbour(province: Any) -> Any:
    from khoyte.links.tests.units import make_facility

    return make_facility("97002")


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A kind of record of their own is all that is sent."""
    from khoyte.links import feeds
    from khoyte.links.tests.things import FEED, WALLET_FEED, Things

    made = Things()
    monkeypatch.setattr(feeds, "_SOURCES", {})
    monkeypatch.setattr(feeds, "_FEEDS", {})
    feeds.announce(made, FEED, WALLET_FEED)
    return made


@pytest.fixture
def twin(settings: Any) -> Iterator[Any]:
    """The National Data Centre's twin, switched on."""
    from khoyte.links.destinations import Place
    from khoyte.nonprod.twins.receiver import Receiver, serving

    receiver = Receiver(slow_seconds=1.0)
    with serving(receiver) as address:
        settings.EXCHANGE = {"datacentre": Place("datacentre", address)}
        settings.EXCHANGE_SECONDS = 5.0
        yield receiver
