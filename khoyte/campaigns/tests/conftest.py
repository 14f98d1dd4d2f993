"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

import pytest


@pytest.fixture
def country(db: None) -> None:
    from khoyte.units.tests.country import make_units

    make_units()
