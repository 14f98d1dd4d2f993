"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

import pytest


@pytest.fixture
def country(db: None) -> None:
    from khoyte.units.tests.country import make_units

    make_units()


@pytest.fixture
def plans(country: None) -> None:
    from khoyte.monitor.plan_data import load_documents
    from khoyte.units.policy import system_actor

    load_documents(by=system_actor("test"))
